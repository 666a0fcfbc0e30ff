import { describe, expect, it } from "vitest";
import { explain } from "../../src/engine/explain.ts";
import { spec, task, World } from "../fixtures/engine-world.ts";

const LEASE = 90_000;

function reasons(world: World): string[] {
  return explain(world.state, world.run(), world.place("a"), world.now).map(({ reason }) => reason);
}

describe("what is told of a try that was given up or sent again", () => {
  it("[L6] a message that nobody claims tells how often it was sent", () => {
    const world = new World();
    world.trigger();
    expect(reasons(world)).toEqual(["Its message was sent 0 s ago and waits for a consumer to claim it"]);
    world.tick(30_000);
    world.tick(60_000);
    expect(reasons(world)).toEqual([
      "Its message was sent 90 s ago, again 2 of 3 times, and waits for a consumer to claim it",
    ]);
  });

  it("[D2] [D3] a queued run tells what holds it: the pause, the limit, or the memory", () => {
    const world = new World(spec({ maxActiveRuns: 1 }));
    world.trigger("one");
    world.trigger("two");
    world.backfill(7, { runs: 1 });
    const told = (runId: string) => explain(world.state, world.read(runId), 0, world.now)[0];
    expect(told("two")).toEqual({
      rule: "D2",
      reason: "The run is queued: 1 of at most 1 runs of this DAG are running (maxActiveRuns)",
    });
    world.apply({ type: "set_paused", isPaused: true });
    expect(told("two")).toEqual({ rule: "D2", reason: 'The run is queued: DAG "d" is paused' });
    world.trigger("three");
    world.backfill(8, { runs: 1 });
    expect(told("backfill8__1")).toEqual({ rule: "BF1", reason: 'The run is queued: DAG "d" is paused' });
    const state = { ...world.state, isPaused: false, runningRunCount: 0 };
    expect(explain(state, world.read("two"), 0, world.now)[0]?.rule).toBe("D3");
  });

  it("[L6] a grant that was lost tells why its message was sent anew", () => {
    const world = new World();
    world.trigger();
    world.claim("a");
    world.tick(LEASE);
    expect(reasons(world)).toEqual([
      "Its executor gave no sign of life; its message was sent anew and waits for a consumer to claim it",
    ]);
  });

  it("[L6] a retry tells how the try before it was lost", () => {
    const lost = new World(spec({ tasks: [task("a", { retries: 1, retryDelayMs: 20_000 })] }));
    lost.trigger();
    lost.claim("a", { invocation: "i" });
    lost.heartbeat("i");
    lost.tick(LEASE);
    expect(reasons(lost)).toEqual([
      "Try 1 failed, because its executor gave no sign of life any more; the next begins in 20 s",
    ]);
    const unclaimed = new World(spec({ tasks: [task("a", { retries: 1 })] }));
    unclaimed.trigger();
    while (unclaimed.stateOf("a") === "queued") unclaimed.wake();
    expect(reasons(unclaimed)).toEqual(["Try 1 failed, because nobody claimed it; the next begins in 300 s"]);
  });
});
