import { describe, expect, it } from "vitest";
import type { TaskId } from "../../src/dag/ids.ts";
import type { MapSource, TaskSpec } from "../../src/dag/spec.ts";
import type { ReportedOutcome } from "../../src/engine/event.ts";
import { explain } from "../../src/engine/explain.ts";
import { graphOf, overItems, overResult, spec, task, World } from "../fixtures/engine-world.ts";

type Outcome = "success" | "failed" | "skipped";

function worldOf(edges: string, options: Parameters<typeof graphOf>[1]): World {
  const world = new World(spec({ tasks: graphOf(edges, options) }));
  world.trigger();
  return world;
}

function end(world: World, name: string, outcome: Outcome): void {
  const failed: ReportedOutcome = { type: "failed", retry: { type: "forbidden" }, reason: null };
  world.end(name, outcome === "failed" ? failed : { type: outcome });
}

const literal = (length: number): MapSource => ({ type: "literal", length });
const result = (taskId: string, variant?: string): MapSource => ({
  type: "xcom",
  taskId: taskId as TaskId,
  ...(variant === undefined ? {} : { variant }),
});

describe("how many instances a mapped task has", () => {
  it("[M1] over written-down items they are there from the start, one per combination", () => {
    const world = worldOf("a b", { a: { mapped: overItems(3) }, b: { mapped: overItems(2, 2) } });
    expect(world.namesIn("queued")).toEqual(["a[0]", "a[1]", "a[2]", "b[0]", "b[1]", "b[2]", "b[3]"]);
  });

  const sources: readonly [string, MapSource, number][] = [
    ["a zip ends with its shortest source", { type: "zip", sources: [literal(3), literal(2)] }, 2],
    ["a filled zip ends with its longest", { type: "zip", sources: [literal(3), literal(2)], isFilled: true }, 3],
    ["a chain has all of them", { type: "concat", sources: [literal(3), literal(2)] }, 5],
    ["a result has the length that its try reported", result("x"), 4],
    ["a variant of it has its own", result("x", "even"), 2],
    ["they nest", { type: "concat", sources: [result("x"), { type: "zip", sources: [literal(1), result("x")] }] }, 5],
  ];
  it.each(sources)("[M1] %s", (_name, source, expected) => {
    const world = worldOf("x>m", { m: { mapped: { type: "each", source } } });
    world.end("x", { type: "success", lengths: { own: 4, variants: { even: 2 } } });
    expect(world.namesIn("queued")).toEqual(Array.from({ length: expected }, (_, at) => `m[${at}]`));
  });

  it("[M2] one instance stands for them until the results are there, and the run goes on in the same event", () => {
    const world = worldOf("list>double>sum", { double: { mapped: overResult("list") } });
    expect(world.states()).toEqual({ list: "queued", double: "none", sum: "none" });
    world.give("list", 2);
    expect(world.namesIn("queued")).toEqual(["double[0]", "double[1]"]);
    world.succeed("double[0]");
    expect(world.stateOf("sum")).toBe("none");
    world.succeed("double[1]");
    expect(world.stateOf("sum")).toBe("queued");
    world.succeed("sum");
    expect(world.run().state).toBe("success");
  });

  it("[M2] it waits for its other upstream tasks as well, and says what for", () => {
    const world = worldOf("list>m other>m", { m: { mapped: overResult("list") } });
    world.succeed("other");
    const told = () => explain(world.state, world.run(), world.place("m"), world.now).map(({ rule }) => rule);
    expect(told()).toEqual(["TR1", "M2"]);
    world.give("list", 1);
    expect(world.namesIn("queued")).toEqual(["m[0]"]);
  });

  it("[M2] rules that wait for nobody still wait for the length", () => {
    const rule = { triggerRule: "always" } as const;
    const world = worldOf("list>m b>m", { m: { mapped: overResult("list"), ...rule } });
    world.succeed("b");
    expect(world.stateOf("m")).toBe("none");
    world.give("list", 2);
    expect(world.namesIn("queued")).toEqual(["m[0]", "m[1]"]);
  });

  it("[M3] over nothing the task is skipped, and what follows goes by its rule", () => {
    const options = {
      m: { mapped: overResult("list") },
      n: { mapped: overResult("m") },
      o: { mapped: overResult("n") },
    };
    const world = worldOf("list>m>n>o>end", { ...options, end: { triggerRule: "all_done" } });
    world.give("list", 0);
    expect(world.states()).toEqual({ list: "success", m: "skipped", n: "skipped", o: "skipped", end: "queued" });
    expect(world.reasonOf("m")).toBe("nothing_to_map");
    world.succeed("end");
    expect(world.run().state).toBe("success");
  });

  it.each([1, 2])(
    "[M3] cleared when there is something again, it makes way for %i instances in the rows as well",
    (length) => {
      const world = worldOf("list>m", { m: { mapped: overResult("list") } });
      world.give("list", 0);
      world.clear(["list", "m"]);
      world.give("list", length);
      const names = Array.from({ length }, (_, at) => `m[${at}]`);
      expect(world.names()).toEqual(["list", ...names]);
      const rows = [...(world.instanceRows.get(1)?.values() ?? [])].map(({ taskId, mapIndex, state }) => [
        taskId,
        mapIndex,
        state,
      ]);
      expect(rows).toContainEqual(["m", -1, "removed"]);
      world.restart();
      world.succeedAll();
      expect([world.names(), world.run().state]).toEqual([["list", ...names], "success"]);
    },
  );

  it("[M3] nothing written down is nothing, too", () => {
    const world = worldOf("a>m>b", { m: { mapped: overItems(0) } });
    expect(world.stateOf("m")).toBe("none");
    world.succeed("a");
    expect([world.states(), world.run().state]).toEqual([{ a: "success", m: "skipped", b: "skipped" }, "success"]);
  });

  it("[M3] more than memory holds fails the task", () => {
    const world = worldOf("m>b", { m: { mapped: overItems(1_000, 401) } });
    expect([world.states(), world.reasonOf("m")]).toEqual([{ m: "failed", b: "upstream_failed" }, "map_too_long"]);
    expect(world.run().state).toBe("failed");
  });

  const unusable: readonly [Outcome, TaskSpec["triggerRule"], string][] = [
    ["failed", "all_done", "upstream_failed"],
    ["failed", "all_success", "upstream_failed"],
    ["failed", "always", "upstream_failed"],
    ["skipped", "all_done", "skipped"],
    ["skipped", "none_failed", "skipped"],
  ];
  it.each(unusable)(
    "[M4] a source that is %s leaves nothing to map over, even with %s",
    (outcome, triggerRule, state) => {
      const world = worldOf("list>m", { m: { mapped: overResult("list"), triggerRule } });
      end(world, "list", outcome);
      expect([world.stateOf("m"), world.reasonOf("m")]).toEqual([state, "source_unusable"]);
    },
  );

  it("[M4] of several sources a failure is stronger than a skip, and the first that says something decides", () => {
    const options = { m: { mapped: overResult("x", "y"), triggerRule: "all_done" } } as const;
    const early = worldOf("x>m y>m", options);
    early.skip("x");
    expect(early.stateOf("m")).toBe("skipped");
    const late = worldOf("x>m y>m", options);
    late.succeed("x");
    late.fail("y");
    expect(late.stateOf("m")).toBe("upstream_failed");
  });

  it("[M4] a result without a length is as good as none", () => {
    const world = worldOf("list>m", { m: { mapped: overResult("list") } });
    world.end("list", { type: "success", lengths: { own: null } });
    expect([world.stateOf("m"), world.reasonOf("m")]).toEqual(["upstream_failed", "source_unusable"]);
  });

  const counted: readonly [Outcome, number][] = [
    ["failed", 2],
    ["skipped", 2],
    ["success", 3],
  ];
  it.each(counted)("[M5] over a mapped task of which one is %s there are %i", (outcome, expected) => {
    const options = { m: { mapped: overItems(3) }, n: { mapped: overResult("m"), triggerRule: "all_done" } } as const;
    const world = worldOf("m>n", options);
    end(world, "m[0]", outcome);
    world.succeed("m[1]");
    expect(world.stateOf("n")).toBe("none");
    world.succeed("m[2]");
    expect(world.namesIn("queued")).toEqual(Array.from({ length: expected }, (_, at) => `n[${at}]`));
  });

  it("[M5] an instance that returned nothing does not count", () => {
    const world = worldOf("m>n", { m: { mapped: overItems(2) }, n: { mapped: overResult("m") } });
    world.succeed("m[0]");
    world.end("m[1]", { type: "success", hasValue: false });
    expect(world.namesIn("queued")).toEqual(["n[0]"]);
  });
});

