import type { Brand } from "../lib/brand.ts";

export type DagId = Brand<string, "DagId">;
export type TaskId = Brand<string, "TaskId">;
export type RunId = Brand<string, "RunId">;

const idPattern = /^[A-Za-z0-9_.-]{1,250}$/;
// Airflow's `allowed_run_id_pattern`, with a bound on the length because it is part of keys.
const runIdPattern = /^[A-Za-z0-9_.~:+-]{1,250}$/;

export function isDagId(text: string): text is DagId {
  return idPattern.test(text);
}

export function isTaskId(text: string): text is TaskId {
  return idPattern.test(text);
}

export function isRunId(text: string): text is RunId {
  return runIdPattern.test(text);
}
