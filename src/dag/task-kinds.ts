/**
 * Tasks that do more than work: those that decide about the tasks behind them, and those that make and take away what others
 * need. A decision is kept, so that a task it skipped is skipped again when it is cleared alone.
 */
import type { Json } from "../lib/json.ts";
import type { TaskContext } from "./context.ts";
import type { JsonOutput } from "./json-output.ts";
import type { TriggerRule } from "./spec.ts";
import type { Endpoint, Endpoints, InputValues, Task, TaskBody, TaskHandle, TaskInputs, TaskOptions } from "./task.ts";

type NoInputs = Record<never, never>;

/**
 * What a branch goes on with: a task or a group by its handle or its id (with the ids of the groups around it in front), several
 * of them, or none (`null`).
 *
 * @example
 * ```ts
 * import { type BranchTarget, dag } from "updraft";
 *
 * export default dag("chosen_by_conf", {}, ({ task }) => {
 *   const targets: BranchTarget[] = [];
 *   const choose = task.branch("choose", ({ conf }) => (conf["isQuick"] === true ? targets.slice(0, 1) : targets));
 *   targets.push(task("quick", () => 1).after(choose), task("thorough", () => 2).after(choose));
 * });
 * ```
 */
export type BranchTarget = Endpoint | string;
type BranchTargets = BranchTarget | readonly BranchTarget[] | null | undefined;

/**
 * Options of a branch whose targets have names: the function gives a name, several or none, and the compiler knows which there
 * are. Each target runs after the branch without further ado.
 *
 * @example
 * ```ts
 * import { dag } from "updraft";
 *
 * export default dag("seasons", {}, ({ task }) => {
 *   const summer = task("open_windows", () => "opened");
 *   const winter = task("heat", () => "heated");
 *   task.branch("season", { choices: { summer, winter } }, ({ run }) => {
 *     const month = run.startAt.getUTCMonth();
 *     return month >= 3 && month < 9 ? "summer" : "winter";
 *   });
 * });
 * ```
 */
export interface BranchOptions<
  Inputs extends TaskInputs,
  Rule extends TriggerRule,
  Params,
  Choices extends Readonly<Record<string, Endpoints>>,
> extends TaskOptions<Inputs, Rule, Params> {
  readonly choices: Choices;
}

/**
 * Adds a task that chooses which of the tasks directly behind it run. Those that are not chosen are skipped, unless they stand behind one
 * that is. Its result is the list of the ids chosen.
 *
 * @example
 * ```ts
 * import { dag } from "updraft";
 *
 * export default dag("weekends", {}, ({ task }) => {
 *   const work = task("work", () => "worked");
 *   const rest = task("rest", () => "rested");
 *   const choose = task.branch("choose", ({ run }) => (run.startAt.getUTCDay() % 6 === 0 ? rest : [work]));
 *   choose.before(work, rest);
 *   task("sleep", { after: [work, rest], triggerRule: "none_failed_min_one_success" }, () => "slept");
 * });
 * ```
 */
export interface BranchTask<Params> {
  (
    taskId: string,
    body: (scope: TaskContext<Params>) => BranchTargets | Promise<BranchTargets>,
  ): Task<readonly string[]>;
  <
    const Choices extends Readonly<Record<string, Endpoints>>,
    Inputs extends TaskInputs = NoInputs,
    Rule extends TriggerRule = "all_success",
  >(
    taskId: string,
    options: BranchOptions<Inputs, Rule, Params, Choices>,
    body: (scope: TaskContext<Params> & InputValues<Inputs, Rule>) => ChoiceOf<Choices> | Promise<ChoiceOf<Choices>>,
  ): Task<readonly string[]>;
  <Inputs extends TaskInputs = NoInputs, Rule extends TriggerRule = "all_success">(
    taskId: string,
    options: TaskOptions<Inputs, Rule, Params> & { readonly choices?: never },
    body: (scope: TaskContext<Params> & InputValues<Inputs, Rule>) => BranchTargets | Promise<BranchTargets>,
  ): Task<readonly string[]>;
}
type ChoiceOf<Choices> = (keyof Choices & string) | readonly (keyof Choices & string)[] | null | undefined;

/**
 * Adds a task that skips what is behind it unless its function gives something true, in the sense of JavaScript (so an empty list is
 * true). With the scope `"all"`, the default, everything behind it is skipped whatever the trigger rules say, teardowns apart; with
 * `"direct"` only what is directly behind it, and trigger rules decide about the rest.
 *
 * @example
 * ```ts
 * import { dag } from "updraft";
 *
 * export default dag("when_there_is_news", {}, ({ task }) => {
 *   const news = task("read", () => ["rain"]);
 *   const hasNews = task.shortCircuit("has_news", { inputs: { news }, scope: "direct" }, ({ news }) => news.length > 0);
 *   task("print", { inputs: { news }, after: hasNews }, ({ news }) => news.join(", "));
 * });
 * ```
 */
