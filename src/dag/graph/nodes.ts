/** What `dag()` collects while its function runs: tasks and groups as a tree, and the edges between any two of them. */
import type { TaskFunction } from "../context.ts";
import type { TaskDefaults } from "../task.ts";
import type { TaskSettings } from "../task-settings.ts";

export interface TaskNode {
  readonly type: "task";
  readonly id: string;
  readonly parent: GroupNode | null;
  /** Place in the order of definition. */
  readonly place: number;
  readonly settings: TaskSettings;
  readonly inputs: Readonly<Record<string, TaskNode>>;
  readonly body: TaskFunction;
}

export interface GroupNode {
  readonly type: "group";
  readonly id: string;
  readonly label: string;
  readonly parent: GroupNode | null;
  readonly defaults: TaskDefaults;
}

export type Node = TaskNode | GroupNode;

export interface Edge {
  readonly from: Node;
  readonly to: Node;
}

/** The number of groups around a node. */
export function depthOf(node: Node): number {
  let depth = 0;
  for (let parent = node.parent; parent !== null; parent = parent.parent) depth += 1;
  return depth;
}

export function isInside(node: Node, group: GroupNode): boolean {
  for (let parent = node.parent; parent !== null; parent = parent.parent) if (parent === group) return true;
  return false;
}
