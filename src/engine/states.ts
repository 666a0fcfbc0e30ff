/**
 * The states of task instances and DAG runs, spelled as Airflow spells them, and the sets that rules speak of.
 * The order of the list is the code that typed arrays hold; it is never stored, so it may change.
 */
export const TASK_INSTANCE_STATES = [
  "none",
  "scheduled",
  "queued",
  "running",
  "success",
  "restarting",
  "failed",
  "up_for_retry",
  "up_for_reschedule",
  "upstream_failed",
  "skipped",
  "removed",
  "deferred",
] as const;
/** Airflow's null is `none` here; at the API's edge it is `null` again. */
export type TaskInstanceState = (typeof TASK_INSTANCE_STATES)[number];

export const DAG_RUN_STATES = ["queued", "running", "success", "failed"] as const;
export type DagRunState = (typeof DAG_RUN_STATES)[number];

export const DAG_RUN_TYPES = ["scheduled", "manual", "backfill", "asset_triggered"] as const;
export type DagRunType = (typeof DAG_RUN_TYPES)[number];

export function isFinishedState(state: TaskInstanceState): boolean {
  return (
    state === "success" ||
    state === "failed" ||
    state === "skipped" ||
    state === "upstream_failed" ||
    state === "removed"
  );
}

export function isFinishedRunState(state: DagRunState): boolean {
  return state === "success" || state === "failed";
}
