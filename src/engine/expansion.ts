/**
 * How many instances a mapped task has. Lengths of literals are known at once, those of results when they are reported;
 * until then one place, with index -1, stands for the task. A length that changes when its source runs again makes new
 * instances or removes the last ones.
 */
import { MAX_LIVE_INSTANCE_COUNT } from "./defaults.ts";
import type { GraphTask } from "./graph.ts";
import { lengthOf } from "./map-length.ts";
import { fittedKey, type RunState } from "./run-state.ts";
import { FAILED, FIRST_FINISHED, NONE, REASONS, REMOVED, SKIPPED, SUCCESS, UPSTREAM_FAILED } from "./states.ts";
import { reconsiderLater, type Step } from "./step.ts";
import { setState } from "./transition.ts";
import { closeAndReset } from "./try-end.ts";

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

/** Gives a task its instances. Nothing to map over skips it; more than memory holds fails it. */
export function expandTask(step: Step, run: RunState, task: GraphTask, length: number): void {
  const summary = run.first[task.index] ?? 0;
  if (length === 0) setState(step, run, summary, SKIPPED, "nothing_to_map");
  else if (length > MAX_LIVE_INSTANCE_COUNT) setState(step, run, summary, FAILED, "map_too_long");
  else {
    step.state.liveInstanceCount += run.expand(task, length);
    // What stood for all instances, and had a row, has ended: the catalog takes no end without its time.
    if (run.stateOf[summary] === REMOVED) run.endAtOf[summary] = step.now;
    step.expansions.push({ run, task: task.index, length });
    step.touched.add(run);
  }
}

/** The length may have changed since the task got its instances, when a source ran again: some come, go, or come back. */
export function fitInstances(step: Step, run: RunState, task: GraphTask): void {
  const before = run.fittedLength[task.index] ?? 0;
  const length = lengthOf(run, task) ?? before;
  const count = run.instanceCount(task.index);
  if (task.isGone) return;
  if (length < 0) {
    holdInstances(step, run, task);
    return;
  }
  // A task outside its own dates has none and gets none.
  if ((length === before && length === count) || count === 0 || length > MAX_LIVE_INSTANCE_COUNT) return;
  noteFitted(step, run, task, length);
  if (length > count) {
    step.state.liveInstanceCount += run.grow(task, length);
    step.expansions.push({ run, task: task.index, length });
    step.touched.add(run);
    // What is ready behind it waits for the further ones.
    for (const next of task.countedDownstream) reconsiderLater(step, run, next);
    for (const next of task.indexedDownstream) reconsiderLater(step, run, next);
    for (const next of task.scopeWatchers) reconsiderLater(step, run, next);
  }
  for (let index = Math.max(0, Math.min(before, length)); index < count; index += 1) {
    const place = run.findAt(task.index, index);
    const isRemoved = run.stateOf[place] === REMOVED;
    if (index >= length && !isRemoved && !isMarked(run, place)) setState(step, run, place, REMOVED, "nothing_to_map");
    else if (index < length && isRemoved) closeAndReset(step, run, place);
  }
}

/** What the user said of an instance stands. */
function isMarked(run: RunState, place: number): boolean {
  return run.reasonOf[place] === REASONS.indexOf("marked");
}

/** Of another mapping than the instances were made for, nothing is known yet: the first stands for all until it is. */
function holdInstances(step: Step, run: RunState, task: GraphTask): void {
  run.forEachPlace(task.index, (place) => {
    const code = run.stateOf[place] ?? NONE;
    if (run.mapIndex[place] !== 0) {
      if (code !== REMOVED) setState(step, run, place, REMOVED, "nothing_to_map");
    } else if (code !== NONE && code !== UPSTREAM_FAILED && code !== SKIPPED && !isMarked(run, place)) {
      closeAndReset(step, run, place);
    }
  });
}

/** Kept in a row: the instances do not tell it while some of them are removed and the user marked others. */
export function noteFitted(step: Step, run: RunState, { index, spec }: GraphTask, length: number): void {
  const key = fittedKey(spec.taskId);
  run.fittedLength[index] = length;
  run.lengths.set(key, length);
  step.lengths.push({ run, key, length });
}

/** A task over literals has its instances from when it is looked at first: with the start of the run, as all are then. */
export function expandLiteral(step: Step, run: RunState, task: GraphTask): void {
  if (task.mapSources.length > 0) return;
  const length = lengthOf(run, task) ?? 0;
  const isOpen = run.stateOf[run.first[task.index] ?? 0] === NONE;
  // What cannot be expanded ends when its turn comes.
  if (isOpen && length > 0 && length <= MAX_LIVE_INSTANCE_COUNT) expandTask(step, run, task, length);
}
