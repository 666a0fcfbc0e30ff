import { describe, expect, it } from "vitest";
import { explain } from "../../src/engine/explain.ts";
import { compileGraph } from "../../src/engine/graph.ts";
import { graphOf, spec, task, World } from "../fixtures/engine-world.ts";

const sent = (world: World) => world.queue.map(({ runId, taskId }) => `${runId}/${taskId}`);

describe("limits of a task", () => {
  it("[L7] at most maxActiveTisPerDag instances of a task are active over all runs", () => {
    const world = new World(spec({ tasks: [task("a", { maxActiveTisPerDag: 2 }), task("b")] }));
    for (const run of ["r1", "r2", "r3", "r4"]) world.trigger(run);
    expect(sent(world)).toEqual(["r1/a", "r1/b", "r2/a", "r2/b", "r3/b", "r4/b"]);
    expect(world.reasonOf("a", "r3")).toBe("max_active_tis_per_dag");
    world.succeed("a", { run: "r1" });
    expect(world.stateOf("a", "r3")).toBe("queued");
    expect(world.stateOf("a", "r4")).toBe("scheduled");
    const told = explain(world.state, world.run("r4"), 0, world.now);
    expect(told).toEqual([
      { rule: "L7", reason: '2 of at most 2 instances of "a" are active over all runs (maxActiveTisPerDag)' },
    ]);
  });

  it("[L7] an instance that its run holds back leaves its turn to one of another run", () => {
    const tasks = [task("a", { maxActiveTisPerDag: 1 }), task("b", { priorityWeight: 9 })];
    const world = new World(spec({ tasks, maxActiveTasks: 1 }));
    world.trigger("r1");
    world.trigger("r2");
    expect(sent(world)).toEqual(["r1/b", "r2/b"]);
    world.succeed("b", { run: "r2" });
    expect(world.stateOf("a", "r2")).toBe("queued");
    world.succeed("b", { run: "r1" });
    expect([world.stateOf("a", "r1"), world.reasonOf("a", "r1")]).toEqual(["scheduled", "max_active_tis_per_dag"]);
    world.succeed("a", { run: "r2" });
    expect(world.stateOf("a", "r1")).toBe("queued");
  });

  it("[L7] a slot of the run that a task may not use goes to the next task", () => {
    const tasks = [task("a", { maxActiveTisPerDag: 1, priorityWeight: 9 }), task("b"), task("c")];
    const world = new World(spec({ tasks, maxActiveTasks: 1 }));
    world.trigger("r1");
    world.trigger("r2");
    expect(sent(world)).toEqual(["r1/a", "r2/b"]);
    world.succeed("b", { run: "r2" });
    expect(world.stateOf("c", "r2")).toBe("queued");
  });

  it("[L7] clearing and cancelling what waits leaves the count right", () => {
    const world = new World(spec({ tasks: [task("a", { maxActiveTisPerDag: 1 })] }));
    for (const run of ["r1", "r2", "r3"]) world.trigger(run);
    world.clear(["a"], "r2");
    world.mark("failed", "r1");
    expect(world.stateOf("a", "r2")).toBe("queued");
    world.mark("failed", "r2");
    expect(world.stateOf("a", "r3")).toBe("queued");
    world.succeedAll();
    expect([world.state.taskLimits.size, world.state.runningRunCount]).toEqual([0, 0]);
  });

  it("[L7] after a start of the object the count is that of the rows", () => {
    const world = new World(spec({ tasks: [task("a", { maxActiveTisPerDag: 1 })] }));
    world.trigger("r1");
    world.trigger("r2");
    world.restart();
    world.tick();
    expect([world.stateOf("a", "r1"), world.stateOf("a", "r2")]).toEqual(["queued", "scheduled"]);
    world.queue = world.queue.slice(0, 1);
    world.succeed("a", { run: "r1" });
    expect(world.stateOf("a", "r2")).toBe("queued");
  });

  it("[L8] at most maxActiveTisPerDagrun instances of a task are active in one run, and other runs do not count", () => {
    const world = new World(spec({ tasks: [task("a", { maxActiveTisPerDagrun: 1 })] }));
    world.trigger("r1");
    world.trigger("r2");
    expect(sent(world)).toEqual(["r1/a", "r2/a"]);
  });

  it("[L8] of a mapped task so many instances run at once as it says, in order of their index", () => {
    const mapped = { type: "each", source: { type: "literal", length: 5 } } as const;
    const world = new World(spec({ tasks: [task("a", { mapped, maxActiveTisPerDagrun: 2 }), task("b")] }));
    world.trigger();
    const indexes = () => world.queue.filter(({ taskId }) => taskId === "a").map(({ mapIndex }) => mapIndex);
    expect(indexes()).toEqual([0, 1]);
    const run = world.run();
    const last = run.find("a", 4);
    expect(explain(world.state, run, last, world.now)).toEqual([
      { rule: "L8", reason: '2 of at most 2 instances of "a" are active in this run (maxActiveTisPerDagrun)' },
    ]);
    const [first] = world.queue.filter(({ mapIndex }) => mapIndex === 0);
    if (first !== undefined) world.deliver([first]);
    world.apply({ type: "clear", run, places: [run.find("a", 3)] });
    world.mark("failed");
    expect(world.state.taskLimits.size).toBe(0);
  });
});

describe("weight rules", () => {
  const weights = (tasks: ReturnType<typeof graphOf>) =>
    Object.fromEntries(compileGraph(spec({ tasks }), 1).tasks.map((each) => [each.spec.taskId, each.weight]));

  it("[L5] upstream adds the weights of all tasks before it, each once", () => {
    const rule = { weightRule: "upstream" as const, priorityWeight: 2 };
    const tasks = graphOf("a>b>d a>c>d d>e", { a: rule, b: rule, c: rule, d: rule, e: rule });
    expect(weights(tasks)).toEqual({ a: 2, b: 4, c: 4, d: 8, e: 10 });
  });

  it("[L5] absolute is the task's own weight, and each task has its own rule", () => {
    const tasks = graphOf("a>b>c", { a: { weightRule: "absolute", priorityWeight: 7 }, c: { weightRule: "upstream" } });
    expect(weights(tasks)).toEqual({ a: 7, b: 2, c: 9 });
  });

  it("[L5] weights are cut to what 32 bits hold", () => {
    const large = { priorityWeight: 2_000_000_000 };
    expect(weights(graphOf("a>b", { a: large, b: large }))).toEqual({ a: 2 ** 31 - 1, b: 2_000_000_000 });
    const small = { priorityWeight: -2_000_000_000 };
    expect(weights(graphOf("a>b", { a: small, b: small }))).toEqual({ a: -(2 ** 31), b: -2_000_000_000 });
  });
});
