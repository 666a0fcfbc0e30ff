/** What a request says of how its answer is wanted. */
import type { AppContext } from "../auth/context.ts";
import { notFound } from "../auth/context.ts";
import { safeNext } from "../auth/next.ts";
import { type DagId, isDagId, isRunId, isTaskId, type RunId, type TaskId } from "../dag/ids.ts";
import type { Theme } from "./layout/document.tsx";
import { preferencesOf } from "./layout/preferences.ts";

/** htmx asks for a part of a page. A restored history entry and a swapped body want the whole. */
export function wantsPart(c: AppContext): boolean {
  return c.req.header("hx-request") === "true" && c.req.header("hx-request-type") === "partial";
}

/** The id of the element that the answer is for; htmx sends `tag#id`. */
export function targetId(c: AppContext): string {
  return (c.req.header("hx-target") ?? "").replace(/^[^#]*#/, "");
}

export function themeOf(c: AppContext): Theme {
  return preferencesOf(c).theme;
}

/** The page the form was on, or `otherwise`. Only ever a path of this site. */
export function cameFrom(c: AppContext, otherwise: string): string {
  const referer = c.req.header("referer");
  const url = referer && URL.canParse(referer) ? new URL(referer) : null;
  return url?.origin === new URL(c.req.url).origin ? safeNext(url.pathname + url.search) : otherwise;
}

export function dagIdOf(c: AppContext): DagId {
  const text = param(c, "dag_id");
  if (!isDagId(text)) throw notFound(c);
  return text;
}

export function runIdOf(c: AppContext): RunId {
  const text = param(c, "run_id");
  if (!isRunId(text)) throw notFound(c);
  return text;
}

export function taskIdOf(c: AppContext): TaskId {
  const text = param(c, "task_id");
  if (!isTaskId(text)) throw notFound(c);
  return text;
}

function param(c: AppContext, name: string): string {
  return (c.req.param() as Record<string, string>)[name] ?? "";
}
