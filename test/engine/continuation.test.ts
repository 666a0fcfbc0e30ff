import { describe, expect, it } from "vitest";
import { INVOCATION_WALL_MS, LONG_DURATION_MS, MAX_HOP_COUNT } from "../../src/engine/defaults.ts";
import { graphOf, spec, task, World } from "../fixtures/engine-world.ts";

const chain = (options = {}) => {
  const world = new World(spec({ tasks: [task("a"), task("b", { upstream: ["a"], ...options })] }));
  world.trigger();
  world.claim("a", { invocation: "i" });
  return world;
};

describe("continuation", () => {
  it("[Q13] a report hands back what it made ready, already claimed", () => {
    const world = chain();
    const step = world.succeed("a", { capacity: 1 });
    expect(step.sends).toEqual([]);
    expect(step.grants).toEqual([{ run: world.run(), place: 1, token: world.tokenOf("b") }]);
    expect(world.stateOf("b")).toBe("running");
    expect(world.heartbeat("i").cancels).toEqual([]);
    world.succeed("b", { capacity: 1 });
    expect(world.run().state).toBe("success");
  });

  it("[Q13] no more is handed back than the executor takes; the rest goes to the queue", () => {
    const world = new World(spec({ tasks: graphOf("a>b a>c a>d") }));
    world.trigger();
    const step = world.succeed("a", { capacity: 2 });
    expect([step.grants.length, step.sends.length]).toEqual([2, 1]);
    expect(world.states()).toMatchObject({ b: "running", c: "running", d: "queued" });
  });

  it.each([
    ["the last hop", {}, { hop: MAX_HOP_COUNT - 1 }, "running"],
    ["one hop too many", {}, { hop: MAX_HOP_COUNT }, "queued"],
    ["the first 60 s, without a timeout", {}, { wallLeftMs: INVOCATION_WALL_MS - 60_000 }, "running"],
    ["later than that, without a timeout", {}, { wallLeftMs: INVOCATION_WALL_MS - 60_001 }, "queued"],
    ["a timeout that fits, with its grace", { executionTimeoutMs: 50_000 }, { wallLeftMs: 60_000 }, "running"],
    ["a timeout that does not fit", { executionTimeoutMs: 50_000 }, { wallLeftMs: 59_999 }, "queued"],
    ["no capacity", {}, { capacity: 0 }, "queued"],
    ["another queue", { queue: "tasks-long" }, {}, "queued"],
    ["its own queue", { queue: "tasks-long" }, { channel: "tasks-long" }, "running"],
    ["another executor", { executor: "local" }, {}, "queued"],
    ["its own executor", { executor: "local" }, { channel: "local" }, "running"],
    ["the sequential executor", { executor: "sequential" }, { channel: "local" }, "running"],
  ] as const)("[Q13] %s: with %j, a report with %j makes the next one %s", (_name, options, report, state) => {
    const world = chain(options);
    world.succeed("a", { capacity: 1, ...report });
    expect(world.stateOf("b")).toBe(state);
  });

  it("[Q13] the limits of starting hold for what is handed back", () => {
    const world = new World(spec({ tasks: graphOf("a>c b c>d"), maxActiveTasks: 1 }));
    world.trigger();
    world.succeed("a", { capacity: 1 });
    expect(world.states()).toMatchObject({ c: "running", b: "scheduled" });
    world.apply({ type: "set_paused", isPaused: true });
    expect(world.succeed("c", { capacity: 1 }).grants).toEqual([]);
  });

  it("[Q13] an invocation whose last other grant ends with the same event holds what it is handed", () => {
    const world = new World(spec({ tasks: graphOf("a>c b") }));
    world.trigger();
    world.claimAll("i");
    world.now += world.settings.leaseMs - 20_000;
    world.apply({ type: "heartbeat", invocation: "i", tokens: [world.tokenOf("a")] });
    // The lease of b ends at the instant of the report.
    world.now += 20_000;
    world.succeed("a", { invocation: "i", capacity: 1 });
    expect(world.states()).toMatchObject({ b: "queued", c: "running" });
    expect(world.apply({ type: "heartbeat", invocation: "i", tokens: [world.tokenOf("c")] }).cancels).toEqual([]);
  });
});

describe("queues", () => {
  it.each([
    [{}, "tasks"],
    [{ executionTimeoutMs: 60_000 }, "tasks"],
    [{ executionTimeoutMs: 60_001 }, "tasks-long"],
    [{ executionTimeoutMs: 60_001, queue: "tasks" }, "tasks"],
    [{ queue: "tasks-long" }, "tasks-long"],
    [{ executor: "local" }, "local"],
    [{ executor: "sequential", executionTimeoutMs: 90_000 }, "sequential"],
  ] as const)("[Q14] %j goes to %s", (options, lane) => {
    const world = new World(spec({ tasks: [task("a", options)] }));
    world.trigger();
    expect(world.queue.map((message) => message.lane)).toEqual([lane]);
  });

  it("[Q14] a task that took long goes to the long queue the next time, until it was quick again", () => {
    const world = new World(spec({ tasks: [task("a"), task("b", { queue: "tasks" })] }));
    const lanes = (durationMs: number) => {
      const { runId } = world.trigger();
      const lane = world.queue.map((message) => message.lane);
      world.claimAll("i");
      world.tick(durationMs);
      for (const id of ["a", "b"]) world.report(id, { type: "success" }, { run: runId });
      return lane;
    };
    expect(lanes(LONG_DURATION_MS + 1)).toEqual(["tasks", "tasks"]);
    expect(lanes(LONG_DURATION_MS)).toEqual(["tasks-long", "tasks"]);
    expect(lanes(1)).toEqual(["tasks", "tasks"]);
  });
});
