import { useClock } from "../../layout/clock.ts";
import { type CalendarLabel, type CalendarSquare, calendarSvg } from "../../svg/calendar.ts";
import { type CalendarCell, rangeOf } from "./calendar-cells.ts";
import { type CalendarData, cellHref, cellTitle } from "./calendar-data.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Weeks as columns and weekdays as rows, or days as columns and hours as rows. */
export function CalendarDrawing({ data }: { readonly data: CalendarData }) {
  return data.query.mode === "day" ? <YearDrawing data={data} /> : <MonthDrawing data={data} />;
}

function YearDrawing({ data }: { readonly data: CalendarData }) {
  const { zone } = useClock();
  const { from, to } = rangeOf(data.query);
  const most = busiest(data);
  const first = mondayBased(from);
  const days = (to - from) / DAY_MS;
  const placeOf = (day: number) => ({ column: Math.floor((day + first) / 7), row: (day + first) % 7 });
  const squares = Array.from({ length: days }, (_, day) =>
    squareOf(data, from + day * DAY_MS, { ...placeOf(day), size: DAY_MS, zone, most }),
  );
  const columnLabels = MONTHS.map((text, month): CalendarLabel => {
    const day = (Date.UTC(data.query.year, month, 1) - from) / DAY_MS;
    return { text, column: placeOf(day).column + (placeOf(day).row > 0 ? 1 : 0), row: 0 };
  });
  const rowLabels = [0, 2, 4].map(
    (row): CalendarLabel => ({ text: ["Mon", "", "Wed", "", "Fri"][row] ?? "", column: 0, row }),
  );
  const columnCount = placeOf(days - 1).column + 1;
  return <>{calendarSvg({ columnCount, rowCount: 7, squares, columnLabels, rowLabels })}</>;
}

function MonthDrawing({ data }: { readonly data: CalendarData }) {
  const { zone } = useClock();
  const { from, to } = rangeOf(data.query);
  const most = busiest(data);
  const days = (to - from) / DAY_MS;
  const squares = Array.from({ length: days * 24 }, (_, hour) =>
    squareOf(data, from + hour * HOUR_MS, { column: Math.floor(hour / 24), row: hour % 24, size: HOUR_MS, zone, most }),
  );
  const columnLabels = Array.from(
    { length: days },
    (_, day): CalendarLabel => ({ text: day % 2 === 0 ? String(day + 1) : "", column: day, row: 0 }),
  );
  const rowLabels = Array.from(
    { length: 8 },
    (_, part): CalendarLabel => ({ text: `${String(part * 3).padStart(2, "0")}:00`, column: 0, row: part * 3 }),
  );
  return <>{calendarSvg({ columnCount: days, rowCount: 24, squares, columnLabels, rowLabels })}</>;
}

function squareOf(
  data: CalendarData,
  at: number,
  place: {
    readonly column: number;
    readonly row: number;
    readonly size: number;
    readonly zone: string;
    /** Runs of the busiest square. */
    readonly most: number;
  },
): CalendarSquare {
  const { column, row } = place;
  const cell = data.cells.get(at);
  if (cell === undefined) return { column, row, href: null, title: "", kind: "none", level: 1 };
  if (cell.total === 0) {
    return { column, row, href: null, title: cellTitle(cell, data.query), kind: "planned", level: 1 };
  }
  return {
    column,
    row,
    href: cellHref(data.dag.dagId, cell, data.query, place.zone),
    title: cellTitle(cell, data.query),
    kind: kindOf(cell),
    level: levelOf(cell, place.most),
  };
}

function kindOf({ byState }: CalendarCell): CalendarSquare["kind"] {
  if ((byState.failed ?? 0) > 0) return "failed";
  return (byState.running ?? 0) + (byState.queued ?? 0) > 0 ? "live" : "success";
}

/** In four steps, so that one run more or less changes no colour. */
function levelOf({ total }: CalendarCell, most: number): number {
  return most <= 1 ? 4 : Math.max(1, Math.ceil((total / most) * 4));
}

function busiest({ cells }: CalendarData): number {
  return Math.max(1, ...[...cells.values()].map(({ total }) => total));
}

/** 0 for a Monday. */
function mondayBased(naive: number): number {
  return (new Date(naive).getUTCDay() + 6) % 7;
}
