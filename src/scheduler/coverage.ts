/**
 * The proof that nothing due was forgotten: every interval on the course of the schedule has exactly one run or lies in
 * exactly one recorded skip. It walks the timetable and holds each answer against the rows, apart from the code that
 * wrote them; it changes nothing.
 */
import { type CourseBounds, courseBounds } from "../engine/course-bounds.ts";
import type { DagState } from "../engine/dag-state.ts";
import { RETENTION_MS } from "../engine/defaults.ts";
import { scheduleProblem } from "../engine/schedule.ts";
import { type Interval, intervalOf, type ScheduledRun, type Timetable } from "../engine/timetable/timetable.ts";
import type { Coverage, CoverageFinding, ScheduleCoverage } from "../platform.ts";
import type { StateSql } from "./ports.ts";
import { numberOrNull } from "./rows.ts";

/** How many intervals one proof walks over, and how many findings it tells. */
const MAX_WALKED = 100_000;
const MAX_FINDINGS = 100;

export interface CoveringRun {
  readonly runId: string;
  /** Others cover an interval as well: a manual run with its logical date. */
  readonly isScheduled: boolean;
  readonly logicalAt: number;
  readonly startAt: number;
  readonly endAt: number;
}

export interface CoveringSkip {
  readonly fromAt: number;
  readonly toAt: number;
  readonly reason: string;
}

export interface CoverageQuestion extends CourseBounds {
  readonly timetable: Timetable;
  /** The interval before the first that is asked about; null for the beginning of the course. */
  readonly last: Interval | null;
  /** What is due later is not asked about. */
  readonly untilAt: number;
  /** What ends later is not asked about either: the schedule has not come to it. */
  readonly untilEndAt?: number;
}

export function checkCoverage(
  question: CoverageQuestion,
  runs: readonly CoveringRun[],
  skips: readonly CoveringSkip[],
): Coverage {
  return question.timetable.isContinuous === true
    ? checkContinuous(question, runs)
    : new Walk(question, runs, skips).go();
}

class Walk {
  readonly #question: CoverageQuestion;
  readonly #byLogicalDate: ReadonlyMap<number, CoveringRun>;
  /** Scheduled runs that no interval was found for yet, by their end. */
  readonly #unmatched: CoveringRun[];
  readonly #skips: readonly CoveringSkip[];
  readonly #gaps: CoverageFinding[] = [];
  readonly #doubles: CoverageFinding[] = [];
  #last: Interval | null;
  #afterSkip = false;
  #nextSkip = 0;
  #runCount = 0;
  #skippedCount = 0;

  constructor(question: CoverageQuestion, runs: readonly CoveringRun[], skips: readonly CoveringSkip[]) {
    this.#question = question;
    this.#last = question.last;
    this.#byLogicalDate = new Map(runs.map((run) => [run.logicalAt, run]));
    this.#unmatched = runs.filter((run) => run.isScheduled).sort((a, b) => b.endAt - a.endAt);
    this.#skips = [...skips].sort((a, b) => a.fromAt - b.fromAt);
  }

