/**
 * What every timetable answers: when the next run is due, and which data interval a manual run covers. Pure: the clock is
 * an argument. All instants are milliseconds since the epoch.
 *
 * `next` may depend on `now` (without catch-up it names the latest instant that is due), so whoever asks keeps the answer
 * and asks again only once that run exists, or the schedule or a limit of it changed.
 */
export interface Interval {
  readonly startAt: number;
  readonly endAt: number;
}

export interface ScheduledRun {
  readonly logicalAt: number;
  readonly dataIntervalStartAt: number;
  readonly dataIntervalEndAt: number;
  /** The run is made at this instant, not before. */
  readonly runAfterAt: number;
}

export interface NextRunInput {
  /** Data interval of the last run that a schedule made; manual runs do not count. */
  readonly last: Interval | null;
  /** The DAG's start date: no interval begins before it. */
  readonly earliestAt: number | null;
  /** The DAG's end date: no interval begins after it. */
  readonly latestAt: number | null;
  readonly now: number;
  /** Whether intervals that passed without a run are made up for, one by one. */
  readonly catchup: boolean;
}

export interface Timetable {
  /** The run after the last, or null when there is none. Its `runAfterAt` may lie in the past. */
  next(input: NextRunInput): ScheduledRun | null;
  /** The interval of a manual run, or null when the timetable has none to give. */
  manualInterval(runAfterAt: number): Interval | null;
  /** For people, e.g. `0 6 * * *` or `every 30 min`. */
  readonly description: string;
}

/** A run at an instant, about that instant. */
export function runAtInstant(at: number): ScheduledRun {
  return { logicalAt: at, dataIntervalStartAt: at, dataIntervalEndAt: at, runAfterAt: at };
}

/** A run once the interval has passed. */
export function runAfterInterval({ startAt, endAt }: Interval): ScheduledRun {
  return { logicalAt: startAt, dataIntervalStartAt: startAt, dataIntervalEndAt: endAt, runAfterAt: endAt };
}
