import { describe, expect, it } from "vitest";
import type { GroupSpec, TaskSpec } from "../../src/dag/spec.ts";
import { explain } from "../../src/engine/explain.ts";
import { graphOf, group, overItems, overResult, spec, World } from "../fixtures/engine-world.ts";

const setup = { isSetup: true } as const;
const teardown = { isTeardown: true, triggerRule: "all_done_setup_success" } as const;

/** `s…` is a setup, `t…` a teardown, in groups too; the rest is work. */
function worldOf(
  edges: string,
  options: Readonly<Record<string, Partial<TaskSpec>>> = {},
  rest: { readonly groups?: readonly GroupSpec[]; readonly failFast?: true } = {},
): World {
  const groups = rest.groups ?? [];
  const tasks = graphOf(edges).map((task) => {
    const name = task.taskId.split(".").at(-1) ?? "";
    const kind = name.startsWith("s") ? setup : name.startsWith("t") ? teardown : {};
    const groupId = groups.findLast((each) => task.taskId.startsWith(`${each.groupId}.`))?.groupId ?? null;
    return { ...task, groupId, ...kind, ...options[task.taskId] };
  });
  const world = new World(spec({ tasks, ...rest }));
  world.trigger();
  return world;
}

describe("setups", () => {
  const chain = () => worldOf("s>w1>w2>w3", { w2: { triggerRule: "all_done" }, w3: { triggerRule: "always" } });

  it("[U1] what is further behind waits for the setup, whatever its rule, and says so", () => {
    const world = chain();
    expect(world.states()).toEqual({ s: "queued", w1: "none", w2: "none", w3: "none" });
    const told = (id: string) => explain(world.state, world.run(), world.place(id), world.now).map(({ rule }) => rule);
    expect([told("w1"), told("w2"), told("w3")]).toEqual([["TR1"], ["TR3", "U1"], ["U1"]]);
    world.succeed("s");
    expect(world.namesIn("queued")).toEqual(["w1", "w3"]);
  });

  it.each([
    ["fail", "upstream_failed"],
    ["skip", "skipped"],
  ] as const)("[U1] never runs when it did not succeed: %s → %s", (outcome, state) => {
    const world = chain();
    world[outcome]("s");
    expect([world.stateOf("w2"), world.stateOf("w3"), world.reasonOf("w3")]).toEqual([state, state, "setup"]);
  });

  it("[U1] ends with the scope: behind the teardown, the setup asks nothing", () => {
    const world = worldOf("s>w1>t>after s>t", { after: { triggerRule: "all_done" } });
    world.fail("s");
    expect(world.states()).toEqual({ s: "failed", w1: "upstream_failed", t: "upstream_failed", after: "queued" });
  });

  it("[U2] the first setup that cannot succeed decides, without the others", () => {
    const world = worldOf("s1>w1 s2>w1 w1>w2");
    world.fail("s2");
    expect(world.states()).toEqual({ s1: "queued", s2: "failed", w1: "upstream_failed", w2: "upstream_failed" });
  });

  it("[U1] a cleared setup is waited for again", () => {
    const world = chain();
    world.succeedAll();
    world.clear(["s", "w3"]);
    expect(world.stateOf("w3")).toBe("none");
    world.succeed("s");
    expect(world.stateOf("w3")).toBe("queued");
  });

  it("[U1] of which one was removed takes along the instance of its index, though the others may run", () => {
    const world = worldOf("list>s>w1>w2", {
      s: { ...setup, mapped: overResult("list") },
      w2: { mapped: overItems(3) },
    });
    world.give("list", 3);
    world.succeedAll();
    world.clear(["list", "w2[0]", "w2[1]", "w2[2]"]);
    world.give("list", 2);
    world.clear(["w2[0]", "w2[1]", "w2[2]"]);
    expect([world.stateOf("s[2]"), world.namesIn("queued"), world.stateOf("w2[2]")]).toEqual([
      "removed",
      ["w2[0]", "w2[1]"],
      "removed",
    ]);
  });
});

