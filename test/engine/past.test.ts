import { describe, expect, it } from "vitest";
import type { DagSpec, TaskSpec } from "../../src/dag/spec.ts";
import { explain } from "../../src/engine/explain.ts";
import { graphOf, overItems, overResult, START, spec, World } from "../fixtures/engine-world.ts";

const DAY = 86_400_000;
const dop = { dependsOnPast: true } as const;

function worldOf(
  edges: string,
  options: Readonly<Record<string, Partial<Omit<TaskSpec, "taskId" | "upstream">>>>,
  rest: Partial<DagSpec> = {},
): World {
  return new World(spec({ tasks: graphOf(edges, options), ...rest }));
}

/** A run that stands for a day, the first of them for day 1. */
function run(world: World, day: number, runType: "scheduled" | "manual" | "backfill" = "scheduled") {
  return world.trigger(`day${day}`, { logicalAt: START + day * DAY, runType });
}

describe("depends_on_past", () => {
  const cases: readonly [string, (world: World) => void, string][] = [
    ["success", (world) => void world.succeed("a", { run: "day1" }), "queued"],
    ["skipped", (world) => void world.skip("a", { run: "day1" }), "queued"],
    ["failed", (world) => void world.fail("a", { type: "forbidden" }, { run: "day1" }), "none"],
    ["up_for_retry", (world) => void world.fail("a", { type: "allowed" }, { run: "day1" }), "none"],
    ["running", (world) => void world.claim("a", { run: "day1" }), "none"],
    ["queued", () => undefined, "none"],
  ];
  it.each(cases)("[DP1] with the task %s in the run before", (_state, prepare, expected) => {
    const world = worldOf("a", { a: { ...dop, retries: 1 } });
    run(world, 1);
    run(world, 2);
    prepare(world);
    expect(world.stateOf("a", "day2")).toBe(expected);
  });

  it("[DP1] waits for a run before that has not begun", () => {
    const world = worldOf("a", { a: dop }, { maxActiveRuns: 1 });
    run(world, 2);
    run(world, 1);
    world.succeed("a", { run: "day2" });
    expect(world.run("day1").state).toBe("running");
    const waiting = worldOf("a", { a: dop }, { maxActiveRuns: 1 });
    run(waiting, 3);
    waiting.trigger("day1", { logicalAt: START + DAY, runAfterAt: START + 5 * DAY });
    waiting.succeed("a", { run: "day3" });
    run(waiting, 2);
    expect([waiting.run("day2").state, waiting.stateOf("a", "day2")]).toEqual(["running", "none"]);
    const told = explain(waiting.state, waiting.run("day2"), waiting.place("a", "day2"), waiting.now);
    expect(told.map(({ rule }) => rule)).toEqual(["DP1"]);
  });

  it("[DP1] waits for all instances of a mapped task", () => {
    const world = worldOf("a", { a: { ...dop, mapped: overItems(2) } });
    run(world, 1);
    run(world, 2);
    expect(world.namesIn("queued", "day2")).toEqual([]);
    world.succeed("a[0]", { run: "day1" });
    expect(world.namesIn("queued", "day2")).toEqual([]);
    world.succeed("a[1]", { run: "day1" });
    expect(world.namesIn("queued", "day2")).toEqual(["a[0]", "a[1]"]);
  });

  it("[DP1] [M9] waits for nothing that a mapped task lost in the run before", () => {
    const world = worldOf("list>m", { m: { ...dop, mapped: overResult("list") } });
    run(world, 1);
    world.give("list", 2, { run: "day1" });
    world.succeedAll();
    world.clear(["list"], "day1");
    run(world, 2);
    world.give("list", 1, { run: "day1" });
    expect(world.namesIn("removed", "day1")).toEqual(["m[1]"]);
    world.give("list", 1, { run: "day2" });
    expect(world.namesIn("queued", "day2")).toEqual(["m[0]"]);
  });

  it("[DP1] waits before a mapped task gets its instances", () => {
    const world = worldOf("list>m", { m: { ...dop, mapped: overResult("list") } });
    run(world, 1);
    run(world, 2);
    world.give("list", 2, { run: "day1" });
    world.give("list", 3, { run: "day2" });
    expect(world.names("day2")).toEqual(["list", "m"]);
    for (const name of ["m[0]", "m[1]"]) world.succeed(name, { run: "day1" });
    expect(world.namesIn("queued", "day2")).toEqual(["m[0]", "m[1]", "m[2]"]);
  });

  it("[DP1] goes by the task's id in another version of the DAG", () => {
    const world = worldOf("a", { a: dop });
    run(world, 1);
    world.define(spec({ tasks: graphOf("b>c>a", { a: { ...dop, triggerRule: "always" } }) }), false);
    run(world, 2);
    expect(world.stateOf("a", "day2")).toBe("none");
    world.succeed("a", { run: "day1" });
    expect(world.stateOf("a", "day2")).toBe("queued");
  });

  const downstream: readonly [(world: World) => void, string][] = [
    [(world) => void world.succeed("b", { run: "day1" }), "queued"],
    [(world) => void world.skip("b", { run: "day1" }), "queued"],
    [(world) => void world.claim("b", { run: "day1" }), "none"],
    [(world) => void world.fail("b", { type: "forbidden" }, { run: "day1" }), "none"],
  ];
  it.each(downstream)(
    "[DP2] with wait_for_downstream the tasks behind it there count too (%#)",
    (prepare, expected) => {
      const world = worldOf("a>b>c", { a: { waitForDownstream: true } });
      run(world, 1);
      run(world, 2);
      world.succeed("a", { run: "day1" });
      expect(world.stateOf("a", "day2")).toBe("none");
      prepare(world);
      expect(world.stateOf("a", "day2")).toBe(expected);
    },
  );

  it("[DP3] has nothing to wait for in the first run, or in one that stands for no date", () => {
    const world = worldOf("a", { a: dop });
    run(world, 1);
    world.trigger("m");
    expect([world.stateOf("a", "day1"), world.stateOf("a", "m")]).toEqual(["queued", "queued"]);
  });

  it.each([
    [true, "queued"],
    [false, "none"],
  ] as const)("[DP3] with catch-up %s a failed manual run before leaves it %s", (catchup, expected) => {
    const world = worldOf("a", { a: dop }, { catchup });
    run(world, 1, "manual");
    world.fail("a");
    run(world, 2);
    expect(world.stateOf("a", "day2")).toBe(expected);
  });

  it.each([
    [true, "queued"],
    [false, "none"],
  ] as const)(
    "[DP3] with catch-up %s a failed backfill from before the task's start date leaves it %s",
    (catchup, expected) => {
      const world = worldOf("a", { a: { ...dop, startAt: START + 2 * DAY } }, { catchup });
      run(world, 1, "backfill");
      world.fail("a");
      run(world, 2);
      expect(world.stateOf("a", "day2")).toBe(expected);
    },
  );

  it("[DP4] goes on when no run before ever had the task", () => {
    const world = worldOf("a", {});
    run(world, 1);
    world.define(spec({ tasks: graphOf("a b", { b: dop }) }), false);
    run(world, 2);
    expect(world.stateOf("b", "day2")).toBe("queued");
  });

  it("[DP4] waits for good when an earlier run had the task and the last did not", () => {
    const world = worldOf("a b", { b: dop });
    run(world, 1);
    world.succeedAll();
    world.define(spec({ tasks: graphOf("a") }), false);
    run(world, 2);
    world.succeedAll();
    world.define(spec({ tasks: graphOf("a b", { b: dop }) }), false);
    run(world, 3);
    world.restart();
    expect([world.stateOf("b", "day3"), world.run("day3").state]).toEqual(["none", "running"]);
  });

  it("[DP4] never goes on without a past when it does not ignore the first", () => {
    const world = worldOf("a", {});
    run(world, 1);
    world.define(spec({ tasks: graphOf("a b", { b: { ...dop, ignoreFirstDependsOnPast: false } }) }), false);
    run(world, 2);
    expect(world.stateOf("b", "day2")).toBe("none");
  });
});

