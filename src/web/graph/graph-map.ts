/** The whole of a graph that is too large for boxes: a point for each task, from which one can go near. */

import type { GraphSpec } from "./graph-view.ts";
import { orderLayers } from "./layers.ts";
import { positionsOf } from "./positions.ts";
import { ranksOf } from "./ranks.ts";

export interface GraphMap {
  readonly width: number;
  readonly height: number;
  /** x and y of each task, in the order of the spec. */
  readonly points: readonly number[];
}

/** Between points. */
const PITCH = 8;
const MARGIN = 8;

export function mapOf(spec: Pick<GraphSpec, "tasks">): GraphMap {
  const places = new Map<string, number>(spec.tasks.map(({ taskId }, place) => [taskId, place]));
  const edges = spec.tasks.flatMap(({ upstream }, to) =>
    upstream.flatMap((id) => {
      const from = places.get(id);
      return from === undefined ? [] : [[from, to] as const];
    }),
  );
  const ranks = ranksOf({ count: spec.tasks.length, edges });
  const ordered = orderLayers(spec.tasks.length, edges, ranks);
  const sizes = spec.tasks.map(() => ({ length: PITCH, breadth: PITCH - 2 }));
  const { middle, breadth } = positionsOf({ ...ordered, sizes, gap: 2 });
  const points = spec.tasks.flatMap((_, task) => [
    MARGIN + (ranks[task] ?? 0) * PITCH * 2,
    MARGIN + Math.round(middle[task] ?? 0),
  ]);
  const width = ordered.layers.length * PITCH * 2 + 2 * MARGIN;
  return { width, height: Math.ceil(breadth) + 2 * MARGIN, points };
}