describe("teardowns", () => {
  it.each([
    ["succeed", "success"],
    ["fail", "failed"],
  ] as const)("[U3] run after the work, whatever became of it: %s → the run is %s", (outcome, state) => {
    const world = worldOf("s>w>t s>t");
    world.succeed("s");
    world[outcome]("w");
    expect(world.stateOf("t")).toBe("queued");
    world.succeed("t");
    expect(world.run().state).toBe(state);
  });

  const setups: readonly [readonly ("succeed" | "fail" | "skip")[], string][] = [
    [["succeed", "fail"], "queued"],
    [["succeed", "skip"], "queued"],
    [["fail", "fail"], "upstream_failed"],
    [["fail", "skip"], "upstream_failed"],
    [["skip", "skip"], "skipped"],
  ];
  it.each(setups)("[U3] run when one of their setups did: %j → %s", ([first, second], state) => {
    const world = worldOf("s1>w>t s2>w s1>t s2>t");
    world[first ?? "fail"]("s1");
    world[second ?? "fail"]("s2");
    expect(world.stateOf("t")).toBe(state);
  });

  it("[U4] one that fails does not fail the run, unless it says so", () => {
    const ends = ([{}, { onFailureFailDagRun: true }] as const).map((flag) => {
      const world = worldOf("s>w>t s>t", { t: flag });
      world.succeed("s");
      world.succeed("w");
      world.fail("t");
      return [world.run().state, world.run().reason];
    });
    expect(ends).toEqual([
      ["success", null],
      ["failed", "task_failure"],
    ]);
  });

  it("[U5] a cancelled run lets them clean up, and is failed when they have", () => {
    const world = worldOf("s>w>t s>t other");
    world.succeed("s");
    world.claim("w");
    world.mark("failed");
    expect(world.states()).toEqual({ s: "success", w: "failed", t: "queued", other: "skipped" });
    expect([world.run().state, world.run().endAt]).toEqual(["running", null]);
    world.restart();
    world.tick(1_000);
    world.succeed("t");
    expect([world.run().state, world.run().reason, world.run().endAt]).toEqual(["failed", "cancelled", world.now]);
  });

  it("[U5] a cancelled run whose setup never ran has nothing to clean up", () => {
    const world = worldOf("s>w>t s>t");
    world.mark("failed");
    expect([world.states(), world.run().state]).toEqual([{ s: "skipped", w: "skipped", t: "skipped" }, "failed"]);
  });

  it("[U5] a run marked success waits for those that have not finished", () => {
    const world = worldOf("s>w>t s>t");
    world.succeed("s");
    world.mark("success");
    expect([world.states(), world.run().state]).toEqual([{ s: "success", w: "success", t: "queued" }, "running"]);
    world.restart();
    world.fail("t");
    expect([world.run().state, world.run().reason]).toEqual(["success", "marked"]);
  });

  it("[U5] a run marked success stays so, also when a teardown fails whose failure counts", () => {
    const tasks = graphOf("s>w>t s>t", { s: setup, t: { ...teardown, onFailureFailDagRun: true } });
    const world = new World(spec({ tasks, callbacks: ["failure"] }));
    world.trigger();
    world.succeed("s");
    world.mark("success");
    world.fail("t");
    expect([world.stateOf("t"), world.run().state, world.run().reason]).toEqual(["failed", "success", "marked"]);
    expect(world.steps.flatMap(({ callbacks }) => callbacks)).toEqual([]);
  });

  it("[U5] what is cleared while they clean up lets the run go on", () => {
    const world = worldOf("s>w>t s>t");
    world.succeed("s");
    world.mark("failed");
    world.clear(["w"]);
    world.succeedAll();
    expect([world.run().state, world.run().reason]).toEqual(["success", null]);
  });

  it("[U5] the timeout of the run skips them as well", () => {
    const tasks = graphOf("s>w>t s>t", { s: setup, t: teardown });
    const world = new World(spec({ tasks, dagRunTimeoutMs: 60_000 }));
    world.trigger();
    world.succeed("s");
    world.tick(60_000);
    expect([world.stateOf("w"), world.stateOf("t"), world.run().state]).toEqual(["skipped", "skipped", "failed"]);
  });
});

