/**
 * The types of what an author writes inside `dag()`: tasks, groups, the edges between them, and what a task's function
 * is given. The values behind them are made by `graph/dag-builder.ts`.
 */
import type { ContextKey, TaskContext } from "./context.ts";
import type { JsonInput, JsonOutput } from "./json-output.ts";
import type { ExecutorName, TriggerRule } from "./spec.ts";

declare const output: unique symbol;

/**
 * A task or a group: what an edge can begin or end at. A group stands for its first or its last tasks.
 *
 * @example
 * ```ts
 * import { dag, type Endpoint } from "updraft";
 *
 * export default dag("collected_edges", {}, ({ task, group }) => {
 *   const before: Endpoint[] = [task("a", () => 1)];
 *   before.push(group("g", () => void task("b", () => 2)));
 *   task("last", () => 3).after(before);
 * });
 * ```
 */
export type Endpoint = Task<unknown> | Group<unknown>;

/**
 * One end of edges, or a list of them.
 *
 * @example
 * ```ts
 * import { dag, type Endpoints } from "updraft";
 *
 * export default dag("one_or_many", {}, ({ task, chain }) => {
 *   const start: Endpoints = [task("a", () => 1), task("b", () => 2)];
 *   chain(start, task("last", () => 3));
 * });
 * ```
 */
export type Endpoints = Endpoint | readonly Endpoint[];

/**
 * A task of one DAG, as `task()` returns it. `Output` is the type that a task with this one among its `inputs` receives.
 *
 * @example
 * ```ts
 * import { dag } from "updraft";
 *
 * export default dag("morning", {}, ({ task }) => {
 *   const wake = task("wake", () => "awake");
 *   const coffee = task("coffee", () => "hot");
 *   task("work", () => "done").after(wake, coffee);
 * });
 * ```
 */
export interface Task<out Output> {
  /** With the ids of the groups around it in front: `load.users`. */
  readonly taskId: string;
  /** This task runs after those, without receiving their results. Throws `DefinitionError` for a task of another DAG. */
  after(...upstream: readonly Endpoints[]): this;
  /** This task runs before those. */
  before(...downstream: readonly Endpoints[]): this;
  readonly [output]?: Output;
}

/**
 * A group of tasks, as `group()` returns it. As the end of an edge it stands for its tasks with nothing before them in the
 * group; as the beginning, for those with nothing behind them.
 *
 * @example
 * ```ts
 * import { dag } from "updraft";
 *
 * export default dag("grouped", {}, ({ task, group }) => {
 *   const load = group("load", () => {
 *     task("users", () => 3);
 *     task("orders", () => 5);
 *   });
 *   task("report", () => "loaded").after(load);
 * });
 * ```
 */
export interface Group<out Result> {
  readonly groupId: string;
  /** What the group's function returned: the handles that the rest of the DAG needs. */
  readonly result: Result;
  after(...upstream: readonly Endpoints[]): this;
  before(...downstream: readonly Endpoints[]): this;
}

/**
 * A span of time: a text such as `"30s"`, `"5 min"`, `"1h 30m"` or `"2 days"`, or a number of milliseconds.
 *
 * @example
 * ```ts
 * import { type Duration, dag } from "updraft";
 *
 * const patience: Duration = "1h 30m";
 *
 * export default dag("bounded", { dagRunTimeout: patience }, ({ task }) => {
 *   task("quick", { executionTimeout: 10_000 }, () => "in ten seconds at most");
 * });
 * ```
 */
export type Duration = string | number;

/**
 * Options of a task that a DAG or a group can also set for all of its tasks, under `defaults`. The nearest one wins.
 *
 * @example
 * ```ts
 * import { dag } from "updraft";
 *
 * export default dag("patient", { defaults: { retries: 3, retryDelay: "1 min", retryExponentialBackoff: true } }, ({ task }) => {
 *   task("waits_1_2_and_4_minutes", () => {});
 *   task("never_retried", { retries: 0 }, () => {});
 * });
 * ```
 */
