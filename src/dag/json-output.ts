/**
 * What a task's result becomes on its way to another task. Results travel as JSON, so a `Date` arrives as its text and
 * a missing property stays missing; what JSON cannot carry is refused by the compiler where it can know. Inputs are
 * deeply read-only because several tasks of one invocation may be given the same parsed value.
 */
import type { Json } from "../lib/json.ts";

type Primitive = string | number | boolean | null;

/** The type of a value after a round trip through JSON. */
// `Json`, `unknown` and `any` stand for themselves: taking them apart would never end, or say nothing.
export type JsonOutput<T> = Json extends T ? T : JsonValue<T>;

type JsonValue<T> = T extends Primitive
  ? T
  : T extends void
    ? undefined
    : T extends { toJSON(): infer Written }
      ? JsonOutput<Written>
      : T extends readonly (infer Item)[]
        ? number extends T["length"]
          ? readonly JsonItem<Item>[]
          : { readonly [Index in keyof T]: JsonItem<T[Index]> }
        : JsonProperties<T>;

/** JSON writes `null` for `undefined` inside an array. */
type JsonItem<T> = JsonOutput<T> extends infer Output ? (Output extends undefined ? null : Output) : never;

/** JSON leaves out a property whose value is `undefined`, so one that may be becomes optional. */
type JsonProperties<T> = Flat<
  { readonly [Key in keyof T as undefined extends T[Key] ? never : Key]: JsonOutput<T[Key]> } & {
    readonly [Key in keyof T as undefined extends T[Key] ? Key : never]?: JsonOutput<Exclude<T[Key], undefined>>;
  }
>;
type Flat<T> = { readonly [Key in keyof T]: T[Key] };

/**
 * `T` itself when JSON can carry it; otherwise a type that `T` is not assignable to, whose text is the reason and so
 * stands in the compiler's message.
 */
export type JsonInput<T> = Json extends T ? T : JsonCheck<T>;

type JsonCheck<T> = T extends void
  ? T
  : T extends Primitive
    ? T
    : T extends bigint
      ? "JSON has no bigint: return a number or a string"
      : T extends symbol
        ? "JSON has no symbol: return a string"
        : T extends (...parameters: never) => unknown
          ? "JSON has no functions: return what the function would compute"
          : T extends ReadonlyMap<unknown, unknown>
            ? "JSON has no Map: return Object.fromEntries(map) or [...map]"
            : T extends ReadonlySet<unknown>
              ? "JSON has no Set: return [...set]"
              : T extends { toJSON(): unknown }
                ? T
                : T extends ArrayBufferView | ArrayBufferLike
                  ? "JSON has no bytes: return an array of numbers, or text"
                  : { readonly [Key in keyof T]: JsonInput<T[Key]> };
