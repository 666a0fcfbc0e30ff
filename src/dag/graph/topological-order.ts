import { definitionError } from "../errors.ts";
import type { Upstream } from "./edges.ts";
import type { TaskNode } from "./nodes.ts";

/**
 * The tasks with every one behind its upstream tasks, otherwise in order of definition. Throws `DefinitionError` that names
 * the cycle if there is one. It walks without recursion, because a chain may be longer than the stack is deep.
 */
export function topologicalOrder(where: string, tasks: readonly TaskNode[], upstream: Upstream): readonly TaskNode[] {
  const order: TaskNode[] = [];
  const done = new Set<TaskNode>();
  for (const start of tasks) {
    if (done.has(start)) continue;
    const path = new Set([start]);
    const steps = [upstreamOf(start, upstream)];
    for (let step = steps.at(-1); step !== undefined; step = steps.at(-1)) {
      const next = step.rest.pop();
      if (next === undefined) {
        order.push(step.task);
        done.add(step.task);
        path.delete(step.task);
        steps.pop();
      } else if (path.has(next)) {
        throw cycleError(where, [...path], next);
      } else if (!done.has(next)) {
        path.add(next);
        steps.push(upstreamOf(next, upstream));
      }
    }
  }
  return order;
}

export function inOrder(tasks: ReadonlySet<TaskNode> | undefined): TaskNode[] {
  return [...(tasks ?? [])].sort((a, b) => a.place - b.place);
}

function upstreamOf(task: TaskNode, upstream: Upstream): { readonly task: TaskNode; readonly rest: TaskNode[] } {
  return { task, rest: inOrder(upstream.get(task)).reverse() };
}

function cycleError(where: string, path: readonly TaskNode[], again: TaskNode): Error {
  // The walk goes upstream; people read downstream.
  const cycle = [...path.slice(path.indexOf(again)), again].map((task) => task.id).reverse();
  return definitionError(where, `these tasks wait for each other: ${cycle.join(" → ")}; remove one of these edges`);
}
