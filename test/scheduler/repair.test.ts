/** One bad row must not take the DAG's object with it: what can go on goes on, and the next good definition heals it. */
import { expect, test } from "vitest";
import { graphOf, spec } from "../fixtures/engine-world.ts";
import { SchedulerWorld, tester } from "../fixtures/scheduler-world.ts";

const definition = spec({ tasks: graphOf("a>b") });

async function worldOf(options = definition): Promise<SchedulerWorld> {
  const world = new SchedulerWorld();
  await world.sync(options);
  return world;
}

/** As after a rollback of the release: the stored specification says what this code does not understand. */
function spoil(world: SchedulerWorld, versionNumber: number, spoiled: unknown): () => void {
  const [row] = world.sql.exec("SELECT spec FROM dag_version WHERE version_number = ?", versionNumber);
  const write = "UPDATE dag_version SET spec = ? WHERE version_number = ?";
  world.sql.exec(write, JSON.stringify(spoiled), versionNumber);
  world.restart();
  return () => {
    world.sql.exec(write, String(row?.["spec"]), versionNumber);
    world.restart();
  };
}

const uncompilable = { ...definition, tasks: graphOf("a>b").toReversed() };

test("a definition that no longer compiles leaves an object that the next good one heals, still paused", async () => {
  const world = await worldOf();
  const pausing = world.scheduler.setPaused(true, tester);
  await world.pass(1_100);
  await pausing;
  spoil(world, 1, uncompilable);
  await world.scheduler.poke();
  expect(await world.trigger({ runId: "r1" })).toMatchObject({ ok: false });
  expect(world.logged.some(({ level }) => level === "error")).toBe(true);
  await world.sync(spec({ tasks: graphOf("a>c") }));
  expect(await world.scheduler.dag()).toMatchObject({ isPaused: true });
  expect(await world.trigger({ runId: "r1" })).toMatchObject({ ok: true, run: { state: "queued" } });
});

test("a schedule that no longer parses stops the schedule alone", async () => {
  const world = await worldOf();
  spoil(world, 1, { ...definition, schedule: { type: "lunar" } });
  await world.scheduler.poke();
  expect(await world.trigger({ runId: "r1" })).toMatchObject({ ok: true });
  await world.drain();
  expect(await world.states("r1")).toEqual({ a: "success", b: "success" });
});

test("a live run whose version no longer compiles waits for a release that knows it, and the others go on", async () => {
  const world = await worldOf();
  await world.trigger({ runId: "r1" });
  await world.sync(spec({ tasks: graphOf("a>c") }));
  await world.trigger({ runId: "r2" });
  const mend = spoil(world, 1, uncompilable);
  world.messages = [];
  await world.pass(60_000);
  await world.drain();
  expect(await world.states("r2")).toEqual({ a: "success", c: "success" });
  expect(await world.scheduler.run("r1")).toMatchObject({ state: "running" });
  mend();
  await world.pass(60_000);
  await world.drain();
  expect(await world.states("r1")).toEqual({ a: "success", b: "success" });
});

test("a queued run whose version no longer compiles fails with that reason, and those behind it start", async () => {
  const world = await worldOf();
  const pausing = world.scheduler.setPaused(true, tester);
  await world.pass(1_100);
  await pausing;
  await world.trigger({ runId: "r1" });
  await world.sync(spec({ tasks: graphOf("a>c"), maxActiveRuns: 1 }));
  await world.trigger({ runId: "r2" });
  spoil(world, 1, uncompilable);
  const unpausing = world.scheduler.setPaused(false, tester);
  await world.pass(1_100);
  await unpausing;
  expect(await world.scheduler.run("r1")).toMatchObject({ state: "failed", reason: "version_missing" });
  await world.drain();
  expect(await world.states("r2")).toEqual({ a: "success", c: "success" });
  await world.pass(1_000);
  expect(world.dagRuns.get("r1")).toMatchObject({ state: "failed" });
  expect(world.sql.exec("SELECT run_id FROM dag_run WHERE is_settled = 0")).toEqual([]);
  const { rowCount } = await rebuilt(world);
  expect(rowCount).toBe(4);
});

async function rebuilt(world: SchedulerWorld): Promise<{ rowCount: number }> {
  const rebuilding = world.scheduler.rebuildCatalog();
  await world.pass(1_100);
  return rebuilding;
}

test("a commit that throws half-way leaves no trace, in the rows or in memory", async () => {
  const world = await worldOf();
  await world.trigger({ runId: "r1" });
  const { grants } = await world.claim();
  const [grant] = grants;
  if (grant === undefined) throw new Error("nothing was granted");
  const exec = world.sql.exec.bind(world.sql);
  world.sql.exec = (sql, ...params) => {
    if (sql.startsWith("INSERT INTO task_instance")) throw new Error("on purpose");
    return exec(sql, ...params);
  };
  const alarmAt = world.alarmAt;
  await expect(world.report(grant, { type: "success", returnValue: null })).rejects.toThrow("on purpose");
  expect(world.alarmAt).toBe(alarmAt);
  world.sql.exec = exec;
  expect(await world.states("r1")).toEqual({ a: "running", b: "none" });
  const { verdicts } = await world.report(grant, { type: "success", returnValue: null });
  expect(verdicts).toEqual([{ token: grant.token, accepted: true, reason: null, state: "success" }]);
  await world.drain();
  await world.pass(1_000);
  expect(world.dagRuns.get("r1")?.state).toBe("success");
});

test("a retention that fails does not hold up what is due", async () => {
  const world = await worldOf();
  for (const runId of ["r1", "r2"]) {
    await world.trigger({ runId });
    await world.drain();
    await world.pass(1_000);
  }
  const exec = world.sql.exec.bind(world.sql);
  world.sql.exec = (sql, ...params) => {
    if (sql.startsWith("DELETE FROM task_instance")) throw new Error("on purpose");
    return exec(sql, ...params);
  };
  world.now += 91 * 86_400_000;
  await world.trigger({ runId: "r3" });
  world.messages = [];
  const alarms = world.alarmSetCount;
  await world.pass(30_000);
  expect(world.messages.map(({ runId }) => runId)).toEqual(["r3"]);
  expect(world.alarmSetCount - alarms).toBeLessThan(10);
  world.sql.exec = exec;
  await world.pass(2 * 3_600_000);
  expect(await world.scheduler.run("r1")).toBeNull();
});

test("a flush that is under way when the state is thrown away loses nothing, and its waiters are answered", async () => {
  const world = await worldOf();
  await world.trigger({ runId: "r1" });
  const { grants } = await world.claim();
  const release = world.holdCatalog();
  await world.pass(100);
  const before = world.now;
  const noting = world.scheduler.setRunNote("r1", "n", tester).then(() => world.now - before);
  const exec = world.sql.exec.bind(world.sql);
  world.sql.exec = (sql, ...params) => {
    if (sql.startsWith("INSERT INTO task_instance")) throw new Error("on purpose");
    return exec(sql, ...params);
  };
  for (const grant of grants) {
    await expect(world.report(grant, { type: "success", returnValue: null })).rejects.toThrow("on purpose");
  }
  world.sql.exec = exec;
  release();
  await world.pass(1_100);
  expect(await noting).toBeLessThan(1_000);
  expect(world.dagRuns.get("r1")).toMatchObject({ state: "running", note: "n" });
  expect(world.taskInstances.get("r1 a -1")?.state).toBe("running");
  expect(world.scheduler.flush.hasRows()).toBe(false);
});
