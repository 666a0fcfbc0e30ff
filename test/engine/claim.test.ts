import { describe, expect, it } from "vitest";
import { newDagState } from "../../src/engine/dag-state.ts";
import { graphOf, spec, task, World } from "../fixtures/engine-world.ts";

describe("claims", () => {
  it("[Q1] a queued try waits for a consumer, and its message is sent once", () => {
    const world = new World();
    world.trigger();
    world.tick();
    expect(world.queue).toHaveLength(1);
    expect(world.state.lanes.tasks.unclaimedCount).toBe(1);
  });

  it("[Q2] a batch is claimed at once, and every try has one holder", () => {
    const world = new World(spec({ tasks: graphOf("a b c") }));
    world.trigger();
    const step = world.claimAll("i");
    expect(step.grants.map(({ place }) => place)).toEqual([0, 1, 2]);
    expect(world.state.holders.get("i")?.grants.size).toBe(3);
  });

  it("[Q2] a message that comes twice is granted once", () => {
    const world = new World();
    world.trigger();
    const [message] = world.queue;
    if (message === undefined) throw new Error("no message");
    world.claim("a", { invocation: "first" });
    const step = world.deliver([message], "second");
    expect(step.grants).toEqual([]);
    expect(step.refusals).toEqual([{ token: message.token, reason: "already_claimed", retry: false }]);
    expect(world.state.holders.has("second")).toBe(false);
  });

  it("[Q3] the same invocation gets its grant again, and nothing changes", () => {
    const world = new World();
    world.trigger();
    const [message] = world.queue;
    if (message === undefined) throw new Error("no message");
    const first = world.deliver([message], "i");
    const before = JSON.stringify(world.instanceRows.get(1)?.get("a:-1"));
    world.now += 10_000;
    const second = world.deliver([message], "i");
    expect(second.grants).toEqual(first.grants);
    expect(second.touched.size).toBe(0);
    expect(JSON.stringify(world.instanceRows.get(1)?.get("a:-1"))).toBe(before);
  });

  it("[Q3] a message twice in one batch is granted once", () => {
    const world = new World();
    world.trigger();
    expect(world.deliver([...world.queue, ...world.queue], "i").grants).toHaveLength(1);
  });

  it.each([
    [
      "a token of an earlier try",
      (world: World) => {
        world.fail("a");
        world.wake();
      },
      "superseded",
    ],
    ["a finished task instance", (world: World) => world.succeed("a"), "finished"],
    ["a cancelled run", (world: World) => world.mark("failed"), "cancelled"],
    ["a try that waits to be retried", (world: World) => world.fail("a"), "not_ready"],
    [
      "a cleared task instance",
      (world: World) => {
        world.apply({ type: "set_paused", isPaused: true });
        world.clear(["a"]);
      },
      "not_ready",
    ],
  ] as const)("[Q2] refuses %s", (_name, change, reason) => {
    const world = new World(spec({ tasks: [task("a", { retries: 1, retryDelayMs: 1_000 }), task("b")] }));
    world.trigger();
    const message = world.queue.find(({ taskId }) => taskId === "a");
    if (message === undefined) throw new Error("no message");
    change(world);
    expect(world.deliver([message]).refusals).toEqual([{ token: message.token, reason, retry: false }]);
  });

  it("[Q2] refuses what it does not know", () => {
    const world = new World();
    world.trigger();
    const [message] = world.queue;
    if (message === undefined) throw new Error("no message");
    const strangers = [
      { ...message, runId: "other" as typeof message.runId },
      { ...message, taskId: "other" },
      { ...message, mapIndex: 3 },
    ];
    expect(world.deliver(strangers).refusals.map(({ reason }) => reason)).toEqual([
      "unknown_run",
      "unknown_task",
      "unknown_task",
    ]);
  });

  it("[Q2] an object without a definition grants nothing", () => {
    const world = new World();
    world.trigger();
    const { queue } = world;
    world.state = newDagState(world.state.dagId, 1, world.settings);
    expect(world.deliver(queue).refusals[0]?.reason).toBe("no_definition");
  });
});

describe("reports", () => {
  it("[Q4] a repeated report is accepted again, and changes nothing", () => {
    const world = new World(spec({ tasks: [task("a", { retries: 1 }), task("b")] }));
    world.trigger();
    world.fail("a");
    const due = world.run().dueAt[0];
    world.now += 1_000;
    const step = world.fail("a");
    expect(step.verdicts[0]?.accepted).toBe(true);
    expect([step.touched.size, step.closedTries.length, world.run().dueAt[0]]).toEqual([0, 0, due]);
    world.succeed("b");
    expect(world.succeed("b").verdicts[0]?.accepted).toBe(true);
  });

  it("[Q4] a report of another result than the accepted one is refused", () => {
    const world = new World(spec({ tasks: graphOf("a b") }));
    world.trigger();
    world.succeed("a");
    expect(world.fail("a").verdicts[0]).toMatchObject({ accepted: false, reason: "not_ready" });
    expect(world.stateOf("a")).toBe("success");
  });

  it("[Q4] a report of an unknown run or task is refused", () => {
    const world = new World();
    world.trigger("r");
    world.claim("a");
    const report = { runId: world.run().runId, taskId: task("x").taskId, mapIndex: -1, token: 1 };
    const base = { invocation: "i", channel: "tasks", capacity: 0, wallLeftMs: 0, hop: 0 } as const;
    const step = world.apply({ type: "report", ...base, reports: [{ ...report, outcome: { type: "success" } }] });
    expect(step.verdicts[0]?.accepted).toBe(false);
  });

  it.each([
    ["cancelled", (world: World) => world.mark("failed"), "cancelled"],
    ["marked", (world: World) => world.mark("success"), "cancelled"],
    [
      "lost",
      (world: World) => {
        world.heartbeat("i");
        world.tick(world.settings.leaseMs);
      },
      "not_ready",
    ],
    ["timed out with its run", (world: World) => world.tick(3_600_000), "cancelled"],
  ] as const)("[Q5] the result of a try that was %s is refused", (_name, change, reason) => {
    const world = new World(spec({ tasks: [task("a"), task("b")], dagRunTimeoutMs: 3_000_000 }));
    world.trigger();
    world.claim("a", { invocation: "i" });
    change(world);
    const state = world.stateOf("a");
    const step = world.report("a", { type: "success" }, { invocation: "i" });
    expect(step.verdicts).toEqual([{ token: world.tokenOf("a"), accepted: false, reason }]);
    expect(world.stateOf("a")).toBe(state);
  });
});
