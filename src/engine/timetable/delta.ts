/** A fixed length of time, or a number of calendar months in UTC; stepped one period at a time. */
import { assert } from "../../lib/assert.ts";
import { formatDuration } from "../../lib/duration.ts";

export interface Delta {
  readonly ms: number;
  readonly months: number;
}

/** The instant one period later. From the 31st of January a month leads to the last day of February, as in Airflow. */
export function addDelta(at: number, delta: Delta): number {
  return addMonths(at, delta.months) + delta.ms;
}

export function subtractDelta(at: number, delta: Delta): number {
  return addMonths(at, -delta.months) - delta.ms;
}

export function describeDelta(delta: Delta): string {
  assert(delta.ms > 0 !== delta.months > 0, "a delta has either milliseconds or months");
  if (delta.months === 0) return `every ${formatDuration(delta.ms)}`;
  return delta.months === 1 ? "every month" : `every ${delta.months} months`;
}

function addMonths(at: number, months: number): number {
  if (months === 0) return at;
  const date = new Date(at);
  const day = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() + months, 1);
  const monthEnd = new Date(date);
  monthEnd.setUTCMonth(monthEnd.getUTCMonth() + 1, 0);
  date.setUTCDate(Math.min(day, monthEnd.getUTCDate()));
  return date.getTime();
}
