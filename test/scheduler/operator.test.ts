import { expect, test } from "vitest";
import type { JsonSchema } from "../../src/dag/spec.ts";
import { graphOf, spec } from "../fixtures/engine-world.ts";
import { SchedulerWorld, tester } from "../fixtures/scheduler-world.ts";

async function worldOf(options: Parameters<typeof spec>[0] = { tasks: graphOf("a>b") }): Promise<SchedulerWorld> {
  const world = new SchedulerWorld();
  await world.sync(spec(options));
  return world;
}

/** Operator verbs wait for the catalog up to a second of the world's time. */
async function during<T>(world: SchedulerWorld, reply: Promise<T>): Promise<T> {
  await world.pass(1_100);
  return reply;
}

test("an object without a definition refuses everything and writes nothing", async () => {
  const world = new SchedulerWorld();
  expect(await world.trigger()).toMatchObject({ ok: false, code: "not_found" });
  expect(await world.scheduler.run("r")).toBeNull();
  expect(await world.scheduler.setPaused(true, tester)).toMatchObject({ ok: false, code: "not_found" });
  expect(await world.scheduler.poke()).toEqual({ nextWakeAt: null, behindSinceAt: null });
  const tables = world.sql.exec("SELECT name FROM sqlite_master");
  expect(tables).toEqual([]);
});

test("a run id, a logical date and an idempotency key each name one run", async () => {
  const world = await worldOf();
  const logicalAt = Date.UTC(2026, 0, 5);
  await world.trigger({ runId: "r1", logicalAt, idempotencyKey: "k", bodyHash: "h" });
  expect(await world.trigger({ runId: "r1" })).toMatchObject({ ok: false, code: "conflict", field: "dag_run_id" });
  expect(await world.trigger({ logicalAt })).toMatchObject({ ok: false, code: "conflict", field: "logical_date" });
  const again = await world.trigger({ runId: "r1", logicalAt, idempotencyKey: "k", bodyHash: "h" });
  expect(again).toMatchObject({ ok: true, created: false, run: { runId: "r1" } });
  expect(await world.trigger({ idempotencyKey: "k", bodyHash: "other" })).toMatchObject({
    ok: false,
    code: "conflict",
  });
});

test("a run id of another run type is refused with the reason", async () => {
  const world = await worldOf();
  const reply = await world.trigger({ runId: "scheduled__mine" });
  expect(reply).toMatchObject({ ok: false, code: "invalid", field: "dag_run_id" });
});

test("conf is checked against the params and merged over their defaults", async () => {
  const params: JsonSchema = {
    type: "object",
    properties: { year: { type: "integer", minimum: 2012, default: 2015 } },
    required: [],
  };
  const world = await worldOf({ tasks: graphOf("a"), params });
  expect(await world.trigger({ conf: { year: 1999 } })).toMatchObject({
    ok: false,
    code: "invalid",
    field: "conf.year",
  });
  await world.trigger({ runId: "r1", conf: { extra: 1 } });
  const { runs } = await world.claim();
  expect(runs[0]?.params).toMatchObject({ year: 2015, extra: 1 });
});

