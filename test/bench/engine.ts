/**
 * How many task-instance transitions the engine makes per second, what a task instance costs in memory, and what one
 * completion costs among many mapped instances. By hand:
 *
 *   npm exec -- node --expose-gc test/bench/engine.ts [tasks …]
 *
 * The DAG fans out from one task and in to another. Each task in between goes none → scheduled → queued → running →
 * success: four transitions. What a shell does about a step (rows, messages) is left out, but for taking the notes of what
 * changed. `batched` claims and reports 100 tries at a time as a queue consumer does, `single` one at a time, and
 * `handed over` lets every report take what it made ready.
 *
 * Mapped instances come in three shapes: behind one list, behind other mapped instances that all have to be there, and in a
 * mapped group with setups and teardowns for each element. A completion is the claim and the report of one try.
 */

import type { RunId, TaskId } from "../../src/dag/ids.ts";
import type { DagSpec } from "../../src/dag/spec.ts";
import { advance } from "../../src/engine/advance.ts";
import { type DagState, newDagState } from "../../src/engine/dag-state.ts";
import { DEFAULT_SETTINGS, INVOCATION_WALL_MS } from "../../src/engine/defaults.ts";
import type { Event } from "../../src/engine/event.ts";
import { compileGraph } from "../../src/engine/graph.ts";
import { FLAG_CHANGED, FLAG_UNFLUSHED, RunState } from "../../src/engine/run-state.ts";
import type { Place, Step } from "../../src/engine/step.ts";
import { manualTimetable } from "../../src/engine/timetable/manual.ts";
import { graphOf, group, overResult, spec, task } from "../fixtures/engine-dag.ts";

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

  private readonly listLength: number;

  constructor(dag: DagSpec, listLength = 0) {
    this.listLength = listLength;
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
        backfill: null,
      },
      graph,
    );
    this.apply({ type: "count_queued", queuedRunCount: 1, nextQueuedAt: START });
    this.apply({ type: "start_runs", runs: [this.run] });
  }

  /** Runs to the end, or for so many claims, `size` tries at a time. */
  drive(size: number, isHandedOver: boolean, claimCount = Number.POSITIVE_INFINITY): void {
    for (let count = 0; this.run.state === "running" && count < claimCount; count += 1) {
      const items = this.sent.slice(this.takenCount, this.takenCount + size);
      this.takenCount += items.length;
      if (this.takenCount > 1_000) {
        this.sent.splice(0, this.takenCount);
        this.takenCount = 0;
      }
      this.invocation += 1;
      let granted = this.apply({ type: "claim", invocation: this.name, channel: "tasks", items }).grants.map(keyOf);
      while (granted.length > 0) {
        granted = this.report(granted, isHandedOver ? size : 0);
      }
    }
  }

  pause(): void {
    this.apply({ type: "set_paused", isPaused: true });
  }

  private report(granted: readonly Grant[], capacity: number): Grant[] {
    const step = this.apply({
      type: "report",
      invocation: this.name,
      channel: "tasks",
      reports: granted.map((grant) => {
        // As executors do, only where something is mapped over a result.
        if (this.listLength === 0) return { ...grant, outcome: { type: "success" } };
        const lengths = { own: grant.taskId === "list" ? this.listLength : 1 };
        return { ...grant, outcome: { type: "success", lengths } };
      }),
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
      for (const place of run.unflushed) run.clearFlag(place, FLAG_UNFLUSHED);
      run.changed.length = 0;
      run.unflushed.length = 0;
    }
    for (const send of step.sends) this.sent.push(keyOf(send));
    return step;
  }
}

function fanOut(count: number): DagSpec {
  const middle = Array.from({ length: count }, (_, index) => task(`t${index}`, { upstream: ["first"] }));
  return spec({ tasks: [task("first"), ...middle, task("last", { upstream: middle.map(({ taskId }) => taskId) })] });
}

