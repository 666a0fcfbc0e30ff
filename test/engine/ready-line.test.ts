import { describe, expect, it } from "vitest";
import { graphOf, overItems, overResult, spec, World } from "../fixtures/engine-world.ts";

/** Ten instances of `m`, heavier than ten of `n`, of which a few may be active. */
function worldOf(maxActiveTasks: number | null, options: Parameters<typeof graphOf>[1] = {}): World {
  const heavy = { mapped: overItems(10), priorityWeight: 2, ...options["m"] };
  const tasks = graphOf("m n", { m: heavy, n: { mapped: overItems(10), ...options["n"] } });
  const world = new World(spec({ tasks, maxActiveTasks }));
  world.trigger();
  return world;
}

const readyCount = (world: World) => Object.values(world.state.lanes).reduce((sum, { ready }) => sum + ready.size, 0);
const names = (id: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => `${id}[${from + at}]`);

describe("instances of a mapped task that become ready together", () => {
  it("[L5] start in the order of their indexes, after those of heavier tasks", () => {
    const world = worldOf(3);
    const started: string[] = [];
    while (world.run().state === "running") {
      const queued = world.namesIn("queued");
      started.push(...queued);
      for (const name of queued) world.succeed(name);
    }
    expect([...new Set(started)]).toEqual([...names("m", 0, 10), ...names("n", 0, 10)]);
  });

  it("[L5] need one entry for all that wait, and lose none", () => {
    const world = worldOf(2);
    expect(world.namesIn("scheduled")).toHaveLength(18);
    expect(readyCount(world) + world.run().parked.reduce((sum, heap) => sum + (heap?.size ?? 0), 0)).toBe(2);
    world.succeedAll();
    expect([world.run().state, world.namesIn("success").length]).toEqual(["success", 20]);
  });

  it("[L5] pass by those that were cleared, marked or skipped while they waited", () => {
    const world = worldOf(2);
    const run = world.run();
    const places = ["m[2]", "m[4]"].map((name) => world.place(name));
    world.apply({ type: "mark_instances", run, places, state: "skipped", cleared: [] });
    world.clear(["m[0]", "m[3]"]);
    world.succeedAll();
    expect([world.namesIn("skipped"), world.namesIn("success").length]).toEqual([["m[2]", "m[4]"], 18]);
    expect(world.tryOf("m[3]")).toBe(2);
  });

  it("[L5] come before a lighter one, also when they were cleared after others had their turn", () => {
    const world = worldOf(1);
    for (const name of names("m", 0, 3)) world.succeed(name);
    world.clear(["m[1]"]);
    expect(world.namesIn("queued")).toEqual(["m[3]"]);
    world.succeed("m[3]");
    expect(world.namesIn("queued")).toEqual(["m[1]"]);
    world.succeed("m[1]");
    expect(world.namesIn("queued")).toEqual(["m[4]"]);
  });

  it("[L5] keep their order through a start of the object, also when one of them was expanded to a single instance", () => {
    const tasks = graphOf("list m x list>one", { one: { mapped: overResult("list") }, x: { mapped: overItems(3) } });
    const [first, second] = [false, true].map((isRestarted) => {
      const world = new World(spec({ tasks, maxActiveTasks: 1 }));
      world.trigger();
      // Cleared while it stands for all its instances, it has a row.
      world.clear(["one"]);
      world.give("list", 1);
      if (isRestarted) world.restart();
      const started: string[] = [];
      while (world.run().state === "running") {
        const [name = ""] = world.namesIn("queued");
        started.push(name);
        world.succeed(name);
      }
      return started;
    });
    expect(second).toEqual(first);
    expect(first).toEqual(["m", "x[0]", "x[1]", "x[2]", "one[0]"]);
  });

  it("[L1] wait for a paused DAG, and for a start of the object", () => {
    const world = worldOf(null);
    world.succeed("m[0]");
    world.apply({ type: "set_paused", isPaused: true });
    world.clear(names("m", 0, 5));
    world.restart();
    expect(world.namesIn("scheduled")).toEqual(names("m", 0, 5));
    world.apply({ type: "set_paused", isPaused: false });
    world.succeedAll();
    expect(world.run().state).toBe("success");
  });

  it("[L3] take turns in the sequential executor", () => {
    const world = worldOf(null, { m: { executor: "sequential" }, n: { executor: "sequential" } });
    expect(world.namesIn("queued")).toEqual(["m[0]"]);
    world.succeedAll();
    expect(world.namesIn("success")).toHaveLength(20);
  });
});