describe("skipping and the past", () => {
  const skipping = (options: Partial<TaskSpec>) => {
    const world = worldOf("up>a", { a: { ...dop, ...options } });
    run(world, 1);
    world.succeed("up", { run: "day1" });
    run(world, 2);
    return world;
  };

  it("[DP5] a skip does not wait for the past, unless it is to", () => {
    const world = skipping({});
    world.skip("up", { run: "day2" });
    expect(world.stateOf("a", "day2")).toBe("skipped");
    const patient = skipping({ waitForPastDependsBeforeSkipping: true });
    patient.skip("up", { run: "day2" });
    expect(patient.stateOf("a", "day2")).toBe("none");
    patient.restart();
    patient.succeed("a", { run: "day1" });
    expect(patient.stateOf("a", "day2")).toBe("skipped");
  });

  it("[DP5] a failure does not wait", () => {
    const world = skipping({ waitForPastDependsBeforeSkipping: true });
    world.fail("up", { type: "forbidden" }, { run: "day2" });
    expect(world.stateOf("a", "day2")).toBe("upstream_failed");
  });

  it("[DP5] the skip of a branch waits as well", () => {
    const world = worldOf("up>a up>b", {
      up: { decision: { type: "branch" } },
      a: { ...dop, waitForPastDependsBeforeSkipping: true },
    });
    run(world, 1);
    world.succeed("up", { run: "day1" });
    run(world, 2);
    world.choose("up", { type: "follow", ids: ["b"] }, { run: "day2" });
    expect(world.stateOf("a", "day2")).toBe("none");
    world.succeed("a", { run: "day1" });
    expect([world.stateOf("a", "day2"), world.reasonOf("a", "day2")]).toEqual(["skipped", "not_followed"]);
  });
});

