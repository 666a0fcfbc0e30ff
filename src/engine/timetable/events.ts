/** Airflow's EventsTimetable: a run at each instant of a fixed list. */
import { runAtInstant, type Timetable } from "./timetable.ts";

export interface EventsOptions {
  /** Sorted, without repeats. */
  readonly at: readonly number[];
  /** A manual run is about the latest event, or the first one when all are to come. */
  readonly isRestricted: boolean;
  readonly description: string | null;
}

export function eventsTimetable({ at, isRestricted, description }: EventsOptions): Timetable {
  return {
    description: description ?? (at.length === 1 ? "1 event" : `${at.length} events`),
    next({ last, earliestAt, latestAt, now, catchup }) {
      const from = Math.max(earliestAt ?? Number.NEGATIVE_INFINITY, catchup ? Number.NEGATIVE_INFINITY : now);
      const after = last?.endAt ?? Number.NEGATIVE_INFINITY;
      const next = at.find((event) => event >= from && event > after);
      return next === undefined || (latestAt !== null && next > latestAt) ? null : runAtInstant(next);
    },
    manualInterval(runAfterAt) {
      if (!isRestricted) return { startAt: runAfterAt, endAt: runAfterAt };
      const event = at.findLast((one) => one <= runAfterAt) ?? at[0];
      return event === undefined ? null : { startAt: event, endAt: event };
    },
  };
}
