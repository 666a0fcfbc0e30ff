/**
 * The serialised form of a DAG: plain JSON, made by `dag()`, stored with each version, read by the engine.
 * It holds no functions and no user values. Instants are milliseconds since the epoch, durations are
 * milliseconds, and every default is already filled in, so that two readers cannot disagree on one.
 */
import type { Json } from "../lib/json.ts";
import type { DagId, TaskId } from "./ids.ts";

export const TRIGGER_RULES = [
  "all_success",
  "all_failed",
  "all_done",
  "all_done_min_one_success",
  "all_done_setup_success",
  "all_skipped",
  "one_success",
  "one_failed",
  "one_done",
  "none_failed",
  "none_failed_min_one_success",
  "none_skipped",
  "always",
] as const;
/**
 * When a task may run, by the states of the tasks before it; spelled and meant as in Airflow.
 *
 * @example
 * ```ts
 * import { dag, type TriggerRule } from "updraft";
 *
 * const whateverHappens: TriggerRule = "all_done";
 *
 * export default dag("rules", {}, ({ task }) => {
 *   const work = task("work", () => "worked");
 *   task("tidy_up", { after: work, triggerRule: whateverHappens }, () => "tidy");
 * });
 * ```
 */
export type TriggerRule = (typeof TRIGGER_RULES)[number];

export const EXECUTORS = ["queue", "local", "sequential"] as const;
/**
 * Who runs a try: Cloudflare Queues, a loopback call in the same Worker, or the same one at a time.
 *
 * @example
 * ```ts
 * import { dag, type ExecutorName } from "updraft";
 *
 * const near: ExecutorName = "local";
 *
 * export default dag("without_the_queue", { defaults: { executor: near } }, ({ task }) => {
 *   task("work", () => "worked");
 * });
 * ```
 */
export type ExecutorName = (typeof EXECUTORS)[number];

/** A JSON Schema of draft 2020-12, as `z.toJSONSchema()` makes it. */
export type JsonSchema = { readonly [key: string]: Json };

export const WEIGHT_RULES = ["downstream", "upstream", "absolute"] as const;
/** Airflow's rules of the effective priority weight. A custom rule is evaluated when the DAG loads and stored as `absolute`. */
export type WeightRule = (typeof WEIGHT_RULES)[number];

/**
 * Where a mapped task or group gets its instances from. The engine sees lengths alone: of a literal at once, of a task's
 * result when its try reports it. `variant` names a filter or the like of that result, whose length is reported beside it.
 */
export type MapSource =
  | { readonly type: "literal"; readonly length: number }
  | { readonly type: "xcom"; readonly taskId: TaskId; readonly variant?: string }
  /** Ends with its shortest source, or with its longest when there is a value to fill in. */
  | { readonly type: "zip"; readonly sources: readonly MapSource[]; readonly isFilled?: boolean }
  | { readonly type: "concat"; readonly sources: readonly MapSource[] };

/**
 * How many instances, and what each one gets. `product`: every combination, the last input varying fastest. `each`: one per
 * element, an object whose properties are the inputs.
 */
export type MapSpec =
  | { readonly type: "product"; readonly inputs: readonly { readonly name: string; readonly source: MapSource }[] }
  | { readonly type: "each"; readonly source: MapSource };

/** A task whose result decides about tasks behind it. */
export type DecisionSpec =
  /** Returns the task or group ids to go on with; direct downstream tasks that are not followed are skipped. */
  | { readonly type: "branch" }
  /** A falsy result skips everything behind, or, with `direct`, only what is directly behind. */
  | { readonly type: "short_circuit"; readonly scope: "all" | "direct" }
  /** Goes on only in a manual run or in the latest interval. */
  | { readonly type: "latest_only" };

export const TASK_CALLBACKS = ["execute", "success", "failure", "retry", "skipped"] as const;
export type TaskCallback = (typeof TASK_CALLBACKS)[number];
export const DAG_CALLBACKS = ["success", "failure"] as const;
export type DagCallback = (typeof DAG_CALLBACKS)[number];

/** Airflow's deadline alert: a callback once `reference + intervalMs` has passed and the run is not done. */
export interface DeadlineSpec {
  readonly reference:
    | { readonly type: "queued_at" }
    | { readonly type: "logical_date" }
    | { readonly type: "fixed"; readonly at: number }
    /** Mean duration of the last `count` successful runs, from the start of the run. */
    | { readonly type: "average_runtime"; readonly count: number };
  readonly intervalMs: number;
}

/** What a schedule may say whose runs stand for instants. Absent when not used, as in tasks. */
export interface TriggerSpec {
  /** The run covers so much before its instant; absent: the instant alone. */
  readonly intervalMs?: number;
  /** Whether a DAG without a start date begins with the instant just past: always, or when it is no older than this. */
  readonly runImmediately?: true | number;
}

