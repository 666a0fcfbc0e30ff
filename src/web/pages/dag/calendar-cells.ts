/** The runs of a year by day, or of a month by hour, as the reader's clocks show them. */
import type { RunCount } from "../../../catalog/sql/run-history.ts";
import { DAG_RUN_STATES, type DagRunState } from "../../../engine/states.ts";
import { localToInstant, offsetAt } from "../../../lib/time-zone.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface CalendarQuery {
  readonly mode: "day" | "hour";
  readonly year: number;
  /** From 1 to 12; of no meaning by day. */
  readonly month: number;
}

export interface CalendarCell {
  /** Naive local begin of the day or the hour. */
  readonly at: number;
  readonly total: number;
  readonly byState: Readonly<Partial<Record<DagRunState, number>>>;
  /** Runs that the schedule will make; not part of the total. */
  readonly planned: number;
}

/** The first and the end, as naive local times. */
export function rangeOf({ mode, year, month }: CalendarQuery): { readonly from: number; readonly to: number } {
  return mode === "day"
    ? { from: Date.UTC(year, 0, 1), to: Date.UTC(year + 1, 0, 1) }
    : { from: Date.UTC(year, month - 1, 1), to: Date.UTC(year, month, 1) };
}

/** As instants, for the catalog. */
export function instantsOf(query: CalendarQuery, zone: string): { readonly from: number; readonly to: number } {
  const { from, to } = rangeOf(query);
  return { from: localToInstant(from, zone), to: localToInstant(to, zone) };
}

/** The cells that hold a run, or will hold one, by their begin. */
export function calendarCells(
  counts: readonly RunCount[],
  query: CalendarQuery,
  zone: string,
  plannedAts: readonly number[] = [],
): ReadonlyMap<number, CalendarCell> {
  const size = query.mode === "day" ? DAY_MS : HOUR_MS;
  const cells = new Map<number, CalendarCell>();
  const toLocal = localClock(zone);
  for (const { at: instant, state, count } of counts) {
    const at = Math.floor(toLocal(instant) / size) * size;
    const known = cells.get(at) ?? emptyCell(at);
    cells.set(at, {
      ...known,
      total: known.total + count,
      byState: { ...known.byState, [state]: (known.byState[state] ?? 0) + count },
    });
  }
  const { from, to } = rangeOf(query);
  for (const instant of plannedAts) {
    const at = Math.floor(toLocal(instant) / size) * size;
    if (at < from || at >= to) continue;
    const known = cells.get(at) ?? emptyCell(at);
    cells.set(at, { ...known, planned: known.planned + 1 });
  }
  return cells;
}

function emptyCell(at: number): CalendarCell {
  return { at, total: 0, byState: {}, planned: 0 };
}

/** The days of a year by month, or the hours of a month by day; the newest first. */
export function coarser(cells: ReadonlyMap<number, CalendarCell>, { mode }: CalendarQuery): readonly CalendarCell[] {
  const sums = new Map<number, CalendarCell>();
  for (const cell of cells.values()) {
    const date = new Date(cell.at);
    const at = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), mode === "day" ? 1 : date.getUTCDate());
    const known = sums.get(at) ?? emptyCell(at);
    const byState = { ...known.byState };
    for (const state of DAG_RUN_STATES) {
      const count = (known.byState[state] ?? 0) + (cell.byState[state] ?? 0);
      if (count > 0) byState[state] = count;
    }
    sums.set(at, { at, total: known.total + cell.total, byState, planned: known.planned + cell.planned });
  }
  return [...sums.values()].sort((a, b) => b.at - a.at);
}

/** Asks the zone for two offsets a day, which is all there is to know of most days: a year has 35,000 quarters. */
function localClock(zone: string): (instant: number) => number {
  const days = new Map<number, number | null>();
  return (instant) => {
    const day = Math.floor(instant / DAY_MS);
    let offset = days.get(day);
    if (offset === undefined) {
      const start = offsetAt(day * DAY_MS, zone);
      offset = start === offsetAt((day + 1) * DAY_MS - 1, zone) ? start : null;
      days.set(day, offset);
    }
    return instant + (offset ?? offsetAt(instant, zone));
  };
}

/** The months before and after, or the years. */
export function stepped(query: CalendarQuery, step: -1 | 1): CalendarQuery {
  if (query.mode === "day") return { ...query, year: query.year + step };
  const at = new Date(Date.UTC(query.year, query.month - 1 + step, 1));
  return { ...query, year: at.getUTCFullYear(), month: at.getUTCMonth() + 1 };
}
