/**
 * The schedule's cursor: each due interval becomes exactly one run, or is part of one recorded skip. The cursor moves in
 * the same step as the run or the skip that it passes, and never back.
 *
 * The course of a schedule is what its timetable answers when asked from one interval to the next as with catch-up; it does
 * not depend on the clock. Policies choose among what is due on the course: all of it, the latest, what lies within a
 * window, nothing while a run is live. Only without catch-up may the timetable name an interval off the course, from which
 * the course then goes on: Airflow counts "every 30 min" from now when it comes late.
 */
import type { DagSpec } from "../dag/spec.ts";
import { sha1 } from "../lib/sha1.ts";
import { type CourseBounds, courseBounds } from "./course-bounds.ts";
import type { DagState } from "./dag-state.ts";
import { MAX_COUNTED_SKIPS, MAX_NEW_RUNS_PER_EVENT, MAX_PLANNED_RUNS } from "./defaults.ts";
import type { SkippedRange, Step } from "./step.ts";
import { type Interval, intervalOf, type NextRunInput, type ScheduledRun } from "./timetable/timetable.ts";

/** What becomes of what is due: some of it is passed over, then one run is made. */
interface Choice {
  readonly skipped: SkippedRange | null;
  /** Where the cursor goes when no run is made. */
  readonly last: ScheduledRun | null;
  readonly run: ScheduledRun | null;
}

export function scheduleRuns(step: Step): void {
  const { state, now } = step;
  if (!canSchedule(state)) return;
  beginCourse(step);
  for (let count = 0; count < MAX_NEW_RUNS_PER_EVENT; count += 1) {
    const first = firstOnCourse(state, now);
    if (first === null || first.runAfterAt > now) break;
    const overlaps = isSkippingOverlap(state) && (step.newRuns.length > 0 || hasLiveScheduledRun(state));
    if (!overlaps && !hasRoom(state, step.newRuns.length)) break;
    const { skipped, last, run } = choose(state, first, now, overlaps);
    if (skipped !== null) step.skips.push(skipped);
    if (run !== null) step.newRuns.push(run);
    moveCursor(step, run ?? last ?? first);
    // Passing over is bounded as well: the rest follows at once.
    if (run === null) break;
  }
  tellProblem(step);
}

/** When the schedule wants attention; null when it can do nothing by itself. */
export function nextScheduleAt(state: DagState, now: number): number | null {
  if (!canSchedule(state)) return null;
  const overlaps = isSkippingOverlap(state) && hasLiveScheduledRun(state);
  if (!overlaps && !hasRoom(state, 0)) return null;
  return firstOnCourse(state, now)?.runAfterAt ?? null;
}

/** The next scheduled run as the dashboard shows it, whatever holds it back. */
export function nextRun(state: DagState, now: number): ScheduledRun | null {
  // What follows a run that is live begins when that ends, which nobody knows.
  if (state.timetable?.isContinuous === true && !hasRoom(state, 0)) return null;
  const first = firstOnCourse(state, now);
  if (first === null || first.runAfterAt > now) return first;
  return choose(state, first, now, false).run ?? first;
}

/** The runs that the schedule will make until then, the next one first, if nothing is changed meanwhile. */
export function plannedRuns(
  state: DagState,
  untilAt: number,
  now: number,
): { readonly dueAts: readonly number[]; readonly isCut: boolean } {
  const dueAts: number[] = [];
  let run = nextRun(state, now);
  while (run !== null && run.runAfterAt < untilAt) {
    if (dueAts.length === MAX_PLANNED_RUNS) return { dueAts, isCut: true };
    dueAts.push(run.runAfterAt);
    if (state.timetable?.isContinuous === true) break;
    run = onCourse(state, intervalOf(run), now);
  }
  return { dueAts, isCut: false };
}

/** Why there is no next run although the schedule is not over; null when nothing is wrong. */
export function scheduleProblem(state: DagState, now: number): string | null {
  if (state.timetable?.problem === undefined || firstOnCourse(state, now) !== null) return null;
  return state.timetable.problem(question(state, lastInterval(state), now));
}

/** Before a new definition replaces the one that the cursor was moved by. */
export function closeCourse(step: Step, spec: DagSpec, isScheduleChanged: boolean): void {
  const { cursor, graph } = step.state;
  if (cursor.lastEndAt !== null) {
    if (!isScheduleChanged) return;
    skipAbandoned(step);
    cursor.sinceAt = step.now;
  } else {
    // Nothing came of the course yet: the new one begins at its own start. Where it has begun by itself, a start date counts.
    if (cursor.sinceAt === null || (!isScheduleChanged && (hasStart(graph?.spec) || !hasStart(spec)))) return;
    cursor.sinceAt = null;
  }
  step.isCursorChanged = true;
}

