/** The codes of reasons in words: what happened, and what to do about it where there is something to do. */
import type { Reason } from "../engine/states.ts";

export interface ReasonText {
  readonly title: string;
  readonly detail?: string;
}

const texts: Readonly<Partial<Record<Reason, ReasonText>>> = {
  max_active_tis_per_dag: { title: "Enough instances of this task are active (maxActiveTisPerDag)" },
  max_active_tis_per_dagrun: { title: "Enough instances of this task are active in this run (maxActiveTisPerDagrun)" },
  unknown_pool: {
    title: "Its pool does not exist",
    detail: "Create the pool, or name another one in the DAG file. It starts by itself once there is one.",
  },
  pool_slots: { title: "It waits for slots of its pool" },
  parallelism: { title: "The deployment runs as many tasks as it may" },
  heartbeat_lost: {
    title: "Its executor gave no sign of life any more",
    detail:
      "The worker was stopped, ran out of memory or CPU time, or could not reach the scheduler. What it may still report of this try is refused. Its log shows how far it came.",
  },
  queue_timeout: {
    title: "No executor claimed it",
    detail:
      "Its message was sent again and again and nobody took it. Look whether the queue has a consumer, and whether that one fails before it claims.",
  },
  execution_timeout: {
    title: "It took longer than its execution timeout",
    detail: "It was told to stop and its result is refused. Give it a longer executionTimeout, or less to do.",
  },
  dagrun_timeout: {
    title: "The run took longer than its DAG allows",
    detail:
      "What had not finished was skipped. Give the DAG a longer dagRunTimeout, or look for the task that took so long.",
  },
  quarantined: {
    title: "The scheduler stopped its run",
    detail:
      "A check of the scheduler on itself failed, so it ended this run rather than go on with a wrong state. The audit log says which. Please report it, and clear the run to have it again.",
  },
  cancelled: { title: "Somebody cancelled the run" },
  marked: { title: "Somebody set this state by hand" },
  cleared: { title: "Somebody cleared it" },
  version_missing: {
    title: "The deployed code has no function for it",
    detail: "The run belongs to a version of the DAG with this task. Deploy that again, or clear the run.",
  },
  not_in_version: {
    title: "The run's version of the DAG does not have it",
    detail:
      "The run went over to this version when it was cleared. The task starts afresh in a version that has it again.",
  },
  xcom_not_json: {
    title: "What it returned is no JSON",
    detail: "Return plain data: objects, lists, texts, numbers, booleans and null.",
  },
  xcom_too_large: {
    title: "What it returned is too large",
    detail: "Keep large data in a store of your own, and return where they are.",
  },
  xcom_not_stored: { title: "What it returned could not be stored" },
  input_unavailable: { title: "An input could not be read" },
  retry_forbidden: { title: "It failed in a way that another try would not change" },
  wall_time: {
    title: "The worker's time was over",
    detail: "Give the task an executionTimeout, so that it is put where it has time enough.",
  },
  executor_error: { title: "The code around the task failed" },
  task_error: { title: "It failed" },
};

export function reasonText(reason: string): ReasonText {
  const known = texts[reason as Reason];
  if (known !== undefined) return known;
  const text = reason.replaceAll("_", " ");
  return { title: text.charAt(0).toUpperCase() + text.slice(1) };
}
