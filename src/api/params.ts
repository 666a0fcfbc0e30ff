/** Path parameters as ids. What cannot be an id exists nowhere, so it is the same 404 as what is missing. */
import { type AppContext, notFound } from "../auth/context.ts";
import { type DagId, isDagId, isRunId, isTaskId, type RunId, type TaskId } from "../dag/ids.ts";

export function dagIdParam(c: AppContext): DagId {
  const text = param(c, "dag_id");
  if (!isDagId(text)) throw notFound(c);
  return text;
}

/** Null for `~`, which means all DAGs the caller may see. */
export function dagIdOrAll(c: AppContext): DagId | null {
  return param(c, "dag_id") === "~" ? null : dagIdParam(c);
}

export function runIdParam(c: AppContext): RunId {
  const text = param(c, "dag_run_id");
  if (!isRunId(text)) throw notFound(c);
  return text;
}

/** Null for `~`, which a run id never is by itself. */
export function runIdOrAll(c: AppContext): RunId | null {
  return param(c, "dag_run_id") === "~" ? null : runIdParam(c);
}

export function taskIdParam(c: AppContext): TaskId {
  const text = param(c, "task_id");
  if (!isTaskId(text)) throw notFound(c);
  return text;
}

export function numberParam(c: AppContext, name: string): number {
  const text = param(c, name);
  const number = Number(text);
  if (!/^-?\d{1,16}$/.test(text) || !Number.isSafeInteger(number)) throw notFound(c);
  return number;
}

export function param(c: AppContext, name: string): string {
  return (c.req.param() as Record<string, string>)[name] ?? "";
}
