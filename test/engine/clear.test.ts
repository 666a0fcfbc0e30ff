import { describe, expect, it } from "vitest";
import { graphOf, spec, task, World } from "../fixtures/engine-world.ts";

describe("clear", () => {
  it("[C1] a finished task instance starts afresh, with all its tries again, and its last try is history", () => {
    const world = new World(spec({ tasks: graphOf("a>b c", { a: { retries: 1 } }) }));
    world.trigger();
    world.succeed("a");
    const step = world.clear(["a"]);
    expect(step.closedTries).toMatchObject([{ place: 0, tryNumber: 1, state: "success", reason: "cleared" }]);
    expect([world.stateOf("a"), world.tryOf("a"), world.run().maxTries[0]]).toEqual(["queued", 2, 2]);
    world.fail("a");
    expect(world.stateOf("a")).toBe("up_for_retry");
    world.tick(300_000);
    world.fail("a");
    expect([world.stateOf("a"), world.tryOf("a")]).toEqual(["failed", 3]);
  });

  it("[C1] what never ran has no try to keep", () => {
    const world = new World(spec({ tasks: graphOf("a>b c") }));
    world.trigger();
    world.fail("a");
    expect(world.clear(["b"]).closedTries).toEqual([]);
    // Its upstream still is as it was.
    expect(world.stateOf("b")).toBe("upstream_failed");
  });

  it("[C1] cleared together with its upstream, a task waits for it again", () => {
    const world = new World(spec({ tasks: graphOf("a>b c") }));
    world.trigger();
    world.fail("a");
    world.clear(["a", "b"]);
    expect(world.states()).toEqual({ a: "queued", b: "none", c: "queued" });
    world.succeedAll();
    expect(world.run().state).toBe("success");
  });

  it("[T11] what was ready behind it and could not start yet waits for it again, in the same try", () => {
    const world = new World(spec({ tasks: graphOf("a>b>c") }));
    world.trigger();
    world.succeed("a");
    world.apply({ type: "set_paused", isPaused: true });
    world.clear(["b"]);
    expect([world.stateOf("b"), world.tryOf("b")]).toEqual(["scheduled", 2]);
    world.clear(["a"]);
    expect([world.stateOf("b"), world.tryOf("b")]).toEqual(["none", 1]);
    world.apply({ type: "set_paused", isPaused: false });
    world.succeedAll();
    expect([world.run().state, world.tryOf("b")]).toEqual(["success", 2]);
  });

  it("[T11] a mark upstream ends what was ready, as its rule says", () => {
    const world = new World(spec({ tasks: graphOf("a>b>c") }));
    world.trigger();
    world.apply({ type: "set_paused", isPaused: true });
    world.succeed("a");
    const places = [world.place("a")];
    world.apply({ type: "mark_instances", run: world.run(), places, state: "failed", cleared: [] });
    expect(world.states()).toMatchObject({ b: "upstream_failed", c: "upstream_failed" });
  });

  it.each([
    ["queued", () => undefined],
    ["up_for_retry", (world: World) => void world.fail("a")],
  ] as const)("[C1] a task instance that is %s begins a new try at once", (state, prepare) => {
    const world = new World(spec({ tasks: [task("a", { retries: 3 })] }));
    world.trigger();
    prepare(world);
    expect(world.stateOf("a")).toBe(state);
    const token = world.tokenOf("a");
    world.clear(["a"]);
    expect([world.stateOf("a"), world.tryOf("a")]).toEqual(["queued", 2]);
    expect(world.tokenOf("a")).toBeGreaterThan(token);
  });

  it("[C2] a running task instance restarts: its executor is told to stop, its result refused, a new try begins", () => {
    const world = new World();
    world.trigger();
    world.claim("a", { invocation: "i" });
    world.clear(["a"]);
    expect(world.stateOf("a")).toBe("restarting");
    const token = world.tokenOf("a");
    expect(world.heartbeat("i").cancels).toEqual([token]);
    const step = world.report("a", { type: "success" }, { invocation: "i" });
    expect(step.verdicts).toEqual([{ token, accepted: false, reason: "cancelled" }]);
    expect(step.closedTries).toMatchObject([{ tryNumber: 1, state: "failed", reason: "cleared" }]);
    expect([world.stateOf("a"), world.tryOf("a")]).toEqual(["queued", 2]);
  });

  it("[C2] an executor that never lets go is waited for until its lease ends", () => {
    const world = new World();
    world.trigger();
    world.claim("a");
    world.clear(["a"]);
    world.clear(["a"]);
    world.tick(world.settings.leaseMs);
    expect([world.stateOf("a"), world.tryOf("a"), world.run().losses[0]]).toEqual(["queued", 2, 0]);
  });

  it("[C3] a finished run is queued again and starts when the limits allow", () => {
    const world = new World(spec({ maxActiveRuns: 1 }));
    const run = world.trigger("r1");
    world.fail("a");
    world.trigger("r2");
    world.tick(1_000);
    world.clear(["a"], "r1");
    expect([run.state, run.queuedAt, run.startAt, run.endAt, run.clearNumber]).toEqual([
      "queued",
      world.now,
      null,
      null,
      1,
    ]);
    expect(world.states("r1")).toEqual({ a: "none" });
    world.claim("a", { run: "r2" });
    world.succeed("a", { run: "r2" });
    expect([run.state, run.startAt]).toEqual(["running", world.now]);
    world.succeedAll();
    expect(run.state).toBe("success");
  });

  it("[C3] a cleared run starts although another still waits for its time", () => {
    const world = new World();
    const run = world.trigger("r1");
    world.fail("a");
    world.trigger("later", { runAfterAt: world.now + 60_000 });
    world.clear(["a"], "r1");
    expect(run.state).toBe("running");
  });

  it("[C3] a run that is still running goes on", () => {
    const world = new World(spec({ tasks: graphOf("a b") }));
    const run = world.trigger();
    const { startAt } = run;
    world.succeed("a");
    world.tick(5);
    world.clear(["a"]);
    expect([run.state, run.startAt, run.clearNumber]).toEqual(["running", startAt, 1]);
  });
});

