/**
 * What is due. Entries of the heap may be stale: a state that was left has no due time, and a renewed lease has a later
 * one; both are noticed when the entry comes up, so that a renewal itself costs nothing.
 */
import { failLostTry } from "./callbacks.ts";
import { doubtGrant, lastClaimAt, loseGrant } from "./claim.ts";
import { timeOutRun } from "./dag-run.ts";
import type { DagState, Timer } from "./dag-state.ts";
import { MAX_RESEND_COUNT, MAX_TIMERS_PER_EVENT, MIN_TIMER_SWEEP } from "./defaults.ts";
import { retry } from "./evaluate.ts";
import { LANES } from "./graph.ts";
import { FLAG_SOLO, type RunState } from "./run-state.ts";
import { NONE, QUEUED, RESTARTING, RUNNING, UP_FOR_RETRY } from "./states.ts";
import type { Step } from "./step.ts";

export function fireTimers(step: Step): void {
  if (step.state.timers.size >= step.state.sweepTimersAt) sweep(step.state);
  for (let count = 0; count < MAX_TIMERS_PER_EVENT; count += 1) {
    const timer = nextTimer(step.state);
    if (timer === null || timer.at > step.now) return;
    step.state.timers.pop();
    fire(step, timer);
  }
}

/** When the first timer is due; null when none is set. */
export function nextTimerAt(state: DagState): number | null {
  return nextTimer(state)?.at ?? null;
}

/** The first entry that still says something. */
function nextTimer(state: DagState): Timer | null {
  for (;;) {
    const timer = state.timers.peek();
    if (timer === undefined) return null;
    const { run, place } = timer;
    const dueAt = presentDueAt(state, timer);
    if (dueAt === timer.at) return timer;
    state.timers.pop();
    if (dueAt > timer.at) state.timers.push({ at: dueAt, run, place });
  }
}

/** When what the entry is about is due now; 0 when never. */
function presentDueAt(state: DagState, { run, place }: Timer): number {
  if (run.state !== "running" || state.runs.get(run.seq) !== run) return 0;
  return place < 0 ? run.timeoutAt : (run.dueAt[place] ?? 0);
}

/**
 * A task of a second leaves two entries that would only come up a minute later. What is due later than its entry keeps it,
 * and moves when it comes up.
 */
function sweep(state: DagState): void {
  state.timers.retain((timer) => presentDueAt(state, timer) >= timer.at);
  state.sweepTimersAt = Math.max(MIN_TIMER_SWEEP, 2 * state.timers.size);
}

function fire(step: Step, timer: Timer): void {
  const { run, place } = timer;
  if (place < 0) {
    timeOutRun(step, run);
    return;
  }
  switch (run.stateOf[place] ?? NONE) {
    case UP_FOR_RETRY:
      retry(step, run, place);
      return;
    case QUEUED:
      resend(step, run, place);
      return;
    case RUNNING:
    case RESTARTING:
      if (run.silent.delete(place)) doubtGrant(step, run, place);
      else loseGrant(step, run, place);
      return;
    default:
      run.dueAt[place] = 0;
  }
}

/**
 * An unclaimed message. The clock runs only while no message as old as this one is claimed, since a long queue is not a
 * loss; it doubles, and a try that three re-sends could not start has failed.
 */
function resend(step: Step, run: RunState, place: number): void {
  const { state, now } = step;
  const resends = run.resends[place] ?? 0;
  const delayMs = state.settings.firstResendMs * 2 ** resends;
  const claimedAt = lastClaimAt(state, run, place);
  if (claimedAt + delayMs > now) {
    run.dueAt[place] = claimedAt + delayMs;
    state.timers.push({ at: run.dueAt[place] ?? 0, run, place });
    return;
  }
  if (resends >= MAX_RESEND_COUNT) {
    step.events.push({ event: "stuck in queued", run, place, detail: `${resends} re-sends brought no claim` });
    failLostTry(step, run, place, "queue_timeout");
    return;
  }
  // The count survives in the row: an idle object is evicted between two re-sends.
  run.markChanged(place);
  step.touched.add(run);
  run.resends[place] = resends + 1;
  run.dueAt[place] = now + state.settings.firstResendMs * 2 ** (resends + 1);
  state.timers.push({ at: run.dueAt[place] ?? 0, run, place });
  const lane = LANES[run.laneOf[place] ?? 0] ?? "tasks";
  step.sends.push({ run, place, lane: lane === "tasks" && run.hasFlag(place, FLAG_SOLO) ? "tasks-long" : lane });
}
