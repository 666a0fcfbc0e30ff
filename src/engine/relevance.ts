/**
 * Which instances of an upstream task an instance looks at. Outside mapped groups, and between different ones, all of them;
 * within the innermost mapped group that holds both, those of its own element, and the summary of an upstream task that does
 * not know its instances yet.
 */
import type { GraphTask } from "./graph.ts";
import { groupLength, mapLength } from "./map-length.ts";
import type { RunState } from "./run-state.ts";

/** Visits the places of `upstream` that the instance at `place` looks at. */
export function forEachRelevant(run: RunState, place: number, upstream: number, visit: (place: number) => void): void {
  const other = run.graph.tasks[upstream];
  if (other === undefined) return;
  const range = relatedRange(run, run.taskAt(place), run.mapIndex[place] ?? -1, other);
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

/** A mapped group holds both tasks. */
export function sharesElements(task: Pick<GraphTask, "mapGroups">, other: Pick<GraphTask, "mapGroups">): boolean {
  // Groups are nested: those who share any share the outermost.
  return task.mapGroups.length > 0 && task.mapGroups[0] === other.mapGroups[0];
}

/**
 * The indexes of `other` that belong to index `mapIndex` of `task`, in either direction; null when all do. Each element of
 * the innermost group that holds both has so many instances of a task as the groups within, and its own mapping, make.
 */
export function relatedRange(
  run: RunState,
  task: GraphTask,
  mapIndex: number,
  other: GraphTask,
): { readonly from: number; readonly to: number } | null {
  if (mapIndex < 0 || !sharesElements(task, other)) return null;
  let depth = 1;
  while (depth < task.mapGroups.length && task.mapGroups[depth] === other.mapGroups[depth]) depth += 1;
  const own = instancesPerElement(run, task, depth);
  const others = instancesPerElement(run, other, depth);
  if (own === null || others === null || own === 0) return null;
  const element = Math.floor(mapIndex / own);
  return { from: element * others, to: (element + 1) * others };
}

function instancesPerElement(run: RunState, task: GraphTask, depth: number): number | null {
  let count = 1;
  for (let at = depth; at < task.mapGroups.length; at += 1) {
    const length = groupLength(run, task.mapGroups[at] ?? -1);
    if (length === null) return null;
    count *= length;
  }
  if (task.spec.mapped === undefined) return count;
  const own = mapLength(run, task.spec.mapped);
  return own === null ? null : count * own;
}
