/**
 * Asks the trigger rules of the tasks whose upstreams changed, until nothing more follows: a cascade of skips or of
 * upstream failures runs to its end within the event that caused it.
 */

import { LONG_DURATION_MS } from "./defaults.ts";
import { LANES } from "./graph.ts";
import { isRuleMet, stateByRule, type UpstreamCounts } from "./rules/trigger-rule.ts";
import { FLAG_WAITING, type RunState } from "./run-state.ts";
import {
  FAILED,
  FINISHED_COUNT,
  FIRST_FINISHED,
  NONE,
  REMOVED,
  SCHEDULED,
  SKIPPED,
  SUCCESS,
  UPSTREAM_FAILED,
} from "./states.ts";
import type { Step } from "./step.ts";
import { setState } from "./transition.ts";

export function evaluatePending(step: Step): void {
  const { pending } = step.state;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { run, task } = next;
    run.isPending[task] = 0;
    if (run.state !== "running") continue;
    // Also when nothing changes: after a start of the object the run may turn out to have ended.
    step.touched.add(run);
    evaluateTask(step, run, task);
  }
}

function evaluateTask(step: Step, run: RunState, task: number): void {
  const first = run.first[task] ?? 0;
  const end = first + (run.count[task] ?? 0);
  for (let place = first; place < end; place += 1) {
    if (run.stateOf[place] !== NONE) continue;
    const verdict = ruleVerdict(run, place);
    if (verdict === SCHEDULED) makeReady(step, run, place);
    else if (verdict !== NONE) setState(step, run, place, verdict, "trigger_rule");
  }
}

/** What a task instance's rule makes of it now: `SCHEDULED` when it may run, a finished state, or `NONE` to wait. */
export function ruleVerdict(run: RunState, place: number): number {
  const task = run.taskAt(place);
  if (task.upstream.length === 0) return SCHEDULED;
  const counts = upstreamCounts(run, place);
  const written = stateByRule(task.spec.triggerRule, counts);
  if (written !== NONE) return written;
  return isRuleMet(task.spec.triggerRule, counts) ? SCHEDULED : NONE;
}

export function upstreamCounts(run: RunState, place: number): UpstreamCounts {
  const task = run.task[place] ?? 0;
  const base = task * FINISHED_COUNT - FIRST_FINISHED;
  const { tallies } = run;
  return {
    total: run.upstreamCount[task] ?? 0,
    success: tallies[base + SUCCESS] ?? 0,
    skipped: tallies[base + SKIPPED] ?? 0,
    failed: tallies[base + FAILED] ?? 0,
    upstreamFailed: tallies[base + UPSTREAM_FAILED] ?? 0,
    removed: tallies[base + REMOVED] ?? 0,
    setups: 0,
    setupSuccess: 0,
    setupSkipped: 0,
    mapIndex: run.mapIndex[place] ?? -1,
  };
}

/** A new try begins: it waits in its lane for the limits. */
export function makeReady(step: Step, run: RunState, place: number): void {
  run.tryNumber[place] = (run.tryNumber[place] ?? 0) + 1;
  run.losses[place] = 0;
  run.dueAt[place] = 0;
  setState(step, run, place, SCHEDULED, "");
  enterLane(step, run, place);
}

export function enterLane(step: Step, run: RunState, place: number): void {
  // Cleared while it waited: a second entry would take the turn of another.
  if (run.hasFlag(place, FLAG_WAITING)) return;
  run.setFlag(place, FLAG_WAITING);
  const task = run.taskAt(place);
  let lane = task.lane;
  if (lane === "tasks" && task.spec.queue === null && step.state.lastDurations.size > 0) {
    if ((step.state.lastDurations.get(task.spec.taskId) ?? 0) > LONG_DURATION_MS) lane = "tasks-long";
  }
  run.laneOf[place] = LANES.indexOf(lane);
  step.state.lanes[lane].ready.push({ weight: task.weight, run, place });
}
