/**
 * Collects what the function of `dag()` adds. It is open only while that function runs: what is added later would be lost,
 * so it is refused.
 */
import type { TaskFunction } from "../context.ts";
import { definitionError } from "../errors.ts";
import { isTaskId } from "../ids.ts";
import { notedItems } from "../mapping.ts";
import type { DagScope, Endpoint, Endpoints, Group, GroupOptions, Task, TaskDefaults, TaskHandle } from "../task.ts";
import { type AnyTaskOptions, checkDefaults, checkNames, readTaskSettings } from "../task-settings.ts";
import { Handles } from "./handles.ts";
import type { Edge, GroupNode, Mapping, Node, TaskNode } from "./nodes.ts";
import { readTaskHooks } from "./read-hooks.ts";
import {
  mappedNames,
  type Place,
  readChoices,
  readGroupMapping,
  readInputs,
  readSetups,
  readTaskMapping,
} from "./read-inputs.ts";
import { callName, type KindOptions, kindSettings, optionNames, type TaskKind } from "./task-kinds.ts";

const idRule = "1 to 250 letters, digits, _, . and -";
const groupIdPattern = /^[A-Za-z0-9_-]{1,250}$/;
const groupOptionNames = ["label", "defaults"];

type Options = AnyTaskOptions & KindOptions;

export class DagBuilder {
  readonly tasks: TaskNode[] = [];
  readonly groups: GroupNode[] = [];
  readonly edges: Edge[] = [];
  readonly #dagId: string;
  readonly #defaults: TaskDefaults;
  readonly #zone: string;
  readonly #handles: Handles;
  readonly #ids = new Map<string, Node["type"]>();
  #group: GroupNode | null = null;
  #isOpen = true;

  /** `zone` is where dates without an offset are read. */
  constructor(dagId: string, defaults: TaskDefaults, zone: string) {
    this.#dagId = dagId;
    this.#defaults = defaults;
    this.#zone = zone;
    this.#handles = new Handles(dagId);
  }

