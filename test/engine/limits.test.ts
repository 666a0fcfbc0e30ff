import { describe, expect, it } from "vitest";
import { MAX_UNCLAIMED_COUNT } from "../../src/engine/defaults.ts";
import { explain } from "../../src/engine/explain.ts";
import { compileGraph } from "../../src/engine/graph.ts";
import { START_POLICY } from "../../src/engine/rules/policy.ts";
import { graphOf, spec, task, World } from "../fixtures/engine-world.ts";

const many = (count: number, options = {}) => Array.from({ length: count }, (_, index) => task(`t${index}`, options));

/** The ids of queued messages in the order in which they were sent. */
const sent = (world: World) => world.queue.map((message) => message.taskId);

describe("limits", () => {
  it("names its rules in the order in which they are asked", () => {
    expect(START_POLICY.map((rule) => rule.id)).toEqual(["L1", "L2", "L3", "L4", "L7", "L8", "L9", "L10", "L11"]);
  });

  it("[L1] a paused DAG starts nothing new and lets what runs go on", () => {
    const world = new World(spec({ tasks: graphOf("a>b") }));
    world.trigger();
    world.claim("a");
    world.apply({ type: "set_paused", isPaused: true });
    expect(world.stateOf("a")).toBe("running");
    world.succeed("a");
    expect([world.stateOf("b"), world.reasonOf("b")]).toEqual(["scheduled", "dag_paused"]);
    world.apply({ type: "set_paused", isPaused: false });
    expect([world.stateOf("b"), world.reasonOf("b")]).toEqual(["queued", ""]);
  });

  it("[L1] a message that is out when the DAG is paused can still be claimed", () => {
    const world = new World();
    world.trigger();
    world.apply({ type: "set_paused", isPaused: true });
    expect(world.claim("a").grants).toHaveLength(1);
  });

  it("[L2] at most maxActiveTasks task instances of a run are queued or running", () => {
    const world = new World(spec({ tasks: many(5), maxActiveTasks: 2 }));
    world.trigger();
    expect(sent(world)).toEqual(["t0", "t1"]);
    expect(world.reasonOf("t2")).toBe("max_active_tasks");
    world.claimAll();
    expect(world.queue).toEqual([]);
    world.succeed("t1");
    expect(sent(world)).toEqual(["t2"]);
  });

  it("[L2] the limit of one run holds back no other run", () => {
    const world = new World(spec({ tasks: many(3), maxActiveTasks: 1 }));
    world.trigger("r1");
    world.trigger("r2");
    expect(world.queue.map((message) => message.runId)).toEqual(["r1", "r2"]);
  });

  it("[L2] a restarting try holds its slot until its executor let go", () => {
    const world = new World(spec({ tasks: many(2), maxActiveTasks: 1 }));
    world.trigger();
    world.claim("t0");
    world.clear(["t0"]);
    expect(world.states()).toEqual({ t0: "restarting", t1: "scheduled" });
  });

  it("[L2] clearing what waits for the limit leaves nobody without a turn", () => {
    const world = new World(spec({ tasks: many(3), maxActiveTasks: 1 }));
    world.trigger();
    world.claim("t0");
    world.clear(["t1"]);
    world.clear(["t1"]);
    world.succeed("t0");
    world.succeed("t1");
    expect(world.stateOf("t2")).toBe("queued");
    world.succeedAll();
    expect(world.run().state).toBe("success");
  });

  it("[L2] a slot that one executor cannot use goes to a task of another", () => {
    const tasks = [task("s", { executor: "sequential", priorityWeight: 9 }), task("q"), task("x", { upstream: ["s"] })];
    const world = new World(spec({ tasks, maxActiveTasks: 1 }));
    world.trigger("r1");
    world.trigger("r2");
    // In r2 "s" is the heavier one, but waits for that of r1.
    expect([world.stateOf("s", "r2"), world.stateOf("q", "r2")]).toEqual(["scheduled", "queued"]);
    world.claim("q", { run: "r2" });
    world.clear(["s"], "r2");
    world.succeed("q", { run: "r2" });
    expect(world.stateOf("s", "r2")).toBe("scheduled");
    world.succeedAll();
    expect(world.state.runningRunCount).toBe(0);
  });

  it("[L3] the sequential executor has one try of the DAG at a time, over all runs", () => {
    const world = new World(spec({ tasks: [...many(2, { executor: "sequential" }), task("other")] }));
    world.trigger("r1");
    world.trigger("r2");
    expect(sent(world)).toEqual(["t0", "other", "other"]);
    expect(world.reasonOf("t1", "r1")).toBe("sequential_executor");
    const order: string[] = [];
    world.queue = world.queue.filter((message) => message.taskId !== "other");
    while (world.queue[0] !== undefined) {
      const { runId, taskId } = world.queue[0];
      order.push(`${runId}/${taskId}`);
      world.succeed(taskId, { run: runId });
    }
    expect(order).toEqual(["r1/t0", "r1/t1", "r2/t0", "r2/t1"]);
  });

  it("[L4] at most 300 messages of a DAG wait in a queue; a claim lets the next follow", () => {
    const world = new World(spec({ tasks: many(MAX_UNCLAIMED_COUNT + 50) }));
    world.trigger();
    expect(world.queue).toHaveLength(MAX_UNCLAIMED_COUNT);
    expect(world.reasonOf("t300")).toBe("queue_backlog");
    world.deliver(world.queue.slice(0, 30));
    expect(world.queue).toHaveLength(MAX_UNCLAIMED_COUNT);
    expect(sent(world).slice(-1)).toEqual(["t329"]);
  });

  it("[L4] a try that is handed straight to an executor needs no place in the queue", () => {
    const tasks = [
      task("first"),
      ...many(MAX_UNCLAIMED_COUNT),
      task("next", { upstream: ["first"], priorityWeight: 9 }),
    ];
    const world = new World(spec({ tasks }));
    world.trigger();
    world.claim("first");
    expect(world.state.lanes.tasks.unclaimedCount).toBe(MAX_UNCLAIMED_COUNT);
    expect(world.succeed("first", { capacity: 1 }).grants).toHaveLength(1);
    expect(world.stateOf("next")).toBe("running");
  });

  it("[L4] the two queues count their own", () => {
    const tasks = [...many(MAX_UNCLAIMED_COUNT), task("long", { queue: "tasks-long" })];
    const world = new World(spec({ tasks }));
    world.trigger();
    expect(world.stateOf("long")).toBe("queued");
  });
});

