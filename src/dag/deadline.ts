import type { DagCallbackContext } from "./context.ts";
import { definitionError } from "./errors.ts";
import { requireFunction } from "./graph/read-hooks.ts";
import type { DagCallbackFunction } from "./hooks.ts";
import type { DeadlineSpec } from "./spec.ts";
import type { Duration } from "./task.ts";
import { checkNames, readDate, readDuration, wholeNumber } from "./task-settings.ts";

/**
 * A deadline of a run: when it is not done by then, its callback is called, once. The run goes on.
 *
 * @example
 * ```ts
 * import { dag, type Deadline } from "updraft";
 *
 * const withinTheHour: Deadline = {
 *   from: "queued_at",
 *   after: "1 hour",
 *   callback: ({ run, deadlineAt, log }) => log.warn(`${run.runId} missed ${deadlineAt?.toISOString()}`),
 * };
 *
 * export default dag("on_time", { deadlines: [withinTheHour] }, ({ task }) => {
 *   task("work", () => "worked");
 * });
 * ```
 */
export interface Deadline {
  /**
   * What it counts from: when the run was queued, its logical date, a fixed date, or the start of the run plus the mean duration
   * of its last so many successful runs (10 unless said otherwise).
   */
  readonly from:
    | "queued_at"
    | "logical_date"
    | "average_runtime"
    | { readonly date: string | Date }
    | { readonly averageRuntimeOf: number };
  /** How long after it. A number of milliseconds may be negative. Default: none. */
  readonly after?: Duration;
  readonly callback: (context: DagCallbackContext) => unknown;
}

const DEFAULT_AVERAGED_RUNS = 10;

/** `zone` is where dates without an offset are read. */
export function readDeadlines(
  where: string,
  deadlines: readonly Deadline[] | undefined,
  zone: string,
): { readonly specs: readonly DeadlineSpec[]; readonly callbacks: readonly DagCallbackFunction[] } {
  if (deadlines !== undefined && !Array.isArray(deadlines)) {
    throw definitionError(where, "deadlines must be a list of { from, after, callback }");
  }
  const specs = (deadlines ?? []).map((deadline, index) => {
    const place = `${where}, deadline ${index + 1}`;
    checkNames(place, deadline, ["from", "after", "callback"]);
    requireFunction(place, "callback", deadline.callback);
    return { reference: readReference(place, deadline.from, zone), intervalMs: readInterval(place, deadline.after) };
  });
  return { specs, callbacks: (deadlines ?? []).map(({ callback }) => callback) };
}

function readReference(where: string, from: Deadline["from"], zone: string): DeadlineSpec["reference"] {
  if (from === "queued_at" || from === "logical_date") return { type: from };
  if (from === "average_runtime") return { type: "average_runtime", count: DEFAULT_AVERAGED_RUNS };
  if (typeof from === "object" && from !== null && "date" in from) {
    const at = readDate(where, "from.date", from.date, zone);
    if (at !== null) return { type: "fixed", at };
  }
  if (typeof from === "object" && from !== null && "averageRuntimeOf" in from) {
    const bounds = { least: 1, most: 1_000 };
    return { type: "average_runtime", count: wholeNumber(where, "averageRuntimeOf", from.averageRuntimeOf, bounds) };
  }
  throw definitionError(
    where,
    `from must be "queued_at", "logical_date", "average_runtime", { date } or { averageRuntimeOf }, got ${JSON.stringify(from)}`,
  );
}

function readInterval(where: string, after: Duration | undefined): number {
  return readDuration(where, "after", after, Number.MIN_SAFE_INTEGER) ?? 0;
}