describe("mapped setups and teardowns", () => {
  it("[U3] one setup, work that fails, three teardowns that run", () => {
    const world = worldOf("s>w>t s>t", { t: { mapped: overItems(3) } });
    world.succeed("s");
    world.fail("w");
    world.succeedAll();
    expect(world.states()).toMatchObject({ "t[0]": "success", "t[1]": "success", "t[2]": "success" });
    expect(world.run().state).toBe("failed");
  });

  const odd = () =>
    worldOf("s>w>t s>t s_other>other>t_other s_other>t_other s_other>t", { s: { mapped: overItems(3) } });

  it("[U3] all setups of both kinds fail: nothing runs behind them", () => {
    const world = odd();
    for (const name of ["s[0]", "s[1]", "s[2]", "s_other"]) world.fail(name);
    expect(world.states()).toMatchObject({
      w: "upstream_failed",
      t: "upstream_failed",
      other: "upstream_failed",
      t_other: "upstream_failed",
    });
    expect(world.run().state).toBe("failed");
  });

  it("[U3] one of the mapped setups fails and one is skipped: no work, but the teardown runs", () => {
    const world = odd();
    world.succeed("s[0]");
    world.fail("s[1]");
    world.skip("s[2]");
    world.succeedAll();
    expect(world.states()).toMatchObject({ w: "upstream_failed", t: "success", other: "success", t_other: "success" });
  });

  it("[U6] in a mapped group each element has its own setup and teardown", () => {
    const groups = [group("g", { mapped: overItems(3) })];
    const edges = "g.s>g.w1>g.w2>g.t g.s>g.t g.t>end";
    const world = worldOf(edges, { "g.w2": { triggerRule: "all_done" }, end: { triggerRule: "all_done" } }, { groups });
    world.fail("g.s[0]");
    world.skip("g.s[1]");
    world.succeed("g.s[2]");
    expect(world.states()).toMatchObject({
      "g.w1[0]": "upstream_failed",
      "g.w2[0]": "upstream_failed",
      "g.t[0]": "upstream_failed",
      "g.w1[1]": "skipped",
      "g.w2[1]": "skipped",
      "g.t[1]": "skipped",
      "g.w1[2]": "queued",
      "g.w2[2]": "none",
      "g.t[2]": "none",
    });
    world.fail("g.w1[2]");
    world.restart();
    expect([world.stateOf("g.w2[2]"), world.stateOf("g.t[2]")]).toEqual(["queued", "none"]);
    world.succeedAll();
    expect([world.stateOf("g.t[2]"), world.stateOf("end")]).toEqual(["success", "success"]);
  });
});

describe("setups in a mapped group that does not know its elements", () => {
  it("[U6] a setup of one element says nothing of the others, which are still to come", () => {
    const groups = [group("g", { mapped: overResult("list") })];
    const world = worldOf("list>g.s>g.w1>g.w2 other>g.w2", {}, { groups });
    world.give("list", 2);
    world.fail("g.s[0]");
    expect(world.states()).toMatchObject({ "g.w1[0]": "upstream_failed", "g.w2": "none" });
    world.succeed("g.s[1]");
    world.succeed("g.w1[1]");
    world.succeed("other");
    expect([world.stateOf("g.w2[0]"), world.stateOf("g.w2[1]")]).toEqual(["upstream_failed", "queued"]);
  });
});

