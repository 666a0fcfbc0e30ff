/** The states before a task, from the rows alone. Null where the rows do not tell them: groups, and tasks that shrank. */
import type { MapSource, TaskSpec } from "../../../src/dag/spec.ts";
import type { DagTruth, RunRow } from "../watch/truth.ts";
import type { World } from "../world/world.ts";

export interface Before {
  readonly states: readonly string[];
  readonly setups: readonly string[];
}

export function statesBefore(world: World, dagId: string, truth: DagTruth, run: RunRow, task: TaskSpec): Before | null {
  const states: string[] = [];
  const setups: string[] = [];
  for (const id of task.upstream) {
    const upstream = truth.taskOf(run, id);
    if (upstream === null) return null;
    const own = instanceStates(world, dagId, truth, run, upstream);
    if (own === null || own.includes("removed")) return null;
    states.push(...own);
    if (upstream.isSetup === true) setups.push(...own);
  }
  return { states, setups };
}

function instanceStates(world: World, dagId: string, truth: DagTruth, run: RunRow, task: TaskSpec): string[] | null {
  const stateAt = (index: number) => truth.instance(run.seq, task.taskId, index)?.state ?? "none";
  if (task.mapped === undefined) return [stateAt(-1)];
  const summary = truth.instance(run.seq, task.taskId, -1);
  // Decided before it had instances: it stands for all of them.
  if (summary !== undefined && summary.state !== "removed") return [summary.state];
  const count = instanceCount(world, dagId, run, task);
  if (count === null) return [stateAt(-1)];
  return Array.from({ length: count }, (_, index) => stateAt(index));
}

/** How many instances a mapped task has; null while one stands for all of them. */
export function instanceCount(world: World, dagId: string, run: RunRow, task: TaskSpec): number | null {
  const [row] = world
    .host(dagId)
    .sql.exec(
      "SELECT max(CAST(value AS INTEGER)) AS length FROM run_shape WHERE run_seq = ? AND kind = 'expansion' AND key = ?",
      run.seq,
      task.taskId,
    );
  if (row?.["length"] != null) return Number(row["length"]);
  const literal = literalLength(task);
  return literal === null || literal === 0 ? null : literal;
}

/** Of a task that is mapped over written-down items alone. */
export function literalLength(task: TaskSpec): number | null {
  if (task.mapped?.type !== "product") return null;
  let length = 1;
  for (const { source } of task.mapped.inputs) {
    const own = (source satisfies MapSource).type === "literal" ? source : null;
    if (own === null || own.type !== "literal") return null;
    length *= own.length;
  }
  return length;
}
