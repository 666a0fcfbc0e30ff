import { describe, expect, it } from "vitest";
import type { DecisionSpec, TriggerRule } from "../../src/dag/spec.ts";
import type { Decision } from "../../src/executor/protocol.ts";
import { graphOf, group, overItems, overResult, spec, World } from "../fixtures/engine-world.ts";

const branch: DecisionSpec = { type: "branch" };
const follow = (...ids: string[]): Decision => ({ type: "follow", ids });

function worldOf(
  edges: string,
  options: Parameters<typeof graphOf>[1] = {},
  groups: Parameters<typeof group>[] = [],
): World {
  const made = groups.map(([id, rest]) => group(id, rest));
  const groupOf = (id: string) => made.findLast(({ groupId }) => id.startsWith(`${groupId}.`))?.groupId ?? null;
  const tasks = graphOf(edges, options).map((task) => ({ ...task, groupId: groupOf(task.taskId) }));
  const world = new World(spec({ tasks, groups: made }));
  world.trigger();
  return world;
}

describe("a branch", () => {
  const fan = () =>
    worldOf("choose>a>join choose>b>join choose>c>join", {
      choose: { decision: branch },
      join: { triggerRule: "none_failed_min_one_success" },
    });

  it("[B1] skips what is directly behind it and not followed, at once", () => {
    const world = fan();
    world.choose("choose", follow("b"));
    expect(world.states()).toEqual({ choose: "success", a: "skipped", b: "queued", c: "skipped", join: "none" });
    expect([world.reasonOf("a"), world.reasonOf("b")]).toEqual(["not_followed", ""]);
    world.succeed("b");
    expect(world.stateOf("join")).toBe("queued");
    world.succeed("join");
    expect(world.run().state).toBe("success");
  });

  it("[B1] may follow several", () => {
    const world = fan();
    world.choose("choose", follow("a", "c"));
    expect(world.namesIn("queued")).toEqual(["a", "c"]);
  });

  it("[B1] leaves alone what is behind the followed ones, though it is directly behind the branch as well", () => {
    const world = worldOf("choose>a>join choose>join", {
      choose: { decision: branch },
      join: { triggerRule: "none_failed" },
    });
    world.choose("choose", follow("a"));
    expect(world.states()).toEqual({ choose: "success", a: "queued", join: "none" });
  });

  it("[B1] follows a group by the first of its tasks, those in groups within too", () => {
    const options = { choose: { decision: branch } };
    const world = worldOf("choose>g.a>g.b choose>g.in.c choose>x g.b>end", options, [
      ["g"],
      ["g.in", { parentId: "g" }],
    ]);
    world.choose("choose", follow("g"));
    expect(world.states()).toEqual({
      choose: "success",
      "g.a": "queued",
      "g.b": "none",
      "g.in.c": "queued",
      x: "skipped",
      end: "none",
    });
  });

  it("[B1] skips a mapped task before it knows its instances", () => {
    const options = { choose: { decision: branch }, m: { mapped: overResult("list") } };
    const world = worldOf("choose>m list>m choose>x", options);
    world.choose("choose", follow("x"));
    expect([world.stateOf("m"), world.reasonOf("m")]).toEqual(["skipped", "not_followed"]);
  });

  it("[B1] skips what is ready or queued behind it as well, since another branch let it go on, but nothing that runs", () => {
    const dag = spec({
      tasks: graphOf("choose>a first>a choose>b first>b choose>c first>c choose>d", {
        choose: { decision: branch },
        ...Object.fromEntries(["a", "b", "c"].map((id) => [id, { triggerRule: "one_success" as const }])),
      }),
      maxActiveTasks: 3,
    });
    const world = new World(dag);
    world.trigger();
    world.claim("choose");
    world.succeed("first");
    world.claim("a");
    expect(world.states()).toMatchObject({ choose: "running", a: "running", b: "queued", c: "scheduled", d: "none" });
    world.choose("choose", follow("d"));
    expect(world.states()).toMatchObject({ a: "running", b: "skipped", c: "skipped", d: "queued" });
    expect(world.claim("b").refusals).toMatchObject([{ reason: "finished" }]);
    world.succeedAll();
    expect(world.run().state).toBe("success");
  });

  it("[B2] that follows nothing skips all that is directly behind it", () => {
    const world = fan();
    world.choose("choose", follow());
    expect(world.namesIn("skipped")).toEqual(["a", "b", "c", "join"]);
    expect(world.run().state).toBe("success");
  });

  it("[B4] decides again for what is cleared, without running again", () => {
    const world = fan();
    world.choose("choose", follow("b"));
    world.clear(["a"]);
    expect([world.stateOf("a"), world.reasonOf("a")]).toEqual(["skipped", "not_followed"]);
    world.restart();
    world.clear(["c"]);
    expect(world.stateOf("c")).toBe("skipped");
    world.succeedAll();
    world.clear(["a"]);
    expect([world.stateOf("a"), world.run().state]).toEqual(["skipped", "success"]);
  });

  it("[B4] that is cleared as well decides anew", () => {
    const world = fan();
    world.choose("choose", follow("b"));
    world.clear(["choose", "a", "b"]);
    expect(world.namesIn("none")).toEqual(["a", "b", "join"]);
    world.choose("choose", follow("a"));
    expect([world.stateOf("a"), world.stateOf("b")]).toEqual(["queued", "skipped"]);
  });

  it("[B4] whose result a user gave decided nothing, before a start of the object and after", () => {
    const world = fan();
    world.choose("choose", follow("b"));
    world.clear(["choose"]);
    const run = world.run();
    world.apply({ type: "mark_instances", run, places: [world.place("choose")], state: "success", cleared: [] });
    world.restart();
    world.clear(["a"]);
    expect(world.stateOf("a")).toBe("queued");
  });

  it("[B4] that failed for want of a usable answer skips nothing", () => {
    const world = worldOf("choose>a", { choose: { decision: branch }, a: { triggerRule: "all_done" } });
    world.fail("choose");
    expect(world.stateOf("a")).toBe("queued");
  });
});

