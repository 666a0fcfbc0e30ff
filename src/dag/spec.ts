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

export type ScheduleSpec =
  | { readonly type: "manual" }
  | { readonly type: "once" }
  | {
      readonly type: "cron";
      /** Five fields, or six with the seconds last; presets are already expanded. */
      readonly expression: string;
      /** IANA name. */
      readonly timezone: string;
      /** `false`: the run covers the instant of the tick (Airflow's trigger timetable); `true`: the interval that ended at it. */
      readonly dataInterval: boolean;
    }
  | {
      readonly type: "every";
      /** Exactly one of the two is above zero. Months count on the calendar in UTC. */
      readonly ms: number;
      readonly months: number;
      readonly dataInterval: boolean;
    };

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
}

export interface GroupSpec {
  readonly groupId: string;
  readonly parentId: string | null;
  readonly label: string;
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
}
