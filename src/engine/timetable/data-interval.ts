/**
 * The rule that data-interval timetables share: consecutive intervals, each run once its interval has passed. With
 * catch-up they start at the start date; without, at the latest interval that is complete.
 */
import { type NextRunInput, runAfterInterval, type ScheduledRun } from "./timetable.ts";

export interface IntervalTicks {
  next(at: number): number | null;
  alignNext(at: number): number | null;
  alignPrevious(at: number): number | null;
  /** Start of the latest complete interval, and not before the start date. */
  skipToLatest(input: NextRunInput): number | null;
}

export function nextInterval(ticks: IntervalTicks, input: NextRunInput): ScheduledRun | null {
  const startAt = intervalStart(ticks, input);
  if (startAt === null || (input.latestAt !== null && startAt > input.latestAt)) return null;
  const endAt = ticks.next(startAt);
  return endAt === null ? null : runAfterInterval({ startAt, endAt });
}

function intervalStart(ticks: IntervalTicks, input: NextRunInput): number | null {
  const { last, earliestAt, catchup } = input;
  const earliest = catchup ? (earliestAt === null ? null : ticks.alignNext(earliestAt)) : ticks.skipToLatest(input);
  // A start date after the last tick: no interval will ever begin.
  if (earliest === null && earliestAt !== null) return null;
  if (last === null) return earliest;
  const follows = ticks.alignPrevious(last.endAt);
  const startAt = follows === null || earliest === null ? (follows ?? earliest) : Math.max(follows, earliest);
  // The last run came from a trigger timetable: an interval from its instant would carry its logical date again.
  if (startAt !== null && last.startAt === last.endAt && startAt === last.startAt) return ticks.next(startAt);
  return startAt;
}
