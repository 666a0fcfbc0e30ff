import { describe, expect, it } from "vitest";
import { MAX_LOSS_COUNT } from "../../src/engine/defaults.ts";
import { FLAG_SOLO } from "../../src/engine/run-state.ts";
import { graphOf, spec, task, World } from "../fixtures/engine-world.ts";

const LEASE = 90_000;

describe("leases", () => {
  it("[Q6] a heartbeat renews the leases of its invocation and writes nothing", () => {
    const world = new World();
    world.trigger();
    world.claim("a", { invocation: "i" });
    world.tick(60_000);
    const step = world.heartbeat("i");
    expect([step.cancels, step.touched.size]).toEqual([[], 0]);
    expect(world.wakeAt).toBe(world.now + LEASE);
    world.tick(LEASE - 1);
    expect(world.stateOf("a")).toBe("running");
  });

  it("[Q6] a heartbeat names the tokens that must stop", () => {
    const world = new World(spec({ tasks: graphOf("a b c") }));
    world.trigger();
    world.claimAll("i");
    const [a = 0, b = 0, c = 0] = ["a", "b", "c"].map((id) => world.tokenOf(id));
    world.clear(["b"]);
    world.succeed("c");
    const step = world.apply({ type: "heartbeat", invocation: "i", tokens: [a, b, c, 999] });
    expect(step.cancels).toEqual([b, c, 999]);
    expect(world.apply({ type: "heartbeat", invocation: "other", tokens: [a] }).cancels).toEqual([a]);
  });

  it("[Q6] a renewal never shortens a lease, so that its end is always noticed", () => {
    const world = new World(spec({ tasks: [task("a", { executionTimeoutMs: 20_000 }), task("b")] }));
    world.trigger();
    world.claim("a", { invocation: "i" });
    // A full lease from here, which ends long after the execution timeout.
    world.restart();
    world.tick(1_000);
    world.heartbeat("i");
    world.tick(LEASE);
    expect([world.stateOf("a"), world.reasonOf("a")]).toEqual(["failed", "execution_timeout"]);
  });

  it("[Q7] a grant that dies without a sign of life is sent again in the same try, three times", () => {
    const world = new World(spec({ tasks: [task("a"), task("b")] }));
    world.trigger();
    const tokens = new Set<number>();
    for (let losses = 0; losses < MAX_LOSS_COUNT; losses += 1) {
      world.claim("a");
      tokens.add(world.tokenOf("a"));
      const step = world.tick(LEASE);
      expect(step.events[0]).toMatchObject({ event: "heartbeat timeout", place: 0 });
      expect([world.stateOf("a"), world.reasonOf("a"), world.tryOf("a")]).toEqual(["queued", "heartbeat_lost", 1]);
    }
    world.claim("a");
    world.tick(LEASE);
    expect(tokens.size).toBe(MAX_LOSS_COUNT);
    expect([world.stateOf("a"), world.reasonOf("a")]).toEqual(["failed", "heartbeat_lost"]);
  });

  it("[Q7] what an executor still reports under a replaced grant is refused", () => {
    const world = new World();
    world.trigger();
    world.claim("a", { invocation: "i" });
    const token = world.tokenOf("a");
    world.tick(LEASE);
    const step = world.report("a", { type: "success" }, { token, invocation: "i" });
    expect(step.verdicts).toEqual([{ token, accepted: false, reason: "superseded" }]);
    expect(world.apply({ type: "heartbeat", invocation: "i", tokens: [token] }).cancels).toEqual([token]);
  });

  it("[Q8] a grant that dies after a sign of life is a failed try", () => {
    const world = new World(spec({ tasks: [task("a", { retries: 1 })] }));
    world.trigger();
    world.claim("a", { invocation: "i" });
    world.tick(1_000);
    world.heartbeat("i");
    world.tick(LEASE);
    expect([world.stateOf("a"), world.reasonOf("a")]).toEqual(["up_for_retry", "heartbeat_lost"]);
    world.wake();
    expect(world.tryOf("a")).toBe(2);
  });

  it("[Q9] grants that one invocation lost together cost nothing and are sent again, to be alone", () => {
    const world = new World(spec({ tasks: graphOf("a b c") }));
    world.trigger();
    world.claimAll("i");
    world.tick(1_000);
    world.heartbeat("i");
    world.tick(LEASE);
    expect(world.states()).toEqual({ a: "queued", b: "queued", c: "queued" });
    expect([...world.run().losses]).toEqual([0, 0, 0]);
    expect(world.queue.map((message) => message.lane)).toEqual(["tasks-long", "tasks-long", "tasks-long"]);
  });

  it("[Q9] grants given at different times are lost together all the same", () => {
    const world = new World(spec({ tasks: graphOf("a>b c>d") }));
    world.trigger();
    world.claimAll("i");
    world.tick(5_000);
    world.succeed("a", { capacity: 1 });
    // One holder now: c since the start, b since 5 s later; then the invocation dies.
    expect(world.state.holders.get("i")?.grants.size).toBe(2);
    world.tick(LEASE - 5_000);
    expect([world.stateOf("b"), world.stateOf("c")]).toEqual(["queued", "queued"]);
    expect([...world.run().losses]).toEqual([0, 0, 0, 0]);
  });

  it("[Q9] a try that an invocation forgot is its own loss, while the others live", () => {
    const world = new World(spec({ tasks: graphOf("a b") }));
    world.trigger();
    world.claimAll("i");
    world.tick(60_000);
    world.apply({ type: "heartbeat", invocation: "i", tokens: [world.tokenOf("b")] });
    world.tick(30_000);
    expect(world.states()).toEqual({ a: "queued", b: "running" });
    expect([...world.run().losses]).toEqual([1, 0]);
  });

  it("[Q9] a cleared try among those lost together starts afresh", () => {
    for (const cleared of ["a", "b"]) {
      const world = new World(spec({ tasks: graphOf("a b c") }));
      world.trigger();
      world.claimAll("i");
      world.clear([cleared]);
      const step = world.tick(LEASE);
      expect(world.states()).toEqual({ a: "queued", b: "queued", c: "queued" });
      expect(world.tryOf(cleared)).toBe(2);
      expect(step.closedTries).toMatchObject([{ tryNumber: 1, reason: "cleared" }]);
      expect([...world.run().losses]).toEqual([0, 0, 0]);
    }
  });

  it("[Q10] a try to be alone is refused within a batch, to come again", () => {
    const world = lostTogether();
    const [message] = world.queue;
    const step = world.claimAll("batch");
    expect(step.grants).toEqual([]);
    expect(step.refusals[0]).toEqual({ token: message?.token, reason: "solo_only", retry: true });
    if (message === undefined) throw new Error("no message");
    expect(world.deliver([message], "alone").grants).toHaveLength(1);
  });

  it("[Q10] only what is lost while alone counts", () => {
    const world = lostTogether();
    world.claim("a", { invocation: "alone" });
    world.heartbeat("alone");
    world.tick(LEASE);
    expect(world.stateOf("a")).toBe("failed");
  });

  it("[Q10] the next try need not be alone any more", () => {
    const world = lostTogether({ retries: 1 });
    world.claim("a");
    world.fail("a");
    expect(world.run().hasFlag(0, FLAG_SOLO)).toBe(false);
  });

  it("[Q15] after a start of the object every running try gets one full lease and stays with its invocation", () => {
    const world = new World(spec({ tasks: graphOf("a>b") }));
    world.trigger();
    world.claim("a", { invocation: "i" });
    world.tick(80_000);
    world.restart();
    expect(world.wakeAt).toBe(world.now + LEASE);
    expect(world.heartbeat("i").cancels).toEqual([]);
    world.tick(LEASE - 1);
    expect(world.stateOf("a")).toBe("running");
    world.succeed("a", { invocation: "i" });
    expect(world.stateOf("b")).toBe("queued");
  });
});

