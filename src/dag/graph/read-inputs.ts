/** Reads what a task or a group receives: inputs, what it is mapped over, and what a branch chooses among. */
import { CONTEXT_KEYS } from "../context.ts";
import { definitionError } from "../errors.ts";
import type { Handles } from "./handles.ts";
import { MapReader } from "./map-sources.ts";
import { type GroupNode, type Mapping, mappedGroupAround, type Node, type TaskNode } from "./nodes.ts";
import type { KindOptions } from "./task-kinds.ts";

const inputPattern = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/** Where in the DAG something is read. */
export interface Place {
  readonly where: string;
  readonly handles: Handles;
  /** The group that it stands in. */
  readonly group: GroupNode | null;
}

export interface ReadInputs {
  readonly tasks: Readonly<Record<string, TaskNode>>;
  /** Inputs of the mapped group around: parameter name → which. */
  readonly ofGroup: Readonly<Record<string, { readonly groupId: string; readonly name: string }>>;
}

export function readInputs(place: Place, inputs: Readonly<Record<string, unknown>>): ReadInputs {
  const { where, handles } = place;
  const tasks: Record<string, TaskNode> = {};
  const ofGroup: Record<string, { readonly groupId: string; readonly name: string }> = {};
  for (const [name, handle] of Object.entries(inputs)) {
    checkInputName(where, name);
    const ofMapped = handles.groupInput(handle);
    if (ofMapped !== undefined) {
      const { group } = ofMapped;
      if (mappedGroupAround(place.group) !== group) {
        throw definitionError(
          where,
          `input "${name}" is of the mapped group "${group.id}": use it inside of the group`,
        );
      }
      ofGroup[name] = { groupId: group.id, name: ofMapped.name };
      continue;
    }
    const node = handles.nodeOf(where, `input "${name}"`, handle);
    if (node.type === "group") {
      throw definitionError(where, `input "${name}" is a group: name one of its tasks, or put it under "after"`);
    }
    refuseFromInside(place, `input "${name}"`, handle, node);
    tasks[name] = node;
  }
  return { tasks, ofGroup };
}

export function readTaskMapping(
  place: Place,
  kind: "map" | "each",
  options: KindOptions & { readonly inputs?: object },
): Mapping {
  const around = mappedGroupAround(place.group);
  if (around !== null) {
    throw definitionError(
      place.where,
      `a task inside the mapped group "${around.id}" cannot be mapped again: use task(), or move it out of the group`,
    );
  }
  const reader = mapReader(place, options.maxMapLength);
  const mapping = kind === "map" ? reader.product(options.over) : reader.each(options.over);
  for (const name of mappedNames(mapping)) {
    checkInputName(place.where, name);
    if (Object.hasOwn(options.inputs ?? {}, name)) {
      throw definitionError(place.where, `"${name}" is mapped over and an input too: rename one of them`);
    }
  }
  return mapping;
}

export function readGroupMapping(place: Place, options: KindOptions): Mapping {
  const around = mappedGroupAround(place.group);
  if (around !== null) {
    const fix = "put them side by side, or map over all combinations at once";
    throw definitionError(place.where, `a mapped group cannot stand in the mapped group "${around.id}": ${fix}`);
  }
  const mapping = mapReader(place, options.maxMapLength).product(options.over);
  for (const name of mappedNames(mapping)) checkInputName(place.where, name);
  return mapping;
}

export function mappedNames({ values }: Mapping): readonly string[] {
  return values.type === "product" ? values.inputs.map(({ name }) => name) : [];
}

export function readChoices({ where, handles }: Place, choices: unknown): Readonly<Record<string, readonly Node[]>> {
  if (typeof choices !== "object" || choices === null || Object.keys(choices).length === 0) {
    throw definitionError(where, "choices must be an object of at least one name and its tasks");
  }
  const entries: readonly [string, unknown][] = Object.entries(choices);
  return Object.fromEntries(
    entries.map(([name, targets]) => [
      name,
      [targets].flat().map((target) => handles.nodeOf(where, `choice "${name}"`, target)),
    ]),
  );
}

export function readSetups({ where, handles }: Place, given: unknown): readonly TaskNode[] {
  return [given ?? []].flat().map((handle) => {
    const setup = handles.nodeOf(where, "a setup", handle);
    if (setup.type === "task" && setup.settings.isSetup === true) return setup;
    throw definitionError(where, `${setup.type} "${setup.id}" among setups is none: make it with task.setup()`);
  });
}

function mapReader(place: Place, maxLength: number | undefined): MapReader {
  const { where, handles } = place;
  return new MapReader(where, maxLength, (what, value) => {
    if (!handles.isKnown(value)) return null;
    const node = handles.nodeOf(where, what, value);
    if (node.type === "group") throw definitionError(where, `${what} is a group: map over one of its tasks`);
    refuseFromInside(place, what, value, node);
    return node;
  });
}

function checkInputName(where: string, name: string): void {
  if (!inputPattern.test(name) || name === "__proto__") {
    throw definitionError(where, `input "${name}" must be named like a variable`);
  }
  if ((CONTEXT_KEYS as readonly string[]).includes(name)) {
    throw definitionError(where, `input "${name}" has the name of a part of the context: rename it`);
  }
}

/** Outside of its mapped group a task has many results, and the handle that its group's function had is typed for one. */
function refuseFromInside(place: Place, what: string, handle: unknown, node: TaskNode): void {
  const group = mappedGroupAround(node.parent);
  if (group === null || place.handles.isOutside(handle) || mappedGroupAround(place.group) === group) return;
  throw definitionError(
    place.where,
    `${what} is "${node.id}" as the mapped group "${group.id}" has it inside: return it from the group's function, and use the group's result`,
  );
}