describe("what the instances of a mapped task wait for", () => {
  it("[M6] all instances of an upstream task", () => {
    const world = worldOf("a>b", { a: { mapped: overItems(2) }, b: { mapped: overItems(2) } });
    world.succeed("a[0]");
    expect(world.namesIn("queued")).toEqual(["a[1]"]);
    world.succeed("a[1]");
    expect(world.namesIn("queued")).toEqual(["b[0]", "b[1]"]);
  });

  it("[M6] one that is skipped is one of them for the task behind", () => {
    const options = { m: { mapped: overResult("push") }, collect: { triggerRule: "all_done" } } as const;
    const world = worldOf("push>m>collect", options);
    world.give("push", 3);
    world.succeed("m[0]");
    world.succeed("m[1]");
    world.skip("m[2]");
    expect(world.stateOf("collect")).toBe("queued");
  });

  it("[M6] each instance has its own tries", () => {
    const world = worldOf("m>b", { m: { mapped: overItems(2), retries: 1 } });
    world.fail("m[1]");
    world.succeed("m[0]");
    expect([world.stateOf("m[1]"), world.stateOf("b")]).toEqual(["up_for_retry", "none"]);
    world.tick(300_000);
    world.fail("m[1]");
    expect(world.states()).toEqual({ "m[0]": "success", "m[1]": "failed", b: "upstream_failed" });
    expect(world.run().state).toBe("failed");
  });
});

