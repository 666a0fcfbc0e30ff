/** Airflow's CronTriggerTimetable: a run at each tick of the cron expression, about that instant. */
import type { TriggerSpec } from "../../dag/spec.ts";
import type { Timetable } from "./timetable.ts";
import { nextTrigger, type TriggerTicks } from "./trigger.ts";
import { alignNext, alignPrevious, type Ticks } from "./zoned-cron.ts";

/** Without a start date the tick that has just passed is still taken: within 5 minutes or a tenth of the gap. */
const leastBufferMs = 300_000;
const bufferShare = 0.1;

export function cronTriggerTimetable(cron: Ticks, description: string, options: TriggerSpec = {}): Timetable {
  const { intervalMs = 0, runImmediately } = options;
  const ticks: TriggerTicks = {
    next: (at) => cron.next(at),
    alignNext: (at) => alignNext(cron, at),
    alignPrevious: (at) => alignPrevious(cron, at),
    firstRun(now) {
      const past = alignPrevious(cron, now);
      const next = cron.next(past ?? now);
      if (past === null || runImmediately === true) return past ?? next;
      const gapMs = next === null ? Number.POSITIVE_INFINITY : next - past;
      return now - past <= (runImmediately ?? Math.max(gapMs * bufferShare, leastBufferMs)) ? past : next;
    },
  };
  return {
    description,
    next: (input) => nextTrigger(ticks, input, intervalMs),
    manualInterval: (runAfterAt) => ({ startAt: runAfterAt - intervalMs, endAt: runAfterAt }),
  };
}
