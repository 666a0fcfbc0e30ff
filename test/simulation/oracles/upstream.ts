/** The states before a task instance, from the rows alone. Null where the rows do not tell them, as of tasks that shrank. */
import type { DagSpec, MapSpec, TaskSpec } from "../../../src/dag/spec.ts";
import type { DagTruth, RunRow } from "../watch/truth.ts";
import type { World } from "../world/world.ts";

export interface Before {
  readonly states: readonly string[];
  readonly setups: readonly string[];
}

/** An instance in a mapped group has before it, of the tasks of its group, those of its own element alone. */
export function statesBefore(
  world: World,
  dagId: string,
  truth: DagTruth,
  run: RunRow,
  task: TaskSpec,
  mapIndex: number,
): Before | null {
  const spec = truth.specOf(run.versionNumber);
  if (spec === null) return null;
  const states: string[] = [];
  const setups: string[] = [];
  for (const id of task.upstream) {
    const upstream = truth.taskOf(run, id);
    if (upstream === null) return null;
    const isSameElement = mappedGroupOf(spec, task) !== null && upstream.groupId === task.groupId;
    const all = instanceStates(world, dagId, truth, run, upstream);
    // One that stands for all instances is before each.
    const own =
      isSameElement && all !== null && mapIndex >= 0 && all.length > 1 ? all.slice(mapIndex, mapIndex + 1) : all;
    if (isSameElement && mapIndex < 0 && (all?.length ?? 0) > 1) return null;
    if (own === null || own.includes("removed")) return null;
    states.push(...own);
    if (upstream.isSetup === true) setups.push(...own);
  }
  return { states, setups };
}

function instanceStates(world: World, dagId: string, truth: DagTruth, run: RunRow, task: TaskSpec): string[] | null {
  const stateAt = (index: number) => truth.instance(run.seq, task.taskId, index)?.state ?? "none";
  const spec = truth.specOf(run.versionNumber);
  if (spec === null) return null;
  if (mappingsOf(spec, task).length === 0) return [stateAt(-1)];
  const summary = truth.instance(run.seq, task.taskId, -1);
  // Decided before it had instances: it stands for all of them.
  if (summary !== undefined && summary.state !== "removed") return [summary.state];
  const count = instanceCount(world, dagId, run, spec, task);
  if (count === null) return [stateAt(-1)];
  return Array.from({ length: count }, (_, index) => stateAt(index));
}

/** How many instances a mapped task has; null while one stands for all of them. */
export function instanceCount(world: World, dagId: string, run: RunRow, spec: DagSpec, task: TaskSpec): number | null {
  const [row] = world
    .host(dagId)
    .sql.exec(
      "SELECT max(CAST(value AS INTEGER)) AS length FROM run_shape WHERE run_seq = ? AND kind = 'expansion' AND key = ?",
      run.seq,
      task.taskId,
    );
  if (row?.["length"] != null) return Number(row["length"]);
  if (mappingsOf(spec, task).length === 0) return null;
  const literal = literalLength(spec, task);
  return literal === null || literal === 0 ? null : literal;
}

function mappedGroupOf(spec: DagSpec, { groupId }: TaskSpec): MapSpec | null {
  return spec.groups.find((group) => group.groupId === groupId)?.mapped ?? null;
}

/** What gives a task its instances: its group's mapping and its own. */
export function mappingsOf(spec: DagSpec, task: TaskSpec): readonly MapSpec[] {
  return [mappedGroupOf(spec, task), task.mapped ?? null].filter((mapping) => mapping !== null);
}

/** Of a task that is mapped over written-down items alone. */
export function literalLength(spec: DagSpec, task: TaskSpec): number | null {
  let length = 1;
  for (const mapping of mappingsOf(spec, task)) {
    if (mapping.type !== "product") return null;
    for (const { source } of mapping.inputs) {
      if (source.type !== "literal") return null;
      length *= source.length;
    }
  }
  return length;
}
