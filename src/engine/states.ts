/**
 * The states of task instances and DAG runs, spelled as Airflow spells them, and the sets that rules speak of.
 * The place in the list is the code that typed arrays hold; codes are never stored, so the order may change.
 */
export const TASK_INSTANCE_STATES = [
  "none",
  "scheduled",
  "queued",
  "running",
  "restarting",
  "up_for_retry",
  "up_for_reschedule",
  "deferred",
  "success",
  "skipped",
  "failed",
  "upstream_failed",
  "removed",
] as const;
/** Airflow's null is `none` here; at the API's edge it is `null` again. */
export type TaskInstanceState = (typeof TASK_INSTANCE_STATES)[number];

export const NONE = 0;
export const SCHEDULED = 1;
export const QUEUED = 2;
export const RUNNING = 3;
export const RESTARTING = 4;
export const UP_FOR_RETRY = 5;
export const UP_FOR_RESCHEDULE = 6;
export const DEFERRED = 7;
export const SUCCESS = 8;
export const SKIPPED = 9;
export const FAILED = 10;
export const UPSTREAM_FAILED = 11;
export const REMOVED = 12;
/** Codes from here on are finished states. */
export const FIRST_FINISHED = SUCCESS;
export const FINISHED_COUNT = 5;

export function stateName(code: number): TaskInstanceState {
  return TASK_INSTANCE_STATES[code] ?? "none";
}

export function stateCode(name: string): number {
  return TASK_INSTANCE_STATES.indexOf(name as TaskInstanceState);
}

export function isFinishedState(state: TaskInstanceState): boolean {
  return stateCode(state) >= FIRST_FINISHED;
}

export const DAG_RUN_STATES = ["queued", "running", "success", "failed"] as const;
export type DagRunState = (typeof DAG_RUN_STATES)[number];

export const DAG_RUN_TYPES = ["scheduled", "manual", "backfill", "asset_triggered"] as const;
export type DagRunType = (typeof DAG_RUN_TYPES)[number];

export function isFinishedRunState(state: DagRunState): boolean {
  return state === "success" || state === "failed";
}

/**
 * Why a task instance waits or ended as it did. A row holds one code, and the UI tells it in words; the place in the list
 * is what memory holds.
 */
export const REASONS = [
  "",
  "trigger_rule",
  "dag_paused",
  "max_active_tasks",
  "queue_backlog",
  "sequential_executor",
  "max_active_tis_per_dag",
  "max_active_tis_per_dagrun",
  "unknown_pool",
  "pool_slots",
  "parallelism",
  "heartbeat_lost",
  "queue_timeout",
  "execution_timeout",
  "dagrun_timeout",
  "cancelled",
  "cleared",
  "marked",
  "version_missing",
  "xcom_not_json",
  "xcom_too_large",
  "xcom_not_stored",
  "task_error",
  "retry_forbidden",
  "skip_raised",
  "input_unavailable",
  "wall_time",
  "executor_error",
  "not_followed",
  "nothing_to_map",
  "source_unusable",
  "setup",
  "depends_on_past",
  "fail_fast",
  "xcom_not_mappable",
  "map_too_long",
  "bad_decision",
  "not_in_version",
  "quarantined",
] as const;
export type Reason = (typeof REASONS)[number];

const REASON_CODES: ReadonlyMap<string, number> = new Map(REASONS.map((reason, code) => [reason, code]));

/** The code of a reason, also of one that an executor gave: `timeout` there is the execution timeout. */
export function reasonCode(reason: string): number {
  return REASON_CODES.get(reason === "timeout" ? "execution_timeout" : reason) ?? REASONS.indexOf("task_error");
}
