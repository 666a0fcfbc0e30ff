/**
 * The types of what an author writes inside `dag()`: tasks, groups, the edges between them, and what a task's function
 * is given. The values behind them are made by `graph/dag-builder.ts`.
 */
import type { Json } from "../lib/json.ts";
import type { CallbackError, ContextKey, TaskCallbackContext, TaskContext } from "./context.ts";
import type { JsonInput, JsonOutput } from "./json-output.ts";
import type { EachTask, MapGroup, MapTask } from "./map-options.ts";
import type { GroupInput, MappedResults, MappedTask } from "./mapping.ts";
import type { ExecutorName, TriggerRule, WeightRule } from "./spec.ts";
import type { BranchTask, LatestOnlyTask, SetupTask, ShortCircuitTask, TeardownTask } from "./task-kinds.ts";

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
export type Endpoint = TaskHandle | Group<unknown>;

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
export interface Task<out Output> extends TaskHandle {
  readonly isMapped: false;
  readonly [output]?: Output;
}

/**
 * What every task is, mapped or not: something with an id that edges lead to and from.
 *
 * @example
 * ```ts
 * import { dag, type TaskHandle } from "updraft";
 *
 * export default dag("any_task", {}, ({ task }) => {
 *   const all: TaskHandle[] = [task("one", () => 1), task.map("each", { over: { letter: ["a", "b"] } }, ({ letter }) => letter)];
 *   task("last", () => "done").after(all);
 * });
 * ```
 */
export interface TaskHandle {
  /** With the ids of the groups around it in front: `load.users`. */
  readonly taskId: string;
  /** Whether there is an instance per item: see `task.map()`. */
  readonly isMapped: boolean;
  /** This task runs after those, without receiving their results. Throws `DefinitionError` for a task of another DAG. */
  after(...upstream: readonly Endpoints[]): this;
  /** This task runs before those. */
  before(...downstream: readonly Endpoints[]): this;
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
  /**
   * How the weight counts: with those of all tasks `downstream` (the default) or `upstream`, or as it is (`absolute`). A function
   * computes it when the file is loaded.
   */
  readonly weightRule?: WeightRule | ((task: WeightedTask) => number);
  /** Tries of this task that may be queued or running at once, over all runs of the DAG. Default: no limit. */
  readonly maxActiveTisPerDag?: number;
  /** The same within one run, which matters for mapped tasks. */
  readonly maxActiveTisPerDagrun?: number;
  /** Waits until the task has succeeded, or was skipped, in the run before. */
  readonly dependsOnPast?: boolean;
  /** Waits for the tasks directly behind it in the run before as well; implies `dependsOnPast`. */
  readonly waitForDownstream?: boolean;
  /** Whether a skip waits for the past too. Default `false`: a task that is to be skipped is skipped at once. */
  readonly waitForPastDependsBeforeSkipping?: boolean;
  /** Whether `dependsOnPast` passes where there is no past. Default `true`. */
  readonly ignoreFirstDependsOnPast?: boolean;
  /** No instance of the task for runs before this date: an ISO date or date-time (in the zone of the schedule), or a `Date`. */
  readonly startDate?: string | Date;
  /** No instance of the task for runs after this date. */
  readonly endDate?: string | Date;
  /** Decides from the error of a failed try whether and when another follows, within `retries`. */
  readonly retryPolicy?: RetryPolicy;
  /** Called before the task, in the same invocation. It cannot stop it: an error is logged. */
  readonly onExecute?: TaskCallbacks;
  /** Called once the success is accepted. Errors of this and the following callbacks are logged and change nothing. */
  readonly onSuccess?: TaskCallbacks;
  /** Called once the last try has failed. */
  readonly onFailure?: TaskCallbacks;
  /** Called once a try has failed that another follows. */
  readonly onRetry?: TaskCallbacks;
  /** Called when the task itself skipped, by `Skip`, `runIf` or `skipIf`; not for those skipped behind it. */
  readonly onSkipped?: TaskCallbacks;
}

/**
 * One callback of a task or several, called one after the other.
 *
 * @example
 * ```ts
 * import { dag, type TaskCallbacks } from "updraft";
 *
 * const report: TaskCallbacks = [({ log }) => log.info("told the log"), ({ task, log }) => log.info(`and again: ${task.taskId}`)];
 *
 * export default dag("reporting", { defaults: { onSuccess: report } }, ({ task }) => {
 *   task("work", () => "worked");
 * });
 * ```
 */
export type TaskCallbacks = TaskCallbackFunction | readonly TaskCallbackFunction[];
type TaskCallbackFunction = (context: TaskCallbackContext) => unknown;

