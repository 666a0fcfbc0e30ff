/** A DAG that changes while it has runs: they keep their version, or go over to the latest when they are cleared that way. */
import { describe, expect, test } from "vitest";
import type { DagSpec } from "../../src/dag/spec.ts";
import type { Grant } from "../../src/executor/protocol.ts";
import { graphOf, overItems, overResult, spec } from "../fixtures/engine-dag.ts";
import { SchedulerWorld, select, tester } from "../fixtures/scheduler-world.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 1);

type Options = Parameters<typeof graphOf>[1];
const version = (edges: string, options: Options = {}): DagSpec => spec({ tasks: graphOf(edges, options) });

/** Clears on the latest version; without tasks the whole run. */
async function clearOnLatest(world: SchedulerWorld, runId: string, tasks: readonly string[] | null = null) {
  const options = { dryRun: false, resetDagRuns: true, onLatestVersion: true };
  const reply = world.scheduler.clearTaskInstances(select({ runId, tasks }), options, tester);
  await world.pass(1_500);
  return reply;
}

/** Runs all that is queued; results are as long as told, or of a length that nobody asks for. */
async function drain(world: SchedulerWorld, length: number | null = null): Promise<string[]> {
  const ran: string[] = [];
  for (let round = 0; round < 100; round += 1) {
    await world.settle();
    if (world.messages.length === 0) return ran;
    const { grants } = await world.claim();
    for (const grant of grants) {
      ran.push(nameOf(grant));
      const lengths = length === null ? {} : { lengths: { own: length } };
      await world.report(grant, { type: "success", returnValue: null, ...lengths });
    }
  }
  throw new Error("the world does not come to rest");
}

function nameOf({ taskId, mapIndex }: Pick<Grant, "taskId" | "mapIndex">): string {
  return mapIndex < 0 ? taskId : `${taskId}[${mapIndex}]`;
}

/** The states of a run, by the object and, once it has heard, by the catalog. */
async function states(world: SchedulerWorld, runId: string): Promise<Record<string, string>> {
  const rows = (await world.scheduler.taskInstances(runId, { limit: 1_000 }))?.rows ?? [];
  const told = Object.fromEntries(rows.map((row) => [nameOf(row), row.state]));
  await world.pass(2_000);
  const projected = [...world.taskInstances.values()].filter((row) => row.runId === runId);
  for (const row of projected)
    if (nameOf(row) in told) expect([nameOf(row), row.state]).toEqual([nameOf(row), told[nameOf(row)]]);
  return told;
}

async function tries(world: SchedulerWorld, runId: string, taskId: string): Promise<string[]> {
  await world.pass(2_000);
  const past = [...world.tries.values()].filter((row) => row.runId === runId && row.taskId === taskId);
  return past.map(({ tryNumber, state, mapIndex }) => `${mapIndex} ${tryNumber} ${state}`).sort();
}

async function started(edges: string, options: Options = {}, runId = "r"): Promise<SchedulerWorld> {
  const world = new SchedulerWorld();
  await world.sync(version(edges, options));
  await world.trigger({ runId });
  return world;
}

