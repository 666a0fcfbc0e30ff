import type { TaskInstanceState } from "../../../engine/states.ts";
import type { TaskInstanceView } from "../../../platform.ts";

const FAILED: readonly TaskInstanceState[] = ["failed", "upstream_failed", "up_for_retry"];

/**
 * The graph's order, so that rows keep their places while a run is followed. Once it has ended the failures go first,
 * which is what a reader of a failed run has come for.
 */
export function orderTaskInstances(
  instances: readonly TaskInstanceView[],
  options: { readonly taskIds: readonly string[]; readonly failuresFirst: boolean },
): readonly TaskInstanceView[] {
  const places = new Map(options.taskIds.map((taskId, place) => [taskId, place]));
  const placeOf = (instance: TaskInstanceView) => places.get(instance.taskId) ?? places.size;
  const rankOf = (instance: TaskInstanceView) => {
    const rank = FAILED.indexOf(instance.state);
    return rank === -1 || !options.failuresFirst ? FAILED.length : rank;
  };
  return [...instances].sort(
    (a, b) =>
      rankOf(a) - rankOf(b) || placeOf(a) - placeOf(b) || a.mapIndex - b.mapIndex || (a.taskId < b.taskId ? -1 : 1),
  );
}