function hasStart(spec: DagSpec | undefined): boolean {
  return spec !== undefined && courseBounds(spec, null).earliestAt !== null;
}

/** What was due by the old schedule and got no run, because the DAG was paused or had no room, gets none any more. */
function skipAbandoned(step: Step): void {
  const { state, now } = step;
  if (state.timetable === null || state.timetable.isContinuous === true || !hasBegun(state)) return;
  const first = firstOnCourse(state, now);
  if (first === null || dueAt(first) > now) return;
  step.skips.push(countedRange(state, first, now, "schedule_changed"));
}

/**
 * Without a start date the course begins where Airflow's first run would, once the DAG may run. That place depends on the
 * clock, so it is kept: a wake that comes late must not find that nothing is due any more.
 */
function beginCourse(step: Step): void {
  const { state, now } = step;
  const { timetable, cursor } = state;
  if (timetable === null || timetable.isContinuous === true || state.next === null || hasBegun(state)) return;
  const first = timetable.next(question(state, null, now));
  if (first === null) return;
  const isBegin = (earliestAt: number) => {
    const again = timetable.next({ ...question(state, null, now), earliestAt, catchup: true });
    return again !== null && again.runAfterAt === first.runAfterAt;
  };
  cursor.sinceAt = [first.dataIntervalStartAt, first.runAfterAt].find(isBegin) ?? now;
  state.next = undefined;
  step.isCursorChanged = true;
}

function hasBegun(state: DagState): boolean {
  return state.cursor.lastEndAt !== null || bounds(state).earliestAt !== null;
}

/** The first interval beyond the cursor. Kept until the cursor moves, unless it depends on the clock. */
function firstOnCourse(state: DagState, now: number): ScheduledRun | null {
  if (state.graph === null || state.timetable === null) return null;
  if (state.next !== undefined && state.timetable.isContinuous !== true) return state.next;
  const next = onCourse(state, lastInterval(state), now);
  state.next = next;
  return next;
}

function onCourse(state: DagState, last: Interval | null, now: number): ScheduledRun | null {
  return jittered(state, state.timetable?.next(question(state, last, now)) ?? null);
}

function question(state: DagState, last: Interval | null, now: number): NextRunInput {
  const { earliestAt, latestAt } = bounds(state);
  // With neither of the two there is no place to catch up from.
  return { last, earliestAt, latestAt, now, catchup: last !== null || earliestAt !== null };
}

function bounds({ graph, cursor }: DagState): CourseBounds {
  return graph === null ? { earliestAt: cursor.sinceAt, latestAt: null } : courseBounds(graph.spec, cursor.sinceAt);
}

/** The same delay for the same interval, whoever asks and when; spread evenly over the jitter. */
function jittered(state: DagState, run: ScheduledRun | null): ScheduledRun | null {
  const jitterMs = state.graph?.spec.jitterMs ?? 0;
  if (run === null || jitterMs <= 0 || state.timetable?.isContinuous === true) return run;
  const delayMs = Number.parseInt(sha1(`${state.dagId}:${run.runAfterAt}`).slice(0, 12), 16) % (jitterMs + 1);
  return { ...run, runAfterAt: run.runAfterAt + delayMs, dueAt: run.runAfterAt };
}

function dueAt(run: ScheduledRun): number {
  return run.dueAt ?? run.runAfterAt;
}

function choose(state: DagState, first: ScheduledRun, now: number, overlaps: boolean): Choice {
  const onlyFirst = { skipped: null, last: null, run: first };
  if (state.graph === null || state.timetable?.isContinuous === true) return onlyFirst;
  const { catchup, catchupPolicy } = state.graph.spec;
  const isOvertaken = (_run: ScheduledRun, next: ScheduledRun | null) => next !== null && next.runAfterAt <= now;
  if (overlaps) return passOver(state, first, now, "overlap", () => true);
  if (!catchup) return jump(state, first, now) ?? passOver(state, first, now, "catchup_off", isOvertaken);
  if (catchupPolicy?.latestOnly === true) return passOver(state, first, now, "catchup_latest", isOvertaken);
  const { windowMs } = catchupPolicy ?? {};
  if (windowMs === undefined) return onlyFirst;
  return passOver(state, first, now, "catchup_window", (run) => dueAt(run) < now - windowMs);
}