test("a data interval and the time of a run are what the user says, else what follows from the logical date", async () => {
  const schedule = { type: "cron", expression: "0 0 * * *", timezone: "UTC", dataInterval: true } as const;
  const world = await worldOf({ tasks: graphOf("a"), schedule, startAt: Date.UTC(2100, 0, 1) });
  const [day, hour] = [86_400_000, 3_600_000];
  const logicalAt = world.now - 10 * day;
  const dataInterval = { startAt: logicalAt - hour, endAt: logicalAt + hour };
  const runAfterAt = world.now + 2 * day;
  await world.trigger({ runId: "told", logicalAt, dataInterval, runAfterAt });
  expect(await world.scheduler.run("told")).toMatchObject({
    state: "queued",
    logicalAt,
    dataIntervalStartAt: dataInterval.startAt,
    dataIntervalEndAt: dataInterval.endAt,
    runAfterAt,
  });
  await world.trigger({ runId: "undated", dataInterval });
  expect(await world.scheduler.run("undated")).toMatchObject({
    state: "running",
    logicalAt: null,
    dataIntervalStartAt: dataInterval.startAt,
    dataIntervalEndAt: dataInterval.endAt,
  });
  const calledAt = world.now;
  await world.trigger({ runId: "usual", logicalAt: logicalAt + day });
  const usual = await world.scheduler.run("usual");
  expect([usual?.runAfterAt, (usual?.dataIntervalEndAt ?? 0) - (usual?.dataIntervalStartAt ?? 0)]).toEqual([
    calledAt,
    day,
  ]);
  await world.pass(2 * day);
  expect(await world.scheduler.run("told")).toMatchObject({ state: "running" });
});

test("a data interval that ends before it starts is refused", async () => {
  const world = await worldOf();
  expect(await world.trigger({ runId: "r1", dataInterval: { startAt: 2, endAt: 1 } })).toMatchObject({
    ok: false,
    code: "invalid",
    field: "data_interval_end",
  });
  expect(await world.scheduler.run("r1")).toBeNull();
  expect(await world.trigger({ runId: "r1", dataInterval: { startAt: 2, endAt: 2 } })).toMatchObject({ ok: true });
});

test("a paused DAG keeps a triggered run queued until it is unpaused", async () => {
  const world = await worldOf();
  await during(world, world.scheduler.setPaused(true, tester));
  expect(await world.trigger({ runId: "r1" })).toMatchObject({ ok: true, run: { state: "queued" } });
  expect(world.messages).toEqual([]);
  await during(world, world.scheduler.setPaused(false, tester));
  expect(await world.scheduler.run("r1")).toMatchObject({ state: "running" });
});

test("a cancelled run fails, its executor is told to stop, and its result is refused", async () => {
  const world = await worldOf();
  await world.trigger({ runId: "r1" });
  const { grants } = await world.claim();
  expect(await during(world, world.scheduler.markRun("r1", "failed", tester))).toMatchObject({
    ok: true,
    run: { state: "failed", reason: "cancelled" },
  });
  expect(await world.states("r1")).toEqual({ a: "failed", b: "skipped" });
  const tokens = grants.map((grant) => grant.token);
  const beat = await world.scheduler.heartbeat({ v: 1, dagId: world.dagId, invocation: "i1", tokens });
  expect(beat.cancel).toEqual(tokens);
  for (const grant of grants) {
    const { verdicts } = await world.report(grant, { type: "success", returnValue: null });
    expect(verdicts[0]?.accepted).toBe(false);
  }
});

test("a deleted run is gone from object, catalog and object store", async () => {
  const world = await worldOf();
  await world.trigger({ runId: "r1" });
  expect(await world.scheduler.deleteRun("r1", tester)).toMatchObject({ ok: false, code: "conflict" });
  await world.drain();
  await world.pass(1_000);
  expect(world.dagRuns.has("r1")).toBe(true);
  expect(await during(world, world.scheduler.deleteRun("r1", tester))).toEqual({ ok: true });
  expect(await world.scheduler.run("r1")).toBeNull();
  expect(world.dagRuns.has("r1")).toBe(false);
  expect(world.deletedObjects).toEqual(["r1"]);
  expect(world.sql.exec("SELECT * FROM task_instance")).toEqual([]);
});

test("deleting the DAG waits for live runs, then leaves nothing", async () => {
  const world = await worldOf();
  await world.trigger({ runId: "r1" });
  expect(await world.scheduler.deleteDag(tester)).toMatchObject({ ok: false, code: "conflict" });
  await world.drain();
  await world.pass(1_000);
  expect(await during(world, world.scheduler.deleteDag(tester))).toEqual({ ok: true });
  expect(world.projections.at(-1)?.deletedDag).toMatchObject({ dagId: "d" });
  expect(world.deletedObjects).toEqual(["*"]);
  expect(world.sql.exec("SELECT name FROM sqlite_master")).toEqual([]);
  expect(world.alarmAt).toBeNull();
});

