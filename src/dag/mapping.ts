/**
 * Dynamic task mapping: one task, as many instances as there are items. What is written here only notes the lists; `dag()` looks
 * at them when the task is added, and the executor takes the items from them when an instance runs.
 */

import type { Json } from "../lib/json.ts";
import type { ContextKey } from "./context.ts";
import type { MapStep } from "./hooks.ts";
import type { Task, TaskHandle } from "./task.ts";

declare const mappedOutput: unique symbol;
declare const item: unique symbol;

/**
 * A mapped task, as `task.map()` and `task.each()` return it. A plain task with this one among its `inputs` receives the results of
 * all instances (`MappedResults`); another mapped task may be mapped over them.
 *
 * @example
 * ```ts
 * import { dag, type MappedTask } from "updraft";
 *
 * export default dag("squares", {}, ({ task }) => {
 *   const squares: MappedTask<number> = task.map("square", { over: { side: [1, 2, 3] } }, ({ side }) => side ** 2);
 *   task("sum", { inputs: { squares } }, async ({ squares }) => (await squares.toArray()).reduce((sum, area) => sum + area, 0));
 * });
 * ```
 */
export interface MappedTask<out Output> extends TaskHandle {
  readonly isMapped: true;
  readonly [mappedOutput]?: Output;
}

/**
 * The results of a mapped task, as a plain task receives them: those of its successful instances that returned something, in order
 * of their indexes. They are read page by page, so that a hundred thousand of them need not fit in memory at once.
 *
 * @example
 * ```ts
 * import { dag, type MappedResults } from "updraft";
 *
 * async function longest(words: MappedResults<string>): Promise<string> {
 *   let found = "";
 *   for await (const word of words) if (word.length > found.length) found = word;
 *   return found;
 * }
 *
 * export default dag("longest_word", {}, ({ task }) => {
 *   const words = task.map("shout", { over: { word: ["up", "draft"] } }, ({ word }) => word.toUpperCase());
 *   task("pick", { inputs: { words } }, ({ words, log }) => {
 *     log.info("looking at them", { count: words.length });
 *     return longest(words);
 *   });
 * });
 * ```
 */
export interface MappedResults<out Value> extends AsyncIterable<Value> {
  readonly length: number;
  /** The result at a place, counted from 0, or from the end when negative; `undefined` where there is none. */
  at(index: number): Promise<Value | undefined>;
  toArray(): Promise<readonly Value[]>;
}

/**
 * A list to map over that is made of others: see `itemsOf()`, `zip()` and `concat()`.
 *
 * @example
 * ```ts
 * import { dag, type Items, itemsOf } from "updraft";
 *
 * const doubled: Items<number> = itemsOf([1, 2, 3]).map((value) => value * 2);
 *
 * export default dag("doubled", {}, ({ task }) => {
 *   task.map("show", { over: { value: doubled } }, ({ value }) => `${value}`);
 * });
 * ```
 */
export interface Items<out Item> {
  readonly isItems: true;
  /**
   * Passes each item through a function before an instance receives it. The function is synchronous and gives the same again for
   * the same item. `Skip`, thrown in it, skips the instance of that item.
   */
  map<Mapped>(change: (item: Item) => Mapped): Items<Mapped>;
  readonly [item]?: Item;
}

/**
 * A list to map over whose items can also be left out: one of a plain task, or one written in the file.
 *
 * @example
 * ```ts
 * import { dag, type FilterableItems, itemsOf } from "updraft";
 *
 * const odd: FilterableItems<number> = itemsOf([1, 2, 3]).filter((value) => value % 2 === 1);
 *
 * export default dag("odd_ones", {}, ({ task }) => {
 *   task.map("show", { over: { value: odd } }, ({ value }) => `${value}`);
 * });
 * ```
 */
export interface FilterableItems<out Item> extends Items<Item> {
  map<Mapped>(change: (item: Item) => Mapped): FilterableItems<Mapped>;
  /** Leaves out the items for which the function gives `false`. It is synchronous and gives the same again for the same item. */
  filter<Kept extends Item>(keep: (item: Item) => item is Kept): FilterableItems<Kept>;
  filter(keep: (item: Item) => boolean): FilterableItems<Item>;
}

/** A list, an object (mapped over as its `[key, value]` pairs), a task that returns one, the results of a mapped task, or `Items`. */
export type Source = Readonly<Record<string, unknown>> | readonly unknown[] | TaskHandle | Items<unknown>;

/** What an instance receives of a source. */
export type ItemOf<S> = S extends { readonly isItems: true; readonly [item]?: infer Item }
  ? Item
  : S extends { readonly isMapped: true; readonly [mappedOutput]?: infer Output }
    ? Exclude<Output, undefined>
    : S extends Task<infer Output>
      ? ItemOfValue<Output>
      : ItemOfValue<S>;
type ItemOfValue<V> = Json extends V
  ? V
  : V extends readonly (infer Item)[]
    ? Item
    : V extends object
      ? readonly [string, V[keyof V]]
      : never;

/** `S` itself when it can be mapped over; otherwise the reason, which then stands in the compiler's message. */
type CheckedSource<S> = S extends { readonly isItems: true } | { readonly isMapped: true }
  ? S
  : S extends Task<infer Output>
    ? IsMappable<Output> extends true
      ? S
      : "this task returns no list and no object, so there is nothing to map over"
    : S extends { readonly groupId: string }
      ? "a group has no result: map over one of its tasks"
      : IsMappable<S> extends true
        ? S
        : "expected a list, an object, or a task that returns one";
