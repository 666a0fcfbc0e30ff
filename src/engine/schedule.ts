/**
 * The schedule's cursor: each due interval becomes exactly one run, or is part of one recorded skip. The cursor moves in
 * the same step as the run that it passes, and never back.
 */
import type { DagState } from "./dag-state.ts";
import { MAX_COUNTED_SKIPS, MAX_NEW_RUNS_PER_EVENT } from "./defaults.ts";
import type { Step } from "./step.ts";
import type { NextRunInput, ScheduledRun, Timetable } from "./timetable/timetable.ts";

export function scheduleRuns(step: Step): void {
  const { state, now } = step;
  if (!canSchedule(state)) return;
  for (let count = 0; count < MAX_NEW_RUNS_PER_EVENT; count += 1) {
    if (!hasRoom(state, step.newRuns.length)) return;
    const due = nextRun(state, now);
    if (due === null || due.runAfterAt > now) return;
    const next = latestDue(state, due, now);
    recordSkips(step, next);
    step.newRuns.push(next);
    state.cursor.lastStartAt = next.dataIntervalStartAt;
    state.cursor.lastEndAt = next.dataIntervalEndAt;
    state.next = undefined;
    step.isCursorChanged = true;
  }
}

/**
 * With catch-up, the interval that is due. Without it, the latest one that is: the answer for the interval itself was
 * given when its predecessor ran, and stays unless a later one is due as well, so that being woken late moves nothing.
 */
function latestDue(state: DagState, due: ScheduledRun, now: number): ScheduledRun {
  if (state.timetable === null || state.graph?.spec.catchup !== false) return due;
  const last = { startAt: due.dataIntervalStartAt, endAt: due.dataIntervalEndAt };
  const later = after(state.timetable, state, { ...restriction(state), last, now });
  return later !== null && later.runAfterAt <= now ? later : due;
}

/** When the schedule wants attention; null when it can do nothing by itself. */
export function nextScheduleAt(state: DagState, now: number): number | null {
  if (!canSchedule(state) || !hasRoom(state, 0)) return null;
  return nextRun(state, now)?.runAfterAt ?? null;
}

/** The next scheduled run as the dashboard shows it, whatever holds it back. */
export function nextRun(state: DagState, now: number): ScheduledRun | null {
  if (state.graph === null || state.timetable === null) return null;
  if (state.next === undefined) {
    state.next = after(state.timetable, state, { ...restriction(state), last: lastInterval(state), now });
  }
  return state.next;
}

/** What follows the last run. A schedule that was edited since does not reach back before the edit. */
function after(timetable: Timetable, { cursor }: DagState, input: NextRunInput): ScheduledRun | null {
  const next = timetable.next(input);
  const isTooEarly = next !== null && cursor.sinceAt !== null && next.runAfterAt < cursor.sinceAt;
  return isTooEarly ? timetable.next({ ...input, last: null }) : next;
}

function canSchedule(state: DagState): boolean {
  return state.graph !== null && !state.isPaused && !state.isRetired && !state.hasImportError;
}

/** Scheduled runs are made only as far as `maxActiveRuns` lets them start, so that catching up never floods the queue. */
function hasRoom(state: DagState, madeCount: number): boolean {
  const limit = state.graph?.spec.maxActiveRuns ?? 0;
  return state.runningRunCount + state.queuedRunCount + madeCount < limit;
}

function lastInterval(state: DagState): { readonly startAt: number; readonly endAt: number } | null {
  const { lastStartAt, lastEndAt } = state.cursor;
  return lastStartAt === null || lastEndAt === null ? null : { startAt: lastStartAt, endAt: lastEndAt };
}

function restriction(state: DagState): { earliestAt: number | null; latestAt: number | null; catchup: boolean } {
  const startAt = state.graph?.spec.startAt ?? null;
  const { sinceAt } = state.cursor;
  return {
    earliestAt: sinceAt === null ? startAt : Math.max(startAt ?? sinceAt, sinceAt),
    latestAt: state.graph?.spec.endAt ?? null,
    catchup: state.graph?.spec.catchup ?? false,
  };
}

/** Without catch-up the latest interval may jump over others: they are written down, not forgotten. */
function recordSkips(step: Step, chosen: ScheduledRun): void {
  const { state, now } = step;
  const { timetable } = state;
  const { earliestAt, latestAt, catchup } = restriction(state);
  let last = lastInterval(state);
  if (timetable === null || catchup || (last === null && earliestAt === null)) return;
  let from: ScheduledRun | null = null;
  let to: ScheduledRun | null = null;
  for (let count = 0; ; count += 1) {
    const due = after(timetable, state, { last, earliestAt, latestAt, now, catchup: true });
    if (due === null || due.runAfterAt >= chosen.runAfterAt) {
      if (from !== null && to !== null) {
        step.skips.push({ fromAt: from.runAfterAt, toAt: to.runAfterAt, count, reason: "catchup_off" });
      }
      return;
    }
    from ??= due;
    to = due;
    if (count >= MAX_COUNTED_SKIPS) {
      step.skips.push({ fromAt: from.runAfterAt, toAt: chosen.runAfterAt - 1, count: null, reason: "catchup_off" });
      return;
    }
    last = { startAt: due.dataIntervalStartAt ?? due.runAfterAt, endAt: due.dataIntervalEndAt ?? due.runAfterAt };
  }
}