/** How many instances each element has, and the DAG; its first task is the list that all is mapped over. */
const MAPPED: Readonly<Record<string, { readonly perElement: number; readonly dag: DagSpec }>> = {
  "one after a list": {
    perElement: 1,
    dag: spec({ tasks: graphOf("list>m>sum", { m: { mapped: overResult("list") } }) }),
  },
  "two in a row": {
    perElement: 2,
    dag: spec({
      tasks: graphOf("list>m>n>sum", { m: { mapped: overResult("list") }, n: { mapped: overResult("m") } }),
    }),
  },
  "in a group": {
    perElement: 4,
    dag: spec({
      groups: [group("g", { mapped: overResult("list") })],
      tasks: graphOf("list>s>a>b>t s>t b>sum", {
        s: { groupId: "g", isSetup: true },
        a: { groupId: "g" },
        b: { groupId: "g", triggerRule: "none_failed" },
        t: { groupId: "g", isTeardown: true, triggerRule: "all_done_setup_success" },
      }),
    }),
  },
};

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
  const rounds = Math.max(5, Math.ceil(200_000 / count));
  let transitionCount = 0;
  let eventCount = 0;
  let ms = 0;
  for (let round = 0; round <= rounds; round += 1) {
    const driver = new Driver(fanOut(count));
    const before = driver.eventCount;
    // What making a large graph left behind is not for the transitions to clear away.
    if (count >= 10_000) globalThis.gc?.();
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
  const { state, run } = new Driver(fanOut(count));
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

/**
 * What a completion costs among `count` mapped instances, in microseconds: all that a run takes, divided by them, so that
 * what is put off to another event counts as well.
 */
function completionUs(name: string, count: number): number {
  const { dag, perElement } = MAPPED[name] ?? { dag: fanOut(0), perElement: 1 };
  const rounds = Math.max(1, Math.round(100_000 / count)) + 1;
  let ms = 0;
  let completions = 0;
  for (let round = 0; round < rounds; round += 1) {
    const driver = new Driver(dag, count / perElement);
    if (rounds === 2) globalThis.gc?.();
    const startedAt = cpuMs();
    driver.drive(1, false);
    // The first round of many warms up.
    if (round === 0 && rounds > 2) continue;
    ms += cpuMs() - startedAt;
    completions += count;
  }
  return (ms * 1_000) / completions;
}

/** The least of several measurements in turns: whatever else the machine does only adds. */
function measureMapped(name: string, few: number, many: number): void {
  const turns = [0, 1, 2].map(() => [completionUs(name, few), completionUs(name, many)] as const);
  const small = Math.min(...turns.map(([us]) => us));
  const large = Math.min(...turns.map(([, us]) => us));
  console.log(
    `${name.padEnd(17)} ${small.toFixed(2).padStart(6)} µs per completion of ${few}, ` +
      `${large.toFixed(2).padStart(6)} of ${many.toLocaleString("en")}: ${(large / small).toFixed(2)} times`,
  );
}

/** Of the columns that hold one entry per instance. */
function columnBytes(run: RunState): number {
  return Object.values(run)
    .filter((value): value is Float64Array => ArrayBuffer.isView(value))
    .filter((column) => column.length >= run.length)
    .reduce((bytes, column) => bytes + column.byteLength, 0);
}

/** The event that brings the length of a list makes its instances. Paused, they alone take memory, and no messages of theirs. */
function measureExpansion(count: number): void {
  const { dag } = MAPPED["one after a list"] ?? { dag: fanOut(0) };
  new Driver(dag, count).drive(1, false, 1);
  const driver = new Driver(dag, count);
  driver.pause();
  const before = bytesInUse();
  const startedAt = cpuMs();
  driver.drive(1, false, 1);
  const ms = cpuMs() - startedAt;
  const bytes = (bytesInUse() - before) / count;
  const columns = columnBytes(driver.run) / driver.run.length;
  console.log(
    `expanding ${count.toLocaleString("en")} instances: ${ms.toFixed(0)} ms` +
      (globalThis.gc === undefined
        ? ""
        : `, ${bytes.toFixed(0)} bytes each, ${columns.toFixed(0)} of them the instance's`),
  );
}

const sizes = process.argv.slice(2).map(Number);
for (const count of sizes.length > 0 ? sizes : [100, 1_000, 10_000, 100_000]) {
  measure(count, "batched", 100, false);
  measure(count, "single", 1, false);
  measure(count, "handed over", 100, true);
  measureMemory(count);
}
for (const name of Object.keys(MAPPED)) measureMapped(name, 100, 100_000);
measureExpansion(100_000);
