/**
 * The engine: what follows from one event. Synchronous and deterministic (same state, event and instant, same result, for
 * ever); it reads no clock and awaits nothing. It changes the state that it is handed, so that an event costs what it
 * changes and not what the run holds; when the commit of its step fails, the caller throws the state away and loads it again.
 */
import { never } from "../lib/never.ts";
import { completeBackfills, nextStart, setBackfill } from "./backfill.ts";
import { changeVersion } from "./change-version.ts";
import { claim, heartbeat } from "./claim.ts";
import { clearInstances, markRun, settleRun, startRuns } from "./dag-run.ts";
import type { DagState } from "./dag-state.ts";
import { dispatch, type Offer } from "./dispatch.ts";
import { evaluatePending } from "./evaluate.ts";
import type { Event } from "./event.ts";
import { markInstances } from "./mark-instances.ts";
import { closeCourse, nextScheduleAt, scheduleRuns } from "./schedule.ts";
import { setLimits, takeSlots } from "./slots.ts";
import { RUNNING } from "./states.ts";
import { type GrantedPlace, newStep, type Step } from "./step.ts";
import { fireTimers, nextTimerAt } from "./timers.ts";
import { settleLoadedWaiting } from "./told-waiting.ts";
import { report } from "./try-end.ts";

export function advance(state: DagState, event: Event, now: number): Step {
  state.sequence += 1;
  const step = newStep(state, now);
  const offer = apply(step, event);
  if (event.type === "loaded") judge(step, null);
  // Heartbeats come often and change nothing but leases. What changes its version is judged by the other one.
  else if (event.type !== "heartbeat" && event.type !== "change_version") settle(step, offer);
  step.wakeAt = wakeAt(state, now);
  return step;
}

function apply(step: Step, event: Event): Offer | null {
  const { state } = step;
  switch (event.type) {
    case "tick":
    case "loaded":
      return null;
    case "define":
      closeCourse(step, event.graph.spec, event.isScheduleChanged);
      state.graph = event.graph;
      state.timetable = event.timetable;
      state.isRetired = false;
      state.hasImportError = false;
      state.next = undefined;
      step.isDagChanged = true;
      return null;
    case "set_paused":
      state.isPaused = event.isPaused;
      state.next = undefined;
      step.isDagChanged = true;
      return null;
    case "set_limits":
      setLimits(step, event.limits);
      return null;
    case "slots_granted":
      takeSlots(step, event.tickets);
      return null;
    case "set_import_error":
      state.hasImportError = event.hasImportError;
      step.isDagChanged = true;
      return null;
    case "retire":
      state.isRetired = true;
      step.isDagChanged = true;
      return null;
    case "count_queued":
      state.queuedRunCount = event.queuedRunCount;
      state.queuedScheduledCount = event.queuedScheduledCount ?? state.queuedScheduledCount;
      state.nextQueuedAt = event.nextQueuedAt;
      return null;
    case "set_backfill":
      setBackfill(state, event.backfill);
      return null;
    case "start_runs":
      startRuns(step, event.runs);
      return null;
    case "claim":
      claim(step, event);
      return null;
    case "report":
      return report(step, event);
    case "heartbeat":
      heartbeat(step, event);
      return null;
    case "mark_run":
      markRun(step, event.run, event.state);
      return null;
    case "clear":
      clearInstances(step, event.run, event.places, event);
      return null;
    case "change_version":
      changeVersion(step, event.run, event.graph);
      return null;
    case "mark_instances":
      markInstances(step, event);
      return null;
    default:
      return never(event);
  }
}

/** Follows an event to its end: due times, rules, limits, run states, the schedule, and when to wake next. */
function settle(step: Step, offer: Offer | null): void {
  const { state, now } = step;
  fireTimers(step);
  judge(step, offer);
  scheduleRuns(step);
  completeBackfills(step);
  step.start = nextStart(state, now);
}

function judge(step: Step, offer: Offer | null): void {
  evaluatePending(step);
  dispatch(step, offer);
  for (const run of step.touched) settleRun(step, run);
  withdrawEnded(step);
  settleLoadedWaiting(step);
}

/** What was granted may have ended within the same event, by the failure of another or by the clock: nobody need run it. */
function withdrawEnded(step: Step): void {
  const isLive = ({ run, place, token }: GrantedPlace) => run.stateOf[place] === RUNNING && run.token[place] === token;
  if (step.grants.every(isLive)) return;
  for (const { token } of step.grants.filter((granted) => !isLive(granted))) {
    step.refusals.push({ token, reason: "finished", retry: false });
  }
  step.grants.splice(0, step.grants.length, ...step.grants.filter(isLive));
}

export function wakeAt(state: DagState, now: number): number | null {
  // Only after a start of the object, until the first event has judged what was loaded.
  if (state.pending.size > 0) return now;
  let at = nextTimerAt(state);
  const scheduleAt = nextScheduleAt(state, now);
  if (scheduleAt !== null && (at === null || scheduleAt < at)) at = scheduleAt;
  const queuedAt = !state.isPaused && state.queuedRunCount > 0 ? state.nextQueuedAt : null;
  if (queuedAt !== null && queuedAt > now && (at === null || queuedAt < at)) at = queuedAt;
  const { nextCallbackAt } = state;
  if (nextCallbackAt !== null && (at === null || nextCallbackAt < at)) at = nextCallbackAt;
  return at;
}
