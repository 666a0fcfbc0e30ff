import { describe, expect, test } from "vitest";
import type { ClearOptions, Reached, SchedulerReply, TaskSelection } from "../../src/platform.ts";
import { graphOf, spec, task } from "../fixtures/engine-world.ts";
import { key, SchedulerWorld, select, tester } from "../fixtures/scheduler-world.ts";

const DAY_MS = 86_400_000;
const FIRST_AT = Date.UTC(2020, 0, 1);

async function worldOf(edges: string, options: Parameters<typeof graphOf>[1] = {}): Promise<SchedulerWorld> {
  const world = new SchedulerWorld();
  await world.sync(spec({ tasks: graphOf(edges, options) }));
  return world;
}

async function during<T>(world: SchedulerWorld, reply: Promise<T>): Promise<T> {
  await world.pass(5_000);
  return reply;
}

function clear(world: SchedulerWorld, given: Partial<TaskSelection>, options: Partial<ClearOptions> = {}) {
  const clearing = { dryRun: false, resetDagRuns: true, ...options };
  return during(world, world.scheduler.clearTaskInstances(select(given), clearing, tester));
}

function mark(world: SchedulerWorld, given: Partial<TaskSelection>, state: "success" | "failed" | "skipped") {
  return during(world, world.scheduler.markTaskInstances(select(given), state, { dryRun: false }, tester));
}

function idsOf(reply: SchedulerReply<Reached>): string[] {
  expect(reply).toMatchObject({ ok: true });
  return reply.ok ? reply.instances.map(({ runId, taskId }) => `${runId}/${taskId}`) : [];
}

/** Runs of consecutive days whose task "a" fails. */
async function failedDays(world: SchedulerWorld, count: number): Promise<void> {
  for (let day = 0; day < count; day += 1) {
    await world.trigger({ runId: `r${day}`, logicalAt: FIRST_AT + day * DAY_MS });
    const { grants } = await world.claim();
    const error = { name: "Error", message: "no luck", stack: null, causes: [] };
    for (const grant of grants) {
      if (grant.taskId !== "a") await world.report(grant, { type: "success", returnValue: null });
      else await world.report(grant, { type: "failed", error, retry: { type: "forbidden" }, reason: null });
    }
    await world.pass(1_000);
  }
}

