import { describe, expect, it } from "vitest";
import { nextStart } from "../../src/engine/backfill.ts";
import { MAX_LIVE_INSTANCE_COUNT } from "../../src/engine/defaults.ts";
import { compileGraph } from "../../src/engine/graph.ts";
import type { RunState } from "../../src/engine/run-state.ts";
import type { TaskInstanceState } from "../../src/engine/states.ts";
import vectors from "../fixtures/airflow.vectors.json" with { type: "json" };
import { graphOf, spec, World } from "../fixtures/engine-world.ts";

describe("start", () => {
  it("[D1] a run waits as queued until its time, and the engine asks to be woken for it", () => {
    const world = new World();
    const run = world.trigger("later", { runAfterAt: world.now + 60_000 });
    expect([run.state, world.wakeAt]).toEqual(["queued", world.now + 60_000]);
    world.tick(59_999);
    expect(world.state.runs.size).toBe(0);
    world.wake();
    expect(world.run("later").state).toBe("running");
  });

  it("[D1] a due run starts although an earlier-made one still waits for its time", () => {
    const world = new World();
    world.trigger("later", { runAfterAt: world.now + 60_000 });
    expect(world.trigger("now").state).toBe("running");
  });

  it("[D2] at most maxActiveRuns runs are running; the oldest starts when one ends", () => {
    const world = new World(spec({ maxActiveRuns: 2 }));
    for (const id of ["r1", "r2", "r3", "r4"]) world.trigger(id);
    expect([...world.state.runsById.keys()]).toEqual(["r1", "r2"]);
    expect(world.state.queuedRunCount).toBe(2);
    world.claimAll();
    world.succeed("a", { run: "r2" });
    expect(world.run("r3").state).toBe("running");
    expect(world.run("r3").startAt).toBe(world.now);
    expect(world.state.runsById.has("r4")).toBe(false);
  });

  it("[D2] a paused DAG starts no run", () => {
    const world = new World();
    world.apply({ type: "set_paused", isPaused: true });
    expect(world.trigger().state).toBe("queued");
    world.apply({ type: "set_paused", isPaused: false });
    expect(world.run().state).toBe("running");
  });

  it("[D3] a run that does not fit in memory beside the live ones stays queued, and the largest starts alone", () => {
    const { state, now } = new World(spec({ tasks: graphOf("a b") }));
    state.queuedRunCount = 9;
    state.liveInstanceCount = MAX_LIVE_INSTANCE_COUNT - 5;
    state.runningRunCount = 1;
    expect(nextStart(state, now)).toEqual({ backfillId: null, count: 2 });
    state.liveInstanceCount = MAX_LIVE_INSTANCE_COUNT - 1;
    expect(nextStart(state, now)).toBeNull();
    state.runningRunCount = 0;
    expect(nextStart(state, now)).toEqual({ backfillId: null, count: 1 });
  });
});