describe("tasks that come and go", () => {
  test("a run keeps its version, also when it is cleared", async () => {
    const world = await started("a>b>c");
    await drain(world);
    await world.sync(version("a>c"));
    const clearing = world.clear("r");
    await world.pass(1_500);
    await clearing;
    await drain(world);
    expect(await states(world, "r")).toEqual({ a: "success", b: "success", c: "success" });
    expect(await world.scheduler.run("r")).toMatchObject({ state: "success", versionNumber: 1 });
  });

  test.each([false, true])(
    "one is removed, and returns with its tries (starts of the object: %s)",
    async (isRestarted) => {
      const world = await started("a>b>c");
      const restart = () => isRestarted && world.restart();
      await drain(world);
      await world.sync(version("a>c a>d"));
      restart();
      expect(await clearOnLatest(world, "r")).toMatchObject({ ok: true, total: 3 });
      restart();
      expect(await states(world, "r")).toEqual({ a: "queued", b: "removed", c: "none", d: "none" });
      expect(await drain(world)).toEqual(["a", "c", "d"]);
      expect(await states(world, "r")).toEqual({ a: "success", b: "removed", c: "success", d: "success" });
      expect(await world.scheduler.run("r")).toMatchObject({ state: "success", versionNumber: 2 });
      await world.sync(version("a>b>c"));
      restart();
      await clearOnLatest(world, "r", ["c"]);
      restart();
      expect(await states(world, "r")).toEqual({ a: "success", b: "queued", c: "none", d: "removed" });
      expect(await drain(world)).toEqual(["b", "c"]);
      expect(await states(world, "r")).toEqual({ a: "success", b: "success", c: "success", d: "removed" });
      expect(await world.scheduler.run("r")).toMatchObject({ state: "success", versionNumber: 3 });
      expect(await tries(world, "r", "b")).toEqual(["-1 1 removed"]);
      expect(world.taskInstances.get("r b -1")).toMatchObject({ state: "success", tryNumber: 2 });
      expect(world.taskInstances.get("r d -1")).toMatchObject({ state: "removed", reason: "not_in_version" });
    },
  );

  test("a run whose last open task is removed, while another is cleared, goes on with that one", async () => {
    const world = await started("a b", { b: { pool: "closed" } });
    const { grants } = await world.claim();
    for (const grant of grants)
      await world.report(grant, {
        type: "failed",
        error: { name: "Error", message: "broken", stack: null, causes: [] },
        retry: { type: "forbidden" },
        reason: null,
      });
    expect(await states(world, "r")).toMatchObject({ a: "failed" });
    expect(await world.scheduler.run("r")).toMatchObject({ state: "running" });
    await world.sync(version("a"));
    expect(await clearOnLatest(world, "r", ["a"])).toMatchObject({ ok: true });
    expect(await states(world, "r")).toMatchObject({ a: "queued", b: "removed" });
    expect(world.logged.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("what its version does not have stays removed, whatever is done to the run", async () => {
    const world = await started("a>b");
    await drain(world);
    await world.sync(version("a"));
    await clearOnLatest(world, "r", ["a"]);
    const marking = world.scheduler.markRun("r", "success", tester);
    await world.pass(1_500);
    expect(await marking).toMatchObject({ ok: true });
    const gone = { runId: "r", taskId: "b", mapIndex: -1 };
    expect(await world.scheduler.deleteTaskInstance(gone, tester)).toMatchObject({ ok: false, code: "not_found" });
    expect(await states(world, "r")).toEqual({ a: "success", b: "removed" });
  });

  test("what runs of a removed task is told to stop, its result is refused, and the run goes on", async () => {
    const world = await started("a>b>d a>c>d");
    const first = await world.claim();
    for (const grant of first.grants) await world.report(grant, { type: "success", returnValue: null });
    const { grants } = await world.claim("i2");
    expect(grants.map(({ taskId }) => taskId)).toEqual(["b", "c"]);
    await world.sync(version("a>b>d"));
    await clearOnLatest(world, "r", ["d"]);
    const gone = grants.find(({ taskId }) => taskId === "c");
    const tokens = grants.map(({ token }) => token);
    const beat = { v: 1 as const, dagId: world.dagId, invocation: "i2", tokens };
    expect((await world.scheduler.heartbeat(beat)).cancel).toEqual([gone?.token]);
    for (const grant of grants) {
      const { verdicts } = await world.report(grant, { type: "success", returnValue: null }, { invocation: "i2" });
      expect(verdicts[0]?.accepted).toBe(grant.taskId === "b");
    }
    expect(await drain(world)).toEqual(["d"]);
    expect(await states(world, "r")).toEqual({ a: "success", b: "success", c: "removed", d: "success" });
    expect(await world.scheduler.run("r")).toMatchObject({ state: "success" });
  });

  test("a version that an older run went over to is not written over", async () => {
    const world = await started("a>b");
    await drain(world);
    await world.sync(version("a>c"));
    await clearOnLatest(world, "r");
    expect(await world.sync(version("a>d"))).toBe(3);
    world.restart();
    await drain(world);
    expect(await states(world, "r")).toEqual({ a: "success", b: "removed", c: "success" });
  });

  test("the deadlines of a run stand where its new version has them", async () => {
    const within = (hours: number) => ({ reference: { type: "queued_at" as const }, intervalMs: hours * HOUR });
    const world = new SchedulerWorld();
    await world.sync({ ...version("a>b"), deadlines: [within(1), within(2), within(3)] });
    await world.trigger({ runId: "r" });
    const dueAt = () =>
      Object.fromEntries(
        world.sql.exec("SELECT deadline_index AS at, due_at FROM deadline").map((row) => [row["at"], row["due_at"]]),
      );
    const { 0: first, 1: second } = dueAt();
    await world.sync({ ...version("a>b"), deadlines: [within(2), within(1)] });
    const moving = world.scheduler.clearTaskInstances(
      select({ runId: "r", tasks: ["b"], only: "failed" }),
      { dryRun: false, resetDagRuns: true, onLatestVersion: true },
      tester,
    );
    await world.pass(1_100);
    await moving;
    expect(dueAt()).toEqual({ 0: second, 1: first });
  });

  test("a dry run, or a run of the latest version, stays as it is", async () => {
    const world = await started("a>b");
    await drain(world);
    await world.sync(version("a>c"));
    const options = { dryRun: true, resetDagRuns: true, onLatestVersion: true };
    const trying = world.scheduler.clearTaskInstances(select({ runId: "r" }), options, tester);
    await world.pass(1_100);
    expect(await trying).toMatchObject({ ok: true, total: 2 });
    expect(await world.scheduler.run("r")).toMatchObject({ state: "success", versionNumber: 1 });
    await clearOnLatest(world, "r");
    await drain(world);
    await clearOnLatest(world, "r");
    expect(await drain(world)).toEqual(["a", "c"]);
    expect(await states(world, "r")).toEqual({ a: "success", b: "removed", c: "success" });
  });
});

describe("mappings that change", () => {
  const literal = (length: number): Options => ({ m: { mapped: overItems(length) } });
  const result: Options = { m: { mapped: overResult("list") } };

  test.each([
    [4, 2, { "m[0]": "success", "m[1]": "success", "m[2]": "removed", "m[3]": "removed" }, []],
    [2, 4, { "m[0]": "success", "m[1]": "success", "m[2]": "success", "m[3]": "success" }, ["m[2]", "m[3]"]],
  ] as const)("written-down items, from %i to %i", async (before, after, expected, ran) => {
    const world = await started("list>m>end", literal(before));
    await drain(world);
    await world.sync(version("list>m>end", literal(after)));
    await clearOnLatest(world, "r", ["end"]);
    expect(await drain(world)).toEqual([...ran, "end"]);
    expect(await states(world, "r")).toEqual({ list: "success", ...expected, end: "success" });
    expect(await world.scheduler.run("r")).toMatchObject({ state: "success" });
  });

  test("what shrank and grows again runs again, and its first try is kept", async () => {
    const world = await started("list>m", literal(3));
    await drain(world);
    for (const length of [1, 3]) {
      await world.sync(version("list>m", literal(length)));
      await clearOnLatest(world, "r", ["m"]);
      world.restart();
      await drain(world);
    }
    expect(await states(world, "r")).toEqual({
      list: "success",
      "m[0]": "success",
      "m[1]": "success",
      "m[2]": "success",
    });
    expect(await tries(world, "r", "m")).toEqual(["0 1 success", "0 2 success", "1 1 success", "2 1 success"]);
    expect(world.taskInstances.get("r m 2")).toMatchObject({ tryNumber: 2 });
  });

  test.each([0, 1, 2, 5])("from written-down items to a result, of %i items", async (length) => {
    const world = await started("list>m>end", literal(3));
    await drain(world);
    await world.sync(version("list>m>end", result));
    await clearOnLatest(world, "r", ["list"]);
    world.restart();
    // Nobody knows its length yet: the first waits for all.
    expect(await states(world, "r")).toEqual({
      list: "queued",
      "m[0]": "none",
      "m[1]": "removed",
      "m[2]": "removed",
      end: "success",
    });
    const ran = await drain(world, length);
    expect(ran).toEqual(["list", ...Array.from({ length }, (_, index) => `m[${index}]`)]);
    const expected = Array.from({ length: Math.max(3, length) }, (_, index) => [
      `m[${index}]`,
      index < length ? "success" : "removed",
    ]);
    expect(await states(world, "r")).toEqual({ list: "success", ...Object.fromEntries(expected), end: "success" });
    expect(await world.scheduler.run("r")).toMatchObject({ state: "success" });
  });

  test("to a result that never tells its length: it fails as an unusable source, and the run ends", async () => {
    const world = await started("list>m>end", literal(3));
    await drain(world);
    await world.sync(version("list>m>end", result));
    await clearOnLatest(world, "r", ["end"]);
    await drain(world);
    expect(await states(world, "r")).toEqual({
      list: "success",
      "m[0]": "upstream_failed",
      "m[1]": "removed",
      "m[2]": "removed",
      end: "upstream_failed",
    });
    expect(await world.scheduler.run("r")).toMatchObject({ state: "failed" });
  });

  test.each([1, 2, 4])("from a result of 2 items to %i written-down ones", async (length) => {
    const world = await started("list>m>end", result);
    await drain(world, 2);
    await world.sync(version("list>m>end", literal(length)));
    await clearOnLatest(world, "r", ["m"]);
    world.restart();
    await drain(world);
    const expected = Array.from({ length: Math.max(2, length) }, (_, index) => [
      `m[${index}]`,
      index < length ? "success" : "removed",
    ]);
    expect(await states(world, "r")).toEqual({ list: "success", ...Object.fromEntries(expected), end: "success" });
    expect(await world.scheduler.run("r")).toMatchObject({ state: "success" });
  });

  test("from a result of nothing to written-down items", async () => {
    const world = await started("list>m>end", result);
    await drain(world, 0);
    expect(await states(world, "r")).toEqual({ list: "success", m: "skipped", end: "skipped" });
    await world.sync(version("list>m>end", literal(2)));
    await clearOnLatest(world, "r", ["end"]);
    await drain(world);
    expect(await states(world, "r")).toEqual({ list: "success", "m[0]": "success", "m[1]": "success", end: "success" });
  });

  test.each([
    ["written-down items", literal(2)],
    ["a result", result],
  ])("from one instance to %s", async (_, options) => {
    const world = await started("list>m>end");
    await drain(world);
    await world.sync(version("list>m>end", options));
    await clearOnLatest(world, "r");
    await drain(world, 2);
    expect(await states(world, "r")).toEqual({ list: "success", "m[0]": "success", "m[1]": "success", end: "success" });
  });

  test("to a task of one instance: the run keeps its version, and is told why", async () => {
    const world = await started("list>m>end", literal(2));
    await drain(world);
    await world.sync(version("list>m>end"));
    const reply = await clearOnLatest(world, "r");
    expect(reply).toMatchObject({ ok: false, code: "conflict" });
    expect(await world.scheduler.run("r")).toMatchObject({ state: "success", versionNumber: 1 });
  });
});

describe("a schedule that changes", () => {
  const daily = (expression: string, timezone: string, dataInterval = false): DagSpec =>
    spec({
      tasks: graphOf("a>b"),
      schedule: { type: "cron", expression, timezone, dataInterval },
      startAt: START,
      catchup: true,
    });

  async function days(world: SchedulerWorld, count: number): Promise<void> {
    for (let hour = 0; hour < count * 24; hour += 1) {
      await world.pass(HOUR);
      await drain(world);
      if (hour % 5 === 0) world.restart();
    }
  }

  const runs = (world: SchedulerWorld) =>
    world.sql
      .exec("SELECT logical_at, version_number FROM dag_run WHERE run_type = 'scheduled' ORDER BY seq")
      .map((row) => [new Date(Number(row["logical_at"])).toISOString().slice(5, 16), Number(row["version_number"])]);
  const skips = (world: SchedulerWorld) => world.sql.exec("SELECT from_at, to_at, reason FROM skipped_interval");

  test("by its time zone: each day has one run in the old one until the edit, and one in the new one from then on", async () => {
    const world = new SchedulerWorld({ now: START });
    await world.sync(daily("0 3 * * *", "Europe/Zurich"));
    await days(world, 2.5);
    expect(await world.scheduler.coverage()).toMatchObject({ gaps: [], doubles: [], isComplete: true });
    await world.sync(daily("0 3 * * *", "Asia/Tokyo"));
    await days(world, 2);
    expect(runs(world)).toEqual([
      ["01-01T02:00", 1],
      ["01-02T02:00", 1],
      ["01-03T02:00", 1],
      ["01-03T18:00", 2],
      ["01-04T18:00", 2],
    ]);
    expect(skips(world)).toEqual([]);
    expect(await world.scheduler.coverage()).toMatchObject({ runCount: 2, gaps: [], doubles: [], isComplete: true });
  });

  test("while the DAG is paused: what was due by the old one is recorded as skipped, and nothing is made twice", async () => {
    const world = new SchedulerWorld({ now: START });
    await world.sync(daily("0 3 * * *", "UTC"));
    await days(world, 0.25);
    const setPaused = async (isPaused: boolean) => {
      const setting = world.scheduler.setPaused(isPaused, tester);
      await world.pass(1_100);
      await setting;
    };
    await setPaused(true);
    await world.pass(3 * DAY);
    await world.sync(daily("0 15 * * *", "UTC"));
    world.restart();
    await setPaused(false);
    await days(world, 2);
    expect(runs(world)).toEqual([
      ["01-01T03:00", 1],
      ["01-04T15:00", 2],
      ["01-05T15:00", 2],
    ]);
    const at = (day: number) => START + (day - 1) * DAY + 3 * HOUR;
    expect(skips(world)).toEqual([{ from_at: at(2), to_at: at(4), reason: "schedule_changed" }]);
    expect(await world.scheduler.coverage()).toMatchObject({ runCount: 2, gaps: [], doubles: [], isComplete: true });
  });
});

describe("a DAG that leaves the bundle and returns", () => {
  const dag = (retries = 0): DagSpec =>
    spec({
      tasks: graphOf("a>b", { a: { retries, retryDelayMs: HOUR } }),
      schedule: { type: "cron", expression: "0 * * * *", timezone: "UTC", dataInterval: false },
      startAt: START,
      catchup: true,
      maxActiveRuns: 2,
    });
  const missing = {
    type: "failed",
    error: { name: "VersionMissing", message: "the deployed bundle has no such task", stack: null, causes: [] },
    retry: { type: "allowed" },
    reason: "version_missing",
  } as const;

  async function retire(world: SchedulerWorld): Promise<void> {
    const retiring = world.scheduler.retire();
    await world.pass(1_100);
    await retiring;
  }

  test("its runs go on, running and queued ones, and no interval is lost", async () => {
    const world = new SchedulerWorld({ now: START });
    await world.sync({ ...dag(), maxActiveRuns: 1 });
    await world.trigger({ runId: "r" });
    const { grants } = await world.claim();
    await retire(world);
    world.restart();
    expect(await world.trigger({ runId: "late" })).toMatchObject({ ok: false, code: "conflict" });
    for (const grant of grants) await world.report(grant, { type: "success", returnValue: null });
    await drain(world);
    expect(await world.scheduler.run("r")).toMatchObject({ state: "success" });
    await world.pass(3 * HOUR);
    await drain(world);
    const count = () =>
      Number(world.sql.exec("SELECT count(*) AS count FROM dag_run WHERE run_type = 'scheduled'")[0]?.["count"]);
    expect(count()).toBe(1);
    await world.sync({ ...dag(), maxActiveRuns: 1 });
    for (let hour = 0; hour < 5; hour += 1) {
      await drain(world);
      await world.pass(60_000);
    }
    expect(count()).toBe(4);
    expect(await world.scheduler.coverage()).toMatchObject({ gaps: [], doubles: [], isComplete: true });
    expect(new Set([...world.dagRuns.values()].map(({ state }) => state))).toEqual(new Set(["success"]));
  });

  test("a try without its function fails as version_missing, is tried again, and succeeds when the DAG is back", async () => {
    const world = new SchedulerWorld({ now: START });
    await world.sync({ ...dag(1), schedule: { type: "manual" } });
    await world.trigger({ runId: "r" });
    await retire(world);
    const { grants } = await world.claim();
    for (const grant of grants) await world.report(grant, missing);
    expect(await states(world, "r")).toEqual({ a: "up_for_retry", b: "none" });
    expect(world.taskInstances.get("r a -1")).toMatchObject({
      reason: "version_missing",
      error: { name: "VersionMissing" },
    });
    world.restart();
    await world.sync({ ...dag(1), schedule: { type: "manual" } });
    await world.pass(HOUR);
    expect(await drain(world)).toEqual(["a", "b"]);
    expect(await states(world, "r")).toEqual({ a: "success", b: "success" });
  });

  test("without retries its run has failed, and a clear on the latest version runs it", async () => {
    const world = new SchedulerWorld({ now: START });
    await world.sync({ ...dag(), schedule: { type: "manual" } });
    await world.trigger({ runId: "r" });
    await retire(world);
    const { grants } = await world.claim();
    for (const grant of grants) await world.report(grant, missing);
    expect(await states(world, "r")).toEqual({ a: "failed", b: "upstream_failed" });
    expect(await world.scheduler.run("r")).toMatchObject({ state: "failed", reason: "task_failure" });
    await world.sync(version("a>c"));
    await clearOnLatest(world, "r");
    expect(await drain(world)).toEqual(["a", "c"]);
    expect(await states(world, "r")).toEqual({ a: "success", b: "removed", c: "success" });
    expect(await world.scheduler.run("r")).toMatchObject({ state: "success" });
  });

  test("with a lower limit leaves alone what is under way, and starts nothing new until there is room", async () => {
    const tasks = graphOf("a b c");
    const world = new SchedulerWorld({ now: START });
    await world.sync(spec({ tasks }));
    await world.trigger({ runId: "r" });
    const { grants } = await world.claim();
    await world.sync(spec({ tasks, maxActiveTasks: 1 }));
    await clearOnLatest(world, "r", ["c"]);
    expect(await world.scheduler.run("r")).toMatchObject({ state: "running", versionNumber: 2 });
    for (const grant of grants) await world.report(grant, { type: "success", returnValue: null });
    expect(await drain(world)).toEqual(["c"]);
    await world.pass(1_000);
    expect(await world.scheduler.run("r")).toMatchObject({ state: "success", reason: null });
  });
});
