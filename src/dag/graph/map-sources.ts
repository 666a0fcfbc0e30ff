/**
 * Reads what a task or a group is mapped over into two forms: lengths for the engine (`MapSpec`) and values for the executor
 * (`MapValues`). A task that is mapped over learns of it here, because its own try reports the lengths.
 */
import { CONTEXT_KEYS } from "../context.ts";
import { DEFAULT_MAX_MAP_LENGTH } from "../defaults.ts";
import { definitionError } from "../errors.ts";
import type { MapStep, ValueSource } from "../hooks.ts";
import type { TaskId } from "../ids.ts";
import { type NotedItems, notedItems } from "../mapping.ts";
import type { MapSource } from "../spec.ts";
import { wholeNumber } from "../task-settings.ts";
import { hasFilter, itemsIn, stepItem } from "./map-steps.ts";
import { hasInstances, type Mapping, type TaskNode } from "./nodes.ts";

/** Far more than fit in the memory of a scheduler; a slip, and not a wish. */
const MAX_INSTANCES = 1_000_000;

interface ReadSource {
  readonly spec: MapSource;
  readonly values: ValueSource;
  readonly tasks: readonly TaskNode[];
}

export class MapReader {
  readonly #where: string;
  readonly #maxLength: number | null;
  /** The task behind a handle, or `null` for what is no handle at all. */
  readonly #taskOf: (what: string, value: unknown) => TaskNode | null;

  constructor(where: string, maxLength: number | undefined, taskOf: (what: string, value: unknown) => TaskNode | null) {
    this.#where = where;
    this.#taskOf = taskOf;
    const bounds = { least: 1, most: MAX_INSTANCES };
    this.#maxLength = maxLength === undefined ? null : wholeNumber(where, "maxMapLength", maxLength, bounds);
  }

  product(over: unknown): Mapping {
    const isNamed = typeof over === "object" && over !== null && !Array.isArray(over);
    const entries = isNamed ? Object.entries(over) : [];
    if (entries.length === 0) {
      throw definitionError(this.#where, 'nothing to map over: write "over: { name: list }" among its options');
    }
    const read = entries.map(([name, source]) => ({ name, ...this.#source(`"${name}" of over`, source) }));
    const most = read.reduce((product, { spec }) => product * (spec.type === "literal" ? spec.length : 1), 1);
    if (most > MAX_INSTANCES) {
      throw definitionError(this.#where, `over makes ${most} combinations, and at most ${MAX_INSTANCES} can run`);
    }
    return {
      spec: { type: "product", inputs: read.map(({ name, spec }) => ({ name, source: spec })) },
      values: { type: "product", inputs: read.map(({ name, values }) => ({ name, source: values })) },
      sources: [...new Set(read.flatMap(({ tasks }) => tasks))],
      maxLength: this.#maxLength,
    };
  }

  each(over: unknown): Mapping {
    const { spec, values, tasks } = this.#source("over", over);
    if (values.type === "literal") this.#checkObjects(values.items);
    return {
      spec: { type: "each", source: spec },
      values: { type: "each", source: values },
      sources: [...new Set(tasks)],
      maxLength: this.#maxLength,
    };
  }

  #checkObjects(items: readonly unknown[]): void {
    for (const [index, item] of items.entries()) {
      const problem = problemOfItem(item);
      if (problem !== null) throw definitionError(this.#where, `item ${index} of over ${problem}`);
    }
  }

  #source(what: string, value: unknown): ReadSource {
    const noted = notedItems(value);
    if (noted !== undefined) return this.#noted(what, noted);
    const task = this.#taskOf(what, value);
    return task === null ? this.#literal(what, value, []) : this.#ofTask(what, task, []);
  }

  #noted(what: string, noted: NotedItems): ReadSource {
    if (noted.type === "of") return this.#stepped(what, noted);
    if (!Array.isArray(noted.sources) || noted.sources.length === 0) {
      throw definitionError(this.#where, `${what}: ${noted.type}() wants a list of at least one list`);
    }
    const read = noted.sources.map((source, index) =>
      this.#source(`list ${index + 1} in ${noted.type}() of ${what}`, source),
    );
    const specs = read.map(({ spec }) => spec);
    const sources = read.map(({ values }) => values);
    const tasks = read.flatMap((source) => source.tasks);
    const isFilled = noted.type === "zip" && noted.fill !== undefined;
    const made: ReadSource =
      noted.type === "concat"
        ? { spec: { type: "concat", sources: specs }, values: { type: "concat", sources }, tasks }
        : {
            spec: { type: "zip", sources: specs, ...(isFilled ? { isFilled } : {}) },
            values: { type: "zip", sources, ...(noted.fill === undefined ? {} : { fill: noted.fill }) },
            tasks,
          };
    return this.#withSteps(what, made, noted.steps);
  }

  #stepped(what: string, { source, steps }: Extract<NotedItems, { type: "of" }>): ReadSource {
    const inner = notedItems(source);
    if (inner !== undefined) return this.#withSteps(what, this.#noted(what, inner), steps);
    const task = this.#taskOf(what, source);
    return task === null ? this.#literal(what, source, steps) : this.#ofTask(what, task, steps);
  }

  /** Of several lists together no single try knows the length that a filter would leave. */
  #withSteps(what: string, made: ReadSource, steps: readonly MapStep[]): ReadSource {
    if (steps.length === 0) return made;
    if (hasFilter(steps)) {
      throw definitionError(
        this.#where,
        `${what}: a list made of others cannot be filtered, filter each with itemsOf() first`,
      );
    }
    return { ...made, values: { type: "steps", source: made.values, steps } };
  }

  #ofTask(what: string, task: TaskNode, steps: readonly MapStep[]): ReadSource {
    const taskId = task.id as TaskId;
    const values: ValueSource = { type: "xcom", taskId, steps };
    const limit = this.#maxLength ?? DEFAULT_MAX_MAP_LENGTH;
    if (!hasFilter(steps)) {
      // Of a mapped task each result is an item, and may be anything.
      if (!hasInstances(task)) task.lists.own = Math.min(task.lists.own ?? limit, limit);
      return { spec: { type: "xcom", taskId }, values, tasks: [task] };
    }
    if (hasInstances(task)) {
      throw definitionError(
        this.#where,
        `${what}: the results of "${task.id}" cannot be filtered, since no single try of a mapped task has them all: ` +
          "filter in a plain task between, or throw Skip in itemsOf().map()",
      );
    }
    const variant = this.#variantOf(task, steps, limit);
    return { spec: { type: "xcom", taskId, variant }, values, tasks: [task] };
  }

  #variantOf(task: TaskNode, steps: readonly MapStep[], limit: number): string {
    const { variants } = task.lists;
    const known = variants.find((variant) => variant.steps === steps);
    if (known !== undefined) {
      known.limit = Math.min(known.limit, limit);
      return known.name;
    }
    const name = `filter_${variants.length + 1}`;
    variants.push({ name, steps, limit });
    return name;
  }

