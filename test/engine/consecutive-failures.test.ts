import { describe, expect, it } from "vitest";
import { spec, World } from "../fixtures/engine-world.ts";

function worldOf(limit: number): World {
  return new World(spec({ maxConsecutiveFailedDagRuns: limit }));
}

function failRun(world: World): void {
  world.trigger();
  world.fail("a");
}

describe("a DAG that fails too often", () => {
  it("[K9] pauses with the last of so many failures, and says so", () => {
    const world = worldOf(3);
    failRun(world);
    failRun(world);
    expect(world.state.isPaused).toBe(false);
    failRun(world);
    expect(world.state.isPaused).toBe(true);
    const events = world.steps.flatMap((step) => step.events);
    expect(events).toMatchObject([{ event: "paused", detail: expect.stringContaining("last 3 runs failed") }]);
    expect(world.steps.at(-1)?.isDagChanged).toBe(true);
  });

  it("[K9] a success in between begins the count anew", () => {
    const world = worldOf(2);
    failRun(world);
    world.trigger();
    world.succeed("a");
    failRun(world);
    expect(world.state.isPaused).toBe(false);
    failRun(world);
    expect(world.state.isPaused).toBe(true);
  });

  it("[K9] the count survives a start of the object", () => {
    const world = worldOf(2);
    failRun(world);
    world.restart();
    failRun(world);
    expect(world.state.isPaused).toBe(true);
  });

  it("[K9] a run that fails twice counts once", () => {
    const world = worldOf(2);
    world.trigger("r1");
    world.fail("a");
    world.clear(["a"], "r1");
    world.fail("a");
    expect(world.state.isPaused).toBe(false);
    failRun(world);
    expect(world.state.isPaused).toBe(true);
  });

  it("[K9] a cleared run counts not until it fails again", () => {
    const world = worldOf(2);
    world.trigger("r1");
    world.fail("a");
    expect(world.clear(["a"], "r1").isDagChanged).toBe(true);
    world.trigger("r2");
    world.end("a", { type: "failed", retry: { type: "allowed" }, reason: null }, { run: "r2" });
    expect([world.run("r2").state, world.state.isPaused]).toEqual(["failed", false]);
    world.report("a", { type: "failed", retry: { type: "allowed" }, reason: null }, { run: "r1" });
    expect([world.run("r1").state, world.state.isPaused]).toEqual(["failed", true]);
  });

  it("[K9] cancelled runs count, and pause nothing by themselves", () => {
    const world = worldOf(2);
    for (let count = 0; count < 3; count += 1) {
      world.trigger();
      world.mark("failed");
    }
    expect(world.state.isPaused).toBe(false);
    failRun(world);
    expect(world.state.isPaused).toBe(true);
  });

  it("[K9] an unpaused DAG pauses again with its next failure", () => {
    const world = worldOf(2);
    failRun(world);
    failRun(world);
    world.apply({ type: "set_paused", isPaused: false });
    failRun(world);
    expect(world.state.isPaused).toBe(true);
  });

  it("[K9] without the limit nothing is counted and nothing pauses", () => {
    const world = new World(spec());
    for (let count = 0; count < 5; count += 1) failRun(world);
    expect([world.state.isPaused, world.state.failedRuns]).toEqual([false, []]);
  });
});
