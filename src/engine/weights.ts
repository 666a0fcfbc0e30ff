/**
 * The weight by which tasks are ordered when not all can start, by Airflow's rules: a task's own, or its own and that of
 * all tasks behind it, or of all before it, each counted once. A custom rule was evaluated when the DAG was loaded, and is
 * `absolute` here.
 */
import type { DagSpec } from "../dag/spec.ts";
import { assert } from "../lib/assert.ts";

/** Airflow keeps weights in a signed 32-bit column. */
const MAX_WEIGHT = 2 ** 31 - 1;
const MIN_WEIGHT = -(2 ** 31);

type Edges = readonly (readonly number[])[];

export function weightsOf(
  spec: DagSpec,
  { upstream, downstream }: { readonly upstream: Edges; readonly downstream: Edges },
): readonly number[] {
  const rules = new Set(spec.tasks.map((task) => task.weightRule ?? "downstream"));
  const own = spec.tasks.map((task) => task.priorityWeight);
  const below = rules.has("downstream") ? accumulate(spec.dagId, own, downstream) : own;
  const above = rules.has("upstream") ? reversed(accumulate(spec.dagId, reversed(own), mirrored(upstream))) : own;
  return spec.tasks.map(({ weightRule = "downstream" }, index) => {
    const weights = weightRule === "downstream" ? below : weightRule === "upstream" ? above : own;
    return Math.max(MIN_WEIGHT, Math.min(MAX_WEIGHT, weights[index] ?? 0));
  });
}

function reversed<T>(list: readonly T[]): T[] {
  return [...list].reverse();
}

/** The same edges with the tasks in reverse order, so that what was before a task is behind it. */
function mirrored(edges: Edges): Edges {
  const last = edges.length - 1;
  return reversed(edges.map((places) => places.map((place) => last - place)));
}

/**
 * Own weight plus that of every descendant, each counted once. A task with one downstream task has that one's weight and
 * its own; only a task with several needs the set of its descendants, one bit each, to count none twice.
 */
function accumulate(dagId: string, own: readonly number[], downstream: Edges): number[] {
  const weights = [...own];
  const sets: (Uint32Array | undefined)[] = [];
  // Tasks are in topological order, so that all of a task's descendants are known before it.
  for (let index = own.length - 1; index >= 0; index -= 1) {
    const children = downstream[index] ?? [];
    const [child] = children;
    assert(
      children.every((place) => place > index),
      `DAG "${dagId}": tasks are not in topological order`,
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
  downstream: Edges,
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