  /** A filter of a list in the file leaves out at once; changes wait, since they may throw `Skip`. */
  #literal(what: string, value: unknown, steps: readonly MapStep[]): ReadSource {
    const all = isListOrRecord(value) ? itemsIn(value) : null;
    if (all === null) {
      throw definitionError(
        this.#where,
        `${what} must be a list, an object, a task, or made by itemsOf(), zip() or concat(), got ${describe(value)}`,
      );
    }
    const items = all.filter((item) => this.#keeps(what, item, steps));
    const limit = this.#maxLength ?? DEFAULT_MAX_MAP_LENGTH;
    if (items.length > limit) {
      throw definitionError(
        this.#where,
        `${what} has ${items.length} items, and maxMapLength is ${limit}: set it higher, or map over less`,
      );
    }
    const changes = steps.filter(({ type }) => type === "map");
    const literal: ValueSource = { type: "literal", items };
    const values: ValueSource = changes.length === 0 ? literal : { type: "steps", source: literal, steps: changes };
    return { spec: { type: "literal", length: items.length }, values, tasks: [] };
  }

  #keeps(what: string, item: unknown, steps: readonly MapStep[]): boolean {
    if (!hasFilter(steps)) return true;
    try {
      return stepItem(item, steps) !== null;
    } catch (error) {
      throw definitionError(
        this.#where,
        `${what}: its filter threw: ${error instanceof Error ? error.message : error}`,
      );
    }
  }
}

/** Why the properties of an item cannot be inputs; the executor says the same of items it learns at run time. */
export function problemOfItem(item: unknown): string | null {
  if (typeof item !== "object" || item === null || Array.isArray(item)) {
    const found = item === null ? "null" : Array.isArray(item) ? "a list" : `a ${typeof item}`;
    return `must be an object, whose properties become the inputs, and is ${found}`;
  }
  const reserved = Object.keys(item).find((name) => (CONTEXT_KEYS as readonly string[]).includes(name));
  return reserved === undefined ? null : `has a property "${reserved}" like a part of the context: rename it`;
}

function isListOrRecord(value: unknown): boolean {
  if (Array.isArray(value)) return true;
  if (typeof value !== "object" || value === null || "isGroupInput" in value) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "object" && "isGroupInput" in value) return "an input of a mapped group";
  return typeof value === "object" ? `a ${value.constructor.name}` : typeof value;
}
