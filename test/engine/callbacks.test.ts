import { describe, expect, it } from "vitest";
import { afterFailedAttempt, whenCallbackIsDue } from "../../src/engine/callbacks.ts";
import { CALLBACK_GIVE_UP_MS, DEFAULT_SETTINGS, MAX_LOSS_COUNT } from "../../src/engine/defaults.ts";
import { graphOf, spec, task, World } from "../fixtures/engine-world.ts";

const LEASE = 90_000;
const watched = { callbacks: ["failure", "retry", "success", "skipped"] } as const;

function causes(world: World) {
  return world.steps.flatMap((step) => step.callbacks.map(({ cause, order }) => ({ cause, order })));
}

describe("callbacks of tries", () => {
  it("[K1] a try that is lost after a sign of life orders the retry callback, the last one the failure callback", () => {
    const world = new World(spec({ tasks: [task("a", { ...watched, retries: 1, retryDelayMs: 1_000 })] }));
    world.trigger();
    const tokens: number[] = [];
    for (let tryNumber = 1; tryNumber <= 2; tryNumber += 1) {
      world.claim("a", { invocation: "i" });
      world.heartbeat("i");
      tokens.push(world.tokenOf("a"));
      world.tick(LEASE);
      world.tick(1_000);
    }
    const common = { type: "task", taskId: "a", mapIndex: -1, maxTries: 2, error: null, reason: "heartbeat_lost" };
    expect(causes(world).map(({ order }) => order)).toEqual([
      { ...common, callback: "retry", tryNumber: 1, tryToken: tokens[0] },
      { ...common, callback: "failure", tryNumber: 2, tryToken: tokens[1] },
    ]);
  });

  it("[K1] a grant that is replaced orders nothing, the loss that ends the try does", () => {
    const world = new World(spec({ tasks: [task("a", watched)] }));
    world.trigger();
    for (let losses = 0; losses <= MAX_LOSS_COUNT; losses += 1) {
      expect(causes(world)).toEqual([]);
      world.claim("a");
      world.tick(LEASE);
    }
    expect(causes(world).map(({ order }) => order)).toMatchObject([{ callback: "failure", reason: "heartbeat_lost" }]);
    const events = world.steps.flatMap((step) => step.events.map(({ event, detail }) => `${event}: ${detail}`));
    expect(events.at(-1)).toBe("heartbeat timeout: no sign of life from the executor: try 1 has failed");
  });

  it("[K1] a try that nobody claims, and one that outruns its timeout, order the failure callback", () => {
    const unclaimed = new World(spec({ tasks: [task("a", watched)] }));
    unclaimed.trigger();
    while (unclaimed.stateOf("a") === "queued") unclaimed.wake();
    expect(causes(unclaimed).map(({ order }) => order)).toMatchObject([
      { callback: "failure", reason: "queue_timeout" },
    ]);
    const late = new World(spec({ tasks: [task("a", { ...watched, executionTimeoutMs: 20_000 })] }));
    late.trigger();
    late.claim("a");
    late.tick(30_000);
    expect(causes(late).map(({ order }) => order)).toMatchObject([
      { callback: "failure", reason: "execution_timeout" },
    ]);
  });

  it("[K1] a reported try orders nothing: its executor learns from the verdict what became of it", () => {
    const tasks = graphOf("a b c", { a: watched, b: { ...watched, retries: 1 }, c: watched });
    const world = new World(spec({ tasks }));
    world.trigger();
    expect(world.fail("a").verdicts).toMatchObject([{ accepted: true, state: "failed" }]);
    expect(world.fail("b").verdicts).toMatchObject([{ accepted: true, state: "up_for_retry" }]);
    expect(world.skip("c").verdicts).toMatchObject([{ accepted: true, state: "skipped" }]);
    expect(causes(world)).toEqual([]);
  });

  it("[K1] a task without the callback orders nothing", () => {
    const world = new World(spec({ tasks: [task("a", { callbacks: ["success", "retry"] })] }));
    world.trigger();
    while (world.stateOf("a") === "queued") world.wake();
    expect(causes(world)).toEqual([]);
  });
});

describe("callbacks of runs", () => {
  const both = { callbacks: ["success", "failure"] } as const;

  it("[K2] the end of a run orders the callback of its state, with the reason", () => {
    const world = new World(spec(both));
    world.trigger();
    world.succeed("a");
    world.trigger();
    world.fail("a");
    expect(causes(world).map(({ order }) => order)).toEqual([
      { type: "dag", callback: "success", reason: null },
      { type: "dag", callback: "failure", reason: "task_failure" },
    ]);
  });

  it("[K2] a run that times out orders the DAG's callback, and none of the tasks it skips", () => {
    const world = new World(
      spec({ ...both, dagRunTimeoutMs: 60_000, tasks: graphOf("a>b", { a: watched, b: watched }) }),
    );
    world.trigger();
    world.claim("a");
    world.tick(60_000);
    expect(causes(world).map(({ order }) => order)).toEqual([
      { type: "dag", callback: "failure", reason: "timed_out" },
    ]);
  });

  it("[K2] what a user decides is silent", () => {
    const world = new World(spec({ ...both, tasks: [task("a", watched)] }));
    world.trigger();
    world.claim("a");
    world.mark("failed");
    world.mark("success");
    world.trigger();
    world.mark("success");
    expect(causes(world)).toEqual([]);
  });

  it("[K3] each life of a run and each try has a cause of its own, and the same life only one", () => {
    const world = new World(spec({ ...both, tasks: [task("a", watched)] }));
    world.trigger("r1");
    world.fail("a");
    world.clear(["a"], "r1");
    world.fail("a");
    world.tick(60_000);
    expect(causes(world).map(({ cause }) => cause)).toEqual(["dag_failure:0", "dag_failure:1"]);
  });
});

describe("delivery", () => {
  const queued = { state: "queued", attemptCount: 0, sendCount: 0, createdAt: 0 } as const;

  it("[K4] a failed attempt is followed by another after 10 s, then 60 s, and the third is the last", () => {
    const steps = [1, 2, 3].map((attemptCount) =>
      afterFailedAttempt({ ...queued, state: "running", attemptCount }, 1_000, "no"),
    );
    expect(steps).toEqual([
      { type: "retry", dueAt: 11_000, error: "no" },
      { type: "retry", dueAt: 61_000, error: "no" },
      { type: "failed", error: "no" },
    ]);
  });

  it("[K4] a lease that ends is a failed attempt", () => {
    const lost = whenCallbackIsDue({ ...queued, state: "running", attemptCount: 3 }, 1_000, DEFAULT_SETTINGS);
    expect(lost).toMatchObject({ type: "failed", error: expect.stringContaining("no sign of life") });
  });

  it("[K5] a message is sent again ever more slowly, and given up after a day", () => {
    const delays = [0, 1, 2, 3, 4, 5, 6, 60].map((sendCount) => {
      const change = whenCallbackIsDue({ ...queued, sendCount }, 0, DEFAULT_SETTINGS);
      return change.type === "send" ? change.dueAt / 1_000 : change;
    });
    expect(delays).toEqual([30, 60, 120, 240, 480, 900, 900, 900]);
    expect(whenCallbackIsDue(queued, CALLBACK_GIVE_UP_MS, DEFAULT_SETTINGS)).toMatchObject({ type: "failed" });
  });
});
