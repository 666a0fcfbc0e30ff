import { describe, expect, it } from "vitest";
import { type Mark, unlike } from "../../src/engine/mark-instances.ts";
import { FAILED, UPSTREAM_FAILED } from "../../src/engine/states.ts";
import { graphOf, overItems, overResult, spec, task, World } from "../fixtures/engine-world.ts";

function mark(world: World, taskIds: readonly string[], state: Mark, behind: readonly string[] = []) {
  const run = world.run();
  const places = unlike(
    run,
    taskIds.map((id) => world.place(id)),
    state,
  );
  const cleared = behind
    .map((id) => world.place(id))
    .filter((place) => run.stateOf[place] === FAILED || run.stateOf[place] === UPSTREAM_FAILED);
  return world.apply({ type: "mark_instances", run, places, state, cleared });
}

describe("marking task instances", () => {
  it("[C6] a failed one that is marked success lets what failed behind it run, and the run goes on", () => {
    const world = new World(spec({ tasks: graphOf("a>b>c a>d", { d: { triggerRule: "all_failed" } }) }));
    world.trigger();
    world.fail("a");
    world.succeed("d");
    expect(world.states()).toEqual({ a: "failed", b: "upstream_failed", c: "upstream_failed", d: "success" });
    expect(world.run().state).toBe("failed");
    mark(world, ["a"], "success", ["b", "c", "d"]);
    expect([world.run().state, world.run().clearNumber]).toEqual(["running", 1]);
    expect(world.states()).toEqual({ a: "success", b: "queued", c: "none", d: "success" });
    world.succeedAll();
    expect(world.run().state).toBe("success");
  });

  it("[C6] a running try is told to stop, and its result is refused", () => {
    const world = new World(spec({ tasks: graphOf("a>b") }));
    world.trigger();
    world.claim("a", { invocation: "i" });
    const token = world.tokenOf("a");
    mark(world, ["a"], "skipped");
    expect(world.states()).toEqual({ a: "skipped", b: "skipped" });
    expect(world.apply({ type: "heartbeat", invocation: "i", tokens: [token] }).cancels).toEqual([token]);
    const step = world.report("a", { type: "success" }, { invocation: "i", token });
    expect(step.verdicts[0]).toMatchObject({ accepted: false, reason: "cancelled" });
  });

  it("[C6] one that waits for its retry does not come back", () => {
    const world = new World(spec({ tasks: [task("a", { retries: 3 })] }));
    world.trigger();
    world.fail("a");
    expect(world.stateOf("a")).toBe("up_for_retry");
    mark(world, ["a"], "success");
    expect(world.run().state).toBe("success");
    world.tick(300_000);
    expect([world.stateOf("a"), world.reasonOf("a"), world.queue.length]).toEqual(["success", "marked", 0]);
  });

  it("[C7] the last failed one marked success makes the run one, with its end as it was", () => {
    const world = new World(spec({ tasks: graphOf("a>b") }));
    world.trigger();
    world.succeed("a");
    world.fail("b");
    const endAt = world.run().endAt;
    world.tick(60_000);
    mark(world, ["b"], "success");
    expect([world.run().state, world.run().reason, world.run().endAt]).toEqual(["success", null, endAt]);
    expect(world.run().clearNumber).toBe(0);
    mark(world, ["b"], "failed");
    expect([world.run().state, world.run().reason, world.run().endAt]).toEqual(["failed", "task_failure", endAt]);
  });

  it("[C7] starts nothing that its version would map otherwise than the one before", () => {
    const version = (length: number) =>
      spec({ tasks: graphOf("a>m", { m: { mapped: overItems(length), triggerRule: "all_done" } }), failFast: true });
    const world = new World(version(1));
    world.trigger();
    world.succeedAll();
    const { endAt } = world.run();
    world.changeVersion(version(2));
    mark(world, ["a"], "failed");
    expect(world.states()).toEqual({ a: "failed", "m[0]": "success" });
    expect([world.run().state, world.run().endAt, world.queue]).toEqual(["failed", endAt, []]);
    world.clear(["a"]);
    world.succeed("a");
    expect(world.states()).toEqual({ a: "success", "m[0]": "success", "m[1]": "queued" });
    world.succeedAll();
    expect(world.run().state).toBe("success");
  });

  it("[C7] leaves a mapped task behind a marked instance the instances that it has", () => {
    const tasks = graphOf("m>n", { m: { mapped: overItems(2) }, n: { mapped: overResult("m") } });
    const world = new World(spec({ tasks, failFast: true }));
    world.trigger();
    world.succeedAll();
    const states = { "m[0]": "success", "m[1]": "success", "n[0]": "success", "n[1]": "success" };
    mark(world, ["m[1]"], "failed");
    expect([world.states(), world.run().state]).toEqual([{ ...states, "m[1]": "failed" }, "failed"]);
    mark(world, ["m[1]"], "success");
    expect([world.states(), world.run().state, world.queue]).toEqual([states, "success", []]);
  });

  it("[C7] a cancelled run is judged anew as well", () => {
    const world = new World(spec({ tasks: graphOf("a") }));
    world.trigger();
    world.claim("a");
    world.mark("failed");
    expect([world.run().state, world.run().reason]).toEqual(["failed", "cancelled"]);
    mark(world, ["a"], "success");
    expect([world.run().state, world.run().reason]).toEqual(["success", null]);
  });

  it("[C8] a clear that keeps the run leaves task instances without a state and starts nothing", () => {
    const world = new World(spec({ tasks: graphOf("a>b") }));
    world.trigger();
    world.succeedAll();
    const run = world.run();
    world.apply({ type: "clear", run, places: [world.place("b")], isRunKept: true });
    expect([run.state, run.clearNumber, world.queue.length]).toEqual(["success", 0, 0]);
    expect(world.states()).toEqual({ a: "success", b: "none" });
    world.clear(["b"]);
    world.succeedAll();
    expect([run.state, world.tryOf("b")]).toEqual(["success", 2]);
  });
});
