/** What the calendar is told, and where its squares lead. */
import type { DagProjection } from "../../../catalog/projection.ts";
import { localToInstant } from "../../../lib/time-zone.ts";
import { formatCount } from "../../format.ts";
import { paths, withQuery } from "../../paths.ts";
import type { CalendarCell, CalendarQuery } from "./calendar-cells.ts";

export interface CalendarData {
  readonly dag: DagProjection;
  readonly query: CalendarQuery;
  /** By the naive local begin of a day or an hour. */
  readonly cells: ReadonlyMap<number, CalendarCell>;
  /** Whether the range holds more runs than were read. */
  readonly isCut: boolean;
  /** Until when planned runs are shown, when there are more of them; an instant. */
  readonly plannedUntilAt: number | null;
}

export function calendarAddress(dagId: string, query: CalendarQuery): string {
  const { mode, year, month } = query;
  return `${paths.dagTab(dagId, "calendar")}${withQuery({ mode: mode === "day" ? null : mode, year, month })}`;
}

/** The runs of one day or hour. */
export function cellHref(dagId: string, cell: { readonly at: number }, query: CalendarQuery, zone: string): string {
  const length = query.mode === "day" ? 86_400_000 : 3_600_000;
  const from = localToInstant(cell.at, zone);
  const to = localToInstant(cell.at + length, zone) - 1;
  return `${paths.dagTab(dagId, "runs")}${withQuery({ from: new Date(from).toISOString(), to: new Date(to).toISOString() })}`;
}

export function cellTitle(cell: CalendarCell, query: CalendarQuery): string {
  const iso = new Date(cell.at).toISOString();
  const when = query.mode === "day" ? iso.slice(0, 10) : iso.slice(0, 16).replace("T", " ");
  const parts = Object.entries(cell.byState).map(([state, count]) => `${formatCount(count)} ${state}`);
  if (cell.planned > 0) parts.push(`${formatCount(cell.planned)} planned`);
  return `${when}: ${parts.join(", ")}`;
}