describe("clearing", () => {
  test("a dry run tells exactly what a clear then clears, and changes nothing", async () => {
    const world = await worldOf("a>b c");
    await failedDays(world, 1);
    const changes = () => world.sql.exec("SELECT total_changes() AS count")[0]?.["count"];
    const before = changes();
    const told = await clear(world, { runId: "r0", only: "failed" }, { dryRun: true });
    expect(changes()).toBe(before);
    expect(idsOf(told)).toEqual(["r0/a", "r0/b"]);
    expect(told).toMatchObject({ total: 2, instances: [{ state: "failed" }, { state: "upstream_failed" }] });
    const done = await clear(world, { runId: "r0", only: "failed" });
    expect(idsOf(done)).toEqual(idsOf(told));
    expect(await world.states("r0")).toEqual({ a: "queued", b: "none", c: "success" });
  });

  test("takes upstream and downstream relatives along as asked", async () => {
    const world = await worldOf("a>b>c");
    await world.trigger({ runId: "r" });
    await world.drain();
    await world.pass(1_000);
    const dry = { dryRun: true };
    expect(idsOf(await clear(world, { runId: "r", tasks: ["b"] }, dry))).toEqual(["r/b"]);
    expect(idsOf(await clear(world, { runId: "r", tasks: ["b"], upstream: true }, dry))).toEqual(["r/a", "r/b"]);
    expect(idsOf(await clear(world, { runId: "r", tasks: ["b"], downstream: true }, dry))).toEqual(["r/b", "r/c"]);
    expect(idsOf(await clear(world, { runId: "r", tasks: [["b", -1]], downstream: true }, dry))).toEqual([
      "r/b",
      "r/c",
    ]);
  });

  test("reaches the past, the future and ranges of logical dates, each run once", async () => {
    const world = await worldOf("a");
    await failedDays(world, 5);
    const dry = { dryRun: true };
    expect(idsOf(await clear(world, { runId: "r2", past: true }, dry))).toEqual(["r0/a", "r1/a", "r2/a"]);
    expect(idsOf(await clear(world, { runId: "r2", future: true }, dry))).toEqual(["r2/a", "r3/a", "r4/a"]);
    const range = { fromAt: FIRST_AT + DAY_MS, toAt: FIRST_AT + 2 * DAY_MS };
    expect(idsOf(await clear(world, range, dry))).toEqual(["r1/a", "r2/a"]);
    const all = await clear(world, { only: "failed" });
    expect(all).toMatchObject({ ok: true, total: 5 });
    expect(await world.scheduler.run("r4")).toMatchObject({ clearNumber: 1 });
    await world.drain();
    await world.pass(1_000);
    expect([...world.dagRuns.values()].map(({ state }) => state)).toEqual(Array(5).fill("success"));
  });

  test("over many runs goes part by part, and keeps none of them in memory", async () => {
    const world = await worldOf("a");
    await failedDays(world, 45);
    await during(world, world.scheduler.setPaused(true, tester));
    expect(await clear(world, { only: "failed" }, { dryRun: true })).toMatchObject({ ok: true, total: 45 });
    expect(await clear(world, { only: "failed" })).toMatchObject({ ok: true, total: 45 });
    const { state } = world.scheduler.loaded();
    expect([state.queuedRunCount, state.runs.size]).toEqual([45, 0]);
    const events = world.projections.flatMap((projection) => projection.events);
    expect(events.filter(({ event }) => event === "clear")).toHaveLength(45);
  });

  test("of a run without a logical date has no past", async () => {
    const world = await worldOf("a");
    await world.trigger({ runId: "r" });
    expect(await clear(world, { runId: "r", past: true })).toMatchObject({
      ok: false,
      code: "invalid",
      field: "include_past",
    });
  });

  test("names what the run does not have, and leaves it alone", async () => {
    const world = await worldOf("a");
    await world.trigger({ runId: "r" });
    await world.drain();
    await world.pass(1_000);
    const unknown = await clear(world, { runId: "r", tasks: ["a", "moon"] });
    expect(unknown).toMatchObject({ ok: false, code: "not_found", message: expect.stringContaining('task "moon"') });
    expect(await clear(world, { runId: "r", tasks: [["a", 7]] })).toMatchObject({ ok: false, code: "not_found" });
    expect(await clear(world, { runId: "moon" })).toMatchObject({ ok: false, code: "not_found" });
    expect(await world.states("r")).toEqual({ a: "success" });
    expect(world.scheduler.loaded().state.runs.size).toBe(0);
  });

  test("of what waits again after a try keeps the retries that it gives, whatever becomes of the object", async () => {
    const world = await worldOf("a>b", { b: { retries: 1, retryDelayMs: 60_000 } });
    const error = { name: "Error", message: "no luck", stack: null, causes: [] };
    const fail = async (taskId: string) => {
      const { grants } = await world.claim();
      expect(grants.map((grant) => grant.taskId)).toEqual([taskId]);
      for (const grant of grants)
        await world.report(grant, { type: "failed", error, retry: { type: "allowed" }, reason: null });
    };
    const succeed = async () => {
      const { grants } = await world.claim();
      for (const grant of grants) await world.report(grant, { type: "success", returnValue: null });
      await world.pass(1_000);
    };
    await world.trigger({ runId: "r0" });
    await succeed();
    await fail("b");
    await clear(world, { runId: "r0", tasks: ["a"] });
    await world.pass(60_000);
    expect(await world.states("r0")).toEqual({ a: "queued", b: "none" });
    await clear(world, { runId: "r0", tasks: ["b"] });
    world.restart();
    await world.scheduler.poke();
    await succeed();
    await fail("b");
    expect(await world.states("r0")).toEqual({ a: "success", b: "up_for_retry" });
  });

  test("of running ones only tells their executors to stop", async () => {
    const world = await worldOf("a b");
    await world.trigger({ runId: "r" });
    const { grants } = await world.claim("i1", world.messages.splice(0, 1));
    const [grant] = grants;
    expect(idsOf(await clear(world, { runId: "r", only: "running" }))).toEqual([`r/${grant?.taskId}`]);
    const tokens = grants.map(({ token }) => token);
    const beat = await world.scheduler.heartbeat({ v: 1, dagId: world.dagId, invocation: "i1", tokens });
    expect(beat.cancel).toEqual(tokens);
  });

  test("without its run leaves the run finished until it is cleared", async () => {
    const world = await worldOf("a>b");
    await world.trigger({ runId: "r" });
    await world.drain();
    await world.pass(1_000);
    await clear(world, { runId: "r", tasks: ["b"] }, { resetDagRuns: false });
    expect(await world.scheduler.run("r")).toMatchObject({ state: "success", clearNumber: 0, reason: "cleared" });
    world.restart();
    expect(await world.states("r")).toEqual({ a: "success", b: "none" });
    await clear(world, { runId: "r", tasks: ["b"] });
    await world.drain();
    expect(await world.states("r")).toEqual({ a: "success", b: "success" });
  });
});

