/**
 * Which task or group stands behind what an author holds in hand. A handle says nothing by itself: only what this DAG gave out
 * counts, so that a handle of another DAG, or a text, is found out where it is used.
 */
import { definitionError } from "../errors.ts";
import type { GroupNode, Node, TaskNode } from "./nodes.ts";

/** Which DAG made a handle, to say so when it turns up in another one. */
const dagOfHandle = new WeakMap<object, string>();

export interface GroupInputSource {
  readonly group: GroupNode;
  readonly name: string;
}

export class Handles {
  readonly #dagId: string;
  readonly #nodes = new Map<unknown, Node>();
  readonly #groupInputs = new Map<unknown, GroupInputSource>();
  /** Handles of tasks in a mapped group that stand for the results of all their instances. */
  readonly #outside = new Set<unknown>();

  constructor(dagId: string) {
    this.#dagId = dagId;
  }

  add(handle: object, node: Node): void {
    this.#nodes.set(handle, node);
    dagOfHandle.set(handle, this.#dagId);
  }

  addOutside(handle: object, node: TaskNode): void {
    this.add(handle, node);
    this.#outside.add(handle);
  }

  newGroupInput(source: GroupInputSource): object {
    const handle = { isGroupInput: true };
    this.#groupInputs.set(handle, source);
    dagOfHandle.set(handle, this.#dagId);
    return handle;
  }

  isOutside(handle: unknown): boolean {
    return this.#outside.has(handle);
  }

  groupInput(handle: unknown): GroupInputSource | undefined {
    return this.#groupInputs.get(handle);
  }

  find(handle: unknown): Node | undefined {
    return this.#nodes.get(handle);
  }

  /** Whether some DAG gave it out. */
  isKnown(handle: unknown): boolean {
    return typeof handle === "object" && handle !== null && dagOfHandle.has(handle);
  }

  nodeOf(where: string, what: string, handle: unknown): Node {
    const node = this.#nodes.get(handle);
    if (node !== undefined) return node;
    const other = typeof handle === "object" && handle !== null ? dagOfHandle.get(handle) : undefined;
    if (other === undefined || this.#groupInputs.has(handle)) {
      const fix = "expected what task() or group() returned";
      throw definitionError(where, `${what} is not a task: ${fix}, got ${describe(handle)}`);
    }
    const { taskId, groupId } = handle as { readonly taskId?: string; readonly groupId?: string };
    const id = JSON.stringify(taskId ?? groupId);
    throw definitionError(where, `${what} is ${id} of the DAG "${other}": a DAG can only connect its own tasks`);
  }
}

function describe(value: unknown): string {
  return value === null ? "null" : typeof value;
}
