/**
 * Collects what the function of `dag()` adds. It is open only while that function runs: what is added later would be lost,
 * so it is refused.
 */
import { CONTEXT_KEYS, type TaskFunction } from "../context.ts";
import { definitionError } from "../errors.ts";
import { isTaskId } from "../ids.ts";
import type { DagScope, Endpoint, Endpoints, Group, GroupOptions, Task, TaskDefaults } from "../task.ts";
import {
  type AnyTaskOptions,
  checkDefaults,
  checkNames,
  readTaskSettings,
  TASK_OPTION_NAMES,
} from "../task-settings.ts";
import type { Edge, GroupNode, Node, TaskNode } from "./nodes.ts";

const idRule = "1 to 250 letters, digits, _, . and -";
const groupIdPattern = /^[A-Za-z0-9_-]{1,250}$/;
const inputPattern = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/** Which DAG made a handle, to say so when it turns up in another one. */
const dagOfHandle = new WeakMap<object, string>();

export class DagBuilder {
  readonly tasks: TaskNode[] = [];
  readonly groups: GroupNode[] = [];
  readonly edges: Edge[] = [];
  readonly #dagId: string;
  readonly #defaults: TaskDefaults;
  readonly #nodes = new Map<unknown, Node>();
  readonly #ids = new Map<string, Node["type"]>();
  #group: GroupNode | null = null;
  #isOpen = true;

  constructor(dagId: string, defaults: TaskDefaults) {
    this.#dagId = dagId;
    this.#defaults = defaults;
  }

  /** Runs the author's function with the tools that fill this DAG. */
  fill<Params>(define: (scope: DagScope<Params>) => void): void {
    const scope = {
      task: (id: string, ...rest: readonly unknown[]) => this.#addTask(id, rest),
      group: (id: string, ...rest: readonly unknown[]) => this.#addGroup(id, rest),
      chain: (...links: readonly Endpoints[]) => this.#chain(links),
      // The types say more than values can: outputs and inputs exist for the compiler alone.
    } as DagScope<Params>;
    const result: unknown = define(scope);
    this.#isOpen = false;
    this.#refusePromise(this.#where(), result);
  }

  #addTask(localId: string, rest: readonly unknown[]): Task<unknown> {
    const [options, body] = (rest.length < 2 ? [{}, rest[0]] : rest) as [AnyTaskOptions, TaskFunction];
    const id = this.#newId("task", localId);
    const where = this.#where(`task "${id}"`);
    checkNames(where, options, TASK_OPTION_NAMES);
    if (typeof body !== "function") throw definitionError(where, "expected a function as the last argument of task()");
    const node: TaskNode = {
      type: "task",
      id,
      parent: this.#group,
      place: this.tasks.length,
      settings: readTaskSettings(where, options, this.#defaultsAround()),
      inputs: this.#readInputs(where, options.inputs ?? {}),
      body,
    };
    this.tasks.push(node);
    for (const source of Object.values(node.inputs)) this.edges.push({ from: source, to: node });
    const handle = this.#addHandle(node, { taskId: id }) as unknown as Task<unknown>;
    if (options.after !== undefined) handle.after(options.after);
    if (options.before !== undefined) handle.before(options.before);
    return handle;
  }

