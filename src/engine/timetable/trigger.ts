/**
 * The rule that trigger timetables share: a run at a tick, about that instant, with an interval of no length unless one is
 * set. With catch-up every tick since the start date gets its run; without, only the latest one that is due.
 */
import { type NextRunInput, runAtInstant, type ScheduledRun } from "./timetable.ts";

export interface TriggerTicks {
  next(at: number): number | null;
  alignNext(at: number): number | null;
  alignPrevious(at: number): number | null;
  /** Where a DAG without a start date begins. */
  firstRun(now: number): number | null;
}

export function nextTrigger(ticks: TriggerTicks, input: NextRunInput, intervalMs = 0): ScheduledRun | null {
  const at = input.catchup ? nextWithCatchup(ticks, input) : nextWithoutCatchup(ticks, input);
  if (at === null || (input.latestAt !== null && at > input.latestAt)) return null;
  return runAtInstant(at, intervalMs);
}

function nextWithCatchup(ticks: TriggerTicks, { last, earliestAt, now }: NextRunInput): number | null {
  if (last === null) return earliestAt === null ? ticks.firstRun(now) : ticks.alignNext(earliestAt);
  // Airflow asks for the start date only once; moved later, it would be passed over.
  return ticks.next(earliestAt === null ? last.endAt : Math.max(last.endAt, earliestAt - 1));
}

function nextWithoutCatchup(ticks: TriggerTicks, { last, earliestAt, now }: NextRunInput): number | null {
  const bounds: (number | null)[] = [];
  if (last !== null) bounds.push(ticks.next(last.endAt));
  else if (earliestAt === null) bounds.push(ticks.firstRun(now));
  if (earliestAt !== null) bounds.push(ticks.alignNext(earliestAt));
  const lowest: number[] = [];
  for (const bound of bounds) {
    // No tick above a bound: there is no next run, whatever the others say.
    if (bound === null) return null;
    lowest.push(bound);
  }
  return Math.max(ticks.alignPrevious(now) ?? Number.NEGATIVE_INFINITY, ...lowest);
}
