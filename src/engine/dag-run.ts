/** The life of a DAG run: started, finished by its task instances, decided by the user, cleared. */

import { countsOf } from "./backfill.ts";
import type { DagState } from "./dag-state.ts";
import { enterLane } from "./evaluate.ts";
import { LANES } from "./graph.ts";
import { looksAtPast } from "./past.ts";
import { noteRequeue, noteRunEnd } from "./run-end.ts";
import type { RunOfBackfill, RunState } from "./run-state.ts";
import {
  DEFERRED,
  FAILED,
  FIRST_FINISHED,
  isFinishedRunState,
  NONE,
  QUEUED,
  RESTARTING,
  RUNNING,
  SCHEDULED,
  SKIPPED,
  SUCCESS,
  UP_FOR_RESCHEDULE,
  UPSTREAM_FAILED,
} from "./states.ts";
import { evaluateLater, type Step } from "./step.ts";
import { countActive, isCounted } from "./task-limits.ts";
import { setState } from "./transition.ts";
import { closeAndReset, resetInstance, restoreRetries } from "./try-end.ts";

/** Takes a run into memory. A running one resumes where its rows stand. */
export function addRun(step: Step, run: RunState): void {
  const { state } = step;
  state.runs.set(run.seq, run);
  state.runsById.set(run.runId, run);
  state.liveInstanceCount += run.length;
  if (run.state === "running") resume(step, run);
}

/** Lets go of a run that is finished and flushed. */
export function removeRun(state: DagState, run: RunState): void {
  if (!state.runs.delete(run.seq)) return;
  if (state.runsById.get(run.runId) === run) state.runsById.delete(run.runId);
  state.liveInstanceCount -= run.length;
}

/** After a start of the object: counts and timers follow from the rows, and every running try gets a full lease, once. */
function resume(step: Step, run: RunState): void {
  const { state } = step;
  countsOf(state, run).runningRunCount += 1;
  step.touched.add(run);
  watchTimeout(step, run);
  for (let place = 0; place < run.length; place += 1) {
    const code = run.stateOf[place] ?? NONE;
    const lane = LANES[run.laneOf[place] ?? 0] ?? "tasks";
    if (code === QUEUED) state.lanes[lane].unclaimedCount += 1;
    if (lane === "sequential" && (code === QUEUED || code === RUNNING || code === RESTARTING))
      state.sequentialCount += 1;
    if (isCounted(code)) countActive(state, run, place, 1);
    if (code === SCHEDULED) enterLane(step, run, place, run.taskAt(place).isMapped);
    if (code === RUNNING || code === RESTARTING) resumeLease(step, run, place);
    const dueAt = run.dueAt[place] ?? 0;
    if (dueAt > 0) state.timers.push({ at: dueAt, run, place });
  }
  for (const task of run.graph.tasks) evaluateLater(step, run, task.index);
}

/**
 * Renewals live in memory, so a row knows only the lease that the claim gave. An object that nobody calls is evicted between
 * two alarms, and starts anew with each: if every start gave a lease, one that was lost would never end. So a lease that is
 * over by its row is given once more, in the row (`fire`), and is lost when that one ends too. Only a start that comes late
 * for that begins anew: the object was away, and nobody could have reached it.
 */
function resumeLease({ state, now }: Step, run: RunState, place: number): void {
  const endAt = run.dueAt[place] ?? 0;
  if (run.doubted.has(place) && now <= endAt + state.settings.heartbeatMs) return;
  if (run.doubted.has(place) || (endAt > 0 && endAt <= now)) run.silent.add(place);
  else run.dueAt[place] = now + state.settings.leaseMs;
}

/** The run before this one, which tasks that depend on the past look at; it stays in memory as long as this one is live. */
export function linkPrevious(run: RunState, previous: RunState, earlierTasks: ReadonlySet<string>): void {
  run.previous = previous;
  run.earlierTasks = earlierTasks;
  previous.followers.add(run);
}

/** Nobody looks at the previous run any more: touched, it leaves memory with the next flush. */
function unlinkPrevious(step: Step, run: RunState): void {
  if (run.previous === null) return;
  run.previous.followers.delete(run);
  step.touched.add(run.previous);
  run.previous = null;
}

function watchTimeout(step: Step, run: RunState): void {
  const at = run.timeoutAt;
  if (at > 0) step.state.timers.push({ at, run, place: -1 });
}

export function startRuns(step: Step, runs: readonly RunState[]): void {
  for (const run of runs) {
    if (run.state !== "queued") continue;
    if (!step.state.runs.has(run.seq)) addRun(step, run);
    run.state = "running";
    run.startAt = step.now;
    run.endAt = null;
    run.reason = null;
    run.markRunChanged();
    leaveQueue(step.state, run);
    resume(step, run);
  }
}

function enterQueue(state: DagState, run: RunState): void {
  countsOf(state, run).queuedRunCount += 1;
  if (run.backfill !== null) return;
  if (run.runType === "scheduled") state.queuedScheduledCount += 1;
  if (state.nextQueuedAt !== null) state.nextQueuedAt = Math.min(state.nextQueuedAt, run.runAfterAt);
}

function leaveQueue(state: DagState, run: RunState): void {
  const counts = countsOf(state, run);
  counts.queuedRunCount = Math.max(0, counts.queuedRunCount - 1);
  if (run.runType === "scheduled") state.queuedScheduledCount = Math.max(0, state.queuedScheduledCount - 1);
}