describe("a length that changes when its source runs again", () => {
  const finished = () => {
    const world = worldOf("list>m>sum", { m: { mapped: overResult("list") } });
    world.give("list", 3);
    world.succeedAll();
    expect(world.run().state).toBe("success");
    return world;
  };

  it("[M8] more elements make further instances, and those that finished stay", () => {
    const world = finished();
    world.clear(["list"]);
    world.give("list", 5);
    expect(world.namesIn("queued")).toEqual(["m[3]", "m[4]"]);
    expect(world.namesIn("success")).toEqual(["list", "m[0]", "m[1]", "m[2]", "sum"]);
    world.restart();
    world.succeedAll();
    expect([world.run().state, world.names().length]).toEqual(["success", 7]);
  });

  it("[M8] fewer elements remove the last instances", () => {
    const world = finished();
    world.clear(["list", "m[0]", "m[1]", "m[2]", "sum"]);
    world.give("list", 2);
    expect([world.stateOf("m[2]"), world.reasonOf("m[2]")]).toEqual(["removed", "nothing_to_map"]);
    expect(world.namesIn("queued")).toEqual(["m[0]", "m[1]"]);
    world.succeedAll();
    expect([world.run().state, world.stateOf("sum")]).toEqual(["success", "success"]);
  });

  it("[M8] a removed one comes back with its element, also after a start of the object", () => {
    const world = finished();
    world.clear(["list"]);
    world.give("list", 1);
    expect(world.namesIn("removed")).toEqual(["m[1]", "m[2]"]);
    world.restart();
    world.clear(["list"]);
    world.give("list", 2);
    expect([world.namesIn("removed"), world.namesIn("queued")]).toEqual([["m[2]"], ["m[1]"]]);
  });

  it("[M8] an instance beyond the length stays removed when it is cleared", () => {
    const world = finished();
    world.clear(["list"]);
    world.give("list", 2);
    world.clear(["m[1]", "m[2]"]);
    expect([world.stateOf("m[1]"), world.stateOf("m[2]")]).toEqual(["queued", "removed"]);
  });

  it("[M8] a running one beyond the length is told to stop", () => {
    const world = worldOf("list>m", { m: { mapped: overResult("list") } });
    world.give("list", 2);
    world.claim("m[1]", { invocation: "i" });
    const token = world.tokenOf("m[1]");
    world.clear(["list"]);
    world.give("list", 1);
    expect(world.stateOf("m[1]")).toBe("removed");
    expect(world.apply({ type: "heartbeat", invocation: "i", tokens: [token] }).cancels).toEqual([token]);
  });

  it("[M8] a mapped source that fails where it had succeeded takes an element away", () => {
    const world = worldOf("m>n", {
      m: { mapped: overItems(3) },
      n: { mapped: overResult("m"), triggerRule: "all_done" },
    });
    world.succeedAll();
    world.clear(["m[1]"]);
    end(world, "m[1]", "failed");
    expect(world.namesIn("removed")).toEqual(["n[2]"]);
  });

  it("[M8] nothing left to map over removes all", () => {
    const world = finished();
    world.clear(["list"]);
    world.give("list", 0);
    expect(world.namesIn("removed")).toEqual(["m[0]", "m[1]", "m[2]"]);
    expect(world.run().state).toBe("success");
  });

  it("[M9] nobody waits for what a mapped task lost", () => {
    const world = finished();
    world.clear(["list", "m[0]", "sum"]);
    world.give("list", 1);
    expect([world.namesIn("removed"), world.stateOf("sum")]).toEqual([["m[1]", "m[2]"], "none"]);
    world.succeed("m[0]");
    expect(world.stateOf("sum")).toBe("queued");
  });

  it.each([
    ["none_failed_min_one_success", "skipped"],
    ["all_skipped", "queued"],
  ] as const)("[M9] %s does not wait for what is gone when the rest was skipped", (triggerRule, expected) => {
    const world = worldOf("list>m>z", { m: { mapped: overResult("list") }, z: { triggerRule } });
    world.give("list", 2);
    world.skip("m[0]");
    world.clear(["list"]);
    world.give("list", 1);
    expect([world.namesIn("removed"), world.stateOf("z")]).toEqual([["m[1]"], expected]);
  });

  it("[M9] of a task behind it the instances beyond what succeeded are removed, once all upstream have finished", () => {
    const options = { m: { mapped: overResult("list") }, n: { mapped: overItems(3) } };
    const world = worldOf("list>m>n", options);
    world.give("list", 3);
    world.succeedAll();
    world.clear(["list", "m[0]", "m[1]", "m[2]", "n[0]", "n[1]", "n[2]"]);
    world.give("list", 2);
    world.succeed("m[0]");
    // With one success of two to come, Airflow would already remove n[1].
    expect(world.namesIn("none")).toEqual(["n[0]", "n[1]", "n[2]"]);
    world.succeed("m[1]");
    expect([world.namesIn("queued"), world.namesIn("removed")]).toEqual([
      ["n[0]", "n[1]"],
      ["m[2]", "n[2]"],
    ]);
  });
});

