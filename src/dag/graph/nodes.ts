/** What `dag()` collects while its function runs: tasks and groups as a tree, and the edges between any two of them. */
import type { TaskFunction } from "../context.ts";
import type { MapStep, MapValues, TaskHooks } from "../hooks.ts";
import type { MapSpec } from "../spec.ts";
import type { TaskDefaults, WeightedTask } from "../task.ts";
import type { TaskSettings } from "../task-settings.ts";

export interface TaskNode {
  readonly type: "task";
  readonly id: string;
  readonly parent: GroupNode | null;
  /** Place in the order of definition. */
  readonly place: number;
  readonly settings: TaskSettings;
  readonly hooks: TaskHooks;
  readonly inputs: Readonly<Record<string, TaskNode>>;
  readonly body: TaskFunction;
  readonly mapping: Mapping | null;
  readonly weigh: ((task: WeightedTask) => number) | null;
  /** A branch's targets by the names that its function gives; groups among them count by their own id. */
  readonly choices: Readonly<Record<string, readonly Node[]>> | null;
  readonly lists: MappedOver;
}

export interface GroupNode {
  readonly type: "group";
  readonly id: string;
  readonly label: string;
  readonly parent: GroupNode | null;
  readonly defaults: TaskDefaults;
  readonly mapping: Mapping | null;
}

export interface Mapping {
  readonly spec: MapSpec;
  readonly values: MapValues;
  /** Tasks whose results it is mapped over. */
  readonly sources: readonly TaskNode[];
  /** Given by the author; `null` is the default. */
  readonly maxLength: number | null;
}

/** What others make of a task's result as a list; it grows while they are added. */
export interface MappedOver {
  /** The shortest of the limits of those mapped over the whole result; `null` when nobody is. */
  own: number | null;
  readonly variants: { readonly name: string; readonly steps: readonly MapStep[]; limit: number }[];
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

/** The mapped group around a place; they do not nest. */
export function mappedGroupAround(group: GroupNode | null): GroupNode | null {
  for (let around = group; around !== null; around = around.parent) if (around.mapping !== null) return around;
  return null;
}

/** Whether a task has as many instances as there are items: its own, or those of the group around it. */
export function hasInstances(task: TaskNode): boolean {
  return task.mapping !== null || mappedGroupAround(task.parent) !== null;
}