describe("mapped task instances", () => {
  const over = (length: number) => ({ type: "each", source: { type: "literal", length } }) as const;

  async function groupedWorld(length: number): Promise<SchedulerWorld> {
    const world = new SchedulerWorld();
    const group = { groupId: "g", parentId: null, label: "g", mapped: over(length) };
    const tasks = [
      task("b", { groupId: "g" }),
      task("c", { groupId: "g", upstream: ["b"] }),
      task("d", { upstream: ["c"] }),
    ];
    await world.sync(spec({ tasks, groups: [group] }));
    await world.trigger({ runId: "r" });
    await world.drain();
    await world.pass(1_000);
    return world;
  }

  const instancesOf = (reply: SchedulerReply<Reached>) =>
    reply.ok ? reply.instances.map(({ taskId, mapIndex, state }) => `${taskId}[${mapIndex}] ${state}`) : [];

  test("are cleared by their index, with the same index of their group and all behind it", async () => {
    const world = await groupedWorld(3);
    const named = { runId: "r", tasks: [["b", 1]], downstream: true } as const;
    const told = await clear(world, named, { dryRun: true });
    expect(instancesOf(told)).toEqual(["b[1] success", "c[1] success", "d[-1] success"]);
    expect(instancesOf(await clear(world, named))).toEqual(["b[1] queued", "c[1] none", "d[-1] none"]);
    world.restart();
    await world.drain();
    await world.pass(1_000);
    expect(world.dagRuns.get("r")).toMatchObject({ state: "success", clearNumber: 1 });
    expect(
      ["r b 0", "r b 1", "r c 1", "r c 2", "r d -1"].map((one) => world.taskInstances.get(one)?.tryNumber),
    ).toEqual([1, 2, 2, 1, 2]);
  });

  test("are marked one by one or all at once, and the rest of their group goes on", async () => {
    const world = await groupedWorld(2);
    expect(instancesOf(await mark(world, { runId: "r", tasks: [["c", 0]] }, "failed"))).toEqual(["c[0] failed"]);
    expect(await world.scheduler.run("r")).toMatchObject({ state: "success" });
    const all = await mark(world, { runId: "r", tasks: ["c"] }, "skipped");
    expect(instancesOf(all)).toEqual(["c[0] skipped", "c[1] skipped"]);
  });

  test("are listed up to a limit, and all of them are changed", async () => {
    const world = new SchedulerWorld();
    await world.sync(spec({ tasks: [task("a", { mapped: over(12_000), maxMapLength: 12_000 })], maxActiveTasks: 1 }));
    await world.trigger({ runId: "r" });
    const told = await clear(world, { runId: "r" }, { dryRun: true });
    expect([told.ok && told.total, told.ok && told.instances.length]).toEqual([12_000, 5_000]);
    const marked = await mark(world, { runId: "r" }, "skipped");
    expect(marked).toMatchObject({ ok: true, total: 12_000 });
    expect(await world.scheduler.run("r")).toMatchObject({ state: "success" });
    const page = await world.scheduler.taskInstances("r", { taskId: "a", limit: 3, offset: 11_998 });
    expect([page?.total, page?.rows.map(({ mapIndex }) => mapIndex)]).toEqual([12_000, [11_998, 11_999]]);
  });
});

