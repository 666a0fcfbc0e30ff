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
