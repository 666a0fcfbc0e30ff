import { describe, expect, it } from "vitest";
import { graphOf, spec, task, World } from "../fixtures/engine-world.ts";

describe("life of a task instance", () => {
  it("[T1] task instances come into being when their run starts, and only those without upstream go on at once", () => {
    const world = new World(spec({ tasks: graphOf("a>b c") }));
    world.trigger();
    expect(world.states()).toEqual({ a: "queued", c: "queued", b: "none" });
  });

  it("[T2] a ready task instance begins a try and waits for the limits as scheduled", () => {
    const world = new World(spec({ tasks: graphOf("a>b"), maxActiveTasks: 1 }));
    world.trigger();
    expect([world.tryOf("a"), world.tryOf("b")]).toEqual([1, 0]);
    world.apply({ type: "set_paused", isPaused: true });
    world.succeed("a");
    expect([world.stateOf("b"), world.tryOf("b")]).toEqual(["scheduled", 1]);
  });

  it("[T3] what the limits let pass is queued under a new token, with a message to send", () => {
    const world = new World(spec({ tasks: graphOf("a b") }));
    world.trigger();
    expect(world.queue.map((message) => message.taskId)).toEqual(["a", "b"]);
    const tokens = world.queue.map((message) => message.token);
    expect(tokens).toEqual([world.tokenOf("a"), world.tokenOf("b")]);
    expect(new Set(tokens).size).toBe(2);
  });

  it("[T4] a claimed try runs", () => {
    const world = new World();
    world.trigger();
    world.tick(5_000);
    const step = world.claim("a");
    expect(world.stateOf("a")).toBe("running");
    expect(step.grants.map(({ token }) => token)).toEqual([world.tokenOf("a")]);
    expect(world.run().startAtOf[0]).toBe(world.now);
  });

  it.each([
    ["succeed", "success"],
    ["skip", "skipped"],
    ["fail", "failed"],
  ] as const)("[T5] a reported try ends: %s gives %s", (action, state) => {
    const world = new World(spec({ tasks: graphOf("a b") }));
    world.trigger();
    const step = world[action]("a");
    expect(step.verdicts).toEqual([{ token: world.tokenOf("a"), accepted: true, reason: null, state }]);
    expect(world.stateOf("a")).toBe(state);
    expect(world.run().endAtOf[0]).toBe(world.now);
  });

  it("[T6] a failure runs down the graph to its end within its event, without a try", () => {
    const world = new World(spec({ tasks: graphOf("a>b>c>d>e a>x") }));
    world.trigger();
    world.fail("a");
    const { a, ...others } = world.states();
    expect(a).toBe("failed");
    expect(new Set(Object.values(others))).toEqual(new Set(["upstream_failed"]));
    expect([world.tryOf("e"), world.queue.length]).toEqual([0, 0]);
    expect(world.run().state).toBe("failed");
  });

  it("[T6] a skip runs down the graph in the same way, as far as the rules go", () => {
    const world = new World(spec({ tasks: graphOf("a>b>c>d", { d: { triggerRule: "all_done" } }) }));
    world.trigger();
    world.skip("a");
    expect(world.states()).toEqual({ a: "skipped", b: "skipped", c: "skipped", d: "queued" });
  });

  it("[T7] a task sees all that one event did to its upstreams, whatever the order of the branches", () => {
    // Below a failure, p ends as upstream_failed and q as skipped, in one cascade; for all_success failures come first.
    for (const edges of ["a>p>z a>q>z", "a>q>z a>p>z", "a>q>m>z a>p>z", "a>q>z a>p>m>z"]) {
      const world = new World(spec({ tasks: graphOf(edges, { q: { triggerRule: "all_skipped" } }) }));
      world.trigger();
      world.fail("a");
      expect(world.stateOf("q")).toBe("skipped");
      expect(world.stateOf("z")).toBe("upstream_failed");
    }
  });

  it("[T7] results that arrive in one report are seen together", () => {
    const world = new World(spec({ tasks: graphOf("a>c b>c") }));
    world.trigger();
    world.claimAll("i");
    const run = world.run();
    const reports = (["a", "b"] as const).map((id) => ({
      runId: run.runId,
      taskId: task(id).taskId,
      mapIndex: -1,
      token: world.tokenOf(id),
      outcome:
        id === "a"
          ? ({ type: "skipped" } as const)
          : ({ type: "failed", retry: { type: "allowed" }, reason: null } as const),
    }));
    world.apply({ type: "report", invocation: "i", channel: "tasks", reports, capacity: 0, wallLeftMs: 0, hop: 0 });
    expect(world.stateOf("c")).toBe("upstream_failed");
  });

  it("[T8] a finished task instance stays as it is, whatever becomes of its upstreams", () => {
    const world = new World(spec({ tasks: graphOf("a>c b>c", { c: { triggerRule: "one_success" } }) }));
    world.trigger();
    world.succeed("a");
    world.succeed("c");
    world.fail("b");
    expect(world.stateOf("c")).toBe("success");
  });
});

describe("execution timeout", () => {
  const timed = () => new World(spec({ tasks: [task("a", { executionTimeoutMs: 20_000, retries: 1 }), task("b")] }));

  it("[T9] a try that goes on 10 s beyond its execution timeout fails, although it is alive", () => {
    const world = timed();
    world.trigger();
    world.claim("a", { invocation: "i" });
    world.tick(15_000);
    world.heartbeat("i");
    world.tick(14_999);
    expect(world.stateOf("a")).toBe("running");
    world.wake();
    expect(world.now - (world.run().queuedAtOf[0] ?? 0)).toBe(30_000);
    expect([world.stateOf("a"), world.reasonOf("a")]).toEqual(["up_for_retry", "execution_timeout"]);
  });

  it("[T9] the time that a try waits in the queue does not count", () => {
    const world = timed();
    world.trigger();
    world.tick(25_000);
    world.claim("a");
    world.tick(29_999);
    expect(world.stateOf("a")).toBe("running");
  });

  it("[T9] the end of one try's timeout says nothing about other tries of its invocation", () => {
    const tasks = [task("a", { executionTimeoutMs: 20_000 }), task("b", { executionTimeoutMs: 24_000 })];
    const world = new World(spec({ tasks }));
    world.trigger();
    world.claimAll("i");
    world.tick(15_000);
    world.heartbeat("i");
    world.tick(15_000);
    expect(world.states()).toEqual({ a: "failed", b: "running" });
  });
});