describe("a run that waits for the one before", () => {
  it("[DP6] is not deadlocked, and goes on within the event that ends the wait", () => {
    const world = worldOf("a>b", { a: dop });
    run(world, 1);
    world.fail("a");
    run(world, 2);
    expect([world.run("day2").state, world.wakeAt]).toEqual(["running", null]);
    world.clear(["a", "b"], "day1");
    expect(world.stateOf("a", "day2")).toBe("none");
    const step = world.succeed("a", { run: "day1" });
    expect(step.sends.map(({ run }) => run.runId).sort()).toEqual(["day1", "day2"]);
    world.succeedAll();
    expect([world.run("day1").state, world.run("day2").state]).toEqual(["success", "success"]);
  });

  it("[DP6] is told of a mark, and of the end of the run before", () => {
    const world = worldOf("a", { a: dop });
    run(world, 1);
    run(world, 2);
    run(world, 3);
    world.mark("success", "day1");
    expect([world.stateOf("a", "day2"), world.stateOf("a", "day3")]).toEqual(["queued", "none"]);
    world.succeedAll();
    expect(world.run("day3").state).toBe("success");
    expect([...world.state.runs.values()].map(({ followers }) => followers.size)).toEqual([0, 0, 0]);
  });

  it("[DP6] waits on after a start of the object, and looks again when it is cleared", () => {
    const world = worldOf("a", { a: dop });
    run(world, 1);
    run(world, 2);
    world.restart();
    expect(world.stateOf("a", "day2")).toBe("none");
    world.succeed("a", { run: "day1" });
    world.succeed("a", { run: "day2" });
    world.clear(["a"], "day1");
    world.clear(["a"], "day2");
    expect(world.stateOf("a", "day2")).toBe("none");
    world.succeedAll();
    expect(world.run("day2").state).toBe("success");
  });
});

describe("a run that has the place of the one that it waits for", () => {
  /** Day 1 failed, day 2 runs in the only place, and the user clears day 1. */
  function stuck(options: Partial<DagSpec> = {}): World {
    const world = worldOf("a>b c", { a: dop }, { maxActiveRuns: 1, ...options });
    run(world, 1);
    world.succeed("c");
    world.fail("a");
    run(world, 2);
    world.clear(["a", "b"], "day1");
    return world;
  }
  const states = (world: World) => [1, 2, 3].map((day) => world.read(`day${day}`).state);

  it("[DP7] gives way to it as soon as it can do nothing but wait, and both end", () => {
    const world = stuck();
    run(world, 3);
    expect(states(world)).toEqual(["queued", "running", "queued"]);
    world.succeed("c", { run: "day2" });
    expect(states(world)).toEqual(["running", "running", "queued"]);
    world.succeed("a", { run: "day1" });
    world.succeed("b", { run: "day1" });
    expect(states(world)).toEqual(["success", "running", "queued"]);
    world.succeedAll();
    expect(states(world)).toEqual(["success", "success", "success"]);
  });

  it("[DP7] does so after a start of the object", () => {
    const world = stuck();
    world.claim("c", { run: "day2" });
    world.apply({ type: "set_paused", isPaused: true });
    world.report("c", { type: "success" }, { run: "day2" });
    world.restart();
    expect(world.read("day1").state).toBe("queued");
    world.apply({ type: "set_paused", isPaused: false });
    expect([world.read("day1").state, world.stateOf("a", "day1")]).toEqual(["running", "queued"]);
    world.succeedAll();
    expect([world.read("day1").state, world.read("day2").state]).toEqual(["success", "success"]);
  });

  it("[DP7] keeps its place while it waits for a retry, or for a run that has failed", () => {
    const world = worldOf("a>b c", { a: dop, c: { retries: 1 } }, { maxActiveRuns: 1 });
    run(world, 1);
    world.succeed("c");
    world.fail("a");
    run(world, 2);
    world.fail("c", { type: "allowed" }, { run: "day2" });
    run(world, 3);
    world.clear(["a", "b"], "day1");
    expect(states(world)).toEqual(["queued", "running", "queued"]);
    world.wake();
    world.succeed("c", { run: "day2" });
    expect(states(world)).toEqual(["running", "running", "queued"]);
    world.fail("a", { type: "forbidden" }, { run: "day1" });
    expect(states(world)).toEqual(["failed", "running", "queued"]);
  });

  it("[DP7] gives way in chains, to each that was cleared, oldest first", () => {
    const world = worldOf("a", { a: dop }, { maxActiveRuns: 2 });
    for (const day of [1, 2, 3]) run(world, day);
    world.fail("a", { type: "forbidden" }, { run: "day1" });
    expect(states(world)).toEqual(["failed", "running", "running"]);
    world.clear(["a"], "day1");
    expect(states(world)).toEqual(["running", "running", "running"]);
    world.succeedAll();
    expect(states(world)).toEqual(["success", "success", "success"]);
  });

  it("[DP7] gives way in a backfill too, under its own limit", () => {
    const world = worldOf("a", { a: dop });
    world.backfill(1, { runs: 3, maxActiveRuns: 1 });
    world.fail("a", { type: "forbidden" }, { run: "backfill1__1" });
    expect(world.read("backfill1__2").state).toBe("running");
    world.clear(["a"], "backfill1__1");
    const found = [1, 2, 3].map((day) => world.read(`backfill1__${day}`).state);
    expect(found).toEqual(["running", "running", "queued"]);
    world.succeedAll();
    expect(world.read("backfill1__3").state).toBe("success");
  });
});
