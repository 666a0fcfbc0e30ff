import { describe, expect, it } from "vitest";
import type { DagSpec } from "../../src/dag/spec.ts";
import { graphOf, group, overItems, overResult, spec, task, World } from "../fixtures/engine-world.ts";

const version = (edges: string, options: Parameters<typeof graphOf>[1] = {}): DagSpec =>
  spec({ tasks: graphOf(edges, options) });

function worldOf(dag: DagSpec): World {
  const world = new World(dag);
  world.trigger();
  return world;
}

describe("a run that goes over to another version", () => {
  it("[C11] has the new tasks, and the missing ones as removed, running ones too", () => {
    const world = worldOf(version("a>b>d a>c>d"));
    world.succeed("a");
    world.claim("b");
    world.claim("c");
    world.changeVersion(version("a>b>d a>e>d"));
    expect(world.states()).toEqual({ a: "success", b: "running", d: "none", e: "queued", c: "removed" });
    expect(world.reasonOf("c")).toBe("not_in_version");
    world.report("b", { type: "success" });
    world.succeed("e");
    expect(world.stateOf("d")).toBe("queued");
    world.succeed("d");
    expect(world.run().state).toBe("success");
  });

  it("[C11] starts tasks afresh that return, and keeps what they did before", () => {
    const world = worldOf(version("a>b", { b: { retries: 2 } }));
    world.succeed("a");
    world.claim("b");
    world.changeVersion(version("a c"));
    expect(world.states()).toEqual({ a: "success", c: "queued", b: "removed" });
    const step = world.changeVersion(version("a>b c", { b: { retries: 1 } }));
    expect(step.closedTries).toMatchObject([{ tryNumber: 1, state: "removed" }]);
    expect([world.stateOf("b"), world.tryOf("b")]).toEqual(["queued", 2]);
    world.succeedAll();
    expect(world.run().state).toBe("success");
  });

  it("[C11] never runs what is not in it, also when it is cleared or marked", () => {
    const world = worldOf(version("a>b c"));
    world.succeed("a");
    world.changeVersion(version("a c"));
    world.clear(["b", "a"]);
    expect(world.states()).toEqual({ a: "queued", c: "queued", b: "removed" });
    const places = [world.place("b")];
    world.apply({ type: "mark_instances", run: world.run(), places, state: "failed", cleared: [] });
    world.clear(["b"]);
    expect(world.stateOf("b")).toBe("removed");
    world.succeedAll();
    expect(world.run().state).toBe("success");
  });

  it("[C11] keeps the instances of a mapped task that it does not have, and has them again when it returns", () => {
    const mapped = { m: { mapped: overItems(3) } };
    const world = worldOf(version("a>m>end", mapped));
    world.succeed("a");
    world.succeed("m[1]");
    world.changeVersion(version("a>end"));
    expect(world.states()).toEqual({
      a: "success",
      end: "queued",
      "m[0]": "removed",
      "m[1]": "removed",
      "m[2]": "removed",
    });
    world.changeVersion(version("a>m>end", { m: { mapped: overItems(2) } }));
    expect(world.states()).toMatchObject({ "m[0]": "queued", "m[1]": "queued", "m[2]": "removed" });
    expect(world.tryOf("m[1]")).toBe(2);
    world.succeedAll();
    expect(world.run().state).toBe("success");
  });
});

describe("a mapping that changed with the version", () => {
  it("[M10] fits its instances to the new length, and leaves alone those that stay", () => {
    const world = worldOf(version("a>m", { m: { mapped: overItems(3) } }));
    world.succeed("a");
    for (const index of [0, 1, 2]) world.succeed(`m[${index}]`);
    expect(world.run().state).toBe("success");
    world.clear(["a"]);
    world.changeVersion(version("a>m", { m: { mapped: overItems(2, 1) } }));
    expect(world.states()).toEqual({ a: "queued", "m[0]": "success", "m[1]": "success", "m[2]": "removed" });
  });

  it("[M10] is held by the first instance until a result tells the length, and then has as many", () => {
    const world = worldOf(version("list m>end x", { m: { mapped: overItems(3) } }));
    for (const index of [0, 1, 2]) world.claim(`m[${index}]`);
    world.report("m[0]", { type: "success" });
    world.changeVersion(version("list>m>end x", { m: { mapped: overResult("list") } }));
    const held = { "m[0]": "none", "m[1]": "removed", "m[2]": "removed", end: "none" };
    expect(world.states()).toMatchObject(held);
    world.restart();
    expect(world.states()).toMatchObject(held);
    world.give("list", 2);
    expect(world.states()).toMatchObject({ "m[0]": "queued", "m[1]": "queued", "m[2]": "removed", end: "none" });
    world.succeedAll();
    expect(world.run().state).toBe("success");
  });

  it.each([
    ["fails", "upstream_failed"],
    ["is skipped", "skipped"],
    ["tells no length", "upstream_failed"],
  ] as const)("[M10] ends without a length when its source %s", (how, state) => {
    const world = worldOf(version("list m>end", { m: { mapped: overItems(2) } }));
    world.changeVersion(version("list>m>end", { m: { mapped: overResult("list"), triggerRule: "all_done" } }));
    if (how === "fails") world.fail("list");
    else if (how === "is skipped") world.skip("list");
    else world.succeed("list");
    expect(world.states()).toMatchObject({ "m[0]": state, "m[1]": "removed", end: state });
    expect(world.run().state).toBe(state === "skipped" ? "success" : "failed");
  });

  it("[M10] of a group holds for all its tasks", () => {
    const dag = (mapped: ReturnType<typeof overItems>) =>
      spec({
        tasks: [
          task("list"),
          task("g.a", { groupId: "g", upstream: ["list"] }),
          task("g.b", { groupId: "g", upstream: ["g.a"] }),
        ],
        groups: [group("g", { mapped })],
      });
    const world = worldOf(dag(overItems(2)));
    world.succeed("list");
    world.succeed("g.a[0]");
    world.clear(["list"]);
    world.changeVersion(dag(overResult("list")));
    expect(world.states()).toEqual({
      list: "queued",
      "g.a[0]": "none",
      "g.a[1]": "removed",
      "g.b[0]": "none",
      "g.b[1]": "removed",
    });
    world.give("list", 3);
    expect(world.namesIn("queued")).toEqual(["g.a[0]", "g.a[1]", "g.a[2]"]);
    world.succeedAll();
    expect(world.run().state).toBe("success");
  });
});
