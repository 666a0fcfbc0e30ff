/**
 * How many tries of a limited pool go from ready to done per second: the engine, the state of the limits, and the messages
 * between them, without rows. By hand:
 *
 *   npm exec -- node test/bench/pools.ts [tasks] [slots] [dags]
 *
 * A message per event of a DAG, as if each commit's were sent at once.
 */
import type { DagId, RunId, TaskId } from "../../src/dag/ids.ts";
import { advance } from "../../src/engine/advance.ts";
import { type DagState, newDagState } from "../../src/engine/dag-state.ts";
import { DEFAULT_SETTINGS } from "../../src/engine/defaults.ts";
import { compileGraph } from "../../src/engine/graph.ts";
import { grant } from "../../src/engine/limits/grant.ts";
import { newLimitsState, newLimitsStep, putPool, receive, viewOf } from "../../src/engine/limits/limits-state.ts";
import { RunState } from "../../src/engine/run-state.ts";
import { hasSlotNews, takeSlotMessage } from "../../src/engine/slots.ts";
import type { Step } from "../../src/engine/step.ts";
import { manualTimetable } from "../../src/engine/timetable/manual.ts";
import { spec, task } from "../fixtures/engine-dag.ts";

const START = Date.UTC(2026, 0, 1);
const [taskCount = 10_000, slots = 100, dagCount = 10] = process.argv.slice(2).map(Number);

const limits = newLimitsState();
putPool(limits, { name: "p", slots, includeDeferred: false, description: "" });
const states = new Map<DagId, DagState>();
const running: { readonly dagId: DagId; readonly taskId: TaskId; readonly token: number }[] = [];
let messageCount = 0;

function apply(state: DagState, event: Parameters<typeof advance>[1]): void {
  const step = advance(state, event, START);
  for (const run of step.touched) run.changed = [];
  takeSends(state, step);
  tellLimits(state);
}

function takeSends(state: DagState, step: Step): void {
  for (const { run, place } of step.sends) {
    const { taskId } = run.taskAt(place).spec;
    running.push({ dagId: state.dagId, taskId, token: run.token[place] ?? 0 });
  }
}

function tellLimits(state: DagState): void {
  if (!hasSlotNews(state.slots)) return;
  messageCount += 1;
  const step = newLimitsStep();
  receive(limits, takeSlotMessage(state), START, step);
  grant(limits, START, step);
  const tickets = new Map<DagId, number[]>();
  for (const { dagId, ticket } of step.granted) tickets.set(dagId, [...(tickets.get(dagId) ?? []), ticket]);
  for (const [dagId, list] of tickets) {
    const other = states.get(dagId);
    if (other !== undefined) apply(other, { type: "slots_granted", tickets: list });
  }
}

for (let at = 0; at < dagCount; at += 1) {
  const dagId = `d${at}` as DagId;
  const tasks = Array.from({ length: taskCount }, (_, index) => task(`t${index}`, { pool: "p" }));
  const state = newDagState(dagId, 1, DEFAULT_SETTINGS);
  states.set(dagId, state);
  const graph = compileGraph({ ...spec({ tasks }), dagId }, 1);
  apply(state, { type: "set_limits", limits: viewOf(limits) });
  apply(state, { type: "define", graph, timetable: manualTimetable, isScheduleChanged: false });
}
const startedAt = performance.now();
for (const state of states.values()) {
  const { graph } = state;
  if (graph === null) continue;
  const run = new RunState(
    {
      seq: 1,
      runId: "r" as RunId,
      runType: "manual",
      state: "queued",
      logicalAt: null,
      runAfterAt: START,
      queuedAt: START,
      startAt: null,
      endAt: null,
      clearNumber: 0,
      reason: null,
      backfill: null,
    },
    graph,
  );
  apply(state, { type: "start_runs", runs: [run] });
}
let doneCount = 0;
for (let next = running.shift(); next !== undefined; next = running.shift()) {
  const state = states.get(next.dagId);
  if (state === undefined) continue;
  const item = { runId: "r" as RunId, taskId: next.taskId, mapIndex: -1, token: next.token };
  apply(state, { type: "claim", invocation: "i", channel: "tasks", items: [item] });
  const reports = [{ ...item, outcome: { type: "success" } as const }];
  apply(state, { type: "report", invocation: "i", channel: "tasks", reports, capacity: 0, wallLeftMs: 0, hop: 0 });
  doneCount += 1;
}
const seconds = (performance.now() - startedAt) / 1_000;
console.log(
  `${doneCount} tries of ${dagCount} DAGs over ${slots} slots: ${Math.round(doneCount / seconds)} tries/s, ` +
    `${((seconds * 1e6) / doneCount).toFixed(1)} µs each, ${messageCount} messages`,
);
