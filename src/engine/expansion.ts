/**
 * How many instances a mapped task has. Lengths of literals are known at once, those of results when they are reported;
 * until then one place, with index -1, stands for the task. A length that changes when its source runs again makes new
 * instances or removes the last ones.
 */
import type { GraphTask } from "./graph.ts";
import { lengthOf } from "./map-length.ts";
import type { RunState } from "./run-state.ts";
import { FAILED, FIRST_FINISHED, NONE, REMOVED, SKIPPED, SUCCESS, UPSTREAM_FAILED } from "./states.ts";
import { evaluateLater, type Step } from "./step.ts";
import { setState } from "./transition.ts";

/** What the sources of a mapping make of a task that waits for them: a state, `NONE` to go on, or null to wait. */
export function stateBySources(run: RunState, task: GraphTask): number | null {
  const states: (number | null)[] = [];
  for (const source of task.mapSources) {
    const place = run.findAt(source, -1);
    if (place >= 0) states.push(run.stateOf[place] ?? NONE);
  }
  return mappedUpstreamState(states.map((code) => (code !== null && code >= FIRST_FINISHED ? code : null)));
}

/**
 * Airflow's mapped-upstream dependency over the finished states of the unexpanded sources (null while unfinished). None or
 * only successes: `NONE`. A failure fails the task, a skip skips it; anything else keeps it waiting.
 */
export function mappedUpstreamState(finished: readonly (number | null)[]): number | null {
  const states = finished.filter((code) => code !== null);
  if (states.every((code) => code === SUCCESS)) return NONE;
  if (states.some((code) => code === FAILED || code === UPSTREAM_FAILED)) return UPSTREAM_FAILED;
  return states.includes(SKIPPED) ? SKIPPED : null;
}

/** Gives a task its instances. Nothing to map over skips it. */
export function expandTask(step: Step, run: RunState, task: GraphTask, length: number): void {
  if (length === 0) {
    run.forEachPlace(task.index, (place) => setState(step, run, place, SKIPPED, "nothing_to_map"));
    return;
  }
  step.state.liveInstanceCount += run.expand(task, length);
  step.expansions.push({ run, task: task.index, length });
  step.touched.add(run);
}

/** The length of a source changed after its tasks were expanded: instances come, go, or come back. */
export function resizeFedTasks(step: Step, run: RunState, source: GraphTask): void {
  for (const index of source.feeds) {
    const task = run.graph.tasks[index];
    if (task === undefined || run.isUnexpanded(task) || run.instanceCount(index) === 0) continue;
    const length = lengthOf(run, task);
    if (length === null) continue;
    const added = run.grow(task, length);
    step.state.liveInstanceCount += added;
    if (added > 0) step.expansions.push({ run, task: index, length });
    run.forEachPlace(index, (place) => {
      const isBeyond = (run.mapIndex[place] ?? 0) >= length;
      const isRemoved = run.stateOf[place] === REMOVED;
      if (isBeyond && !isRemoved) setState(step, run, place, REMOVED, "nothing_to_map");
      else if (!isBeyond && isRemoved) setState(step, run, place, NONE, "");
    });
    evaluateLater(step, run, index);
  }
}

/** At the start of a run: tasks over literals have their instances from the beginning. */
export function expandLiterals(step: Step, run: RunState): void {
  for (const task of run.graph.tasks) {
    if (!task.isMapped || task.mapSources.length > 0 || !run.isUnexpanded(task)) continue;
    const length = lengthOf(run, task);
    if (length !== null && length > 0) expandTask(step, run, task, length);
  }
}