describe("marking", () => {
  test("success clears what failed behind it, and the run goes on", async () => {
    const world = await worldOf("a>b>c");
    await failedDays(world, 1);
    const marked = await mark(world, { runId: "r0", tasks: ["a"] }, "success");
    expect(idsOf(marked)).toEqual(["r0/a"]);
    expect(await world.states("r0")).toEqual({ a: "success", b: "queued", c: "none" });
    await world.drain();
    await world.pass(1_000);
    expect(world.dagRuns.get("r0")).toMatchObject({ state: "success", clearNumber: 1 });
    expect(world.taskInstances.get("r0 a -1")).toMatchObject({ state: "success", reason: "marked" });
  });

  test("tells in a dry run what is not so already", async () => {
    const world = await worldOf("a>b");
    await failedDays(world, 2);
    const selection = select({ runId: "r1", tasks: ["a"], past: true, downstream: true });
    const told = await during(world, world.scheduler.markTaskInstances(selection, "failed", { dryRun: true }, tester));
    expect(idsOf(told)).toEqual(["r0/b", "r1/b"]);
    expect(await world.states("r0")).toEqual({ a: "failed", b: "upstream_failed" });
  });

  test.each([false, true])("in a queued run stay until it starts; lost from memory before: %j", async (isLost) => {
    const world = new SchedulerWorld();
    await world.sync(spec({ tasks: graphOf("a>b"), maxActiveRuns: 1 }));
    await world.trigger({ runId: "one" });
    await world.trigger({ runId: "two" });
    if (isLost) world.isCatalogDown = true;
    await mark(world, { runId: "two", tasks: ["a"] }, "success");
    if (isLost) world.restart();
    world.isCatalogDown = false;
    await world.pass(60_000);
    expect(world.taskInstances.get("two a -1")).toMatchObject({ state: "success", tryNumber: 0 });
    expect(world.dagRuns.get("two")?.state).toBe("queued");
    expect(await world.drain()).toBe(3);
    await world.pass(2_000);
    expect(world.dagRuns.get("two")?.state).toBe("success");
    expect(world.taskInstances.get("two a -1")).toMatchObject({ state: "success", tryNumber: 0 });
  });

  test("a leaf of a finished run decides the run anew", async () => {
    const world = await worldOf("a>b");
    await world.trigger({ runId: "r" });
    await world.drain();
    await world.pass(1_000);
    await mark(world, { runId: "r", tasks: ["b"] }, "failed");
    expect(await world.scheduler.run("r")).toMatchObject({ state: "failed", reason: "task_failure" });
    world.restart();
    expect(await world.scheduler.run("r")).toMatchObject({ state: "failed" });
    expect(world.dagRuns.get("r")).toMatchObject({ state: "failed" });
  });
});

describe("notes", () => {
  test("stay with the task instance in object and catalog, also of one that never ran", async () => {
    const world = await worldOf("a>b");
    await world.trigger({ runId: "r" });
    for (const taskId of ["a", "b"]) {
      expect(
        await during(world, world.scheduler.setTaskInstanceNote(key("r", taskId), `on ${taskId}`, tester)),
      ).toEqual({
        ok: true,
      });
    }
    expect(world.taskInstances.get("r b -1")).toMatchObject({ note: "on b", state: "none" });
    world.restart();
    await world.drain();
    await world.pass(1_000);
    expect(world.taskInstances.get("r a -1")).toMatchObject({ note: "on a", state: "success" });
    expect(await world.scheduler.taskInstance(key("r", "b"))).toMatchObject({ note: "on b", state: "success" });
    await during(world, world.scheduler.setTaskInstanceNote(key("r", "b"), null, tester));
    expect(world.taskInstances.get("r b -1")?.note).toBeNull();
    expect(world.scheduler.loaded().state.runs.size).toBe(0);
  });

  test("of a running try leave it with its executor", async () => {
    const world = await worldOf("a");
    await world.trigger({ runId: "r" });
    const { grants } = await world.claim();
    await during(world, world.scheduler.setTaskInstanceNote(key("r", "a"), "slow", tester));
    world.restart();
    for (const grant of grants) {
      const { verdicts } = await world.report(grant, { type: "success", returnValue: null });
      expect(verdicts[0]?.accepted).toBe(true);
    }
    expect(await world.states("r")).toEqual({ a: "success" });
  });

  test("come with a clear or a mark, and have a limit", async () => {
    const world = await worldOf("a");
    await failedDays(world, 1);
    await clear(world, { runId: "r0" }, { note: "again" });
    expect(await world.scheduler.taskInstance(key("r0", "a"))).toMatchObject({ note: "again", state: "queued" });
    expect(await clear(world, { runId: "r0" }, { note: "x".repeat(1_001) })).toMatchObject({
      ok: false,
      field: "note",
    });
    const missing = await during(world, world.scheduler.setTaskInstanceNote(key("r0", "moon"), "?", tester));
    expect(missing).toMatchObject({ ok: false, code: "not_found" });
  });
});

