/** Options and signatures of `task.map()`, `task.each()` and `group.map()`: what an instance receives follows from the lists. */
import type { TaskContext } from "./context.ts";
import type { JsonOutput } from "./json-output.ts";
import type {
  CheckedEach,
  CheckedOver,
  GroupInput,
  ItemOf,
  ItemsOver,
  MapOver,
  MappedTask,
  Source,
} from "./mapping.ts";
import type { TriggerRule } from "./spec.ts";
import type { Group, GroupOptions, InputValues, Task, TaskBody, TaskInputs, TaskOptions } from "./task.ts";

interface MapSettings {
  /** The longest list it may be mapped over. A longer one fails the task that returned it. Default 1,024. */
  readonly maxMapLength?: number;
}

/**
 * Options of `task.map()`: those of every task, the lists, and a name for each instance.
 *
 * @example
 * ```ts
 * import { dag } from "updraft";
 *
 * export default dag("grid_search", {}, ({ task }) => {
 *   task.map(
 *     "train",
 *     { over: { rate: [0.1, 0.01], depth: [2, 4] }, name: ({ rate, depth }) => `${rate} at depth ${depth}`, maxActiveTisPerDagrun: 2 },
 *     ({ rate, depth }) => rate * depth,
 *   );
 * });
 * ```
 */
export interface MapOptions<Over extends MapOver, Inputs extends TaskInputs, Rule extends TriggerRule, Params>
  extends TaskOptions<Inputs, Rule, Params, ItemsOver<Over>>,
    MapSettings {
  /** Name → a list. Of several there is an instance for each combination, the last one varying fastest. */
  readonly over: Over & CheckedOver<Over>;
  /** What people see in place of the index. */
  readonly name?: (inputs: ItemsOver<Over> & InputValues<Inputs, Rule>) => string;
}

/**
 * Options of `task.each()`: a list of objects, each of which holds the inputs of one instance.
 *
 * @example
 * ```ts
 * import { dag } from "updraft";
 *
 * export default dag("transfers", {}, ({ task }) => {
 *   const pairs = task("plan", () => [{ from: "a", to: "b" }, { from: "c", to: "d" }]);
 *   task.each("copy", { over: pairs, name: ({ from, to }) => `${from} to ${to}` }, ({ from, to, log }) => log.info("copying", { from, to }));
 * });
 * ```
 */
export interface EachOptions<Over extends Source, Inputs extends TaskInputs, Rule extends TriggerRule, Params>
  extends TaskOptions<Inputs, Rule, Params, ItemOf<Over>>,
    MapSettings {
  /** Objects whose properties are the inputs. A property wins over an input of the same name. */
  readonly over: Over & CheckedEach<Over>;
  readonly name?: (inputs: ItemOf<Over> & InputValues<Inputs, Rule>) => string;
}

/**
 * Adds a task that runs once for each item of a list, or for each combination of several.
 *
 * @example
 * ```ts
 * import { dag } from "updraft";
 *
 * export default dag("counted_words", {}, ({ task }) => {
 *   const lines = task("read", () => ["so it goes", "and so on"]);
 *   const counts = task.map("count", { over: { line: lines } }, ({ line }) => line.split(" ").length);
 *   task("total", { inputs: { counts } }, async ({ counts }) => (await counts.toArray()).reduce((sum, count) => sum + count, 0));
 * });
 * ```
 */
export type MapTask<Params> = <
  Output,
  Over extends MapOver,
  Inputs extends TaskInputs = Record<never, never>,
  Rule extends TriggerRule = "all_success",
>(
  taskId: string,
  options: MapOptions<Over, Inputs, Rule, Params>,
  body: TaskBody<TaskContext<Params> & ItemsOver<Over> & InputValues<Inputs, Rule>, Output>,
) => MappedTask<JsonOutput<Output>>;

/**
 * Adds a task that runs once for each object of a list, whose properties are its inputs.
 *
 * @example
 * ```ts
 * import { dag } from "updraft";
 *
 * export default dag("areas", {}, ({ task }) => {
 *   task.each("area", { over: [{ width: 2, height: 3 }, { width: 4, height: 5 }] }, ({ width, height }) => width * height);
 * });
 * ```
 */
export type EachTask<Params> = <
  Output,
  Over extends Source,
  Inputs extends TaskInputs = Record<never, never>,
  Rule extends TriggerRule = "all_success",
>(
  taskId: string,
  options: EachOptions<Over, Inputs, Rule, Params>,
  body: TaskBody<TaskContext<Params> & ItemOf<Over> & InputValues<Inputs, Rule>, Output>,
) => MappedTask<JsonOutput<Output>>;

/** A mapped group's input as the tasks inside receive it: a handle for their `inputs`. */
type GroupInputs<Over extends MapOver> = { readonly [Name in keyof Over]: GroupInput<ItemOf<Over[Name]>> };

/** Handles of tasks inside a mapped group, as they are seen from outside: each has the results of all instances. */
type FromOutside<Result> =
  Result extends Task<infer Output>
    ? MappedTask<Output>
    : Result extends Group<infer Inner>
      ? Group<FromOutside<Inner>>
      : Result extends readonly unknown[] | Readonly<Record<string, unknown>>
        ? { readonly [Key in keyof Result]: FromOutside<Result[Key]> }
        : Result;

/**
 * Options of `group.map()`.
 *
 * @example
 * ```ts
 * import { dag } from "updraft";
 *
 * export default dag("labelled_groups", {}, ({ task, group }) => {
 *   group.map("city", { over: { city: ["Oslo", "Bern"] }, label: "One city after the other", defaults: { retries: 2 } }, ({ city }) => {
 *     task("visit", { inputs: { city } }, ({ city }) => `been to ${city}`);
 *   });
 * });
 * ```
 */
export interface MapGroupOptions<Over extends MapOver> extends GroupOptions, MapSettings {
  readonly over: Over & CheckedOver<Over>;
}

/**
 * Adds a group of tasks that runs once for each item (or combination): a task in it waits only for the tasks of its own
 * instance. The function receives a handle for each list, to be named among the `inputs` of the tasks inside. A task inside
 * cannot be mapped again.
 *
 * @example
 * ```ts
 * import { dag } from "updraft";
 *
 * export default dag("per_city", {}, ({ task, group }) => {
 *   const cities = task("cities", () => ["Oslo", "Bern"]);
 *   const trip = group.map("trip", { over: { city: cities } }, ({ city }) => {
 *     const fare = task("fare", { inputs: { city } }, ({ city }) => city.length * 10);
 *     return task("book", { inputs: { city, fare } }, ({ city, fare }) => `${city} for ${fare}`);
 *   });
 *   task("summary", { inputs: { bookings: trip.result } }, ({ bookings }) => bookings.toArray());
 * });
 * ```
 */
export type MapGroup = <Over extends MapOver, Result>(
  groupId: string,
  options: MapGroupOptions<Over>,
  fill: (inputs: GroupInputs<Over>) => Result,
) => Group<FromOutside<Result>>;