type IsMappable<V> = Json extends V ? true : [V] extends [readonly unknown[]] ? true : IsPlainObject<V>;
type IsPlainObject<V> = [V] extends [string | number | boolean | null | undefined | ((...parameters: never) => unknown)]
  ? false
  : [V] extends [object]
    ? true
    : false;

export type MapOver = Readonly<Record<string, Source>>;
export type CheckedOver<Over extends MapOver> = { readonly [Name in keyof Over]: CheckedSource<Over[Name]> } & {
  readonly [Key in ContextKey]?: never;
};
export type ItemsOver<Over extends MapOver> = { readonly [Name in keyof Over]: ItemOf<Over[Name]> };

/** Items that are objects, whose properties become the inputs. */
export type CheckedEach<S> =
  ItemOf<S> extends readonly unknown[]
    ? "each item must be an object, whose properties become the inputs"
    : CheckedSource<S>;

/**
 * Starts a list to map over, from a list, an object or a task, so that its items can be changed or left out first.
 *
 * @example
 * ```ts
 * import { dag, itemsOf } from "updraft";
 *
 * export default dag("warm_days", {}, ({ task }) => {
 *   const days = task("read", () => [{ day: "Mon", highC: 12 }, { day: "Tue", highC: 24 }]);
 *   const warm = itemsOf(days).filter((day) => day.highC > 20).map((day) => day.day);
 *   task.map("swim", { over: { day: warm } }, ({ day }) => `swam on ${day}`);
 * });
 * ```
 */
export function itemsOf<Item>(mappedTask: MappedTask<Item>): Items<Item>;
export function itemsOf<const S extends Source>(source: S & CheckedSource<S>): FilterableItems<ItemOf<S>>;
export function itemsOf(source: unknown): unknown {
  return newItems({ type: "of", source, steps: [] });
}

/**
 * Puts several lists side by side: the first item is the list of their first items. It ends with the shortest of them, or,
 * with `fill`, with the longest, the gaps filled with that value.
 *
 * @example
 * ```ts
 * import { dag, zip } from "updraft";
 *
 * export default dag("pairs", {}, ({ task }) => {
 *   const names = task("names", () => ["ada", "grace", "edsger"]);
 *   task.map("greet", { over: { pair: zip([names, ["Hello", "Hi"]], { fill: "Hey" }) } }, ({ pair: [name, greeting] }) => `${greeting} ${name}`);
 * });
 * ```
 */
export function zip<const Sources extends readonly Source[]>(sources: Sources): Items<Zipped<Sources, never>>;
export function zip<const Sources extends readonly Source[], Fill>(
  sources: Sources,
  options: { readonly fill: Fill },
): Items<Zipped<Sources, Fill>>;
export function zip(sources: readonly unknown[], options?: { readonly fill: unknown }): unknown {
  const fill = options === undefined ? {} : { fill: { value: options.fill } };
  return newItems({ type: "zip", sources, ...fill, steps: [] });
}
type Zipped<Sources extends readonly unknown[], Fill> = {
  readonly [Index in keyof Sources]: ItemOf<Sources[Index]> | Fill;
};

/**
 * Puts several lists behind each other.
 *
 * @example
 * ```ts
 * import { concat, dag } from "updraft";
 *
 * export default dag("all_cities", {}, ({ task }) => {
 *   const north = task("north", () => ["Oslo", "Umea"]);
 *   const south = task("south", () => ["Faro"]);
 *   task.map("visit", { over: { city: concat([north, south, ["Bern"]]) } }, ({ city }) => `been to ${city}`);
 * });
 * ```
 */
export function concat<const Sources extends readonly Source[]>(sources: Sources): Items<ItemOf<Sources[number]>> {
  return newItems({ type: "concat", sources, steps: [] }) as Items<ItemOf<Sources[number]>>;
}

/** What the author wrote, before anybody has looked at it. */
export type NotedItems =
  | { readonly type: "of"; readonly source: unknown; readonly steps: readonly MapStep[] }
  | {
      readonly type: "zip";
      readonly sources: readonly unknown[];
      readonly fill?: { readonly value: unknown };
      readonly steps: readonly MapStep[];
    }
  | { readonly type: "concat"; readonly sources: readonly unknown[]; readonly steps: readonly MapStep[] };

const notes = new WeakMap<object, NotedItems>();

export function notedItems(value: unknown): NotedItems | undefined {
  return typeof value === "object" && value !== null ? notes.get(value) : undefined;
}

function newItems(noted: NotedItems): Items<unknown> {
  const add = (step: MapStep) => newItems({ ...noted, steps: [...noted.steps, step] });
  const items = {
    isItems: true,
    map: (fn: (item: unknown) => unknown) => add({ type: "map", fn }),
    filter: (fn: (item: unknown) => boolean) => add({ type: "filter", fn }),
  } as const;
  notes.set(items, noted);
  return items as unknown as Items<unknown>;
}

/**
 * An input of a mapped group. The tasks inside name it among their `inputs`, and each instance receives its own item.
 *
 * @example
 * ```ts
 * import { dag, type DagScope, type GroupInput, type ParamsOf } from "updraft";
 *
 * function addSteps({ task }: DagScope<ParamsOf<undefined>>, city: GroupInput<string>) {
 *   task("visit", { inputs: { city } }, ({ city }) => `been to ${city}`);
 * }
 *
 * export default dag("tour", {}, (scope) => {
 *   scope.group.map("stop", { over: { city: ["Oslo", "Bern"] } }, ({ city }) => addSteps(scope, city));
 * });
 * ```
 */
export interface GroupInput<out Item> {
  readonly isGroupInput: true;
  readonly [item]?: Item;
}
