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
  /** When the interval is due; absent when jitter did not move `runAfterAt` away from it. */
  readonly dueAt?: number;
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
  /** The run after the last, or null when there is none. Its `runAfterAt` may lie in the past. Never throws. */
  next(input: NextRunInput): ScheduledRun | null;
  /** What is wrong when `next` has no answer for this input; null when the schedule is merely over. */
  problem?(input: NextRunInput): string | null;
  /** Each run begins when the last one has ended, so that an answer of `next` holds for its `now` alone. */
  readonly isContinuous?: true;
  /** The interval of a manual run, or null when the timetable has none to give. */
  manualInterval(runAfterAt: number): Interval | null;
  /** For people, e.g. `0 6 * * *` or `every 30 min`. */
  readonly description: string;
}

export function intervalOf(run: ScheduledRun): Interval {
  return { startAt: run.dataIntervalStartAt, endAt: run.dataIntervalEndAt };
}

/** A run at an instant, about that instant, or about so much before it. */
export function runAtInstant(at: number, intervalMs = 0): ScheduledRun {
  const startAt = at - intervalMs;
  return { logicalAt: startAt, dataIntervalStartAt: startAt, dataIntervalEndAt: at, runAfterAt: at };
}

/** A run once the interval has passed. */
export function runAfterInterval({ startAt, endAt }: Interval): ScheduledRun {
  return { logicalAt: startAt, dataIntervalStartAt: startAt, dataIntervalEndAt: endAt, runAfterAt: endAt };
}
