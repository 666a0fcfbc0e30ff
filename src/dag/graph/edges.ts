/**
 * Turns edges between tasks and groups into each task's direct upstream tasks. An edge of a group depends on the edges within
 * it (they say which of its tasks are first and last), so edges are resolved from the innermost group outwards.
 */
import { definitionError } from "../errors.ts";
import { depthOf, type Edge, type GroupNode, isInside, type Node, type TaskNode } from "./nodes.ts";

export type Upstream = ReadonlyMap<TaskNode, ReadonlySet<TaskNode>>;

export function resolveEdges(where: string, tasks: readonly TaskNode[], edges: readonly Edge[]): Upstream {
  const upstream = new Map<TaskNode, Set<TaskNode>>(tasks.map((task) => [task, new Set()]));
  const inward = edges.map((edge) => ({ edge, depth: outermostGroupDepth(edge) })).sort((a, b) => b.depth - a.depth);
  for (const { edge } of inward) {
    checkEdge(where, edge);
    const sources = endsOf(where, edge.from, "last", tasks, upstream);
    const targets = endsOf(where, edge.to, "first", tasks, upstream);
    for (const target of targets) for (const source of sources) upstream.get(target)?.add(source);
  }
  return upstream;
}

/** Edges inside a group have greater depth than edges of the group itself; edges between tasks come before all. */
function outermostGroupDepth({ from, to }: Edge): number {
  const depths = [from, to].filter((node) => node.type === "group").map(depthOf);
  return depths.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...depths);
}

function checkEdge(where: string, { from, to }: Edge): void {
  if (from === to) {
    throw definitionError(where, `${from.type} "${from.id}" is set to run after itself: remove that edge`);
  }
  for (const [outer, inner] of [
    [from, to],
    [to, from],
  ] as const) {
    if (outer.type === "group" && isInside(inner, outer)) {
      const message = `group "${outer.id}" is connected with ${inner.type} "${inner.id}", which is inside it`;
      throw definitionError(where, `${message}: connect the tasks themselves`);
    }
  }
}

function endsOf(
  where: string,
  node: Node,
  side: "first" | "last",
  tasks: readonly TaskNode[],
  upstream: Upstream,
): readonly TaskNode[] {
  if (node.type === "task") return [node];
  const inside = tasks.filter((task) => isInside(task, node));
  if (inside.length === 0) {
    throw definitionError(where, `group "${node.id}" has no tasks to connect: add one, or remove the edge`);
  }
  const ends = side === "first" ? firstOf(inside, node, upstream) : lastOf(inside, upstream);
  // Without an end the group is one cycle; its name comes from the search for cycles, which needs no edge of the group.
  return ends;
}

function firstOf(inside: readonly TaskNode[], group: GroupNode, upstream: Upstream): readonly TaskNode[] {
  return inside.filter((task) => ![...(upstream.get(task) ?? [])].some((source) => isInside(source, group)));
}

/**
 * What follows a group does not wait for its teardowns, nor do they hide the work before them. A setup with nothing but its
 * teardown behind it is no work either, and counts only in a group that has no other.
 */
function lastOf(inside: readonly TaskNode[], upstream: Upstream): readonly TaskNode[] {
  const workers = inside.filter((task) => task.settings.isTeardown !== true);
  const candidates = workers.length > 0 ? workers : inside;
  const followed = new Set(candidates.flatMap((task) => [...(upstream.get(task) ?? [])]));
  const last = candidates.filter((task) => !followed.has(task));
  const work = last.filter((task) => task.settings.isSetup !== true);
  return work.length > 0 ? work : last;
}