describe("order", () => {
  it("[L5] the heavier task goes first, and its weight includes all its descendants once", () => {
    const weights = { a: { priorityWeight: 1 }, b: { priorityWeight: 4 }, z: { priorityWeight: 2 } };
    const graph = compileGraph(spec({ tasks: graphOf("a>x>z a>y>z b>y", weights) }), 1);
    expect(Object.fromEntries(graph.tasks.map((each) => [each.spec.taskId, each.weight]))).toEqual({
      a: 1 + 1 + 1 + 2,
      b: 4 + 1 + 2,
      x: 3,
      y: 3,
      z: 2,
    });
    const world = new World(spec({ tasks: graphOf("a>x>z a>y>z b>y", weights), maxActiveTasks: 1 }));
    world.trigger();
    expect(sent(world)).toEqual(["b"]);
  });

  it("[L5] weights of graphs of every shape are those of a walk over the descendants", () => {
    const edges = ["a>b>c>d b>d>e>f c>f x>y x>z y>q z>q>r x>r", "a>c b>c c>d c>e d>f e>f f>g f>h", "a>b>c>d>e"];
    for (const text of edges) {
      const graph = compileGraph(spec({ tasks: graphOf(text) }), 1);
      for (const each of graph.tasks) {
        const seen = new Set<number>();
        const walk = (index: number) => {
          seen.add(index);
          for (const next of graph.tasks[index]?.downstream ?? []) walk(next);
        };
        walk(each.index);
        expect(each.weight, each.spec.taskId).toBe(seen.size);
      }
    }
  });

  it("[L5] of the same weight, the earlier logical date goes first, then the place in the DAG", () => {
    const world = new World(spec({ tasks: many(2), maxActiveTasks: 2 }));
    world.trigger("late", { logicalAt: 2_000 });
    world.trigger("early", { logicalAt: 1_000 });
    world.queue = [];
    for (const run of ["late", "early"]) world.mark("failed", run);
    world.apply({ type: "set_paused", isPaused: true });
    for (const run of ["late", "early"]) world.clear(["t0", "t1"], run);
    world.apply({ type: "set_paused", isPaused: false });
    expect(world.queue.map(({ runId, taskId }) => `${runId}/${taskId}`)).toEqual([
      "early/t0",
      "early/t1",
      "late/t0",
      "late/t1",
    ]);
  });

  it("[L5] the order holds over all queues, since they share the limit of the run", () => {
    const tasks = [task("a"), task("long", { queue: "tasks-long", priorityWeight: 5 }), task("b")];
    const world = new World(spec({ tasks, maxActiveTasks: 1 }));
    world.trigger();
    expect(sent(world)).toEqual(["long"]);
    world.succeed("long");
    expect(sent(world)).toEqual(["a"]);
  });

  it("[L6] every rule that holds a task instance back is told, in words", () => {
    const world = new World(
      spec({ tasks: graphOf("a b>c", { c: { triggerRule: "none_skipped" } }), maxActiveTasks: 1 }),
    );
    world.trigger();
    world.apply({ type: "set_paused", isPaused: true });
    const told = (id: string) => explain(world.state, world.run(), world.place(id), world.now).map(({ rule }) => rule);
    expect(told("a")).toEqual(["L1", "L2"]);
    expect(world.stateOf("a")).toBe("scheduled");
    expect(told("c")).toEqual(["TR12", "L1", "L2"]);
    expect(told("b")).toEqual(["Q1"]);
    const [blocker] = explain(world.state, world.run(), world.place("c"), world.now);
    expect(blocker?.reason).toBe('Trigger rule none_skipped waits for upstream "b" (queued)');
  });

  it("[L6] a task instance that runs, has finished or may start has nothing to explain", () => {
    const world = new World();
    world.trigger();
    world.claim("a");
    expect(explain(world.state, world.run(), 0, world.now)).toEqual([]);
    world.succeed("a");
    expect(explain(world.state, world.run(), 0, world.now)).toEqual([]);
  });

  it("[L6] a run whose time has not come says so", () => {
    const world = new World();
    const waiting = world.trigger("later", { runAfterAt: world.now + 90_000 });
    expect(explain(world.state, waiting, 0, world.now)).toEqual([
      { rule: "D1", reason: "The run is queued: its time comes in 90 s" },
    ]);
  });

  it("[L6] a retry tells when it begins, and a queued run what it waits for", () => {
    const world = new World(spec({ tasks: [task("a", { retries: 1 })], maxActiveRuns: 1 }));
    world.trigger();
    world.fail("a");
    expect(explain(world.state, world.run(), 0, world.now + 100_000)).toEqual([
      { rule: "R1", reason: "Try 1 failed; the next begins in 200 s" },
    ]);
    const waiting = world.trigger("r2");
    expect(explain(world.state, waiting, 0, world.now)).toEqual([
      {
        rule: "D2",
        reason: "The run is queued: 1 of at most 1 runs of this DAG are running (maxActiveRuns)",
      },
    ]);
  });
});
