import type { TaskInstanceState } from "../../../engine/states.ts";

const FAILED: readonly TaskInstanceState[] = ["failed", "upstream_failed", "up_for_retry"];

/**
 * The graph's order, so that rows keep their places while a run is followed. Once it has ended the failures go first,
 * which is what a reader of a failed run has come for.
 */
export function orderByTask<T extends { readonly taskId: string; readonly state: TaskInstanceState }>(
  rows: readonly T[],
  options: { readonly taskIds: readonly string[]; readonly failuresFirst: boolean },
): readonly T[] {
  const places = new Map(options.taskIds.map((taskId, place) => [taskId, place]));
  const placeOf = (row: T) => places.get(row.taskId) ?? places.size;
  const rankOf = (row: T) => {
    const rank = FAILED.indexOf(row.state);
    return rank === -1 || !options.failuresFirst ? FAILED.length : rank;
  };
  return [...rows].sort((a, b) => rankOf(a) - rankOf(b) || placeOf(a) - placeOf(b) || (a.taskId < b.taskId ? -1 : 1));
}
