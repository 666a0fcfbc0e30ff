/** Runs of the engine as a case describes them: by edges, kinds of tasks and states of task instances. */
import type { RunId } from "../../src/dag/ids.ts";
import type { DagSpec, TaskSpec } from "../../src/dag/spec.ts";
import { compileGraph, type Graph } from "../../src/engine/graph.ts";
import { type InstanceRecord, restoreRun } from "../../src/engine/restore.ts";
import type { RunRecord, RunState } from "../../src/engine/run-state.ts";
import { NONE, stateName, type TaskInstanceState } from "../../src/engine/states.ts";
import { graphOf } from "../fixtures/engine-dag.ts";
import type { World } from "../fixtures/engine-world.ts";

export function stateOrNull(code: number): string | null {
  return code === NONE ? null : stateName(code);
}

/** `s1` is a setup, `w1` work, `t1` a teardown, and `t1_` a teardown whose failure fails the run. */
export function kindByName(taskId: string): Partial<TaskSpec> {
  if (taskId.startsWith("s")) return { isSetup: true };
  if (!taskId.startsWith("t")) return {};
  const teardown = { isTeardown: true, triggerRule: "all_done_setup_success" } as const;
  return taskId.endsWith("_") ? { ...teardown, onFailureFailDagRun: true } : teardown;
}

/** Tasks from edges such as `a>b>c`, each with what `optionsOf` says of it. */
export function tasksOf(
  edges: readonly string[],
  optionsOf: (taskId: string) => Partial<TaskSpec> = () => ({}),
): TaskSpec[] {
  return graphOf(edges.join(" ")).map((task) => ({ ...task, ...optionsOf(task.taskId) }));
}

const STARTED: RunRecord = {
  seq: 1,
  runId: "r1" as RunId,
  runType: "manual",
  state: "running",
  logicalAt: null,
  runAfterAt: 0,
  queuedAt: 0,
  startAt: 0,
  endAt: null,
  clearNumber: 0,
  reason: null,
};

export function instanceRecord(taskId: string, state: string, mapIndex = -1): InstanceRecord {
  return {
    taskId,
    mapIndex,
    state: state as TaskInstanceState,
    reason: "",
    tryNumber: 1,
    maxTries: 0,
    token: 1,
    lane: "tasks",
    losses: 0,
    flags: 0,
    invocation: "i1",
    dueAt: 0,
    queuedAt: 0,
    startAt: 0,
    endAt: 0,
  };
}

/** A running run whose task instances stand as given; null is without a state. */
export function runOf(dag: DagSpec, states: Readonly<Record<string, string | null>>): RunState {
  return runOfGraph(compileGraph(dag, 1), states);
}

export function runOfGraph(
  graph: Graph,
  states: Readonly<Record<string, string | null>>,
  record: Partial<RunRecord> = {},
): RunState {
  return restoreRun({ ...STARTED, ...record }, graph, recordsOf(states));
}

function recordsOf(states: Readonly<Record<string, string | null>>): InstanceRecord[] {
  return Object.entries(states).flatMap(([taskId, state]) => (state === null ? [] : [instanceRecord(taskId, state)]));
}

/** The same in a world that just started from such rows, and judged what it found there. */
export function runInWorld(world: World, states: Readonly<Record<string, string | null>>): RunState {
  const rows = new Map(recordsOf(states).map((record) => [`${record.taskId}:${record.mapIndex}`, record]));
  world.runRows.set(STARTED.seq, { record: { ...STARTED, startAt: world.now }, versionNumber: 1 });
  world.instanceRows.set(STARTED.seq, rows);
  world.restart();
  return world.run(STARTED.runId);
}