  go(): Coverage {
    const { untilAt, untilEndAt = Number.POSITIVE_INFINITY } = this.#question;
    let walkedCount = 0;
    let isComplete = false;
    for (; walkedCount < MAX_WALKED && this.#gaps.length + this.#doubles.length < MAX_FINDINGS; walkedCount += 1) {
      const next = this.#next();
      const isAsked = next !== null && next.runAfterAt <= untilAt && next.dataIntervalEndAt <= untilEndAt;
      if (isAsked && this.#isKept(next)) continue;
      if (this.#isJumpTaken(isAsked ? next.dataIntervalEndAt : Math.min(untilAt, untilEndAt))) continue;
      if (!isAsked) {
        isComplete = true;
        break;
      }
      this.#gaps.push({ at: next.runAfterAt, problem: "neither a run nor a skip" });
      this.#last = intervalOf(next);
    }
    if (isComplete) this.#tellUnmatched();
    return {
      walkedCount,
      runCount: this.#runCount,
      skippedCount: this.#skippedCount,
      gaps: this.#gaps,
      doubles: this.#doubles,
      isComplete,
    };
  }

  #next(): ScheduledRun | null {
    const { timetable, earliestAt, latestAt, untilAt } = this.#question;
    // Without a place to begin at the course has not begun.
    if (this.#last === null && earliestAt === null) return null;
    return timetable.next({ last: this.#last, earliestAt, latestAt, now: untilAt, catchup: true });
  }

  /** Whether the interval has its run or its skip; tells when it has more. */
  #isKept(expected: ScheduledRun): boolean {
    const at = expected.runAfterAt;
    const skipCount = this.#skipsAt(at);
    const run = this.#byLogicalDate.get(expected.logicalAt);
    if (run !== undefined && (!run.isScheduled || run.endAt === expected.dataIntervalEndAt)) {
      this.#match(run, intervalOf(expected));
      if (run.isScheduled && skipCount > 0) this.#doubles.push({ at, problem: `run "${run.runId}" and a skip` });
      return true;
    }
    if (skipCount === 0) return false;
    if (skipCount > 1) this.#doubles.push({ at, problem: `${skipCount} skips` });
    this.#skippedCount += 1;
    this.#afterSkip = true;
    this.#last = intervalOf(expected);
    return true;
  }

  /** After a skip, and before the next interval is due, the timetable may have gone on from one that it chose itself. */
  #isJumpTaken(beforeEndAt: number): boolean {
    const lastEndAt = this.#last?.endAt ?? Number.NEGATIVE_INFINITY;
    const jumped = this.#afterSkip ? this.#unmatched.findLast((run) => run.endAt > lastEndAt) : undefined;
    if (jumped === undefined || jumped.endAt > beforeEndAt) return false;
    this.#match(jumped, jumped);
    return true;
  }

  #match(run: CoveringRun, interval: Interval): void {
    const place = this.#unmatched.lastIndexOf(run);
    if (place >= 0) this.#unmatched.splice(place, 1);
    this.#runCount += 1;
    this.#afterSkip = false;
    this.#last = { startAt: interval.startAt, endAt: interval.endAt };
  }

  /** The course only goes forward, so that skips that lie behind are behind for good. */
  #skipsAt(at: number): number {
    while ((this.#skips[this.#nextSkip]?.toAt ?? Number.POSITIVE_INFINITY) < at) this.#nextSkip += 1;
    let count = 0;
    for (let place = this.#nextSkip; (this.#skips[place]?.fromAt ?? Number.POSITIVE_INFINITY) <= at; place += 1) {
      if ((this.#skips[place]?.toAt ?? at) >= at) count += 1;
    }
    return count;
  }

  #tellUnmatched(): void {
    const { last, earliestAt, untilAt } = this.#question;
    const fromAt = last?.endAt ?? Number.NEGATIVE_INFINITY;
    for (const run of this.#unmatched) {
      const isAsked = run.endAt > fromAt && run.endAt <= untilAt && run.startAt >= (earliestAt ?? run.startAt);
      if (isAsked)
        this.#doubles.push({ at: run.endAt, problem: `run "${run.runId}" stands for no interval of the schedule` });
    }
  }
}

/** Each run begins where the last one ended, whenever that was. */
function checkContinuous({ last, earliestAt, untilAt }: CoverageQuestion, runs: readonly CoveringRun[]): Coverage {
  const gaps: CoverageFinding[] = [];
  const doubles: CoverageFinding[] = [];
  let endAt = last === null ? earliestAt : Math.max(nextStartAt(last), earliestAt ?? last.endAt);
  const isAsked = (run: CoveringRun) =>
    run.isScheduled && run.endAt <= untilAt && run.startAt >= (endAt ?? run.startAt);
  const asked = runs.filter(isAsked).sort((a, b) => a.startAt - b.startAt);
  for (const run of asked) {
    if (endAt !== null && run.startAt > endAt) gaps.push({ at: endAt, problem: `no run until "${run.runId}"` });
    if (endAt !== null && run.startAt < endAt)
      doubles.push({ at: run.startAt, problem: `run "${run.runId}" overlaps` });
    endAt = nextStartAt(run);
  }
  return { walkedCount: asked.length, runCount: asked.length, skippedCount: 0, gaps, doubles, isComplete: true };
}

/** A run about an instant has a logical date that no other can have. */
function nextStartAt({ startAt, endAt }: Interval): number {
  return startAt === endAt ? endAt + 1 : endAt;
}

/**
 * Proves the present schedule up to its cursor, from the object's rows. What retention may have taken is not asked about; a run
 * that a user deleted is told as a gap.
 */
export function proveCoverage(sql: StateSql, state: DagState, now: number): Coverage | null {
  const { graph, timetable, cursor } = state;
  if (graph === null || timetable === null) return null;
  const bounds = courseBounds(graph.spec, cursor.sinceAt);
  const runs = readRuns(sql);
  const skips = readSkips(sql);
  const keptAt = now - RETENTION_MS;
  const beganAt = bounds.earliestAt ?? keptAt;
  // The newest run or skip before the course began, or the oldest run that is kept of a course that is older than that.
  const scheduled = runs.filter((run) => run.isScheduled).sort((a, b) => a.endAt - b.endAt);
  const before =
    beganAt > keptAt
      ? (scheduled.findLast((run) => run.startAt <= beganAt) ?? skippedBefore(skips, beganAt))
      : scheduled.find((run) => run.endAt >= keptAt);
  return checkCoverage(
    {
      ...bounds,
      timetable,
      last: before ?? null,
      untilAt: now,
      untilEndAt: cursor.lastEndAt ?? Number.NEGATIVE_INFINITY,
    },
    runs,
    skips,
  );
}

/** A schedule that was edited when it had only skipped so far goes on from there: a timetable asks whether there was one before. */
function skippedBefore(skips: readonly CoveringSkip[], beganAt: number): Interval | undefined {
  const skip = skips.find(({ toAt }) => toAt <= beganAt);
  return skip && { startAt: skip.toAt, endAt: skip.toAt };
}

/** The proof, with the latest skips and why there is no next run, if so. */
export function scheduleCoverage(sql: StateSql, state: DagState, now: number): ScheduleCoverage | null {
  const proof = proveCoverage(sql, state, now);
  if (proof === null) return null;
  const rows = sql.exec(
    `SELECT from_at, to_at, count, reason FROM skipped_interval ORDER BY seq DESC LIMIT ${MAX_FINDINGS}`,
  );
  const skips = rows.map((row) => ({
    fromAt: Number(row["from_at"]),
    toAt: Number(row["to_at"]),
    count: numberOrNull(row["count"]),
    reason: String(row["reason"]),
  }));
  return { ...proof, skips, scheduleProblem: scheduleProblem(state, now) };
}

export function readRuns(sql: StateSql): CoveringRun[] {
  return sql
    .exec(
      `SELECT run_id, run_type, logical_at, data_interval_start_at, data_interval_end_at
       FROM dag_run WHERE logical_at IS NOT NULL ORDER BY logical_at DESC LIMIT ${MAX_WALKED}`,
    )
    .map((row) => ({
      runId: String(row["run_id"]),
      // One that a backfill runs again keeps its id, and still is what the schedule made.
      isScheduled: row["run_type"] === "scheduled" || String(row["run_id"]).startsWith("scheduled__"),
      logicalAt: Number(row["logical_at"]),
      startAt: numberOrNull(row["data_interval_start_at"]) ?? Number(row["logical_at"]),
      endAt: numberOrNull(row["data_interval_end_at"]) ?? Number(row["logical_at"]),
    }));
}

export function readSkips(sql: StateSql): CoveringSkip[] {
  return sql
    .exec(`SELECT from_at, to_at, reason FROM skipped_interval ORDER BY from_at DESC LIMIT ${MAX_WALKED}`)
    .map((row) => ({
      fromAt: Number(row["from_at"]),
      toAt: Number(row["to_at"]),
      reason: String(row["reason"]),
    }));
}