describe("end", () => {
  const cases = vectors.run_state_decisions.filter((row) => !("kinds" in row) && !("rules" in row));

  it.each(cases)("[D4] decides as Airflow does: $airflow_test $states", (row) => {
    const states = row.states as Record<string, TaskInstanceState | null>;
    expect(resumed([...row.edges, ...Object.keys(states)].join(" "), states).state).toBe(row.expect);
  });

  it("[D4] a run ends with the event that skips its last task, where Airflow takes another pass", () => {
    const run = resumed("A>B", { A: "success", B: null }, { B: { triggerRule: "one_failed" } });
    expect(run.state).toBe("success");
  });

  it.each([
    ["a>b c", { a: "success", b: "failed", c: "success" }, "failed", "task_failure"],
    ["a>b", { a: "success", b: "upstream_failed" }, "failed", "task_failure"],
    ["a>b", { a: "failed", b: "skipped" }, "success", null],
    ["a b", { a: "removed", b: "skipped" }, "success", null],
  ] as const)("[D4] %s with %j ends as %s", (edges, states, state, reason) => {
    const run = resumed(edges, states);
    expect([run.state, run.reason]).toEqual([state, reason]);
  });

  it("[D4] leaves are the tasks without downstream", () => {
    for (const [edges, leaves] of [
      ["a>b>c", ["c"]],
      ["a>b a>c", ["b", "c"]],
      ["a b", ["a", "b"]],
    ] as const) {
      const graph = compileGraph(spec({ tasks: graphOf(edges) }), 1);
      expect(graph.leaves.map((index) => graph.tasks[index]?.spec.taskId)).toEqual(leaves);
    }
  });

  it("[D4] a run without tasks succeeds as soon as it starts", () => {
    expect(new World(spec({ tasks: [] })).trigger().state).toBe("success");
  });

  it("[D5] a run in which nothing can start any more has failed", () => {
    const run = resumed("a>b>c", { a: "removed", b: null, c: null });
    expect([run.state, run.reason]).toEqual(["failed", "all_tasks_deadlocked"]);
  });

  it("[D5] waiting for a limit, a retry or an executor is no deadlock", () => {
    const world = new World(spec({ tasks: graphOf("a>b", { a: { retries: 1 } }) }));
    world.trigger();
    world.fail("a");
    expect([world.run().state, world.stateOf("b")]).toEqual(["running", "none"]);
    world.apply({ type: "set_paused", isPaused: true });
    world.wake();
    expect([world.run().state, world.stateOf("a")]).toEqual(["running", "scheduled"]);
  });
});

describe("timeout", () => {
  const timed = () => new World(spec({ tasks: graphOf("a>b c"), dagRunTimeoutMs: 60_000 }));

  it("[D6] a run that takes longer than its timeout has failed, and what was not finished is skipped", () => {
    const world = timed();
    world.trigger();
    world.succeed("c");
    world.claim("a", { invocation: "i" });
    world.tick(59_999);
    expect(world.run().state).toBe("running");
    world.tick(1);
    expect([world.run().state, world.run().reason]).toEqual(["failed", "timed_out"]);
    expect(world.states()).toEqual({ a: "skipped", b: "skipped", c: "success" });
    expect(world.reasonOf("a")).toBe("dagrun_timeout");
  });

  it("[D6] a cleared run has its whole time again", () => {
    const world = timed();
    world.trigger();
    world.mark("failed");
    world.tick(40_000);
    world.clear(["a", "b"]);
    expect(world.run().state).toBe("running");
    world.tick(30_000);
    expect(world.run().state).toBe("running");
    world.tick(30_000);
    expect([world.run().state, world.run().reason]).toEqual(["failed", "timed_out"]);
  });
});

/** The run as it goes on after a start of the object with these rows. */
function resumed(
  edges: string,
  states: Readonly<Record<string, TaskInstanceState | null>>,
  options: Parameters<typeof graphOf>[1] = {},
): RunState {
  const world = new World(spec({ tasks: graphOf(edges, options) }));
  const blank = { reason: "", tryNumber: 1, maxTries: 0, lane: "tasks", losses: 0, flags: 0, mapIndex: -1 };
  const times = { dueAt: 0, queuedAt: 0, startAt: 0, endAt: 0 };
  const records = Object.entries(states).flatMap(([taskId, state], at) =>
    state === null ? [] : [{ taskId, state, ...blank, ...times, token: at + 1, invocation: "gone" }],
  );
  world.trigger("r");
  const { seq, runId, runType, runAfterAt, queuedAt } = world.run("r");
  const record = {
    seq,
    runId,
    runType,
    runAfterAt,
    queuedAt,
    logicalAt: null,
    clearNumber: 0,
    reason: null,
    backfill: null,
  };
  world.runRows.set(seq, {
    record: { ...record, state: "running", startAt: world.now, endAt: null },
    versionNumber: 1,
  });
  world.instanceRows.set(seq, new Map(records.map((row) => [row.taskId, row])));
  world.restart();
  return world.run("r");
}