  /** Runs the author's function with the tools that fill this DAG. */
  fill<Params>(define: (scope: DagScope<Params>) => void): void {
    const add =
      (kind: TaskKind) =>
      (id: string, ...rest: readonly unknown[]) =>
        this.#addTask(kind, id, rest);
    const scope = {
      task: Object.assign(add("task"), {
        map: add("map"),
        each: add("each"),
        branch: add("branch"),
        shortCircuit: add("shortCircuit"),
        latestOnly: add("latestOnly"),
        setup: add("setup"),
        teardown: add("teardown"),
      }),
      group: Object.assign((id: string, ...rest: readonly unknown[]) => this.#addGroup(id, rest), {
        map: (id: string, ...rest: readonly unknown[]) => this.#addMappedGroup(id, rest),
      }),
      chain: (...links: readonly Endpoints[]) => this.#chain(links),
      // The types say more than values can: outputs and inputs exist for the compiler alone.
    } as unknown as DagScope<Params>;
    const result: unknown = define(scope);
    this.#isOpen = false;
    this.#refusePromise(this.#where(), result);
  }

  #addTask(kind: TaskKind, localId: string, rest: readonly unknown[]): TaskHandle {
    const [own, body] = splitArguments(kind, rest);
    const id = this.#newId("task", localId);
    const where = this.#where(`task "${id}"`);
    checkNames(where, own, optionNames(kind));
    if (typeof body !== "function") {
      throw definitionError(where, `expected a function as the last argument of ${callName(kind)}`);
    }
    const options: Options = Object.assign({}, ...this.#defaultsAround(), own);
    const read = this.#readTask(where, kind, options);
    const task: TaskNode = { ...read, type: "task", id, place: this.tasks.length, body: body as TaskFunction };
    this.tasks.push(task);
    for (const source of [...Object.values(task.inputs), ...(task.mapping?.sources ?? [])]) {
      this.edges.push({ from: source, to: task });
    }
    for (const target of Object.values(task.choices ?? {}).flat()) this.edges.push({ from: task, to: target });
    const isMapped = task.mapping !== null;
    const handle = this.#addHandle(task, { taskId: id, isMapped }) as unknown as Task<unknown>;
    if (options.after !== undefined) handle.after(options.after);
    if (options.before !== undefined) handle.before(options.before);
    if (kind === "teardown") this.#wrapAround(where, task, options);
    return handle;
  }

  #readTask(where: string, kind: TaskKind, options: Options): Omit<TaskNode, "type" | "id" | "place" | "body"> {
    const place = this.#place(where);
    const inputs = readInputs(place, options.inputs ?? {});
    const { weightRule } = options;
    const hasGroupInputs = Object.keys(inputs.ofGroup).length > 0;
    return {
      parent: this.#group,
      settings: {
        ...readTaskSettings(where, withoutRule(kind, options), this.#zone),
        ...kindSettings(where, kind, options),
        ...(options.maxMapLength === undefined ? {} : { maxMapLength: options.maxMapLength }),
      },
      hooks: { ...readTaskHooks(where, options), ...(hasGroupInputs ? { groupInputs: inputs.ofGroup } : {}) },
      inputs: inputs.tasks,
      mapping: kind === "map" || kind === "each" ? readTaskMapping(place, kind, options) : null,
      weigh: typeof weightRule === "function" ? weightRule : null,
      choices: options.choices === undefined ? null : readChoices(place, options.choices),
      lists: { own: null, variants: [] },
    };
  }

  /** setups → work → teardown, and setups → teardown. */
  #wrapAround(where: string, teardown: TaskNode, options: Options): void {
    const setups = readSetups(this.#place(where), options.setups);
    for (const setup of setups) this.edges.push({ from: setup, to: teardown });
    for (const handle of [options.around ?? []].flat()) {
      const work = this.#handles.nodeOf(where, "around", handle);
      for (const setup of setups) this.edges.push({ from: setup, to: work });
      this.edges.push({ from: work, to: teardown });
    }
  }

  #addGroup(localId: string, rest: readonly unknown[]): Group<unknown> {
    const [options, fill] = (rest.length < 2 ? [{}, rest[0]] : rest) as [GroupOptions, () => unknown];
    const { id, where } = this.#newGroup(localId, options, groupOptionNames);
    if (typeof fill !== "function") throw definitionError(where, "expected a function as the last argument of group()");
    return this.#fillGroup(where, this.#groupNode(id, localId, options, null), fill, (result) => result);
  }

  #addMappedGroup(localId: string, rest: readonly unknown[]): Group<unknown> {
    const [options, fill] = rest as [GroupOptions & KindOptions, (inputs: unknown) => unknown];
    const { id, where } = this.#newGroup(localId, options, [...groupOptionNames, "over", "maxMapLength"]);
    if (typeof fill !== "function") {
      throw definitionError(where, "expected options and a function as the arguments of group.map()");
    }
    const mapping = readGroupMapping(this.#place(where), options);
    const group = this.#groupNode(id, localId, options, mapping);
    const named = (name: string) => [name, this.#handles.newGroupInput({ group, name })];
    const inputs = Object.fromEntries(mappedNames(mapping).map(named));
    const handle = this.#fillGroup(
      where,
      group,
      () => fill(inputs),
      (result) => this.#fromOutside(result),
    );
    for (const source of mapping.sources) this.edges.push({ from: source, to: group });
    return handle;
  }

  #newGroup(
    localId: string,
    options: object,
    names: readonly string[],
  ): { readonly id: string; readonly where: string } {
    if (!groupIdPattern.test(localId)) {
      const fix = "it must be 1 to 250 letters, digits, _ and - (a dot parts it from the ids inside)";
      throw definitionError(this.#where(`group ${JSON.stringify(localId)}`), `bad id: ${fix}`);
    }
    const id = this.#newId("group", localId);
    const where = this.#where(`group "${id}"`);
    if (typeof options !== "function") checkNames(where, options, names);
    return { id, where };
  }

  #groupNode(id: string, localId: string, options: GroupOptions, mapping: Mapping | null): GroupNode {
    const defaults = options.defaults ?? {};
    checkDefaults(this.#where(`group "${id}"`), defaults, this.#zone);
    const node: GroupNode = {
      type: "group",
      id,
      label: options.label ?? localId,
      parent: this.#group,
      defaults,
      mapping,
    };
    this.groups.push(node);
    return node;
  }

  #fillGroup(
    where: string,
    node: GroupNode,
    fill: () => unknown,
    present: (result: unknown) => unknown,
  ): Group<unknown> {
    this.#group = node;
    const result = fill();
    this.#group = node.parent;
    this.#refusePromise(where, result);
    return this.#addHandle(node, { groupId: node.id, result: present(result) }) as unknown as Group<unknown>;
  }

  /** Handles that stand for the results of all instances, in the place of those that were good inside of the group. */
  #fromOutside(result: unknown): unknown {
    const node = this.#handles.find(result);
    if (node?.type === "task") {
      const handle = this.#addHandle(node, { taskId: node.id, isMapped: true });
      this.#handles.addOutside(handle, node);
      return handle;
    }
    if (node?.type === "group") {
      const { result: inner } = result as Group<unknown>;
      return this.#addHandle(node, { groupId: node.id, result: this.#fromOutside(inner) });
    }
    const isOurs = this.#handles.isKnown(result) || notedItems(result) !== undefined;
    if (isOurs || typeof result !== "object" || result === null) return result;
    if (Array.isArray(result)) return result.map((each) => this.#fromOutside(each));
    if (Object.getPrototypeOf(result) !== Object.prototype) return result;
    return Object.fromEntries(Object.entries(result).map(([key, each]) => [key, this.#fromOutside(each)]));
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
    this.#handles.add(handle, node);
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
    return endpoints.map((endpoint) => this.#handles.nodeOf(where, "an edge", endpoint));
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

  #place(where: string): Place {
    return { where, handles: this.#handles, group: this.#group };
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

/** The function of `latestOnly()` is ours, and the decision the executor's. */
function splitArguments(kind: TaskKind, rest: readonly unknown[]): readonly [object, unknown] {
  if (kind === "latestOnly") return [(rest[0] ?? {}) as object, () => undefined];
  return rest.length < 2 ? [{}, rest[0]] : [rest[0] as object, rest[1]];
}

function withoutRule(kind: TaskKind, options: Options): AnyTaskOptions {
  if (kind !== "teardown") return options;
  const { triggerRule: _, ...rest } = options;
  return rest;
}

function isList(endpoints: Endpoints): endpoints is readonly Endpoint[] {
  return Array.isArray(endpoints);
}
