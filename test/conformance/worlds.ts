/** Runs of the engine as a case describes them: by edges, kinds of tasks and states of task instances. */
import type { RunId, TaskId } from "../../src/dag/ids.ts";
import type { DagSpec, TaskSpec } from "../../src/dag/spec.ts";
import type { ReportedOutcome } from "../../src/engine/event.ts";
import { compileGraph, type Graph } from "../../src/engine/graph.ts";
import { type InstanceRecord, restoreRun } from "../../src/engine/restore.ts";
import type { RunRecord, RunState } from "../../src/engine/run-state.ts";
import { NONE, stateName, type TaskInstanceState } from "../../src/engine/states.ts";
import { assert } from "../../src/lib/assert.ts";
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
  backfill: null,
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
  return Object.entries(states)
    .flatMap(([taskId, state]) => (state === null ? [] : [instanceRecord(taskId, state)]))
    .map((record, at) => ({ ...record, token: at + 1 }));
}

/** The same in a world that just started from such rows, and judged what it found there. */
export function runInWorld(world: World, states: Readonly<Record<string, string | null>>): RunState {
  const records = recordsOf(states).map((record) => ({ ...record, dueAt: world.now + 30_000 }));
  const rows = new Map(records.map((record) => [`${record.taskId}:${record.mapIndex}`, record]));
  world.runRows.set(STARTED.seq, { record: { ...STARTED, startAt: world.now }, versionNumber: 1 });
  world.instanceRows.set(STARTED.seq, rows);
  world.restart();
  return world.run(STARTED.runId);
}

/** A row of a run and of its task instances, for a world that is about to start from its rows. */
export function putRun(
  world: World,
  record: Omit<Partial<RunRecord>, "runId"> & { readonly runId: string },
  instances: readonly InstanceRecord[],
): void {
  const seq = world.runRows.size + 1;
  const isOver = record.state === "success" || record.state === "failed";
  // A queued run waits for its time, so that a start of the object does not start it.
  const runAfterAt = record.state === "queued" ? world.now + 86_400_000 : world.now;
  const times = { runAfterAt, startAt: world.now, endAt: isOver ? world.now : null };
  // A finished run has something unfinished only after a clear that left it as it was.
  const reason = isOver ? "cleared" : null;
  const row: RunRecord = { ...STARTED, ...times, reason, ...record, seq, runId: record.runId as RunId };
  world.runRows.set(seq, { record: row, versionNumber: 1 });
  const rows = instances.map((one, at) => ({ ...one, token: seq * 10_000 + at, dueAt: world.now + 30_000 }));
  world.instanceRows.set(seq, new Map(rows.map((one) => [`${one.taskId}:${one.mapIndex}`, one])));
}

/** Ends one instance of a task, which must be queued, with an outcome. */
export function endInstance(world: World, taskId: string, mapIndex: number, outcome: ReportedOutcome): void {
  const messages = world.queue.filter((one) => one.taskId === taskId && one.mapIndex === mapIndex);
  const [message] = messages;
  assert(message !== undefined, `no message of ${taskId}[${mapIndex}] is in the queue`);
  const invocation = world.newInvocation();
  world.deliver(messages, invocation);
  const { runId, token } = message;
  const reports = [{ runId, taskId: taskId as TaskId, mapIndex, token, outcome }];
  const offer = { channel: "tasks", capacity: 0, wallLeftMs: 600_000, hop: 0 } as const;
  world.apply({ type: "report", invocation, reports, ...offer });
}

/** States of a task's instances by index; an unexpanded one has the index -1. */
export function statesOf(world: World, taskId: string): Record<string, string | null> {
  const run = world.run();
  const states: Record<string, string | null> = {};
  run.forEachPlace(run.graph.indexOf.get(taskId) ?? -1, (place) => {
    states[String(run.mapIndex[place])] = stateOrNull(run.stateOf[place] ?? NONE);
  });
  return states;
}
