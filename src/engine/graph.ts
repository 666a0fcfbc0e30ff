/**
 * A DAG version compiled for the engine: task ids become places in arrays, edges become lists of places. Made once per
 * version and shared by all its runs; never changed.
 */
import type { DagSpec, TaskSpec } from "../dag/spec.ts";
import { assert } from "../lib/assert.ts";
import { LONG_TIMEOUT_MS } from "./defaults.ts";

/** Where a task's tries queue up inside the scheduler. `sequential` is `local` with one try at a time. */
export type Lane = "tasks" | "tasks-long" | "local" | "sequential";
export const LANES: readonly Lane[] = ["tasks", "tasks-long", "local", "sequential"];

export interface GraphTask {
  readonly index: number;
  readonly spec: TaskSpec;
  readonly upstream: readonly number[];
  readonly downstream: readonly number[];
  /** Airflow's `downstream` weight: its own plus that of all its descendants. */
  readonly weight: number;
  readonly lane: Lane;
}

export interface Graph {
  readonly versionNumber: number;
  readonly spec: DagSpec;
  readonly tasks: readonly GraphTask[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** Tasks without downstream: they decide the run's state. */
  readonly leaves: readonly number[];
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
  const tasks = spec.tasks.map((task, index) => ({
    index,
    spec: task,
    upstream: upstream[index] ?? [],
    downstream: downstream[index] ?? [],
    weight: weights[index] ?? task.priorityWeight,
    lane: laneOf(task),
  }));
  const leaves = tasks.filter((task) => task.downstream.length === 0).map((task) => task.index);
  return { versionNumber, spec, tasks, indexOf, leaves };
}

function laneOf(task: TaskSpec): Lane {
  if (task.executor !== "queue") return task.executor;
  if (task.queue !== null) return task.queue;
  return task.executionTimeoutMs !== null && task.executionTimeoutMs > LONG_TIMEOUT_MS ? "tasks-long" : "tasks";
}

/** Own weight plus that of every descendant, each counted once: one bit set per task, filled from the leaves up. */
function downstreamWeights(spec: DagSpec, downstream: readonly (readonly number[])[]): number[] {
  const count = spec.tasks.length;
  const words = (count + 31) >> 5;
  const sets: Uint32Array[] = [];
  const weights: number[] = new Array(count).fill(0);
  // Tasks are in topological order, so that every descendant's set exists before it is needed.
  for (let index = count - 1; index >= 0; index -= 1) {
    const set = new Uint32Array(words);
    for (const child of downstream[index] ?? []) {
      const childSet = sets[child];
      assert(childSet !== undefined, `DAG "${spec.dagId}": tasks are not in topological order`);
      for (let word = 0; word < words; word += 1) set[word] = (set[word] ?? 0) | (childSet[word] ?? 0);
      set[child >> 5] = (set[child >> 5] ?? 0) | (1 << (child & 31));
    }
    sets[index] = set;
    let weight = spec.tasks[index]?.priorityWeight ?? 1;
    for (let word = 0; word < words; word += 1) {
      let bits = set[word] ?? 0;
      while (bits !== 0) {
        const bit = 31 - Math.clz32(bits & -bits);
        weight += spec.tasks[(word << 5) + bit]?.priorityWeight ?? 1;
        bits &= bits - 1;
      }
    }
    weights[index] = weight;
  }
  return weights;
}
