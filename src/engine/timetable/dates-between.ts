/** The intervals of a schedule whose logical dates lie in a range, for a backfill. */
import { type Interval, intervalOf, type ScheduledRun, type Timetable } from "./timetable.ts";

/**
 * In order, both ends included, without those that have not ended by `now`. Null when there are more than `limit`. The DAG's
 * own dates and its cursor do not count: a backfill is about what lies before them as well.
 */
export function datesBetween(
  timetable: Timetable,
  range: { readonly fromAt: number; readonly toAt: number },
  now: number,
  limit: number,
): readonly ScheduledRun[] | null {
  const dates: ScheduledRun[] = [];
  let last: Interval | null = null;
  for (;;) {
    const next: ScheduledRun | null = timetable.next({
      last,
      earliestAt: range.fromAt,
      // The end is about logical dates; a run about the time before an instant has an earlier one than that.
      latestAt: null,
      now,
      catchup: true,
    });
    if (next === null || next.logicalAt > range.toAt || next.runAfterAt > now) return dates;
    last = intervalOf(next);
    if (next.logicalAt < range.fromAt) continue;
    if (dates.length === limit) return null;
    dates.push(next);
  }
}
