/**
 * The items that an instance of a mapped task or group receives: which of each list, by its index. The engine knows lengths
 * alone and counts instances by them; here the same lists give the values, by the same rules (the last of several lists varies
 * fastest, a zip ends with its shortest list, a filter leaves out).
 */
import { problemOfItem } from "../dag/graph/map-sources.ts";
import { hasFilter, itemsIn, type SteppedItem, stepItem } from "../dag/graph/map-steps.ts";
import type { MapStep, MapValues, ValueSource } from "../dag/hooks.ts";
import type { MappedResults } from "../dag/mapping.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { PagedResults } from "./mapped-results.ts";
import { XComError } from "./xcom-error.ts";

/** Reads the result of a task that is mapped over: a value, or `PagedResults`. */
export type ReadSource = (taskId: string) => Promise<unknown>;

export type MapInputs =
  | { readonly type: "inputs"; readonly values: Readonly<Record<string, unknown>> }
  /** A change of an item threw `Skip`. */
  | { readonly type: "skip"; readonly error: Error };

interface Sequence {
  readonly length: number;
  at(index: number): Promise<SteppedItem>;
}

export async function mapInputs(map: MapValues, index: number, read: ReadSource): Promise<MapInputs> {
  return map.type === "each" ? eachInputs(map.source, index, read) : productInputs(map.inputs, index, read);
}

async function productInputs(
  inputs: Extract<MapValues, { type: "product" }>["inputs"],
  index: number,
  read: ReadSource,
): Promise<MapInputs> {
  const sequences = await Promise.all(inputs.map(({ source }) => sequenceOf(source, read)));
  const count = sequences.reduce((product, { length }) => product * length, 1);
  if (index >= count) throw outOfRange(index, count);
  const values: Record<string, unknown> = {};
  let rest = index;
  for (const [place, sequence] of [...sequences.entries()].reverse()) {
    const item = await sequence.at(rest % sequence.length);
    rest = Math.floor(rest / sequence.length);
    if (item.type === "skip") return item;
    values[inputs[place]?.name ?? ""] = item.value;
  }
  return { type: "inputs", values };
}

async function eachInputs(source: ValueSource, index: number, read: ReadSource): Promise<MapInputs> {
  const sequence = await sequenceOf(source, read);
  if (index >= sequence.length) throw outOfRange(index, sequence.length);
  const item = await sequence.at(index);
  if (item.type === "skip") return item;
  const { value } = item;
  const problem = problemOfItem(value);
  if (problem !== null) throw new XComError("xcom_not_mappable", `Cannot map over the list: item ${index} ${problem}`);
  return { type: "inputs", values: { ...(value as object) } };
}

async function sequenceOf(source: ValueSource, read: ReadSource): Promise<Sequence> {
  switch (source.type) {
    case "literal":
      return listSequence(source.items, []);
    case "xcom":
      return resultSequence(source.taskId, await read(source.taskId), source.steps);
    case "zip":
      return zipSequence(await Promise.all(source.sources.map((inner) => sequenceOf(inner, read))), source.fill);
    case "concat":
      return concatSequence(await Promise.all(source.sources.map((inner) => sequenceOf(inner, read))));
    case "steps":
      return changedSequence(await sequenceOf(source.source, read), source.steps);
  }
}

function resultSequence(taskId: string, value: unknown, steps: readonly MapStep[]): Sequence {
  if (value instanceof PagedResults) return pagedSequence(value, steps);
  if (typeof value === "object" && value !== null) {
    if (hasFilter(steps)) return filteredSequence(value, steps);
    return Array.isArray(value)
      ? resultList(value, steps)
      : pairSequence(value as Readonly<Record<string, unknown>>, steps);
  }
  const found = value === undefined ? "nothing" : value === null ? "null" : `a ${typeof value}`;
  throw new XComError(
    "input_unavailable",
    `Cannot map over the result of "${taskId}": it is ${found}, no list or object`,
  );
}

/** A result is shared by the instances of an invocation: what one of them takes, it cannot change under another. */
function resultList(items: readonly unknown[], steps: readonly MapStep[]): Sequence {
  return { length: items.length, at: async (index) => changed(deepFreeze(items[index]), steps) };
}

/** The keys of an object are listed once for all instances of an invocation, and a pair is made when it is taken. */
const keysOf = new WeakMap<object, readonly string[]>();

function pairSequence(record: Readonly<Record<string, unknown>>, steps: readonly MapStep[]): Sequence {
  const keys = keysOf.get(record) ?? Object.keys(record);
  keysOf.set(record, keys);
  const pairAt = (index: number) => [keys[index], deepFreeze(record[keys[index] ?? ""])];
  return { length: keys.length, at: async (index) => changed(pairAt(index), steps) };
}

function listSequence(items: readonly unknown[], steps: readonly MapStep[]): Sequence {
  return { length: items.length, at: async (index) => changed(items[index], steps) };
}

function pagedSequence(results: MappedResults<unknown>, steps: readonly MapStep[]): Sequence {
  return { length: results.length, at: async (index) => changed(await results.at(index), steps) };
}

/** A filter has to look at all items; the instances of an invocation share one parsed value, and so this list. */
const filteredLists = new WeakMap<object, Map<readonly MapStep[], readonly SteppedItem[]>>();

function filteredSequence(value: object, steps: readonly MapStep[]): Sequence {
  const lists = filteredLists.get(value) ?? new Map<readonly MapStep[], readonly SteppedItem[]>();
  filteredLists.set(value, lists);
  const items = lists.has(steps) ? [] : (itemsIn(deepFreeze(value)) ?? []);
  const kept = lists.get(steps) ?? items.map((item) => stepItem(item, steps)).filter((item) => item !== null);
  lists.set(steps, kept);
  return { length: kept.length, at: async (index) => kept[index] ?? { type: "item", value: undefined } };
}

function zipSequence(sequences: readonly Sequence[], fill: { readonly value: unknown } | undefined): Sequence {
  const lengths = sequences.map(({ length }) => length);
  return {
    length: fill === undefined ? Math.min(...lengths) : Math.max(...lengths),
    at: async (index) => {
      const values: unknown[] = [];
      for (const sequence of sequences) {
        if (index >= sequence.length) {
          values.push(fill?.value);
          continue;
        }
        const item = await sequence.at(index);
        if (item.type === "skip") return item;
        values.push(item.value);
      }
      return { type: "item", value: values };
    },
  };
}

function concatSequence(sequences: readonly Sequence[]): Sequence {
  const length = sequences.reduce((sum, sequence) => sum + sequence.length, 0);
  return {
    length,
    at: async (index) => {
      let rest = index;
      for (const sequence of sequences) {
        if (rest < sequence.length) return sequence.at(rest);
        rest -= sequence.length;
      }
      throw outOfRange(index, length);
    },
  };
}

function changedSequence(sequence: Sequence, steps: readonly MapStep[]): Sequence {
  return {
    length: sequence.length,
    at: async (index) => {
      const item = await sequence.at(index);
      return item.type === "skip" ? item : changed(item.value, steps);
    },
  };
}

function changed(value: unknown, steps: readonly MapStep[]): SteppedItem {
  return stepItem(value, steps) ?? { type: "item", value: undefined };
}

function outOfRange(index: number, count: number): XComError {
  return new XComError(
    "input_unavailable",
    `Cannot find the item of instance ${index}: there are ${count}. The list, or the filter in the deployed file, has changed since ` +
      "the instances were made: clear the task it comes from",
  );
}