describe("leases of an object that is evicted between two wakes", () => {
  /** Starts the object anew with each alarm, as often as there is one until then. */
  function passEvicted(world: World, ms: number): void {
    const until = world.now + ms;
    while (world.wakeAt !== null && world.wakeAt <= until) {
      world.now = Math.max(world.now, world.wakeAt);
      world.restart();
      world.tick();
    }
    world.now = until;
  }

  it("[Q15] a lost grant is noticed all the same, one lease after the first", () => {
    const world = new World();
    world.trigger();
    world.claim("a", { invocation: "i" });
    passEvicted(world, 2 * LEASE - 1);
    expect(world.stateOf("a")).toBe("running");
    passEvicted(world, 1);
    expect([world.stateOf("a"), world.reasonOf("a"), world.tryOf("a")]).toEqual(["queued", "heartbeat_lost", 1]);
  });

  it("[Q15] one that is heard of, however rarely, stays where it is", () => {
    const world = new World();
    world.trigger();
    world.claim("a", { invocation: "i" });
    for (let count = 0; count < 10; count += 1) {
      passEvicted(world, LEASE - 1);
      world.restart();
      expect(world.heartbeat("i").cancels).toEqual([]);
    }
    expect(world.stateOf("a")).toBe("running");
    passEvicted(world, 3 * LEASE);
    expect(world.stateOf("a")).toBe("queued");
  });

  it("[Q15] a heartbeat writes only for a try that a row doubts", () => {
    const world = new World();
    world.trigger();
    world.claim("a", { invocation: "i" });
    passEvicted(world, LEASE);
    expect(world.heartbeat("i").touched.size).toBe(1);
    expect(world.heartbeat("i").touched.size).toBe(0);
  });

  it("[Q15] an object that was away when the lease ended gives another one", () => {
    const world = new World();
    world.trigger();
    world.claim("a", { invocation: "i" });
    passEvicted(world, LEASE);
    world.now += 2 * LEASE;
    world.restart();
    world.tick();
    expect(world.stateOf("a")).toBe("running");
    passEvicted(world, LEASE);
    expect(world.stateOf("a")).toBe("queued");
  });

  it("[Q15] a try that ends while it is doubted leaves nothing of that behind", () => {
    const world = new World(spec({ tasks: [task("a", { retries: 1 })] }));
    world.trigger();
    world.claim("a", { invocation: "i" });
    passEvicted(world, LEASE);
    world.report("a", { type: "skipped" }, { invocation: "i" });
    expect([world.run().doubted.size, world.run().silent.size]).toEqual([0, 0]);
  });
});

function lostTogether(options: { retries?: number } = {}): World {
  const world = new World(spec({ tasks: [task("a", options), task("b", options)] }));
  world.trigger();
  world.claimAll("first");
  world.tick(LEASE);
  return world;
}
