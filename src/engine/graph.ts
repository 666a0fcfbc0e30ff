/**
 * A DAG version compiled for the engine: task ids become places in arrays, edges become lists of places. Made once per
 * version and shared by all its runs; never changed.
 */
import type { DagSpec, TaskSpec } from "../dag/spec.ts";
import { assert } from "../lib/assert.ts";
import { LONG_TIMEOUT_MS } from "./defaults.ts";
import { type Relations, relationsOf } from "./relations.ts";

/** Where a task's tries queue up inside the scheduler. `sequential` is `local` with one try at a time. */
export type Lane = "tasks" | "tasks-long" | "local" | "sequential";
export const LANES: readonly Lane[] = ["tasks", "tasks-long", "local", "sequential"];

export interface GraphTask extends Relations {
  readonly index: number;
  readonly spec: TaskSpec;
  readonly upstream: readonly number[];
  readonly downstream: readonly number[];
  /** Airflow's `downstream` weight: its own plus that of all its descendants. */
  readonly weight: number;
  readonly lane: Lane;
  /** Has one instance per element of something, by its own mapping or by a group's. */
  readonly isMapped: boolean;
  /** Downstream tasks whose instances ask all of this one's, and those whose ask only the ones of their own index. */
  readonly countedDownstream: readonly number[];
  readonly indexedDownstream: readonly number[];
  /** Mapped tasks that learn their number of instances from this one. */
  readonly feeds: readonly number[];
  /** Tasks that stand under this setup without following it directly. */
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

export function compileGraph(spec: DagSpec, versionNumber: number): Graph {
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
  const weights = downstreamWeights(spec, downstream);
  const relations = relationsOf(spec, { upstream, downstream }, indexOf);
  const feeds = inverse(relations, (relation) => relation.mapSources);
  const scopeWatchers = inverse(relations, (relation) => relation.scope);
  const tasks = spec.tasks.map((task, index): GraphTask => {
    const relation = relations[index] ?? noRelations;
    const after = downstream[index] ?? [];
    return {
      index,
      spec: task,
      upstream: upstream[index] ?? [],
      downstream: after,
      weight: weights[index] ?? task.priorityWeight,
      lane: laneOf(task),
      ...relation,
      isMapped: task.mapped !== undefined || relation.mapGroups.length > 0,
      countedDownstream: after.filter((next) => !relations[next]?.indexed.includes(index)),
      indexedDownstream: after.filter((next) => relations[next]?.indexed.includes(index)),
      feeds: feeds[index] ?? [],
      scopeWatchers: scopeWatchers[index] ?? [],
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

const noRelations: Relations = { mapGroups: [], mapSources: [], indexed: [], setups: [], scope: [], deciders: [] };

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

/**
 * Own weight plus that of every descendant, each counted once. A task with one downstream task has that one's weight and
 * its own; only a task with several needs the set of its descendants, one bit each, to count none twice.
 */
function downstreamWeights(spec: DagSpec, downstream: readonly (readonly number[])[]): number[] {
  const own = spec.tasks.map((task) => task.priorityWeight);
  const weights = [...own];
  const sets: (Uint32Array | undefined)[] = [];
  // Tasks are in topological order, so that all of a task's descendants are known before it.
  for (let index = own.length - 1; index >= 0; index -= 1) {
    const children = downstream[index] ?? [];
    const [child] = children;
    assert(
      children.every((place) => place > index),
      `DAG "${spec.dagId}": tasks are not in topological order`,
    );
    if (child === undefined) continue;
    if (children.length === 1) {
      weights[index] = (own[index] ?? 0) + (weights[child] ?? 0);
      continue;
    }
    const set = descendants(children, downstream, sets);
    sets[index] = set;
    weights[index] = (own[index] ?? 0) + weightOf(set, own);
  }
  return weights;
}

/** The children and all below them; `sets` holds the descendants of every task below with several children. */
function descendants(
  children: readonly number[],
  downstream: readonly (readonly number[])[],
  sets: readonly (Uint32Array | undefined)[],
): Uint32Array {
  const set = new Uint32Array((downstream.length + 31) >> 5);
  for (let place of children) {
    for (;;) {
      const word = place >> 5;
      const bit = 1 << (place & 31);
      // Whoever set the bit also set those of all below.
      if (((set[word] ?? 0) & bit) !== 0) break;
      set[word] = (set[word] ?? 0) | bit;
      const below = sets[place];
      if (below !== undefined) for (let at = 0; at < set.length; at += 1) set[at] = (set[at] ?? 0) | (below[at] ?? 0);
      const next = below === undefined ? downstream[place]?.[0] : undefined;
      if (next === undefined) break;
      place = next;
    }
  }
  return set;
}

function weightOf(set: Uint32Array, own: readonly number[]): number {
  let weight = 0;
  set.forEach((word, at) => {
    for (let bits = word; bits !== 0; bits &= bits - 1) {
      weight += own[(at << 5) + 31 - Math.clz32(bits & -bits)] ?? 0;
    }
  });
  return weight;
}