/** Decides a touched run when nothing of it can change any more (Airflow's leaves and deadlock rules). */
export function settleRun(step: Step, run: RunState): void {
  if (run.state !== "running") return;
  const unfinished = run.unfinishedCount;
  if (unfinished === 0) {
    // What the user decided waited for teardowns alone.
    if (run.reason === "cancelled") finishRun(step, run, "failed", "cancelled");
    else if (run.reason === "marked") finishRun(step, run, "success", "marked");
    else finishByLeaves(step, run);
  } else if (run.stateCounts[NONE] === unfinished && !waitsForOthers(run)) {
    finishRun(step, run, "failed", "all_tasks_deadlocked");
  }
}

/** Its task instances have all finished, and tell what becomes of the run; one that was finished keeps its end. */
export function finishByLeaves(step: Step, run: RunState): void {
  if (hasFailed(run)) finishRun(step, run, "failed", "task_failure");
  else finishRun(step, run, "success", null);
}

/** What a run whose task instances have all finished comes to: its leaves tell, and with `failFast` any of its work. */
export function hasFailed(run: RunState): boolean {
  const { leaves, spec, tasks } = run.graph;
  if (leaves.some((task) => run.tally(task, FAILED) + run.tally(task, UPSTREAM_FAILED) > 0)) return true;
  return (
    spec.failFast === true && tasks.some((task) => task.spec.isTeardown !== true && run.tally(task.index, FAILED) > 0)
  );
}

/** Something of the run waits for another run, so that it is not stuck for good. */
function waitsForOthers(run: RunState): boolean {
  if (!run.graph.hasPast) return false;
  return run.graph.tasks.some((task) => looksAtPast(task) && (run.openCount[task.index] ?? 0) > 0);
}

function finishRun(step: Step, run: RunState, state: "success" | "failed", reason: string | null): void {
  if (run.state === "running") countsOf(step.state, run).runningRunCount -= 1;
  const isNew = run.endAt === null;
  run.state = state;
  run.endAt ??= step.now;
  run.startAt ??= step.now;
  run.reason = reason;
  unlinkPrevious(step, run);
  run.markRunChanged();
  step.touched.add(run);
  noteRunEnd(step, run, isNew);
}

/** Every place of the run that stands for an instance of a task of its version. */
function forEachInstance(run: RunState, visit: (place: number) => void): void {
  for (let place = 0; place < run.length; place += 1) {
    if (!run.isGone(place) && !run.taskAt(place).isGone) visit(place);
  }
}

export function timeOutRun(step: Step, run: RunState): void {
  forEachInstance(run, (place) => {
    if ((run.stateOf[place] ?? NONE) < FIRST_FINISHED) setState(step, run, place, SKIPPED, "dagrun_timeout");
  });
  finishRun(step, run, "failed", "timed_out");
}

/**
 * The user's word on a run. `failed`: what runs or is deferred fails, the rest is skipped. `success`: every task instance
 * succeeds. Teardowns that have not finished are left alone: they clean up, and the run ends as decided when they have.
 * Executors learn of it with their next heartbeat, and their results are refused.
 */
export function markRun(step: Step, run: RunState, state: "success" | "failed"): void {
  const wasLive = run.state === "queued" || run.state === "running";
  const reason = state === "failed" ? "cancelled" : "marked";
  if (run.state === "queued") leaveQueue(step.state, run);
  const wasRunning = run.state === "running";
  let hasOpenTeardown = false;
  forEachInstance(run, (place) => {
    const code = run.stateOf[place] ?? NONE;
    if (wasRunning && code < FIRST_FINISHED && run.taskAt(place).spec.isTeardown === true) {
      hasOpenTeardown = true;
    } else if (state === "success") {
      if (code !== SUCCESS) setState(step, run, place, SUCCESS, reason);
    } else if (code < FIRST_FINISHED) {
      const isUnderWay = code === RUNNING || code === DEFERRED || code === UP_FOR_RESCHEDULE;
      setState(step, run, place, isUnderWay ? FAILED : SKIPPED, reason);
    }
  });
  if (hasOpenTeardown) {
    run.reason = reason;
    run.markRunChanged();
    step.touched.add(run);
    return;
  }
  finishRun(step, run, state, wasLive && state === "failed" ? "cancelled" : "marked");
}

/** What becomes of a cleared run: a finished one stays as it is, or goes on as one of a backfill. */
interface Clearing {
  readonly isRunKept?: boolean;
  readonly backfill?: RunOfBackfill;
}

/** Task instances start afresh; a finished run queues again unless it is kept, and its old tries stay as history. */
export function clearInstances(step: Step, run: RunState, places: readonly number[], clearing: Clearing = {}): void {
  const { state, now } = step;
  for (const place of places) {
    const code = run.stateOf[place] ?? NONE;
    if (code === RUNNING || code === RESTARTING) {
      restoreRetries(run, place);
      setState(step, run, place, RESTARTING, "cleared");
    } else if (code >= FIRST_FINISHED) closeAndReset(step, run, place);
    else {
      restoreRetries(run, place);
      if (code !== NONE) resetInstance(step, run, place);
      // It waits again after a try, and its row has the retries that were left.
      else if ((run.tryNumber[place] ?? 0) > 0) run.markChanged(place);
    }
  }
  step.touched.add(run);
  if (clearing.isRunKept === true && isFinishedRunState(run.state)) {
    run.reason = "cleared";
    run.markRunChanged();
    return;
  }
  // A run that was decided and waits for its teardowns goes on.
  if (run.reason === "cancelled" || run.reason === "marked") run.reason = null;
  run.clearNumber += 1;
  run.queuedAt = now;
  noteRequeue(step, run);
  if (run.state === "success" || run.state === "failed") {
    if (clearing.backfill !== undefined) {
      run.backfill = clearing.backfill;
      run.runType = "backfill";
    }
    run.state = "queued";
    run.startAt = null;
    run.endAt = null;
    run.reason = null;
    enterQueue(state, run);
  }
  run.markRunChanged();
}