export type ScheduleSpec =
  | { readonly type: "manual" }
  | { readonly type: "once" }
  /** The union of several crons: one run per instant. */
  | ({ readonly type: "crons"; readonly expressions: readonly string[]; readonly timezone: string } & TriggerSpec)
  /** One run after another. */
  | { readonly type: "continuous" }
  /** Fixed instants, sorted, without repeats. */
  | {
      readonly type: "events";
      readonly at: readonly number[];
      readonly isRestricted?: boolean;
      readonly description?: string;
    }
  /** A pure function of the DAG file; `description` is for people. */
  | { readonly type: "custom"; readonly description: string }
  | ({
      readonly type: "cron";
      /** Five fields, or six with the seconds last; presets are already expanded. */
      readonly expression: string;
      /** IANA name. */
      readonly timezone: string;
      /** `false`: the run covers the instant of the tick (Airflow's trigger timetable); `true`: the interval that ended at it. */
      readonly dataInterval: boolean;
    } & TriggerSpec)
  | ({
      readonly type: "every";
      /** Exactly one of the two is above zero. Months count on the calendar in UTC. */
      readonly ms: number;
      readonly months: number;
      readonly dataInterval: boolean;
    } & Pick<TriggerSpec, "intervalMs">);

export interface TaskSpec {
  readonly taskId: TaskId;
  readonly groupId: string | null;
  readonly description: string | null;
  readonly docs: string | null;
  readonly owner: string;
  /** Direct upstream tasks, whether by an input or by `after`, in order of definition, without repeats. */
  readonly upstream: readonly TaskId[];
  /** Parameter name → the upstream task whose `return_value` it receives. A subset of `upstream`. */
  readonly inputs: Readonly<Record<string, TaskId>>;
  readonly triggerRule: TriggerRule;
  readonly retries: number;
  readonly retryDelayMs: number;
  /** Multiplier of the delay per try; 0 or 1 means a fixed delay. */
  readonly retryExponentialBackoff: number;
  readonly maxRetryDelayMs: number | null;
  readonly executionTimeoutMs: number | null;
  readonly pool: string;
  readonly poolSlots: number;
  readonly priorityWeight: number;
  readonly executor: ExecutorName;
  /** `null` lets the scheduler choose by the declared timeout and the last duration. */
  readonly queue: "tasks" | "tasks-long" | null;
  // What follows is absent when it is not used, so that specs of older versions stay readable.
  readonly isSetup?: true;
  readonly isTeardown?: true;
  /** A teardown whose failure fails the run as well. */
  readonly onFailureFailDagRun?: true;
  readonly decision?: DecisionSpec;
  readonly mapped?: MapSpec;
  /** Lengths beyond the result's own that its try reports, by variant. */
  readonly mapVariants?: readonly string[];
  /** A function names its mapped instances. */
  readonly hasInstanceName?: true;
  readonly maxMapLength?: number;
  readonly dependsOnPast?: true;
  /** Implies `dependsOnPast`. */
  readonly waitForDownstream?: true;
  readonly waitForPastDependsBeforeSkipping?: true;
  /** `false`: the first run of all waits for a past that never was. */
  readonly ignoreFirstDependsOnPast?: false;
  readonly startAt?: number;
  readonly endAt?: number;
  readonly weightRule?: WeightRule;
  /** Running and queued instances of this task over all runs. */
  readonly maxActiveTisPerDag?: number;
  readonly maxActiveTisPerDagrun?: number;
  /** A function of the DAG file decides from the error whether and when to retry. */
  readonly hasRetryPolicy?: true;
  readonly callbacks?: readonly TaskCallback[];
  /** `runIf` or `skipIf`: a function of the DAG file decides before each try. */
  readonly hasCondition?: true;
}

export interface GroupSpec {
  readonly groupId: string;
  readonly parentId: string | null;
  readonly label: string;
  /** Every task in the group has the group's instances. */
  readonly mapped?: MapSpec;
  readonly maxMapLength?: number;
}

export interface DagSpec {
  readonly v: 1;
  readonly dagId: DagId;
  readonly description: string | null;
  readonly docs: string | null;
  readonly owner: string;
  readonly tags: readonly string[];
  readonly schedule: ScheduleSpec;
  readonly startAt: number | null;
  readonly endAt: number | null;
  readonly catchup: boolean;
  readonly maxActiveRuns: number;
  /** Running and queued task instances per run; `null` is unlimited. */
  readonly maxActiveTasks: number | null;
  readonly dagRunTimeoutMs: number | null;
  readonly isPausedUponCreation: boolean;
  readonly params: JsonSchema | null;
  /** In topological order. The place in this list is the task's index within the version. */
  readonly tasks: readonly TaskSpec[];
  readonly groups: readonly GroupSpec[];
  // Absent when not used, as in tasks.
  /** The first failed task fails or skips what is left, teardowns apart. */
  readonly failFast?: true;
  readonly maxConsecutiveFailedDagRuns?: number;
  readonly callbacks?: readonly DagCallback[];
  readonly deadlines?: readonly DeadlineSpec[];
  /** With `catchup`: `latest` makes up for the latest missed interval alone; a window, for those that are not older. */
  readonly catchupPolicy?: { readonly latestOnly?: true; readonly windowMs?: number };
  /** `skip`: an interval that comes due while a scheduled run is live gets no run, and is recorded as skipped. */
  readonly overlap?: "queue" | "skip";
  /** Scheduled runs start up to so much later, by an amount that is the same for the same interval. */
  readonly jitterMs?: number;
}
