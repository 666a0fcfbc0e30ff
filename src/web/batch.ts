/** What actions on many rows have in common: which rows are meant, and what is said afterwards. */
import { z } from "zod";
import type { AppContext } from "../auth/context.ts";
import { misreadBounds } from "./bounds.ts";
import type { Flash } from "./layout/toast.tsx";
import { clockOf } from "./respond.tsx";

/** Each is a call of its own, or a few of them; a request on Workers may make a thousand. */
export const MAX_BATCH = 100;
export const PARALLEL_CALLS = 20;

/** Rows as their boxes name them: one, many or none. */
export const selectedRows = z
  .union([z.string().max(1_000), z.array(z.string().max(1_000)).max(1_000)])
  .optional()
  .catch(undefined)
  .transform((rows) => [...new Set([rows ?? []].flat())].slice(0, MAX_BATCH));

/**
 * The filters of the address, by name, that were not understood as they were written. A list is shown without them; nothing
 * may be done to all that match without them.
 */
export function misreadFilters(
  c: AppContext,
  query: Readonly<Record<string, unknown>>,
  names: readonly string[],
): readonly string[] {
  const misread = names.filter((name) => {
    const understood = [query[name]].flat().map(String);
    return (c.req.queries(name) ?? []).some((value) => value !== "" && !understood.includes(value));
  });
  const bounds = { from: String(query["from"] ?? ""), to: String(query["to"] ?? "") };
  return [...misread, ...misreadBounds(bounds, clockOf(c).zone).map(({ name }) => name)];
}

/** `dag/run`: neither has a slash in its name. */
export function runKeysOf(rows: readonly string[]): readonly (readonly [string, string])[] {
  return rows.flatMap((row) => {
    const [dagId = "", runId = "", ...rest] = row.split("/");
    return dagId === "" || runId === "" || rest.length > 0 ? [] : [[dagId, runId] as const];
  });
}

/** `dag/run/task/index`. */
export function taskKeysOf(rows: readonly string[]): readonly (readonly [string, string, string, number])[] {
  return rows.flatMap((row) => {
    const [dagId = "", runId = "", taskId = "", index = "", ...rest] = row.split("/");
    const isKey = dagId !== "" && runId !== "" && taskId !== "" && /^-?\d{1,9}$/.test(index) && rest.length === 0;
    return isKey ? [[dagId, runId, taskId, Number(index)] as const] : [];
  });
}

export function batchFlash(text: string, problems: readonly string[]): Flash {
  if (problems.length === 0) return { tone: "done", text };
  return { tone: "danger", text: `${text}, not ${problems.length}. ${problems.slice(0, 2).join("; ")}` };
}
