/**
 * How many task-instance transitions the engine makes per second, and what a task instance costs in memory. By hand:
 *
 *   npm exec -- node --expose-gc test/bench/engine.ts [tasks …]
 *
 * The DAG fans out from one task and in to another. Each task in between goes none → scheduled → queued → running →
 * success: four transitions. What a shell does about a step (rows, messages) is left out, but for taking the notes of what
 * changed. `batched` claims and reports 100 tries at a time as a queue consumer does, `single` one at a time, and
 * `handed over` lets every report take what it made ready.
 */
import type { RunId, TaskId } from "../../src/dag/ids.ts";
import { advance } from "../../src/engine/advance.ts";
import { type DagState, newDagState } from "../../src/engine/dag-state.ts";
import { DEFAULT_SETTINGS, INVOCATION_WALL_MS } from "../../src/engine/defaults.ts";
import type { Event } from "../../src/engine/event.ts";
import { compileGraph } from "../../src/engine/graph.ts";
import { FLAG_CHANGED, RunState } from "../../src/engine/run-state.ts";
import type { Place, Step } from "../../src/engine/step.ts";
import { manualTimetable } from "../../src/engine/timetable/manual.ts";
import { spec, task } from "../fixtures/engine-dag.ts";

const START = Date.UTC(2026, 0, 1);
const TRANSITIONS = 4;

interface Grant {
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly mapIndex: number;
  readonly token: number;
}

class Driver {
  readonly state: DagState;
  readonly run: RunState;
  readonly sent: Grant[] = [];
  eventCount = 0;
  private now = START;
  private invocation = 0;
  private takenCount = 0;

  constructor(count: number) {
    const middle = Array.from({ length: count }, (_, index) => task(`t${index}`, { upstream: ["first"] }));
    const last = task("last", { upstream: middle.map(({ taskId }) => taskId) });
    const dag = spec({ tasks: [task("first"), ...middle, last] });
    const graph = compileGraph(dag, 1);
    this.state = newDagState(dag.dagId, 1, DEFAULT_SETTINGS);
    this.apply({ type: "define", graph, timetable: manualTimetable, isScheduleChanged: false });
    this.run = new RunState(
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
      },
      graph,
    );
    this.apply({ type: "count_queued", queuedRunCount: 1, nextQueuedAt: START });
    this.apply({ type: "start_runs", runs: [this.run] });
  }

  /** Runs to the end, `size` tries at a time. */
  drive(size: number, isHandedOver: boolean): void {
    while (this.run.state === "running") {
      const items = this.sent.slice(this.takenCount, this.takenCount + size);
      this.takenCount += items.length;
      this.invocation += 1;
      let granted = this.apply({ type: "claim", invocation: this.name, channel: "tasks", items }).grants.map(keyOf);
      while (granted.length > 0) {
        granted = this.report(granted, isHandedOver ? size : 0);
      }
    }
  }

  private report(granted: readonly Grant[], capacity: number): Grant[] {
    const step = this.apply({
      type: "report",
      invocation: this.name,
      channel: "tasks",
      reports: granted.map((grant) => ({ ...grant, outcome: { type: "success" } })),
      capacity,
      wallLeftMs: INVOCATION_WALL_MS,
      hop: 0,
    });
    return step.grants.map(keyOf);
  }

  private get name(): string {
    return `invocation-${this.invocation}`;
  }

  private apply(event: Event): Step {
    this.eventCount += 1;
    // 0.1 ms per event, so that due times pass as they do in a real run.
    if (this.eventCount % 10 === 0) this.now += 1;
    const step = advance(this.state, event, this.now);
    for (const run of step.touched) {
      for (const place of run.changed) run.clearFlag(place, FLAG_CHANGED);
      run.changed.length = 0;
    }
    for (const send of step.sends) this.sent.push(keyOf(send));
    return step;
  }
}

function keyOf({ run, place }: Place): Grant {
  return {
    runId: run.runId,
    taskId: run.taskAt(place).spec.taskId,
    mapIndex: run.mapIndex[place] ?? -1,
    token: run.token[place] ?? 0,
  };
}

/** Processor time, which a busy machine falsifies less than the clock on the wall. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function bytesInUse(): number {
  for (let count = 0; count < 4; count += 1) globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function measure(count: number, name: string, size: number, isHandedOver: boolean): void {
  // As many rounds as make the figure steady; the first warms up.
  const rounds = Math.max(2, Math.ceil(200_000 / count));
  let transitionCount = 0;
  let eventCount = 0;
  let ms = 0;
  for (let round = 0; round <= rounds; round += 1) {
    const driver = new Driver(count);
    const before = driver.eventCount;
    const startedAt = cpuMs();
    driver.drive(size, isHandedOver);
    if (round === 0) continue;
    ms += cpuMs() - startedAt;
    transitionCount += (count + 2) * TRANSITIONS;
    eventCount += driver.eventCount - before;
  }
  const perSecond = Math.round(transitionCount / (ms / 1_000)).toLocaleString("en");
  const microseconds = ((ms * 1_000) / eventCount).toFixed(2);
  console.log(
    `${String(count).padStart(7)} tasks  ${name.padEnd(11)}  ${perSecond.padStart(10)} transitions/s  ${microseconds.padStart(8)} µs/event`,
  );
}

/** The graph is shared by all runs of a version, and so measured apart. */
function measureMemory(count: number): void {
  const before = bytesInUse();
  const { state, run } = new Driver(count);
  const started = bytesInUse();
  const copy = new RunState({ ...run, state: "queued" }, run.graph);
  const perInstance = (bytesInUse() - started) / copy.length;
  const rest = (started - before) / copy.length - perInstance;
  if (globalThis.gc !== undefined && state.runs.size > 0) {
    console.log(
      `${String(count).padStart(7)} tasks  ${perInstance.toFixed(0)} bytes per task instance, ` +
        `${rest.toFixed(0)} per task for spec, graph, ready tasks and timers`,
    );
  }
}

const sizes = process.argv.slice(2).map(Number);
for (const count of sizes.length > 0 ? sizes : [100, 1_000, 10_000, 100_000]) {
  measure(count, "batched", 100, false);
  measure(count, "single", 1, false);
  measure(count, "handed over", 100, true);
  measureMemory(count);
}
