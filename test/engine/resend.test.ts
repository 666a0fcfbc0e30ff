import { describe, expect, it } from "vitest";
import { FIRST_RESEND_MS } from "../../src/engine/defaults.ts";
import { graphOf, spec, task, World } from "../fixtures/engine-world.ts";

const many = (count: number) => Array.from({ length: count }, (_, index) => task(`t${index}`));

describe("re-sends", () => {
  it("[Q11] an unclaimed message is sent again, under the same token, after doubling times", () => {
    const world = new World();
    world.trigger();
    const sentAt = world.now;
    const token = world.tokenOf("a");
    const times: number[] = [];
    while (world.stateOf("a") === "queued") {
      const step = world.wake();
      times.push((world.now - sentAt) / FIRST_RESEND_MS);
      for (const { place } of step.sends) expect(world.run().token[place]).toBe(token);
    }
    // Three re-sends; the end comes when the last one has had its time too.
    expect(times).toEqual([1, 1 + 2, 1 + 2 + 4, 1 + 2 + 4 + 8]);
    expect([world.stateOf("a"), world.reasonOf("a")]).toEqual(["failed", "queue_timeout"]);
    expect(world.queue).toHaveLength(1 + 3);
  });

  it("[Q11] whichever of the copies comes first is claimed, and the others are refused", () => {
    const world = new World();
    world.trigger();
    world.wake();
    const step = world.claimAll("i");
    expect(step.grants).toHaveLength(1);
    expect(step.refusals).toEqual([]);
    expect(world.stateOf("a")).toBe("running");
  });

  it("[Q11] a queue timeout is a failed try like any other", () => {
    const world = new World(spec({ tasks: [task("a", { retries: 1 })] }));
    world.trigger();
    while (world.stateOf("a") === "queued") world.wake();
    expect(world.stateOf("a")).toBe("up_for_retry");
    expect(world.steps.flatMap((step) => step.events.map(({ event }) => event))).toEqual(["stuck in queued"]);
  });

  it("[Q12] while older messages are being claimed, later ones wait without being sent again", () => {
    const world = new World(spec({ tasks: many(20) }));
    world.trigger();
    const sentCount = world.queue.length;
    // One claim every 20 s, oldest first: a long queue, in which nothing is lost.
    for (let index = 0; index < 19; index += 1) {
      world.tick(20_000);
      world.claim(`t${index}`);
      world.succeed(`t${index}`);
    }
    expect([sentCount, world.queue.length]).toEqual([20, 1]);
    world.tick(29_999);
    expect(world.queue).toHaveLength(1);
    world.tick(1);
    expect(world.queue).toHaveLength(2);
  });

  it("[Q12] claims of later messages say nothing of an older one, however many there are", () => {
    const world = new World(spec({ tasks: many(200) }));
    world.trigger();
    const [lost] = world.queue.splice(5, 1);
    for (let index = 0; index < 200; index += 1) {
      world.tick(200);
      if (index === 5) continue;
      world.claim(`t${index}`);
      world.succeed(`t${index}`);
    }
    // 40 s later its first re-send is due, although a claim came every 200 ms.
    expect(world.queue.map(({ token }) => token)).toEqual([lost?.token]);
  });

  it("[Q12] a lost message among older ones that are claimed is sent again in the end", () => {
    const world = new World(spec({ tasks: many(3) }));
    world.trigger();
    world.queue = world.queue.filter(({ taskId }) => taskId === "t0");
    world.tick(25_000);
    world.claim("t0");
    world.tick(10_000);
    expect(world.queue).toEqual([]);
    world.tick(20_000);
    expect(world.queue.map(({ taskId }) => taskId).sort()).toEqual(["t1", "t2"]);
  });

  it("[Q11] the clock of a message survives a start of the object", () => {
    const world = new World(spec({ tasks: graphOf("a") }));
    world.trigger();
    const at = world.wakeAt;
    world.now += 1_000;
    world.restart();
    expect(world.wakeAt).toBe(at);
    world.wake();
    expect(world.queue).toHaveLength(2);
    expect(world.state.lanes.tasks.unclaimedCount).toBe(1);
  });
});
