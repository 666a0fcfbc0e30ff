/** Airflow's CronDataIntervalTimetable: the intervals between ticks of the cron expression, each run at its end. */
import { type IntervalTicks, nextInterval } from "./data-interval.ts";
import type { NextRunInput, Timetable } from "./timetable.ts";
import { alignNext, alignPrevious, type Ticks } from "./zoned-cron.ts";

export function cronDataIntervalTimetable(cron: Ticks, description: string): Timetable {
  const ticks: IntervalTicks = {
    next: (at) => cron.next(at),
    alignNext: (at) => alignNext(cron, at),
    alignPrevious: (at) => alignPrevious(cron, at),
    skipToLatest: (input) => skipToLatest(cron, input),
  };
  return {
    description,
    next: (input) => nextInterval(ticks, input),
    manualInterval(runAfterAt) {
      const endAt = alignPrevious(cron, runAfterAt);
      const startAt = endAt === null ? null : cron.previous(endAt);
      return endAt === null || startAt === null ? null : { startAt, endAt };
    },
  };
}

function skipToLatest(cron: Ticks, { earliestAt, now }: NextRunInput): number | null {
  const end = alignPrevious(cron, now);
  const latest = end === null ? null : cron.previous(end);
  if (earliestAt === null) return latest;
  const earliest = alignNext(cron, earliestAt);
  return latest === null || earliest === null ? earliest : Math.max(latest, earliest);
}
