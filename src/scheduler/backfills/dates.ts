/** Which dates a backfill is about, and what becomes of each: a new run, an old one again, or nothing. */
import { MAX_BACKFILL_DATES } from "../../engine/defaults.ts";
import { datesBetween } from "../../engine/timetable/dates-between.ts";
import { makeTimetable } from "../../engine/timetable/make-timetable.ts";
import type { ScheduledRun } from "../../engine/timetable/timetable.ts";
import type { BackfillRequest, BackfillSkip, ReprocessBehavior } from "../../platform.ts";
import { graphOf, type Loaded } from "../load.ts";
import type { SchedulerPorts, StateRow, StateSql } from "../ports.ts";

export type Outcome = { readonly type: "create" } | { readonly type: "reprocess"; readonly row: StateRow } | Skip;

interface Skip {
  readonly type: "skip";
  readonly reason: BackfillSkip;
}

/** In the order in which they start; null when there are too many. `now` is when the backfill was asked for. */
export function datesOf(
  ports: SchedulerPorts,
  loaded: Loaded,
  backfill: Pick<BackfillRequest, "fromAt" | "toAt" | "isReverse">,
  versionNumber: number,
  now: number,
): readonly ScheduledRun[] | null {
  const { schedule } = graphOf(ports.sql, loaded, versionNumber).spec;
  const dates = datesBetween(makeTimetable(schedule, ports.customTimetable()), backfill, now, MAX_BACKFILL_DATES);
  return dates !== null && backfill.isReverse ? dates.toReversed() : dates;
}

/** One outcome per date. */
export function outcomesOf(
  sql: StateSql,
  dates: readonly ScheduledRun[],
  reprocess: ReprocessBehavior,
): readonly Outcome[] {
  // CROSS JOIN keeps the dates outside and looks each run up.
  const rows = sql.exec(
    `SELECT r.seq, r.run_id, r.state, r.logical_at FROM json_each(?1) AS k CROSS JOIN dag_run AS r ON r.logical_at = k.value`,
    JSON.stringify(dates.map(({ logicalAt }) => logicalAt)),
  );
  const byDate = new Map(rows.map((row) => [Number(row["logical_at"]), row]));
  return dates.map(({ logicalAt }) => outcomeOf(byDate.get(logicalAt), reprocess));
}

function outcomeOf(row: StateRow | undefined, reprocess: ReprocessBehavior): Outcome {
  if (row === undefined) return { type: "create" };
  const state = row["state"];
  if (state === "queued" || state === "running") return { type: "skip", reason: "in flight" };
  const isWanted = reprocess === "completed" || (reprocess === "failed" && state === "failed");
  return isWanted ? { type: "reprocess", row } : { type: "skip", reason: "already exists" };
}
