/**
 * A DAG version compiled for the engine: task ids become places in arrays, edges become lists of places. Made once per
 * version and shared by all its runs; never changed.
 */
import type { DagSpec, TaskSpec } from "../dag/spec.ts";
import { assert } from "../lib/assert.ts";
import { LONG_TIMEOUT_MS } from "./defaults.ts";
import { type Relations, relationsOf } from "./relations.ts";
import { sharesElements } from "./relevance.ts";
import { weightsOf } from "./weights.ts";

/** Where a task's tries queue up inside the scheduler. `sequential` is `local` with one try at a time. */
export type Lane = "tasks" | "tasks-long" | "local" | "sequential";
export const LANES: readonly Lane[] = ["tasks", "tasks-long", "local", "sequential"];

export interface GraphTask extends Relations {
  readonly index: number;
  /** The version does not have it; a run has it from another version, and it never runs. */
  readonly isGone: boolean;
  readonly spec: TaskSpec;
  readonly upstream: readonly number[];
  readonly downstream: readonly number[];
  /** What its weight rule makes of its own priority weight. */
  readonly weight: number;
  readonly lane: Lane;
  /** Has one instance per element of something, by its own mapping or by a group's. */
  readonly isMapped: boolean;
  /** Downstream tasks whose instances ask all of this one's. */
  readonly countedDownstream: readonly number[];
  /** Tasks in the same mapped group that ask the instances of their own index, directly downstream or under this setup. */
  readonly indexedDownstream: readonly number[];
  /** Mapped tasks that learn their number of instances from this one. */
  readonly feeds: readonly number[];
  /** Other tasks that stand under this setup without following it directly. */
  readonly scopeWatchers: readonly number[];
}

export interface Graph {
  readonly versionNumber: number;
  readonly spec: DagSpec;
  readonly tasks: readonly GraphTask[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** They decide the run's state: tasks with nothing behind them but teardowns whose failure does not count. */
  readonly leaves: readonly number[];
  /** Some task looks at the run before. */
  readonly hasPast: boolean;
}

const nothingGone: ReadonlySet<string> = new Set();

export function compileGraph(spec: DagSpec, versionNumber: number, gone = nothingGone): Graph {
  const indexOf = new Map<string, number>(spec.tasks.map((task, index) => [task.taskId, index]));
  const upstream = spec.tasks.map((task) =>
    task.upstream.map((id) => {
      const index = indexOf.get(id);
      assert(index !== undefined, `DAG "${spec.dagId}" version ${versionNumber}: unknown upstream "${id}"`);
      return index;
    }),
  );
  const downstream: number[][] = spec.tasks.map(() => []);
  upstream.forEach((places, index) => {
    for (const place of places) downstream[place]?.push(index);
  });
  const weights = weightsOf(spec, { upstream, downstream });
  const relations = relationsOf(spec, { upstream, downstream }, indexOf);
  const feeds = inverse(relations, (relation) => relation.mapSources);
  const scopeWatchers = inverse(relations, (relation) => relation.scope);
  const tasks = spec.tasks.map((task, index): GraphTask => {
    const relation = relations[index] ?? noRelations;
    const after = downstream[index] ?? [];
    const watchers = scopeWatchers[index] ?? [];
    const isIndexed = (next: number) => sharesElements(relation, relations[next] ?? noRelations);
    return {
      index,
      isGone: gone.has(task.taskId),
      spec: task,
      upstream: upstream[index] ?? [],
      downstream: after,
      weight: weights[index] ?? task.priorityWeight,
      lane: laneOf(task),
      ...relation,
      isMapped: task.mapped !== undefined || relation.mapGroups.length > 0,
      countedDownstream: after.filter((next) => !isIndexed(next)),
      indexedDownstream: [...after, ...watchers].filter(isIndexed),
      feeds: feeds[index] ?? [],
      scopeWatchers: watchers.filter((next) => !isIndexed(next)),
    };
  });
  const hasPast = spec.tasks.some((task) => task.dependsOnPast === true || task.waitForDownstream === true);
  return { versionNumber, spec, tasks, indexOf, leaves: leavesOf(tasks), hasPast };
}

/** For each task, the tasks that name it. */
function inverse(relations: readonly Relations[], named: (relation: Relations) => readonly number[]): number[][] {
  const lists: number[][] = relations.map(() => []);
  relations.forEach((relation, index) => {
    for (const other of named(relation)) lists[other]?.push(index);
  });
  return lists;
}

const noRelations: Relations = {
  mapGroups: [],
  mapSources: [],
  indexed: [],
  setups: [],
  scope: [],
  deciders: [],
  isJudgedEach: false,
};

/** A teardown whose failure is not the run's. */
function isIgnorable({ spec }: GraphTask): boolean {
  return spec.isTeardown === true && spec.onFailureFailDagRun !== true;
}

function leavesOf(tasks: readonly GraphTask[]): readonly number[] {
  const ignorable = new Set(tasks.filter(isIgnorable).map((task) => task.index));
  const leaves = tasks.filter(
    (task) => !ignorable.has(task.index) && task.downstream.every((next) => ignorable.has(next)),
  );
  const deciding = leaves.length > 0 ? leaves : tasks.filter((task) => task.downstream.length === 0);
  return deciding.map((task) => task.index);
}

function laneOf(task: TaskSpec): Lane {
  if (task.executor !== "queue") return task.executor;
  if (task.queue !== null) return task.queue;
  return task.executionTimeoutMs !== null && task.executionTimeoutMs > LONG_TIMEOUT_MS ? "tasks-long" : "tasks";
}
