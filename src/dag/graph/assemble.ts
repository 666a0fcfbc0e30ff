/** Turns the nodes of a finished graph into what a definition holds: plain specs, and the functions beside them. */
import { definitionError } from "../errors.ts";
import type { DagHooks, TaskHooks } from "../hooks.ts";
import type { TaskId } from "../ids.ts";
import { type GroupSpec, TASK_CALLBACKS, type TaskSpec } from "../spec.ts";
import { readWeight } from "../task-settings.ts";
import type { Upstream } from "./edges.ts";
import { countItems, itemsIn } from "./map-steps.ts";
import type { GroupNode, TaskNode } from "./nodes.ts";
import { inOrder } from "./topological-order.ts";

/** In topological order. */
export function taskSpecs(where: string, tasks: readonly TaskNode[], upstream: Upstream): readonly TaskSpec[] {
  const weights = weigh(where, tasks, upstream);
  return tasks.map((task) => {
    const weight = weights.get(task);
    const spec = taskSpec(task, inOrder(upstream.get(task)));
    return weight === undefined ? spec : { ...spec, priorityWeight: weight };
  });
}

// `isTaskId` looked at each id when its task was added.
const idOf = (node: TaskNode) => node.id as TaskId;

function taskSpec(task: TaskNode, upstream: readonly TaskNode[]): TaskSpec {
  const { hooks, mapping, lists } = task;
  const callbacks = TASK_CALLBACKS.filter((callback) => hooks.callbacks?.[callback] !== undefined);
  return {
    taskId: idOf(task),
    groupId: task.parent?.id ?? null,
    ...task.settings,
    upstream: upstream.map(idOf),
    inputs: Object.fromEntries(Object.entries(task.inputs).map(([name, source]) => [name, idOf(source)])),
    ...(mapping === null ? {} : { mapped: mapping.spec }),
    ...(lists.variants.length === 0 ? {} : { mapVariants: lists.variants.map(({ name }) => name) }),
    ...(hooks.instanceName === undefined ? {} : { hasInstanceName: true }),
    ...(hooks.retryPolicy === undefined ? {} : { hasRetryPolicy: true }),
    ...(hooks.condition === undefined ? {} : { hasCondition: true }),
    ...(callbacks.length === 0 ? {} : { callbacks }),
  };
}

export function groupSpec({ id, parent, label, mapping }: GroupNode): GroupSpec {
  return {
    groupId: id,
    parentId: parent?.id ?? null,
    label,
    ...(mapping === null ? {} : { mapped: mapping.spec }),
    ...(mapping === null || mapping.maxLength === null ? {} : { maxMapLength: mapping.maxLength }),
  };
}

/** Only of those that have any. */
export function hooksOf(tasks: readonly TaskNode[], groups: readonly GroupNode[]): Pick<DagHooks, "tasks" | "groups"> {
  const ofTasks = tasks.map((task) => [task.id, taskHooks(task)] as const);
  const ofGroups = groups.flatMap(({ id, mapping }) =>
    mapping === null ? [] : [[id, { map: mapping.values }] as const],
  );
  return {
    tasks: byId(ofTasks.filter(([, hooks]) => Object.keys(hooks).length > 0)),
    groups: byId(ofGroups),
  };
}

/** Without a prototype, so that a task called "constructor" is looked up like any other. */
export function byId<Value>(entries: readonly (readonly [string, Value])[]): Readonly<Record<string, Value>> {
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

function taskHooks(task: TaskNode): TaskHooks {
  const { own, variants } = task.lists;
  const isMappedOver = own !== null || variants.length > 0;
  const choices = Object.entries(task.choices ?? {}).map(([name, targets]) => [name, targets.map(({ id }) => id)]);
  return {
    ...task.hooks,
    ...(task.settings.decision === undefined ? {} : { decision: task.settings.decision }),
    ...(task.mapping === null ? {} : { map: task.mapping.values }),
    ...(task.choices === null ? {} : { choices: Object.fromEntries(choices) }),
    ...(isMappedOver
      ? { mappedOver: { own, variants: Object.fromEntries(variants.map((v) => [v.name, v.limit])) } }
      : {}),
    ...(variants.length === 0
      ? {}
      : {
          variants: Object.fromEntries(
            variants.map(({ name, steps }) => [name, (value: unknown) => countItems(itemsIn(value) ?? [], steps)]),
          ),
        }),
  };
}

/** The answers of custom weight rules. */
function weigh(where: string, tasks: readonly TaskNode[], upstream: Upstream): ReadonlyMap<TaskNode, number> {
  const weights = new Map<TaskNode, number>();
  if (tasks.every((task) => task.weigh === null)) return weights;
  const before = closure(tasks, (task) => [...(upstream.get(task) ?? [])]);
  const behind = new Map<TaskNode, string[]>(tasks.map((task) => [task, []]));
  for (const task of tasks) for (const source of before.get(task) ?? []) behind.get(source)?.push(task.id);
  for (const task of tasks) {
    if (task.weigh === null) continue;
    const place = `${where}, task "${task.id}"`;
    const upstreamIds = [...(before.get(task) ?? [])].map(({ id }) => id);
    const given = { taskId: task.id, priorityWeight: task.settings.priorityWeight, upstreamIds };
    try {
      weights.set(task, readWeight(place, task.weigh({ ...given, downstreamIds: behind.get(task) ?? [] })));
    } catch (error) {
      if (error instanceof Error && error.name === "DefinitionError") throw error;
      throw definitionError(place, `weightRule threw: ${error instanceof Error ? error.message : error}`);
    }
  }
  return weights;
}

/** Every task reachable from each; `tasks` are in topological order, so what is before a task is known already. */
function closure(
  tasks: readonly TaskNode[],
  next: (task: TaskNode) => readonly TaskNode[],
): ReadonlyMap<TaskNode, ReadonlySet<TaskNode>> {
  const reached = new Map<TaskNode, Set<TaskNode>>();
  for (const task of tasks) {
    const all = new Set<TaskNode>();
    for (const source of next(task)) {
      all.add(source);
      for (const further of reached.get(source) ?? []) all.add(further);
    }
    reached.set(task, all);
  }
  return reached;
}
