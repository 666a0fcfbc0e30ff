/**
 * `maxActiveTisPerDag` and `maxActiveTisPerDagrun`: how many instances of one task are active, over all runs or within
 * one, counted as they change state, and who waits for that. An instance counts from when it asks for slots, so that no
 * more of them ask than may start.
 */
import { Heap } from "../lib/heap.ts";
import { type DagState, isMoreUrgent, type Ready, type TaskLimit } from "./dag-state.ts";
import { LANES } from "./graph.ts";
import type { RunState } from "./run-state.ts";
import { DEFERRED, QUEUED, RESTARTING, RUNNING, SCHEDULED } from "./states.ts";

/** States in which an instance counts. Airflow counts deferred ones too. */
export function isCounted(code: number): boolean {
  return code === QUEUED || code === RUNNING || code === RESTARTING || code === DEFERRED;
}

interface Bound {
  readonly key: string;
  readonly limit: number;
}

/** A space is in no task id, so that keys of runs and of tasks are never the same. */
export function boundPerDag(run: RunState, place: number): Bound | null {
  const { taskId, maxActiveTisPerDag: limit } = run.taskAt(place).spec;
  return limit === undefined ? null : { key: taskId, limit };
}

export function boundPerDagrun(run: RunState, place: number): Bound | null {
  const { taskId, maxActiveTisPerDagrun: limit } = run.taskAt(place).spec;
  return limit === undefined ? null : { key: `${run.seq} ${taskId}`, limit };
}

const NO_BOUNDS: readonly Bound[] = [];

/** Most tasks have none, and are asked at each transition. */
function boundsOf(run: RunState, place: number): readonly Bound[] {
  const { maxActiveTisPerDag, maxActiveTisPerDagrun } = run.taskAt(place).spec;
  if (maxActiveTisPerDag === undefined && maxActiveTisPerDagrun === undefined) return NO_BOUNDS;
  return [boundPerDag(run, place), boundPerDagrun(run, place)].filter((bound) => bound !== null);
}

export function activeCountOf(state: DagState, key: string): number {
  return state.taskLimits.get(key)?.activeCount ?? 0;
}

export function countActive(state: DagState, run: RunState, place: number, change: number): void {
  for (const bound of boundsOf(run, place)) {
    const limit = limitNamed(state, bound.key);
    limit.activeCount += change;
    if (change < 0 && limit.parked.size > 0) state.freedTaskLimits.add(bound.key);
    forgetIdle(state, bound.key, limit);
  }
}

export function parkForTask(state: DagState, bound: Bound, entry: Ready): void {
  limitNamed(state, bound.key).parked.push(entry);
}

/** Makes ready again as many as may start since the last event. */
export function unparkForTasks(state: DagState): void {
  for (const key of state.freedTaskLimits) release(state, key, Number.POSITIVE_INFINITY);
  state.freedTaskLimits.clear();
}

/** An instance that waits for something else leaves its turn to the next of its task. */
export function passTurn(state: DagState, run: RunState, place: number): void {
  for (const { key } of boundsOf(run, place)) if (state.taskLimits.has(key)) release(state, key, 1);
}

function release(state: DagState, key: string, most: number): void {
  const limit = state.taskLimits.get(key);
  if (limit === undefined) return;
  let count = 0;
  for (let next = limit.parked.peek(); next !== undefined && count < most; next = limit.parked.peek()) {
    const bound = key.includes(" ") ? boundPerDagrun(next.run, next.place) : boundPerDag(next.run, next.place);
    if (limit.activeCount + count >= (bound?.limit ?? Number.POSITIVE_INFINITY)) break;
    limit.parked.pop();
    // What left `scheduled` meanwhile is sorted out when its turn in the lane comes, and takes nobody's.
    state.lanes[LANES[next.run.laneOf[next.place] ?? 0] ?? "tasks"].ready.push(next);
    if (next.run.stateOf[next.place] === SCHEDULED) count += 1;
  }
  forgetIdle(state, key, limit);
}

function limitNamed(state: DagState, key: string): TaskLimit {
  const known = state.taskLimits.get(key);
  if (known !== undefined) return known;
  const limit: TaskLimit = { activeCount: 0, parked: new Heap(isMoreUrgent) };
  state.taskLimits.set(key, limit);
  return limit;
}

function forgetIdle(state: DagState, key: string, limit: TaskLimit): void {
  if (limit.activeCount === 0 && limit.parked.size === 0) state.taskLimits.delete(key);
}