describe("a page of task instances", () => {
  test("is filtered, sorted and cut in the object", async () => {
    const world = await worldOf("a b c d", { a: { priorityWeight: 5 }, c: { priorityWeight: 9 } });
    await world.trigger({ runId: "r" });
    await world.claim("i1", world.messages.splice(0, 2));
    const page = async (query: Parameters<typeof world.scheduler.taskInstances>[1]) => {
      const found = await world.scheduler.taskInstances("r", query);
      return { ids: found?.rows.map(({ taskId }) => taskId).join(""), total: found?.total };
    };
    expect(await page({ limit: 2, offset: 1 })).toEqual({ ids: "bc", total: 4 });
    expect(await page({ limit: 10, descending: true })).toEqual({ ids: "dcba", total: 4 });
    expect(await page({ limit: 10, order: "priority_weight", descending: true })).toEqual({ ids: "cabd", total: 4 });
    expect(await page({ limit: 10, states: ["running"] })).toEqual({ ids: "ac", total: 2 });
    expect(await page({ limit: 10, taskId: "d" })).toEqual({ ids: "d", total: 1 });
    expect(await page({ limit: 0, states: ["queued"] })).toEqual({ ids: "", total: 2 });
    expect(await world.scheduler.taskInstances("moon", { limit: 1 })).toBeNull();
  });
});

describe("deleting a task instance", () => {
  test("forgets its tries, its values and its note, and leaves a finished run as it is", async () => {
    const world = await worldOf("a>b");
    await failedDays(world, 1);
    await clear(world, { runId: "r0" }, { note: "twice" });
    await world.drain();
    await world.pass(1_000);
    expect(world.sql.exec("SELECT try_number FROM task_instance_history")).toHaveLength(1);
    expect(await during(world, world.scheduler.deleteTaskInstance(key("r0", "a"), tester))).toEqual({ ok: true });
    const gone = { state: "none", tryNumber: 0, maxTries: 0, note: null };
    expect(await world.scheduler.taskInstance(key("r0", "a"))).toMatchObject(gone);
    expect(world.taskInstances.get("r0 a -1")).toMatchObject(gone);
    expect(world.sql.exec("SELECT try_number FROM task_instance_history")).toEqual([]);
    expect(await world.scheduler.run("r0")).toMatchObject({ state: "success", reason: "cleared" });
    world.restart();
    await clear(world, { runId: "r0" });
    await world.drain();
    await world.pass(1_000);
    expect(world.taskInstances.get("r0 a -1")).toMatchObject({ state: "success", tryNumber: 1 });
  });

  test("waits for a try that is under way, and knows what is not there", async () => {
    const world = await worldOf("a>b");
    await world.trigger({ runId: "r" });
    const remove = (taskId: string) => during(world, world.scheduler.deleteTaskInstance(key("r", taskId), tester));
    expect(await remove("a")).toMatchObject({ ok: false, code: "conflict" });
    expect(await remove("moon")).toMatchObject({ ok: false, code: "not_found" });
    expect(await during(world, world.scheduler.deleteTaskInstance(key("nope", "a"), tester))).toMatchObject({
      ok: false,
      code: "not_found",
    });
    await world.drain();
    expect(await world.states("r")).toEqual({ a: "success", b: "success" });
  });
});