describe("tasks outside their own dates", () => {
  const DAY = 86_400_000;
  const at = Date.UTC(2026, 0, 1);
  const dated = () => [
    task("always"),
    task("later", { startAt: at + DAY, upstream: ["always"] }),
    task("earlier", { endAt: at - DAY }),
    task("behind", { upstream: ["always", "later"] }),
  ];

  it("[T10] have no instance in a run, and nobody waits for them", () => {
    const world = new World(spec({ tasks: dated() }));
    world.trigger("r", { logicalAt: at });
    expect(world.names()).toEqual(["always", "behind"]);
    world.succeed("always");
    expect(world.stateOf("behind")).toBe("queued");
    world.restart();
    world.succeedAll();
    expect(world.run().state).toBe("success");
  });

  it("[T10] have one in a backfill, and in a run that stands for no date", () => {
    const world = new World(spec({ tasks: dated() }));
    world.trigger("b", { logicalAt: at, runType: "backfill" });
    expect(world.names()).toHaveLength(4);
    world.trigger("m");
    expect(world.names()).toHaveLength(4);
  });

  it("[T10] a run without any task instance is a success at once", () => {
    const world = new World(spec({ tasks: [task("later", { startAt: at + DAY, mapped: overItems(3) })] }));
    expect(world.trigger("r", { logicalAt: at }).state).toBe("success");
  });
});