  #addGroup(localId: string, rest: readonly unknown[]): Group<unknown> {
    const [options, fill] = (rest.length < 2 ? [{}, rest[0]] : rest) as [GroupOptions, () => unknown];
    if (!groupIdPattern.test(localId)) {
      const fix = "it must be 1 to 250 letters, digits, _ and - (a dot parts it from the ids inside)";
      throw definitionError(this.#where(`group ${JSON.stringify(localId)}`), `bad id: ${fix}`);
    }
    const id = this.#newId("group", localId);
    const where = this.#where(`group "${id}"`);
    if (typeof fill !== "function") throw definitionError(where, "expected a function as the last argument of group()");
    checkNames(where, options, ["label", "defaults"]);
    checkDefaults(where, options.defaults ?? {});
    const label = options.label ?? localId;
    const node: GroupNode = { type: "group", id, label, parent: this.#group, defaults: options.defaults ?? {} };
    this.groups.push(node);
    this.#group = node;
    const result = fill();
    this.#group = node.parent;
    this.#refusePromise(where, result);
    return this.#addHandle(node, { groupId: id, result }) as unknown as Group<unknown>;
  }

  #addHandle(node: Node, properties: object): object {
    const handle = {
      ...properties,
      after: (...upstream: readonly Endpoints[]) => {
        for (const from of this.#readEndpoints(node, upstream.flat())) this.edges.push({ from, to: node });
        return handle;
      },
      before: (...downstream: readonly Endpoints[]) => {
        for (const to of this.#readEndpoints(node, downstream.flat())) this.edges.push({ from: node, to });
        return handle;
      },
    };
    this.#nodes.set(handle, node);
    dagOfHandle.set(handle, this.#dagId);
    return handle;
  }

  #chain(links: readonly Endpoints[]): void {
    for (const [index, right] of links.entries()) {
      const left = links[index - 1];
      if (left === undefined) continue;
      if (!isList(left) || !isList(right)) {
        for (const source of [left].flat()) this.#connect(source, [right].flat());
      } else if (left.length === right.length) {
        for (const [place, source] of left.entries()) this.#connect(source, right.slice(place, place + 1));
      } else {
        const sizes = `links ${index} and ${index + 1} are lists of ${left.length} and ${right.length}`;
        const fix = "give them one length, or join each with all by .after([…])";
        throw definitionError(this.#where("chain()"), `${sizes}: ${fix}`);
      }
    }
  }

  #connect(left: Endpoint, right: readonly Endpoint[]): void {
    const [from] = this.#readEndpoints("chain()", [left]);
    if (from === undefined) return;
    for (const to of this.#readEndpoints("chain()", right)) this.edges.push({ from, to });
  }

  #readEndpoints(at: Node | string, endpoints: readonly unknown[]): readonly Node[] {
    const where = this.#where(typeof at === "string" ? at : `${at.type} "${at.id}"`);
    this.#refuseIfClosed(where);
    return endpoints.map((endpoint) => this.#nodeOf(where, "an edge", endpoint));
  }

  #readInputs(where: string, inputs: Readonly<Record<string, unknown>>): Readonly<Record<string, TaskNode>> {
    const read: Record<string, TaskNode> = {};
    for (const [name, handle] of Object.entries(inputs)) {
      if (!inputPattern.test(name) || name === "__proto__") {
        throw definitionError(where, `input "${name}" must be named like a variable`);
      }
      if ((CONTEXT_KEYS as readonly string[]).includes(name)) {
        throw definitionError(where, `input "${name}" has the name of a part of the context: rename it`);
      }
      const node = this.#nodeOf(where, `input "${name}"`, handle);
      if (node.type === "group") {
        throw definitionError(where, `input "${name}" is a group: name one of its tasks, or put it under "after"`);
      }
      read[name] = node;
    }
    return read;
  }

  #nodeOf(where: string, what: string, handle: unknown): Node {
    const node = this.#nodes.get(handle);
    if (node !== undefined) return node;
    const other = typeof handle === "object" && handle !== null ? dagOfHandle.get(handle) : undefined;
    if (other === undefined) {
      const fix = "expected what task() or group() returned";
      throw definitionError(where, `${what} is not a task: ${fix}, got ${describe(handle)}`);
    }
    const id = JSON.stringify((handle as Partial<Task<unknown>>).taskId ?? (handle as Partial<Group<unknown>>).groupId);
    throw definitionError(where, `${what} is ${id} of the DAG "${other}": a DAG can only connect its own tasks`);
  }

  #newId(type: Node["type"], localId: string): string {
    const id = this.#group === null ? localId : `${this.#group.id}.${localId}`;
    const where = this.#where(`${type} ${JSON.stringify(id)}`);
    this.#refuseIfClosed(where);
    if (typeof localId !== "string" || localId === "" || !isTaskId(id)) {
      throw definitionError(where, `bad id: it must be ${idRule}, with the ids of its groups in front`);
    }
    const taken = this.#ids.get(id);
    if (taken !== undefined) throw definitionError(where, `the id is taken by another ${taken}: rename one of them`);
    this.#ids.set(id, type);
    return id;
  }

  #defaultsAround(): readonly TaskDefaults[] {
    const layers: TaskDefaults[] = [];
    for (let group = this.#group; group !== null; group = group.parent) layers.unshift(group.defaults);
    return [this.#defaults, ...layers];
  }

  #refuseIfClosed(where: string): void {
    if (!this.#isOpen) throw definitionError(where, "added after the DAG was complete: add it while dag() runs");
  }

  #refusePromise(where: string, result: unknown): void {
    if (!(result instanceof Promise)) return;
    // The definition is refused, so nobody waits for the rest of it; its own failure would only hide the reason.
    result.catch(() => {});
    throw definitionError(
      where,
      "the function that adds tasks is asynchronous: remove async, and load inside of tasks",
    );
  }

  #where(place?: string): string {
    return place === undefined ? `DAG "${this.#dagId}"` : `DAG "${this.#dagId}", ${place}`;
  }
}

function isList(endpoints: Endpoints): endpoints is readonly Endpoint[] {
  return Array.isArray(endpoints);
}

function describe(value: unknown): string {
  return value === null ? "null" : typeof value;
}