describe("a short circuit", () => {
  const chain = (rule: TriggerRule) =>
    worldOf("check>op1>op2", {
      check: { decision: { type: "short_circuit", scope: "all" } },
      op2: { triggerRule: rule },
    });

  it.each(["all_success", "all_done"] as const)("[B3] skips everything behind it, whatever the rule: %s", (rule) => {
    const world = chain(rule);
    world.choose("check", { type: "skip", scope: "all" });
    expect(world.states()).toEqual({ check: "success", op1: "skipped", op2: "skipped" });
    expect(world.reasonOf("op2")).toBe("not_followed");
  });

  const direct: readonly [TriggerRule, string][] = [
    ["all_success", "skipped"],
    ["all_done", "queued"],
  ];
  it.each(direct)(
    "[B3] in its direct mode skips what is directly behind it, and leaves the rest to rules: %s → %s",
    (rule, state) => {
      const world = chain(rule);
      world.choose("check", { type: "skip", scope: "direct" });
      expect([world.stateOf("op1"), world.stateOf("op2")]).toEqual(["skipped", state]);
    },
  );

  it("[B3] that passes holds nothing back", () => {
    const world = chain("all_success");
    world.choose("check", { type: "pass" });
    world.succeedAll();
    expect(world.states()).toEqual({ check: "success", op1: "success", op2: "success" });
  });

  it("[B3] leaves teardowns to their rule", () => {
    const world = worldOf("check>work>down up>work up>down", {
      check: { decision: { type: "short_circuit", scope: "all" } },
      up: { isSetup: true },
      down: { isTeardown: true, triggerRule: "all_done_setup_success" },
    });
    world.succeed("up");
    world.choose("check", { type: "skip", scope: "all" });
    expect(world.states()).toEqual({ check: "success", up: "success", work: "skipped", down: "queued" });
  });
});

describe("a latest-only task", () => {
  it("[B3] skips what is directly behind it in older runs, and the rest goes by its rule", () => {
    const world = worldOf("latest>a>b other>b", {
      latest: { decision: { type: "latest_only" } },
      b: { triggerRule: "none_failed" },
    });
    world.succeed("other");
    world.choose("latest", { type: "skip", scope: "direct" });
    expect(world.states()).toEqual({ latest: "success", a: "skipped", other: "success", b: "queued" });
  });
});

describe("decisions of mapped instances", () => {
  const grouped = () =>
    worldOf(
      "g.choose>g.a>g.end g.choose>g.b>g.end g.choose>out g.end>out",
      {
        "g.choose": { decision: branch },
        "g.end": { triggerRule: "none_failed" },
        out: { triggerRule: "none_failed" },
      },
      [["g", { mapped: overItems(2) }]],
    );

  it("[B5] hold for the same element alone", () => {
    const world = grouped();
    world.choose("g.choose[0]", follow("g.a"));
    expect(world.namesIn("skipped")).toEqual(["g.b[0]"]);
    world.choose("g.choose[1]", follow("g.b"));
    expect(world.namesIn("skipped")).toEqual(["g.a[1]", "g.b[0]"]);
    world.clear(["g.a[1]", "g.b[0]"]);
    expect(world.namesIn("skipped")).toEqual(["g.a[1]", "g.b[0]"]);
    world.restart();
    world.succeedAll();
    expect([world.stateOf("out"), world.run().state]).toEqual(["success", "success"]);
  });

  it("[B5] leave an unmapped task behind them to its rule", () => {
    const world = grouped();
    world.choose("g.choose[0]", follow());
    expect(world.stateOf("out")).toBe("none");
    expect(world.namesIn("skipped")).toEqual(["g.a[0]", "g.b[0]", "g.end[0]"].filter((id) => id !== "g.end[0]"));
    world.succeedAll();
    expect(world.stateOf("out")).toBe("success");
  });

  it("[B5] wait for instances that are not there yet", () => {
    const world = worldOf("list>g.choose>g.a other>g.a", { "g.choose": { decision: branch } }, [
      ["g", { mapped: overResult("list") }],
    ]);
    world.give("list", 2);
    world.choose("g.choose[0]", follow());
    world.choose("g.choose[1]", follow("g.a"));
    expect(world.stateOf("g.a")).toBe("none");
    world.succeed("other");
    expect([world.stateOf("g.a[0]"), world.stateOf("g.a[1]")]).toEqual(["skipped", "queued"]);
  });

  it("[B5] outside of groups hold for the same index", () => {
    const world = worldOf("choose>a choose>b", {
      choose: { decision: branch, mapped: overItems(2) },
      a: { mapped: overItems(2) },
    });
    world.choose("choose[1]", follow());
    expect(world.namesIn("skipped")).toEqual(["a[1]"]);
    world.choose("choose[0]", follow("a"));
    expect(world.states()).toMatchObject({ "a[0]": "queued", "a[1]": "skipped", b: "queued" });
  });
});