describe("fail_fast", () => {
  it("[X1] the first failure skips what has not begun and fails what runs", () => {
    const world = worldOf("a>b c d e", {}, { failFast: true });
    world.claim("c");
    world.succeed("d");
    world.fail("a");
    expect(world.states()).toEqual({ a: "failed", b: "skipped", c: "failed", d: "success", e: "skipped" });
    expect([world.reasonOf("c"), world.reasonOf("e"), world.run().state]).toEqual(["fail_fast", "fail_fast", "failed"]);
  });

  it("[X1] the run has failed though its leaves were skipped, unless the failure is marked away", () => {
    const world = worldOf("a>b c", {}, { failFast: true });
    world.succeed("c");
    world.fail("a");
    expect(world.states()).toEqual({ a: "failed", b: "skipped", c: "success" });
    expect([world.run().state, world.run().reason]).toEqual(["failed", "task_failure"]);
    const places = [world.place("a")];
    world.apply({ type: "mark_instances", run: world.run(), places, state: "success", cleared: [] });
    expect(world.run().state).toBe("success");
  });

  it("[X1] a try that another follows is no failure yet", () => {
    const world = worldOf("a b", { a: { retries: 1 } }, { failFast: true });
    world.fail("a");
    expect([world.stateOf("a"), world.stateOf("b")]).toEqual(["up_for_retry", "queued"]);
    world.tick(300_000);
    world.fail("a");
    expect(world.stateOf("b")).toBe("skipped");
  });

  it("[X1] what it ended is told to stop, and its result refused", () => {
    const world = worldOf("a b", {}, { failFast: true });
    world.claim("b", { invocation: "i" });
    const token = world.tokenOf("b");
    world.fail("a");
    const step = world.report("b", { type: "success" }, { invocation: "i", token });
    expect(step.verdicts[0]).toMatchObject({ accepted: false, reason: "cancelled" });
  });

  it("[X1] [Q9] what it ended stays ended, also when its grant was lost in the same moment", () => {
    const world = new World(spec({ failFast: true, tasks: graphOf("b a", { b: { executionTimeoutMs: 85_000 } }) }));
    world.trigger();
    world.claimAll("i");
    world.tick(1_000);
    world.apply({ type: "heartbeat", invocation: "i", tokens: [world.tokenOf("b")] });
    // The lease of `a` ends, and with it that of `b`, whose execution timeout has passed.
    world.tick(89_000);
    expect(world.states()).toEqual({ b: "failed", a: "failed" });
    expect([world.reasonOf("a"), world.run().state]).toEqual(["fail_fast", "failed"]);
  });

  it("[X1] ends mapped instances, those to come too", () => {
    const world = worldOf("m>n", { m: { mapped: overItems(3) }, n: { mapped: overItems(2) } }, { failFast: true });
    world.claim("m[1]");
    world.fail("m[0]");
    expect(world.states()).toEqual({
      "m[0]": "failed",
      "m[1]": "failed",
      "m[2]": "skipped",
      "n[0]": "skipped",
      "n[1]": "skipped",
    });
  });

  it("[X2] teardowns still clean up what was set up, and those of what never was are skipped", () => {
    const edges = "g.s>g.w>g.t g.s>g.t g.w>h.s h.s>h.w>h.t h.s>h.t";
    const world = worldOf(edges, {}, { failFast: true });
    world.succeed("g.s");
    world.fail("g.w");
    world.succeedAll();
    expect(world.states()).toEqual({
      "g.s": "success",
      "g.w": "failed",
      "g.t": "success",
      "h.s": "skipped",
      "h.w": "skipped",
      "h.t": "skipped",
    });
    expect(world.run().state).toBe("failed");
  });

  it("[X2] a failed teardown ends nothing", () => {
    const world = worldOf("s>w>t s>t other", {}, { failFast: true });
    world.succeed("s");
    world.succeed("w");
    world.fail("t");
    expect(world.stateOf("other")).toBe("queued");
  });
});
