/**
 * Airflow's DeltaDataIntervalTimetable: consecutive intervals of one period. Without catch-up, periods of fixed length
 * are cut at multiples since the epoch; months are stepped from where the schedule stands, so that the day does not drift.
 */
import { type IntervalTicks, nextInterval } from "./data-interval.ts";
import { addDelta, type Delta, describeDelta, subtractDelta } from "./delta.ts";
import type { NextRunInput, Timetable } from "./timetable.ts";

export function deltaDataIntervalTimetable(delta: Delta): Timetable {
  const ticks: IntervalTicks = {
    next: (at) => addDelta(at, delta),
    alignNext: (at) => at,
    alignPrevious: (at) => at,
    skipToLatest(input) {
      const latest = delta.months === 0 ? latestMultiple(input.now, delta.ms) : latestStep(input, delta);
      return Math.max(latest, input.earliestAt ?? Number.NEGATIVE_INFINITY);
    },
  };
  return {
    description: describeDelta(delta),
    next: (input) => nextInterval(ticks, input),
    manualInterval: (runAfterAt) => ({ startAt: subtractDelta(runAfterAt, delta), endAt: runAfterAt }),
  };
}

function latestMultiple(now: number, ms: number): number {
  return Math.floor(now / ms) * ms - ms;
}

function latestStep({ last, earliestAt, now }: NextRunInput, delta: Delta): number {
  let startAt = last?.endAt ?? earliestAt ?? subtractDelta(now, delta);
  for (let endAt = addDelta(startAt, delta); addDelta(endAt, delta) <= now; endAt = addDelta(endAt, delta)) {
    startAt = endAt;
  }
  return startAt;
}