/**
 * Decides from an error whether another try follows: `"retry"` after the usual delay, `"fail"` at once, or after a delay of its own.
 * There are never more tries than `retries` allows. When it throws, the usual rules hold, and the log says so.
 *
 * @example
 * ```ts
 * import { dag, type RetryPolicy } from "updraft";
 *
 * const patient: RetryPolicy = (error, { tryNumber }) =>
 *   error.message.includes("HTTP 4") ? "fail" : { after: `${10 * tryNumber}s` };
 *
 * export default dag("polite", { defaults: { retries: 3, retryPolicy: patient } }, ({ task }) => {
 *   task("fetch", () => "fetched");
 * });
 * ```
 */
export type RetryPolicy = (
  error: CallbackError,
  attempt: { readonly tryNumber: number; readonly maxTries: number },
) => RetryDecision | Promise<RetryDecision>;
type RetryDecision = "retry" | "fail" | { readonly after: Duration };

/**
 * A task as the function of `weightRule` sees it.
 *
 * @example
 * ```ts
 * import { dag, type WeightedTask } from "updraft";
 *
 * const nearTheEnd = ({ priorityWeight, downstreamIds }: WeightedTask) => priorityWeight * 100 - downstreamIds.length;
 *
 * export default dag("finish_first", { defaults: { weightRule: nearTheEnd } }, ({ task, chain }) => {
 *   chain(task("first", () => 1), task("last", () => 2));
 * });
 * ```
 */
export interface WeightedTask {
  readonly taskId: string;
  readonly priorityWeight: number;
  /** All tasks before it, near and far. */
  readonly upstreamIds: readonly string[];
  /** All tasks behind it, near and far. */
  readonly downstreamIds: readonly string[];
}

/** Names in the context cannot be names of inputs, because both reach the function in one object. */
export type TaskInputs = Readonly<Record<string, Task<unknown> | MappedTask<unknown> | GroupInput<unknown>>>;
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
export interface TaskOptions<
  Inputs extends TaskInputs,
  Rule extends TriggerRule,
  Params = Readonly<Record<string, Json>>,
  Items = unknown,
> extends TaskDefaults {
  /** Name → the task whose result arrives under that name. Each is an edge too. Of a mapped task all results arrive. */
  readonly inputs?: Inputs & NotInContext;
  readonly after?: Endpoints;
  readonly before?: Endpoints;
  /** When the states of the tasks before it allow it to run. Default `all_success`. With any other an input may be missing. */
  readonly triggerRule?: Rule;
  /** Asked before each try: when it gives `false` the task is skipped. */
  readonly runIf?: Condition<TaskContext<Params> & Items & InputValues<Inputs, Rule>>;
  /** Asked before each try: when it gives `true` the task is skipped. */
  readonly skipIf?: Condition<TaskContext<Params> & Items & InputValues<Inputs, Rule>>;
  /** One line. */
  readonly description?: string;
  /** Markdown. */
  readonly docs?: string;
}

type Condition<Scope> = (scope: Scope) => boolean | Promise<boolean>;

/** What a function receives of its inputs. Only `all_success` promises that each of them has a result. */
export type InputValues<Inputs extends TaskInputs, Rule extends TriggerRule> = {
  readonly [Name in keyof Inputs]: Inputs[Name] extends GroupInput<infer Item>
    ? Item
    : Inputs[Name] extends MappedTask<infer Output>
      ? MappedResults<Exclude<Output, undefined>>
      : Inputs[Name] extends Task<infer Output>
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
    options: TaskOptions<Inputs, Rule, Params>,
    body: TaskBody<TaskContext<Params> & InputValues<Inputs, Rule>, Output>,
  ): Task<JsonOutput<Output>>;
  /** One instance per item of a list, or per combination of several. */
  readonly map: MapTask<Params>;
  /** One instance per object of a list. */
  readonly each: EachTask<Params>;
  /** Chooses which of the tasks directly behind it run. */
  readonly branch: BranchTask<Params>;
  /** Skips what is behind it unless its function gives something true. */
  readonly shortCircuit: ShortCircuitTask<Params>;
  /** Skips what is directly behind it in all but the latest run of the schedule. */
  readonly latestOnly: LatestOnlyTask<Params>;
  /** Makes something that the tasks behind it need, and that a teardown takes away again. */
  readonly setup: SetupTask<Params>;
  /** Takes away what setups have made, whatever became of the tasks between. */
  readonly teardown: TeardownTask<Params>;
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
  /** The group once for each item of a list, each task waiting for those of its own instance alone. */
  readonly map: MapGroup;
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