export interface ShortCircuitTask<Params> {
  <Output>(taskId: string, body: TaskBody<TaskContext<Params>, Output>): Task<JsonOutput<Output>>;
  <Output, Inputs extends TaskInputs = NoInputs, Rule extends TriggerRule = "all_success">(
    taskId: string,
    options: TaskOptions<Inputs, Rule, Params> & { readonly scope?: "all" | "direct" },
    body: TaskBody<TaskContext<Params> & InputValues<Inputs, Rule>, Output>,
  ): Task<JsonOutput<Output>>;
}

/**
 * Adds a task that lets what is directly behind it run only in the latest run of the schedule, and in manual runs; in an older
 * one, as when days are made up for, it is skipped.
 *
 * @example
 * ```ts
 * import { dag } from "updraft";
 *
 * export default dag("mail_only_today", { schedule: "@daily", startDate: "2026-01-01", catchup: true }, ({ task, chain }) => {
 *   chain(task("load", () => "loaded"), task.latestOnly("is_today"), task("mail", () => "mailed"));
 * });
 * ```
 */
export type LatestOnlyTask<Params = Readonly<Record<string, Json>>> = (
  taskId: string,
  options?: TaskOptions<NoInputs, TriggerRule, Params>,
) => Task<undefined>;

/**
 * Adds a setup. What stands behind it, up to its teardowns, runs only if it succeeded, and is cleared together with it.
 *
 * @example
 * ```ts
 * import { dag } from "updraft";
 *
 * export default dag("on_a_cluster", {}, ({ task }) => {
 *   const cluster = task.setup("create", () => ({ name: "c-1" }));
 *   const work = task("work", { inputs: { cluster } }, ({ cluster }) => `worked on ${cluster.name}`);
 *   task.teardown("delete", { setups: cluster, inputs: { cluster }, after: work }, ({ cluster, log }) => log.info(`deleting ${cluster?.name}`));
 * });
 * ```
 */
export interface SetupTask<Params> {
  <Output>(taskId: string, body: TaskBody<TaskContext<Params>, Output>): Task<JsonOutput<Output>>;
  <Output, Inputs extends TaskInputs = NoInputs, Rule extends TriggerRule = "all_success">(
    taskId: string,
    options: TaskOptions<Inputs, Rule, Params>,
    body: TaskBody<TaskContext<Params> & InputValues<Inputs, Rule>, Output>,
  ): Task<JsonOutput<Output>>;
}

/**
 * Options of a teardown. Its trigger rule is always `all_done_setup_success`, so its inputs may be missing.
 *
 * @example
 * ```ts
 * import { dag } from "updraft";
 *
 * export default dag("around_the_work", {}, ({ task }) => {
 *   const lock = task.setup("lock", () => "locked");
 *   const work = [task("read", () => 1), task("write", () => 2)];
 *   // lock → read and write → unlock, and lock → unlock.
 *   task.teardown("unlock", { setups: lock, around: work, onFailureFailDagRun: true }, () => "unlocked");
 * });
 * ```
 */
export interface TeardownOptions<Inputs extends TaskInputs, Params>
  extends Omit<TaskOptions<Inputs, "all_done_setup_success", Params>, "triggerRule"> {
  /** What it takes away. Each is an edge too. */
  readonly setups?: TaskHandle | readonly TaskHandle[];
  /** The work between: it runs after the setups and before the teardown. */
  readonly around?: Endpoints;
  /** Whether its failure fails the run. Default `false`: the tasks before it decide about the run. */
  readonly onFailureFailDagRun?: boolean;
}

/**
 * Adds a teardown: it runs once all before it is done, if a setup succeeded, also after failures and when the run is cancelled.
 *
 * @example
 * ```ts
 * import { dag } from "updraft";
 *
 * export default dag("scratch_table", {}, ({ task, chain }) => {
 *   const create = task.setup("create_table", () => "scratch_1");
 *   const drop = task.teardown("drop_table", { setups: create }, ({ log }) => log.info("dropped"));
 *   chain(create, task("fill", () => "filled"), drop);
 * });
 * ```
 */
export interface TeardownTask<Params> {
  <Output>(taskId: string, body: TaskBody<TaskContext<Params>, Output>): Task<JsonOutput<Output>>;
  <Output, Inputs extends TaskInputs = NoInputs>(
    taskId: string,
    options: TeardownOptions<Inputs, Params>,
    body: TaskBody<TaskContext<Params> & InputValues<Inputs, "all_done_setup_success">, Output>,
  ): Task<JsonOutput<Output>>;
}