export interface TaskDefaults {
  /** How many more tries follow a failed one. Default 0. */
  readonly retries?: number;
  /** The wait before the next try. Default 5 minutes. */
  readonly retryDelay?: Duration;
  /** Multiplies the wait by this for each further try; `true` is 2. Default: the wait stays the same. */
  readonly retryExponentialBackoff?: boolean | number;
  /** The longest wait that the backoff leads to. Default 24 hours. */
  readonly maxRetryDelay?: Duration;
  /** After how long `signal` aborts and the try fails. The queue executor allows at most 13 minutes. */
  readonly executionTimeout?: Duration;
  /** The pool whose slots the task takes. Default `default_pool`, which is unlimited unless a deployment sets it. */
  readonly pool?: string;
  /** How many slots of the pool a try takes. Default 1. */
  readonly poolSlots?: number;
  /** Tasks with more weight run first when not all can; the weights of the tasks downstream are added. Default 1. */
  readonly priorityWeight?: number;
  /** Default `queue`. `local` runs beside the scheduler at once, `sequential` the same one try at a time. */
  readonly executor?: ExecutorName;
  /** Which queue of the queue executor. Default: `tasks-long` for a timeout, or a last duration, that is long. */
  readonly queue?: "tasks" | "tasks-long";
  readonly owner?: string;
}

/** Names in the context cannot be names of inputs, because both reach the function in one object. */
export type TaskInputs = Readonly<Record<string, Task<unknown>>>;
type NotInContext = { readonly [Key in ContextKey]?: never };

/**
 * Options of one task.
 *
 * @example
 * ```ts
 * import { dag } from "updraft";
 *
 * export default dag("all_sorts", {}, ({ task }) => {
 *   const rows = task("rows", { retries: 3, retryDelay: "10s", executionTimeout: "5 min" }, () => [1, 2]);
 *   const checked = task("check", { inputs: { rows }, pool: "default_pool", priorityWeight: 10 }, ({ rows }) => rows.length > 0);
 *   // Whatever became of the others: so its inputs may be missing.
 *   task("report", { inputs: { rows, checked }, triggerRule: "all_done" }, ({ rows, checked }) => ({
 *     rowCount: rows?.length ?? 0,
 *     isChecked: checked ?? false,
 *   }));
 * });
 * ```
 */
export interface TaskOptions<Inputs extends TaskInputs, Rule extends TriggerRule> extends TaskDefaults {
  /** Name → the task whose result arrives under that name. Each is an edge too. */
  readonly inputs?: Inputs & NotInContext;
  readonly after?: Endpoints;
  readonly before?: Endpoints;
  /** When the states of the tasks before it allow it to run. Default `all_success`. With any other an input may be missing. */
  readonly triggerRule?: Rule;
  /** One line. */
  readonly description?: string;
  /** Markdown. */
  readonly docs?: string;
}

/** What a function receives of its inputs. Only `all_success` promises that each of them has a result. */
export type InputValues<Inputs extends TaskInputs, Rule extends TriggerRule> = {
  readonly [Name in keyof Inputs]: Inputs[Name] extends Task<infer Output>
    ? [Rule] extends ["all_success"]
      ? Output
      : Output | undefined
    : never;
};

/** The function of a task. The second half refuses results that JSON cannot carry, with the reason. */
export type TaskBody<Scope, Output> = ((scope: Scope) => Output | Promise<Output>) &
  ((scope: Scope) => JsonInput<Output> | Promise<JsonInput<Output>>);

