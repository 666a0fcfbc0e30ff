/**
 * Airflow's DeltaTriggerTimetable: a run one period after the last. Any instant is a tick, so a first run, or one that
 * comes after missed periods without catch-up, is due now, and the following ones count from there.
 */
import { addDelta, type Delta, describeDelta } from "./delta.ts";
import type { Timetable } from "./timetable.ts";
import { nextTrigger, type TriggerTicks } from "./trigger.ts";

export function deltaTriggerTimetable(delta: Delta, intervalMs = 0): Timetable {
  const ticks: TriggerTicks = {
    next: (at) => addDelta(at, delta),
    alignNext: (at) => at,
    alignPrevious: (at) => at,
    firstRun: (now) => now,
  };
  return {
    description: describeDelta(delta),
    next: (input) => nextTrigger(ticks, input, intervalMs),
    manualInterval: (runAfterAt) => ({ startAt: runAfterAt - intervalMs, endAt: runAfterAt }),
  };
}
