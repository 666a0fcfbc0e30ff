/** Which part of a run's time a Gantt chart shows: two instants in the address, and the steps from there. */
import type { DagRunBar } from "../../../catalog/sql/dag-runs.ts";
import type { TimeSpan } from "../../svg/waterfall.ts";
import type { GanttRow } from "./gantt-rows.ts";

/** Instants; null is that end of the run. */
export interface GanttZoom {
  readonly from: number | null;
  readonly to: number | null;
}

/** Less than this shows nothing more. */
const SHORTEST_MS = 20;

/** From the start of the run, or from what began before it: cleared runs keep their tries. */
export function wholeSpan(run: DagRunBar, rows: readonly GanttRow[], now: number): TimeSpan {
  let from = run.startAt ?? Number.POSITIVE_INFINITY;
  let to = run.endAt ?? now;
  for (const { tries } of rows) {
    for (const { queuedAt, startAt, endAt } of tries) {
      from = Math.min(from, queuedAt ?? startAt ?? from);
      to = Math.max(to, endAt ?? 0);
    }
  }
  return { from, to: Math.max(from + 1, to) };
}

/** The part of the whole that the address asks for, or the whole when that is no part of it. */
export function zoomedSpan(whole: TimeSpan, { from, to }: GanttZoom): TimeSpan {
  const part = { from: Math.max(whole.from, from ?? whole.from), to: Math.min(whole.to, to ?? whole.to) };
  return part.to - part.from < 1 ? whole : part;
}

export interface GanttSteps {
  /** Null where the step leads nowhere new. */
  readonly in: GanttZoom | null;
  readonly out: GanttZoom | null;
  readonly earlier: GanttZoom | null;
  readonly later: GanttZoom | null;
  readonly whole: GanttZoom | null;
}

/** In and out by two around the middle, to the sides by half of what is shown. */
export function ganttSteps(whole: TimeSpan, shown: TimeSpan): GanttSteps {
  const length = shown.to - shown.from;
  const isWhole = shown.from <= whole.from && shown.to >= whole.to;
  const within = (from: number, size: number): GanttZoom => {
    if (size >= whole.to - whole.from) return { from: null, to: null };
    const begin = Math.round(Math.min(Math.max(from, whole.from), whole.to - size));
    return { from: begin, to: begin + Math.round(size) };
  };
  return {
    in: length / 2 < SHORTEST_MS ? null : within(shown.from + length / 4, length / 2),
    out: isWhole ? null : within(shown.from - length / 2, length * 2),
    earlier: shown.from <= whole.from ? null : within(shown.from - length / 2, length),
    later: shown.to >= whole.to ? null : within(shown.from + length / 2, length),
    whole: isWhole ? null : { from: null, to: null },
  };
}

/** The rows that have something to show in the span. */
export function rowsWithin(rows: readonly GanttRow[], span: TimeSpan, now: number): readonly GanttRow[] {
  return rows.filter(({ tries }) =>
    tries.some(({ queuedAt, startAt, endAt }) => {
      const begin = queuedAt ?? startAt;
      return begin !== null && begin <= span.to && (endAt ?? now) >= span.from;
    }),
  );
}
