/** Clocks that step back, objects that are evicted between any two wakes, schedules that are edited, values that go. */
import { expect, test } from "vitest";
import type { ScheduleSpec } from "../../src/dag/spec.ts";
import type { Grant } from "../../src/executor/protocol.ts";
import { graphOf, spec } from "../fixtures/engine-world.ts";
import { SchedulerWorld, tester } from "../fixtures/scheduler-world.ts";

const minute = 60_000;

async function worldOf(options: Parameters<typeof spec>[0] = { tasks: graphOf("a>b") }): Promise<SchedulerWorld> {
  const world = new SchedulerWorld();
  await world.sync(spec(options));
  return world;
}

async function during<T>(world: SchedulerWorld, reply: Promise<T>): Promise<T> {
  await world.pass(2_500);
  return reply;
}

function only(grants: readonly Grant[]): Grant {
  const [grant] = grants;
  if (grant === undefined || grants.length > 1) throw new Error(`${grants.length} grants`);
  return grant;
}

function cron(expression: string, dataInterval = false): ScheduleSpec {
  return { type: "cron", expression, timezone: "UTC", dataInterval };
}

/** Fires each alarm on an object that has just been started. */
async function passEvicted(world: SchedulerWorld, ms: number): Promise<void> {
  const until = world.now + ms;
  while (world.alarmAt !== null && world.alarmAt <= until) {
    world.now = Math.max(world.now, world.alarmAt);
    world.restart();
    world.alarmAt = null;
    await world.scheduler.wake();
    await world.settle();
  }
  world.now = until;
}

test("values that a cleared task leaves behind go from the catalog, whatever its next try returns", async () => {
  const world = await worldOf();
  await world.trigger({ runId: "r1" });
  const first = only((await world.claim()).grants);
  const inline = { type: "inline", json: '"old"' } as const;
  await world.report(first, { type: "success", returnValue: inline }, { xcoms: [{ key: "k", value: inline }] });
  await world.drain();
  await world.pass(1_000);
  expect(world.xcoms.get("r1 a -1 k")).toMatchObject({ preview: '"old"' });
  world.isCatalogDown = true;
  await during(world, world.clear("r1", ["a"]));
  const second = only((await world.claim()).grants);
  await world.report(second, { type: "success", returnValue: null });
  world.restart();
  world.isCatalogDown = false;
  await world.pass(2 * minute);
  expect(world.taskInstances.get("r1 a -1")).toMatchObject({ state: "success", tryNumber: 2 });
  expect(world.xcoms.get("r1 a -1 return_value")?.isDeleted).toBe(true);
  expect(world.xcoms.get("r1 a -1 k")?.isDeleted).toBe(true);
  expect(await world.scheduler.xcomEntries({ runId: "r1", taskId: "a", mapIndex: -1 })).toEqual([]);
  const [value] = await world.scheduler.readXComs([
    { key: { runId: first.runId, taskId: first.taskId, mapIndex: -1 }, name: "k" },
  ]);
  expect(value).toBeNull();
});

test("a message that nobody claims fails its try in the end, though the object is evicted after every wake", async () => {
  const world = await worldOf({ tasks: graphOf("a") });
  await world.trigger({ runId: "r1" });
  await passEvicted(world, 30 * minute);
  expect(world.messages).toHaveLength(4);
  expect(await world.scheduler.taskInstance({ runId: "r1", taskId: "a", mapIndex: -1 })).toMatchObject({
    state: "failed",
    reason: "queue_timeout",
  });
});

test("a lost try is noticed though the object is evicted after every wake", async () => {
  const world = await worldOf({ tasks: graphOf("a") });
  await world.trigger({ runId: "r1" });
  only((await world.claim()).grants);
  await passEvicted(world, 10 * minute);
  expect(world.messages.length).toBeGreaterThan(1);
  expect(await world.scheduler.taskInstance({ runId: "r1", taskId: "a", mapIndex: -1 })).toMatchObject({
    reason: expect.stringMatching(/heartbeat_lost|queue_timeout/),
  });
});

test("one run per minute is made though the object is evicted after every wake", async () => {
  const world = await worldOf({ tasks: graphOf("a"), schedule: cron("* * * * *"), maxActiveRuns: 100 });
  await passEvicted(world, 10 * minute);
  const rows = world.sql.exec("SELECT logical_at FROM dag_run ORDER BY logical_at");
  expect(rows.map((row) => row["logical_at"])).toEqual(
    Array.from({ length: 11 }, (_, index) => Date.UTC(2026, 0, 1, 0, index)),
  );
});