test("every change is audited with its actor", async () => {
  const world = await worldOf();
  await world.trigger({ runId: "r1" });
  await during(world, world.scheduler.setPaused(true, tester));
  await during(world, world.scheduler.setRunNote("r1", "look here", tester));
  await during(world, world.scheduler.markRun("r1", "failed", tester));
  const events = world.projections.flatMap((projection) => projection.events);
  expect(events.map((event) => [event.event, event.actor])).toEqual([
    ["trigger", "tester"],
    ["paused", "tester"],
    ["note", "tester"],
    ["cancel", "tester"],
  ]);
  expect(world.sql.exec("SELECT * FROM event")).toEqual([]);
});

test("old runs leave after 90 days, but never the latest finished one", async () => {
  const world = await worldOf();
  for (const runId of ["r1", "r2", "r3"]) {
    await world.trigger({ runId });
    await world.drain();
    await world.pass(1_000);
  }
  await world.pass(91 * 86_400_000);
  const left = world.sql.exec("SELECT run_id FROM dag_run").map((row) => row["run_id"]);
  expect(left).toEqual(["r3"]);
  expect([...world.dagRuns.keys()]).toEqual(["r3"]);
  expect(world.deletedObjects).toEqual(["r1", "r2"]);
});

test("the catalog can be rebuilt from the object alone", async () => {
  const world = await worldOf();
  for (const runId of ["r1", "r2"]) await world.trigger({ runId });
  await world.drain();
  await world.pass(1_000);
  const before = new Map([...world.taskInstances].map(([key, row]) => [key, row.state]));
  world.taskInstances.clear();
  world.dagRuns.clear();
  world.restart();
  const { rowCount } = await during(world, world.scheduler.rebuildCatalog());
  expect(rowCount).toBe(6);
  expect(new Map([...world.taskInstances].map(([key, row]) => [key, row.state]))).toEqual(before);
  expect([...world.dagRuns.values()].map((run) => run.state)).toEqual(["success", "success"]);
});

test("a version with runs is never changed, and a live run stays with its own", async () => {
  const world = await worldOf({ tasks: graphOf("a>b") });
  expect(await world.sync(spec({ tasks: graphOf("a>b>c") }))).toBe(1);
  await world.trigger({ runId: "r1" });
  expect(await world.sync(spec({ tasks: graphOf("a>x") }))).toBe(2);
  await world.drain();
  expect(await world.states("r1")).toEqual({ a: "success", b: "success", c: "success" });
  await world.trigger({ runId: "r2" });
  await world.drain();
  expect(await world.states("r2")).toEqual({ a: "success", x: "success" });
});

test("an idle DAG sets no alarm and writes nothing", async () => {
  const world = await worldOf();
  await world.pass(200_000);
  const changes = world.sql.exec("SELECT total_changes() AS count")[0]?.["count"];
  const alarms = world.alarmSetCount;
  await world.pass(3_600_000);
  expect(world.sql.exec("SELECT total_changes() AS count")[0]?.["count"]).toBe(changes);
  expect(world.alarmSetCount).toBe(alarms);
});

test("what is not running is explained by the rules that hold it", async () => {
  const world = await worldOf({ tasks: graphOf("a>b"), maxActiveRuns: 1 });
  await world.trigger({ runId: "r1" });
  await world.trigger({ runId: "r2" });
  const waiting = await world.scheduler.explain({ runId: "r1", taskId: "b", mapIndex: -1 });
  expect(waiting?.[0]?.reason).toContain('all_success waits for upstream "a"');
  const queued = await world.scheduler.explain({ runId: "r2", taskId: "a", mapIndex: -1 });
  expect(queued?.[0]?.reason).toContain("1 of at most 1 runs");
});