/** Follows the course from what is due, and passes over what the policy says. */
function passOver(
  state: DagState,
  first: ScheduledRun,
  now: number,
  reason: SkippedRange["reason"],
  isPassed: (run: ScheduledRun, next: ScheduledRun | null) => boolean,
): Choice {
  let last: ScheduledRun | null = null;
  let run: ScheduledRun | null = first;
  let count = 0;
  for (; run !== null && run.runAfterAt <= now && count < MAX_COUNTED_SKIPS; count += 1) {
    const next: ScheduledRun | null = onCourse(state, intervalOf(run), now);
    if (!isPassed(run, next)) break;
    last = run;
    run = next;
  }
  if (last === null) return { skipped: null, last, run };
  const isChosen = run !== null && run.runAfterAt <= now && count < MAX_COUNTED_SKIPS;
  const skipped = { fromAt: dueAt(first), toAt: dueAt(last), count, reason };
  return { skipped, last, run: isChosen ? run : null };
}

/**
 * Without catch-up and with several due, the timetable may know the latest without being led through all of them. Null when it
 * does not. One that is due stays the one that runs, so that being woken late moves nothing.
 */
function jump(state: DagState, first: ScheduledRun, now: number): Choice | null {
  const second = onCourse(state, intervalOf(first), now);
  if (state.timetable === null || second === null || second.runAfterAt > now) return null;
  // Before this all are due, whatever their jitter.
  const dueNow = now - (state.graph?.spec.jitterMs ?? 0);
  const input = { ...question(state, intervalOf(first), dueNow), catchup: false };
  let run = jittered(state, state.timetable.next(input));
  if (run === null || run.runAfterAt > now || dueAt(run) <= dueAt(second)) return null;
  for (let count = 0; count < MAX_COUNTED_SKIPS; count += 1) {
    const next = onCourse(state, intervalOf(run), now);
    if (next === null || next.runAfterAt > now) break;
    run = next;
  }
  return { skipped: countedRange(state, first, dueAt(run) - 1, "catchup_off"), last: null, run };
}

/** What is due on the course from `first` until an instant, counted as far as that is cheap. */
function countedRange(
  state: DagState,
  first: ScheduledRun,
  untilAt: number,
  reason: SkippedRange["reason"],
): SkippedRange {
  let last = first;
  for (let count = 1; count <= MAX_COUNTED_SKIPS; count += 1) {
    const next = onCourse(state, intervalOf(last), untilAt);
    if (next === null || dueAt(next) > untilAt) return { fromAt: dueAt(first), toAt: dueAt(last), count, reason };
    last = next;
  }
  return { fromAt: dueAt(first), toAt: untilAt, count: null, reason };
}

function moveCursor(step: Step, run: ScheduledRun): void {
  const { state } = step;
  state.cursor.lastStartAt = run.dataIntervalStartAt;
  state.cursor.lastEndAt = run.dataIntervalEndAt;
  state.next = undefined;
  step.isCursorChanged = true;
}

/** Once per new definition and per run that nothing can follow. */
function tellProblem(step: Step): void {
  if (!step.isCursorChanged && !step.isDagChanged) return;
  const problem = scheduleProblem(step.state, step.now);
  if (problem !== null) step.events.push({ event: "no next run", detail: problem });
}

function canSchedule(state: DagState): boolean {
  return state.graph !== null && !state.isPaused && !state.isRetired && !state.hasImportError;
}

/** Scheduled runs are made only as far as `maxActiveRuns` lets them start, so that catching up never floods the queue. */
function hasRoom(state: DagState, madeCount: number): boolean {
  const limit = state.timetable?.isContinuous === true ? 1 : (state.graph?.spec.maxActiveRuns ?? 0);
  return state.runningRunCount + state.queuedRunCount + madeCount < limit;
}

function isSkippingOverlap(state: DagState): boolean {
  return state.graph?.spec.overlap === "skip" && state.timetable?.isContinuous !== true;
}

function hasLiveScheduledRun(state: DagState): boolean {
  if (state.queuedScheduledCount > 0) return true;
  for (const run of state.runs.values()) if (run.runType === "scheduled" && run.state === "running") return true;
  return false;
}

function lastInterval(state: DagState): Interval | null {
  const { lastStartAt, lastEndAt } = state.cursor;
  return lastStartAt === null || lastEndAt === null ? null : { startAt: lastStartAt, endAt: lastEndAt };
}