test("a heartbeat as the first event of a start renews the lease and arms what the object needs", async () => {
  const world = await worldOf();
  await world.trigger({ runId: "r1" });
  const { grants } = await world.claim();
  await world.pass(80_000);
  world.restart();
  world.alarmAt = null;
  const beat = { v: 1, dagId: world.dagId, invocation: "i1", tokens: grants.map(({ token }) => token) };
  expect((await world.scheduler.heartbeat(beat)).cancel).toEqual([]);
  expect(world.alarmAt).not.toBeNull();
  await world.pass(80_000);
  expect(await world.states("r1")).toEqual({ a: "running", b: "none" });
  await world.pass(80_000);
  expect(await world.states("r1")).toEqual({ a: "failed", b: "upstream_failed" });
});

test("a clock that steps back makes no time negative and no run twice", async () => {
  const world = await worldOf({ tasks: graphOf("a"), schedule: cron("* * * * *"), maxActiveRuns: 100 });
  await world.pass(5 * minute);
  const { grants } = await world.claim();
  for (const isEvicted of [false, true]) {
    world.now -= 2 * minute;
    if (isEvicted) world.restart();
    const grant = grants[isEvicted ? 1 : 0];
    if (grant === undefined) throw new Error("nothing was granted");
    await world.report(grant, { type: "success", returnValue: null });
    const view = await world.scheduler.taskInstance(grant);
    expect((view?.endAt ?? 0) - (view?.startAt ?? 0)).toBeGreaterThanOrEqual(0);
    const run = await world.scheduler.run(grant.runId);
    expect((run?.endAt ?? 0) - (run?.startAt ?? 0)).toBeGreaterThanOrEqual(0);
  }
  await world.pass(10 * minute);
  const rows = world.sql.exec("SELECT count(*) AS count, count(DISTINCT logical_at) AS dates FROM dag_run");
  expect(rows[0]?.["count"]).toBe(rows[0]?.["dates"]);
});

test("every due instant is covered once by a run or a recorded skip when the schedule is edited on the instant", async () => {
  const world = await worldOf({ tasks: graphOf("a"), schedule: cron("0 * * * *", true), maxActiveRuns: 100 });
  await world.pass(3 * 60 * minute);
  await world.sync(spec({ tasks: graphOf("a"), schedule: cron("0 * * * *"), maxActiveRuns: 100 }));
  await world.pass(3 * 60 * minute);
  await world.sync(spec({ tasks: graphOf("a"), schedule: cron("*/30 * * * *"), maxActiveRuns: 100 }));
  await world.pass(60 * minute);
  const hours = world.sql
    .exec("SELECT run_after_at FROM dag_run ORDER BY run_after_at")
    .map((row) => (Number(row["run_after_at"]) - Date.UTC(2026, 0, 1)) / (60 * minute));
  expect(hours).toEqual([...new Set(hours)]);
  for (let hour = 1; hour <= 7; hour += 1) expect(hours).toContain(hour);
});

test("a schedule of seconds has a run id for each second", async () => {
  const world = await worldOf({ tasks: graphOf("a"), schedule: cron("* * * * * *"), maxActiveRuns: 100 });
  await world.pass(10_000);
  const rows = world.sql.exec("SELECT count(*) AS count, count(DISTINCT run_id) AS ids FROM dag_run");
  expect(rows[0]?.["count"]).toBe(rows[0]?.["ids"]);
  expect(rows[0]?.["count"]).toBeGreaterThanOrEqual(10);
});

test("a manual run with the logical date of a scheduled one covers it", async () => {
  const world = await worldOf({ tasks: graphOf("a"), schedule: cron("0 * * * *"), maxActiveRuns: 100 });
  await world.trigger({ runId: "mine", logicalAt: Date.UTC(2026, 0, 1, 2) });
  await world.pass(4 * 60 * minute);
  const rows = world.sql.exec(
    "SELECT run_id FROM dag_run WHERE logical_at > ? ORDER BY logical_at",
    Date.UTC(2026, 0, 1),
  );
  expect(rows.map((row) => row["run_id"])).toEqual([
    "scheduled__2026-01-01T01:00:00+00:00",
    "mine",
    "scheduled__2026-01-01T03:00:00+00:00",
    "scheduled__2026-01-01T04:00:00+00:00",
  ]);
  expect(world.scheduler.loaded().state.queuedRunCount).toBe(0);
});

test("an alarm is never later than what is due first, whichever event comes first after a start", async () => {
  const world = await worldOf({ tasks: graphOf("a"), schedule: cron("0 * * * *") });
  await world.trigger({ runId: "r1" });
  const due = world.alarmAt ?? Number.POSITIVE_INFINITY;
  world.restart();
  await world.scheduler.taskInstances("r1", { limit: 100 });
  await during(world, world.scheduler.setRunNote("r1", "n", tester));
  expect(world.alarmAt).toBeLessThanOrEqual(due);
  // The alarm is lost, as it has been seen to be: the watchdog's poke sets it again.
  world.alarmAt = null;
  await world.scheduler.poke();
  expect(world.alarmAt).toBeLessThanOrEqual(due);
});