/**
 * Adds a task to the DAG and returns its handle. The function receives the context and the task's inputs in one object,
 * may be asynchronous, and returns JSON (or nothing): the XCom `return_value`. The id consists of 1 to 250 letters, digits, `_`, `.` and `-`. Throws
 * `DefinitionError` for a bad or repeated id, a bad option or a task of another DAG.
 *
 * @example
 * ```ts
 * import { dag } from "updraft";
 *
 * export default dag("sum_up", {}, ({ task }) => {
 *   const numbers = task("numbers", () => [1, 2, 3]);
 *   task("sum", { inputs: { numbers }, retries: 2 }, ({ numbers, log }) => {
 *     log.info("adding", { count: numbers.length });
 *     return numbers.reduce((total, number) => total + number, 0);
 *   });
 * });
 * ```
 */
export interface AddTask<Params> {
  <Output>(taskId: string, body: TaskBody<TaskContext<Params>, Output>): Task<JsonOutput<Output>>;
  <Output, Inputs extends TaskInputs = Record<never, never>, Rule extends TriggerRule = "all_success">(
    taskId: string,
    options: TaskOptions<Inputs, Rule>,
    body: TaskBody<TaskContext<Params> & InputValues<Inputs, Rule>, Output>,
  ): Task<JsonOutput<Output>>;
}

/**
 * Options of a group.
 *
 * @example
 * ```ts
 * import { dag, type GroupOptions } from "updraft";
 *
 * const careful: GroupOptions = { label: "Handle with care", defaults: { retries: 5, retryDelay: "1 min" } };
 *
 * export default dag("careful_group", {}, ({ task, group }) => {
 *   group("fragile", careful, () => {
 *     task("glass", () => "whole");
 *   });
 * });
 * ```
 */
export interface GroupOptions {
  /** The name people see; the id unless given. */
  readonly label?: string;
  readonly defaults?: TaskDefaults;
}

/**
 * Groups the tasks that its function adds, and puts the group's id in front of theirs: `load.users`. Groups may stand in
 * groups. Throws `DefinitionError` for a bad or repeated id or an asynchronous function.
 *
 * @example
 * ```ts
 * import { dag } from "updraft";
 *
 * export default dag("nested_groups", {}, ({ task, group }) => {
 *   const load = group("load", { label: "Load everything", defaults: { retries: 2 } }, () => {
 *     const users = task("users", () => ["ada", "grace"]);
 *     return { users };
 *   });
 *   task("greet", { inputs: { users: load.result.users } }, ({ users }) => users.map((name) => `Hello ${name}`));
 * });
 * ```
 */
export interface AddGroup {
  <Result>(groupId: string, fill: () => Result): Group<Result>;
  <Result>(groupId: string, options: GroupOptions, fill: () => Result): Group<Result>;
}

/**
 * Makes edges along a line: each task or list runs after the one before it. Two lists side by side are joined pair by pair
 * and must be of the same length; `DefinitionError` otherwise.
 *
 * @example
 * ```ts
 * import { dag } from "updraft";
 *
 * export default dag("line", {}, ({ task, chain }) => {
 *   const open = task("open", () => "opened");
 *   const left = task("left", () => 1);
 *   const right = task("right", () => 2);
 *   const close = task("close", () => "closed");
 *   chain(open, [left, right], close);
 * });
 * ```
 */
export type Chain = (...links: readonly Endpoints[]) => void;

/**
 * What the function of `dag()` receives to fill the DAG with.
 *
 * @example
 * ```ts
 * import { type DagScope, dag, type ParamsOf } from "updraft";
 *
 * // Tasks that several DAGs share.
 * function addCleanUp({ task }: DagScope<ParamsOf<undefined>>) {
 *   return task("clean_up", { triggerRule: "all_done" }, ({ log }) => log.info("cleaned up"));
 * }
 *
 * export default dag("tidy_dag", {}, (scope) => {
 *   const work = scope.task("work", () => "worked");
 *   addCleanUp(scope).after(work);
 * });
 * ```
 */
export interface DagScope<Params> {
  readonly task: AddTask<Params>;
  readonly group: AddGroup;
  readonly chain: Chain;
}
