import { describe, expect, it } from "vitest";
import { advance } from "../../src/engine/advance.ts";
import { MAX_TIMERS_PER_EVENT } from "../../src/engine/defaults.ts";
import { FLAG_CHANGED, FLAG_UNFLUSHED } from "../../src/engine/run-state.ts";
import { graphOf, START, spec, task, World } from "../fixtures/engine-world.ts";

describe("wake-ups", () => {
  // The world itself checks after each event that the wake-up is never later than anything that is due.
  it.each([
    ["a run's time", (world: World) => world.trigger("r", { runAfterAt: START + 7 }), START + 7],
    ["a re-send", (world: World) => world.trigger(), START + 30_000],
    [
      "the end of a lease",
      (world: World) => {
        world.trigger();
        world.claim("a");
      },
      START + 90_000,
    ],
    [
      "a retry",
      (world: World) => {
        world.trigger();
        world.fail("a");
      },
      START + 300_000,
    ],
  ] as const)("[W1] the engine asks to be woken for %s", (_name, prepare, at) => {
    const world = new World(spec({ tasks: [task("a", { retries: 1 })] }));
    prepare(world);
    // Entries that went stale may wake it earlier; then it asks again.
    while ((world.wakeAt ?? at) < at) world.wake();
    expect(world.wakeAt).toBe(at);
  });

  it("[W1] the timeout of a run wakes it", () => {
    const world = new World(spec({ dagRunTimeoutMs: 10_000 }));
    world.trigger();
    expect(world.wakeAt).toBe(START + 10_000);
  });

  it("[W2] with nothing due it asks for nothing", () => {
    const world = new World();
    expect(world.wakeAt).toBe(null);
    world.trigger();
    world.succeed("a");
    expect(world.wakeAt).toBe(null);
  });

  it("[W3] waking with nothing due changes nothing", () => {
    const world = new World(spec({ tasks: graphOf("a>b c", { a: { retries: 1 } }) }));
    world.trigger();
    world.fail("a");
    const step = world.tick(1_000);
    expect([step.touched.size, step.sends.length, step.events.length, step.start]).toEqual([0, 0, 0, null]);
  });

  it("[W3] a clock that steps back makes nothing due and breaks nothing", () => {
    const world = new World(spec({ tasks: graphOf("a>b") }));
    world.trigger();
    world.claim("a");
    world.tick(-3_600_000);
    expect(world.stateOf("a")).toBe("running");
    world.succeedAll();
    expect(world.run().state).toBe("success");
  });

  it("[W4] one event handles a bounded number of due times, and the rest follows at once", () => {
    const names = Array.from({ length: MAX_TIMERS_PER_EVENT + 10 }, (_, index) => `t${index}`);
    const world = new World(spec({ tasks: names.map((name) => task(name, { retries: 1, retryDelayMs: 1_000 })) }));
    const waitingCount = () => Object.values(world.states()).filter((state) => state === "up_for_retry").length;
    world.trigger();
    while (world.queue.length > 0) world.claimAll();
    for (const name of names) world.fail(name);
    expect(waitingCount()).toBe(MAX_TIMERS_PER_EVENT + 10);
    world.tick(1_000);
    expect(waitingCount()).toBe(10);
    expect(world.wakeAt).toBeLessThanOrEqual(world.now);
    world.tick();
    expect(waitingCount()).toBe(0);
    expect(world.wakeAt).toBeGreaterThan(world.now);
  });
});

describe("start of the object", () => {
  it("[W5] a run goes on from its rows wherever it stood, to the same end", () => {
    const dag = spec({
      tasks: graphOf("a>b>d a>c>d d>e x>y", { x: { retries: 1 }, d: { triggerRule: "all_done" } }),
      maxActiveTasks: 2,
    });
    for (let restartAt = 0; restartAt < 12; restartAt += 1) {
      const world = new World(dag);
      world.trigger("r");
      const moves: (() => void)[] = [
        () => world.claim("a"),
        () => world.succeed("a"),
        () => world.fail("x"),
        () => world.skip("b"),
        () => world.claim("c"),
        () => world.tick(300_000),
        () => world.succeed("c"),
        () => world.succeed("x"),
      ];
      moves.forEach((move, at) => {
        if (at === restartAt) world.restart();
        move();
      });
      world.restart();
      world.succeedAll();
      expect(world.run().state).toBe("success");
      expect(world.states()).toMatchObject({ a: "success", b: "skipped", c: "success", d: "success", y: "success" });
      expect(world.tryOf("x")).toBe(2);
    }
  });

  it("[W5] what was ready and waited for a limit is ready again", () => {
    const world = new World(spec({ tasks: graphOf("a b c"), maxActiveTasks: 1 }));
    world.trigger();
    world.apply({ type: "set_paused", isPaused: true });
    world.restart();
    expect(world.states()).toEqual({ a: "queued", b: "scheduled", c: "scheduled" });
    expect(world.tryOf("b")).toBe(1);
    world.apply({ type: "set_paused", isPaused: false });
    world.succeedAll();
    expect(world.run().state).toBe("success");
  });

  it("[W5] until the first event has judged what was loaded, the engine is due at once", () => {
    const world = new World(spec({ tasks: graphOf("a>b") }));
    world.trigger();
    world.claim("a", { invocation: "i" });
    world.restart();
    expect(world.heartbeat("i").wakeAt).toBeGreaterThan(world.now);
  });

  it("[W5] a row never says that it differs from itself", () => {
    const world = new World();
    world.trigger();
    world.claim("a");
    world.restart();
    const [run] = [...world.state.runs.values()];
    expect((run?.flags[0] ?? 0) & (FLAG_CHANGED | FLAG_UNFLUSHED)).toBe(0);
    world.succeed("a");
    expect(world.instanceRows.get(1)?.get("a:-1")?.state).toBe("success");
  });

  it("[W6] the same events from equal states give equal steps", () => {
    const played = () => {
      const world = new World(spec({ tasks: graphOf("a>b>d a>c>d", { b: { retries: 1 } }) }));
      world.trigger("r");
      world.claimAll("i");
      world.succeed("a", { capacity: 1 });
      world.fail("b");
      world.tick(300_000);
      world.succeedAll();
      return { rows: [...(world.instanceRows.get(1)?.values() ?? [])], sequence: world.state.sequence };
    };
    expect(played()).toEqual(played());
  });

  it("[W6] tokens and versions come from one sequence that only grows", () => {
    const world = new World(spec({ tasks: graphOf("a>b") }));
    const before = world.state.sequence;
    world.trigger();
    const token = world.tokenOf("a");
    expect(token).toBeGreaterThan(before);
    const step = advance(world.state, { type: "tick" }, world.now);
    expect(step.state.sequence).toBeGreaterThan(token);
  });
});