describe("mark", () => {
  it("[C4] a run marked failed stops: what runs fails, the rest is skipped, the finished stays", () => {
    const world = new World(spec({ tasks: [...graphOf("a>b>x c d"), task("e", { retries: 1 })] }));
    world.trigger();
    world.succeed("a");
    world.claim("c", { invocation: "i" });
    world.fail("e");
    const tokens = [world.tokenOf("c")];
    world.mark("failed");
    expect(world.states()).toEqual({
      a: "success",
      b: "skipped",
      x: "skipped",
      c: "failed",
      d: "skipped",
      e: "skipped",
    });
    expect([world.run().state, world.run().reason, world.reasonOf("c")]).toEqual(["failed", "cancelled", "cancelled"]);
    expect(world.apply({ type: "heartbeat", invocation: "i", tokens }).cancels).toEqual(tokens);
    expect(world.wakeAt).toBe(null);
  });

  it("[C4] a queued run marked failed never starts", () => {
    const world = new World(spec({ maxActiveRuns: 1 }));
    world.trigger("r1");
    const waiting = world.trigger("r2");
    world.apply({ type: "mark_run", run: waiting, state: "failed" });
    world.succeedAll();
    expect([waiting.state, world.state.queuedRunCount, world.state.runningRunCount]).toEqual(["failed", 0, 0]);
  });

  it("[C5] a run marked success is all success", () => {
    const world = new World(spec({ tasks: graphOf("a>b c d") }));
    world.trigger();
    world.fail("a");
    world.claim("c");
    world.mark("success");
    expect(new Set(Object.values(world.states()))).toEqual(new Set(["success"]));
    expect([world.run().state, world.run().reason]).toEqual(["success", "marked"]);
  });

  it("[C5] marking a finished run keeps the time of its end", () => {
    const world = new World();
    const run = world.trigger();
    world.fail("a");
    const { endAt } = run;
    world.tick(60_000);
    world.mark("success");
    expect([run.state, run.endAt]).toEqual(["success", endAt]);
  });

  it("[C5] the end of a marked run lets the next one start", () => {
    const world = new World(spec({ maxActiveRuns: 1 }));
    world.trigger("r1");
    world.trigger("r2");
    world.mark("success", "r1");
    expect(world.run("r2").state).toBe("running");
  });
});
