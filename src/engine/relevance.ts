/**
 * Which instances of an upstream task an instance looks at. Outside mapped groups, and between different ones, all of them;
 * within the innermost mapped group that holds both, those of its own index, and the summary of an upstream task that does
 * not know its instances yet.
 */
import type { GraphTask } from "./graph.ts";
import { groupLength } from "./map-length.ts";
import type { RunState } from "./run-state.ts";

/** Visits the places of `upstream` that the instance at `place` looks at. */
export function forEachRelevant(run: RunState, place: number, upstream: number, visit: (place: number) => void): void {
  const task = run.taskAt(place);
  const other = run.graph.tasks[upstream];
  if (other === undefined) return;
  const range = other.mapGroups.length === 0 ? null : relatedRange(run, task, run.mapIndex[place] ?? -1, other);
  if (range === null) {
    run.forEachPlace(upstream, visit);
    return;
  }
  for (let index = range.from; index < range.to; index += 1) {
    const found = run.findAt(upstream, index);
    if (found >= 0) visit(found);
  }
  if (run.isUnexpanded(other)) run.forEachPlace(upstream, visit);
}

/**
 * The indexes of `other` that belong to index `mapIndex` of `task`, in either direction; null when all do. With A elements
 * in the group that holds both, an instance belongs to element `mapIndex * A / N` of its own N.
 */
export function relatedRange(
  run: RunState,
  task: GraphTask,
  mapIndex: number,
  other: GraphTask,
): { readonly from: number; readonly to: number } | null {
  const shared = task.mapGroups.filter((group) => other.mapGroups.includes(group));
  if (shared.length === 0 || mapIndex < 0) return null;
  const elements = shared.reduce((product, group) => product * (groupLength(run, group) ?? 0), 1);
  const own = run.instanceCount(task.index);
  if (elements === 0 || own === 0 || run.isUnexpanded(task)) return null;
  const element = Math.floor((mapIndex * elements) / own);
  if (run.isUnexpanded(other)) return { from: 0, to: 0 };
  const each = Math.max(1, Math.floor(run.instanceCount(other.index) / elements));
  return { from: element * each, to: (element + 1) * each };
}
