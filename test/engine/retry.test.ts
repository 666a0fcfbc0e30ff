import { describe, expect, it } from "vitest";
import { graphOf, spec, task, World } from "../fixtures/engine-world.ts";

const withRetries = (retries: number, options = {}) =>
  new World(
    spec({ tasks: [task("a", { retries, retryDelayMs: 60_000, ...options }), task("b", { upstream: ["a"] })] }),
  );

describe("retries", () => {
  it("[R1] a failed try waits for its retry delay and begins again with the next number", () => {
    const world = withRetries(2);
    world.trigger();
    world.fail("a");
    expect(world.stateOf("a")).toBe("up_for_retry");
    expect(world.wakeAt).toBe(world.now + 60_000);
    world.tick(59_999);
    expect(world.stateOf("a")).toBe("up_for_retry");
    world.wake();
    expect([world.stateOf("a"), world.tryOf("a")]).toEqual(["queued", 2]);
    expect(world.stateOf("b")).toBe("none");
  });

  it("[R1] the next try waits for an upstream task that was cleared meanwhile, as the first one did", () => {
    const world = withRetries(0);
    world.define(spec({ tasks: graphOf("a>b", { b: { retries: 1, retryDelayMs: 60_000 } }) }), false);
    world.trigger();
    world.succeed("a");
    world.fail("b");
    world.clear(["a"]);
    world.claim("a");
    world.tick(60_000);
    expect([world.stateOf("b"), world.tryOf("b")]).toEqual(["none", 1]);
    world.report("a", { type: "success" });
    expect([world.stateOf("b"), world.tryOf("b")]).toEqual(["queued", 2]);
    world.fail("b");
    expect(world.stateOf("b")).toBe("failed");
  });

  it("[R1] the delay grows and spreads when the task says so", () => {
    const world = new World(
      spec({ tasks: [task("t", { retries: 3, retryDelayMs: 30_000, retryExponentialBackoff: 2 })] }),
    );
    world.trigger("r", { logicalAt: Date.UTC(2016, 0, 1) });
    world.fail("t");
    expect(world.wakeAt).toBe(world.now + 51_000);
  });

  it("[R1] a try that fails after another uses a new token, so that the old one's results are refused", () => {
    const world = withRetries(1);
    world.trigger();
    world.fail("a");
    const token = world.tokenOf("a");
    world.wake();
    expect(world.tokenOf("a")).toBeGreaterThan(token);
    world.claim("a");
    expect(world.report("a", { type: "success" }, { token }).verdicts).toEqual([
      { token, accepted: false, reason: "superseded" },
    ]);
    expect(world.stateOf("a")).toBe("running");
  });

  it.each([0, 1, 3])("[R2] with %i retries a task instance has one try more, then it has failed", (retries) => {
    const world = withRetries(retries);
    world.trigger();
    for (let number = 1; number <= retries; number += 1) {
      expect(world.tryOf("a")).toBe(number);
      world.fail("a");
      world.wake();
    }
    world.fail("a");
    expect(world.states()).toEqual({ a: "failed", b: "upstream_failed" });
    expect(world.tryOf("a")).toBe(retries + 1);
  });

  it("[R3] a task may name the delay of its retry, which does not grow", () => {
    const world = withRetries(2, { retryExponentialBackoff: 2 });
    world.trigger();
    world.fail("a", { type: "after", ms: 5_000 });
    expect(world.wakeAt).toBe(world.now + 5_000);
    world.wake();
    world.fail("a", { type: "after", ms: 5_000 });
    expect(world.wakeAt).toBe(world.now + 5_000);
  });

  it("[R3] a named delay gives no more tries than there are", () => {
    const world = withRetries(0);
    world.trigger();
    world.fail("a", { type: "after", ms: 5_000 });
    expect(world.stateOf("a")).toBe("failed");
  });

  it("[R4] a failure that forbids retries is the end", () => {
    const world = withRetries(5);
    world.trigger();
    world.fail("a", { type: "forbidden" });
    expect([world.stateOf("a"), world.reasonOf("a")]).toEqual(["failed", "retry_forbidden"]);
  });

  it("[R5] a try that another follows is kept as history", () => {
    const world = withRetries(1);
    world.trigger();
    world.tick(1_000);
    world.claim("a");
    world.tick(2_000);
    const token = world.tokenOf("a");
    const step = world.fail("a");
    const run = world.run();
    expect(step.closedTries).toEqual([
      {
        run,
        place: 0,
        tryNumber: 1,
        state: "failed",
        reason: "task_error",
        token,
        queuedAt: world.now - 3_000,
        startAt: world.now - 2_000,
        endAt: world.now,
      },
    ]);
    world.wake();
    // The last try is told by the task instance itself.
    expect(world.fail("a").closedTries).toEqual([]);
  });

  it("[R5] each try has its own budget of lost grants", () => {
    const world = withRetries(1);
    world.trigger();
    world.claim("a");
    world.tick(world.settings.leaseMs);
    expect(world.run().losses[0]).toBe(1);
    world.fail("a");
    world.wake();
    expect(world.run().losses[0]).toBe(0);
  });

  it("[R1] a retry delay runs on while the DAG is paused, and its end waits for the pause", () => {
    const world = new World(spec({ tasks: graphOf("a", { a: { retries: 1 } }) }));
    world.trigger();
    world.fail("a");
    world.apply({ type: "set_paused", isPaused: true });
    world.wake();
    expect([world.stateOf("a"), world.reasonOf("a")]).toEqual(["scheduled", "dag_paused"]);
    world.apply({ type: "set_paused", isPaused: false });
    expect(world.stateOf("a")).toBe("queued");
  });
});
