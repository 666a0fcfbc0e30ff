/** What actions on many rows have in common: which rows are meant, and what is said afterwards. */
import { z } from "zod";
import type { Flash } from "./layout/toast.tsx";

/** Each is a call of its own, or a few of them; a request on Workers may make a thousand. */
export const MAX_BATCH = 100;
export const PARALLEL_CALLS = 20;

/** Rows as their boxes name them: one, many or none. */
export const selectedRows = z
  .union([z.string().max(1_000), z.array(z.string().max(1_000)).max(1_000)])
  .optional()
  .catch(undefined)
  .transform((rows) => [...new Set([rows ?? []].flat())].slice(0, MAX_BATCH));

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
