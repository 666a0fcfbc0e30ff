import { describe, expect, it } from "vitest";
import type { GroupSpec, TriggerRule } from "../../src/dag/spec.ts";
import { graphOf, group, overItems, overResult, spec, World } from "../fixtures/engine-world.ts";

function worldOf(groups: readonly GroupSpec[], edges: string, options: Parameters<typeof graphOf>[1] = {}): World {
  const inGroup = (id: string) => groups.find(({ groupId }) => id.startsWith(`${groupId}.`))?.groupId ?? null;
  const tasks = graphOf(edges, options).map((task) => ({ ...task, groupId: task.groupId ?? inGroup(task.taskId) }));
  const world = new World(spec({ tasks, groups }));
  world.trigger();
  return world;
}

const ready = (world: World) => world.namesIn("queued");

describe("a mapped group", () => {
  it("[M7] each instance waits for those of its own element, step by step", () => {
    const groups = [group("g", { mapped: overItems(3) }), group("h", { mapped: overItems(3) })];
    const world = worldOf(groups, "g.t1>g.t2>h.t3>t4");
    expect(ready(world)).toEqual(["g.t1[0]", "g.t1[1]", "g.t1[2]"]);
    world.succeed("g.t1[0]");
    expect(ready(world)).toEqual(["g.t1[1]", "g.t1[2]", "g.t2[0]"]);
    world.succeed("g.t1[2]");
    expect(ready(world)).toEqual(["g.t1[1]", "g.t2[0]", "g.t2[2]"]);
    for (const name of ["g.t1[1]", "g.t2[0]", "g.t2[2]"]) world.succeed(name);
    expect(ready(world)).toEqual(["g.t2[1]"]);
    world.succeed("g.t2[1]");
    expect(ready(world)).toEqual(["h.t3[0]", "h.t3[1]", "h.t3[2]"]);
    world.succeed("h.t3[0]");
    world.succeed("h.t3[2]");
    expect(ready(world)).toEqual(["h.t3[1]"]);
    world.succeed("h.t3[1]");
    expect(ready(world)).toEqual(["t4"]);
  });

  it("[M7] a failure or a skip goes down its own element alone", () => {
    const world = worldOf([group("g", { mapped: overItems(3) })], "g.a>g.b>g.c>end", {
      end: { triggerRule: "all_done" },
    });
    world.fail("g.a[0]");
    world.skip("g.a[1]");
    world.succeed("g.a[2]");
    expect(world.states()).toEqual({
      "g.a[0]": "failed",
      "g.a[1]": "skipped",
      "g.a[2]": "success",
      "g.b[0]": "upstream_failed",
      "g.b[1]": "skipped",
      "g.b[2]": "queued",
      "g.c[0]": "upstream_failed",
      "g.c[1]": "skipped",
      "g.c[2]": "none",
      end: "none",
    });
  });

  const fast: readonly [TriggerRule, string, string][] = [
    ["one_failed", "queued", "skipped"],
    ["one_success", "upstream_failed", "queued"],
    ["one_done", "queued", "queued"],
  ];
  it.each(fast)(
    "[M7] %s looks at its own element: after a failure %s, after a success %s",
    (triggerRule, first, second) => {
      const world = worldOf([group("g", { mapped: overItems(2) })], "g.a>g.b", { "g.b": { triggerRule } });
      world.fail("g.a[0]");
      expect([world.stateOf("g.b[0]"), world.stateOf("g.b[1]")]).toEqual([first, "none"]);
      world.succeed("g.a[1]");
      expect(world.stateOf("g.b[1]")).toBe(second);
    },
  );

  it("[M7] over a result all its tasks get their instances when it is there", () => {
    const world = worldOf([group("g", { mapped: overResult("list") })], "list>g.a>g.b>end other>g.b");
    world.give("list", 2);
    // b still waits for what is outside of its group.
    expect(world.states()).toEqual({
      list: "success",
      "g.a[0]": "queued",
      "g.a[1]": "queued",
      other: "queued",
      "g.b": "none",
      end: "none",
    });
    world.fail("g.a[0]");
    world.succeed("g.a[1]");
    expect(world.stateOf("g.b")).toBe("none");
    world.restart();
    world.succeed("other");
    expect([world.stateOf("g.b[0]"), world.stateOf("g.b[1]")]).toEqual(["upstream_failed", "queued"]);
  });

  it("[M7] a task that follows nothing outside waits for the length all the same", () => {
    const world = worldOf([group("g", { mapped: overResult("list") })], "list g.a>g.b");
    expect(world.states()).toEqual({ list: "queued", "g.a": "none", "g.b": "none" });
    world.give("list", 1);
    expect(ready(world)).toEqual(["g.a[0]"]);
  });

  it("[M7] a task that waits for one does not end before it has its instances, as those within may still decide", () => {
    const groups = [group("g", { mapped: overResult("list") })];
    const world = worldOf(groups, "list>g.a>g.b list>g.b", { "g.b": { triggerRule: "one_failed" } });
    world.give("list", 2);
    expect(world.states()).toMatchObject({ "g.a[0]": "queued", "g.b[0]": "none", "g.b[1]": "none" });
    world.fail("g.a[0]");
    world.succeed("g.a[1]");
    expect(world.states()).toMatchObject({ "g.b[0]": "queued", "g.b[1]": "skipped" });
  });

  it("[M7] such a task need not wait for a slow one outside", () => {
    const groups = [group("g", { mapped: overResult("list") })];
    const world = worldOf(groups, "list>g.a>g.b slow>g.b", { "g.b": { triggerRule: "one_success" } });
    world.give("list", 1);
    world.succeed("g.a[0]");
    expect(world.states()).toMatchObject({ slow: "queued", "g.b[0]": "queued" });
  });

  it("[M3] over nothing it is skipped as a whole", () => {
    const world = worldOf([group("g", { mapped: overResult("list") })], "list>g.a>g.b>end", {
      end: { triggerRule: "none_failed" },
    });
    world.give("list", 0);
    expect(world.states()).toEqual({ list: "success", "g.a": "skipped", "g.b": "skipped", end: "queued" });
  });

  it("[M3] over an empty list nothing becomes ready and nothing breaks", () => {
    const world = worldOf([group("g", { mapped: overItems(0) })], "g.t1>g.t2>t3");
    expect([world.namesIn("skipped"), world.run().state]).toEqual([["g.t1", "g.t2", "t3"], "success"]);
  });

  it("[M4] what fails its source fails all of it, whatever the rules", () => {
    const world = worldOf([group("g", { mapped: overResult("list") })], "list>g.a>g.b", {
      "g.b": { triggerRule: "all_done" },
    });
    world.fail("list");
    expect(world.states()).toEqual({ list: "failed", "g.a": "upstream_failed", "g.b": "upstream_failed" });
  });

  it("[M6] behind a mapped task that was skipped before it knew its instances, it is skipped", () => {
    const world = worldOf([group("g", { mapped: overItems(2) })], "t1>t2>g.t3", { t2: { mapped: overResult("t1") } });
    world.skip("t1");
    expect(world.states()).toEqual({ t1: "skipped", t2: "skipped", "g.t3[0]": "skipped", "g.t3[1]": "skipped" });
  });

  it("[M7] in a group within, an instance waits for those of its element of the innermost common group", () => {
    const groups = [group("o", { mapped: overItems(2) }), group("i", { parentId: "o", mapped: overItems(3) })];
    const world = worldOf(groups, "o.a>i.b>i.c>o.d>end");
    expect(world.names().filter((name) => name.startsWith("i.b"))).toHaveLength(6);
    world.succeed("o.a[1]");
    expect(ready(world)).toEqual(["o.a[0]", "i.b[3]", "i.b[4]", "i.b[5]"]);
    world.succeed("i.b[4]");
    expect(ready(world)).toEqual(["o.a[0]", "i.b[3]", "i.b[5]", "i.c[4]"]);
    for (const name of ["i.b[3]", "i.b[5]", "i.c[3]", "i.c[4]"]) world.succeed(name);
    expect(world.stateOf("o.d[1]")).toBe("none");
    world.succeed("i.c[5]");
    expect(ready(world)).toEqual(["o.a[0]", "o.d[1]"]);
    world.fail("o.a[0]");
    expect(world.stateOf("o.d[0]")).toBe("upstream_failed");
  });

  it("[M8] grows and shrinks with its source, in all its tasks", () => {
    const world = worldOf([group("g", { mapped: overResult("list") })], "list>g.a>g.b>end");
    world.give("list", 2);
    world.succeedAll();
    world.clear(["list"]);
    world.give("list", 3);
    expect(world.namesIn("none")).toEqual(["g.b[2]"]);
    expect(ready(world)).toEqual(["g.a[2]"]);
    world.succeed("g.a[2]");
    expect(ready(world)).toEqual(["g.b[2]"]);
    world.succeedAll();
    world.clear(["list", "g.a[0]", "g.b[0]", "end"]);
    world.give("list", 1);
    expect(world.namesIn("removed")).toEqual(["g.a[1]", "g.a[2]", "g.b[1]", "g.b[2]"]);
    world.succeed("g.a[0]");
    expect(ready(world)).toEqual(["g.b[0]"]);
    world.succeedAll();
    expect([world.run().state, world.stateOf("end")]).toEqual(["success", "success"]);
  });
});
