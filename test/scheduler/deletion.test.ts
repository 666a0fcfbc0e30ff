/** Deleting leaves nothing behind, and loses nothing that was accepted meanwhile. */
import { expect, test } from "vitest";
import { graphOf, spec } from "../fixtures/engine-world.ts";
import { SchedulerWorld, tester } from "../fixtures/scheduler-world.ts";

const definition = spec({ tasks: graphOf("a>b") });

async function worldOf(): Promise<SchedulerWorld> {
  const world = new SchedulerWorld();
  await world.sync(definition);
  return world;
}

async function during<T>(world: SchedulerWorld, reply: Promise<T>): Promise<T> {
  await world.pass(1_100);
  return reply;
}

test("a DAG that comes back after its deletion stands above its tombstone, however often its object was started", async () => {
  const world = await worldOf();
  for (let start = 0; start < 100; start += 1) {
    world.restart();
    await during(world, world.scheduler.setPaused(start % 2 === 0, tester));
  }
  expect(await during(world, world.scheduler.deleteDag(tester))).toEqual({ ok: true });
  expect(world.deletedDagVersion).toBeGreaterThan(0);
  await world.sync(definition);
  expect(world.dag?.version).toBeGreaterThan(world.deletedDagVersion);
});

test("a DAG whose row versions are ahead of the clock is not deleted before the clock has passed them", async () => {
  const world = await worldOf();
  for (let start = 0; start < 10; start += 1) {
    world.restart();
    await world.scheduler.poke();
  }
  expect(await world.scheduler.deleteDag(tester)).toMatchObject({ ok: false, code: "conflict" });
  await world.pass(60_000);
  expect(await during(world, world.scheduler.deleteDag(tester))).toEqual({ ok: true });
});

test("while a DAG is being deleted nobody finds it, and a sync has to come again", async () => {
  const world = await worldOf();
  await world.trigger({ runId: "r1" });
  await world.drain();
  await world.pass(1_000);
  const { promise, resolve } = Promise.withResolvers<void>();
  world.objectsGate = promise;
  const deleting = world.scheduler.deleteDag(tester);
  await world.settle();
  expect(await world.trigger({ runId: "r2" })).toMatchObject({ ok: false, code: "not_found" });
  expect(await world.scheduler.dag()).toBeNull();
  expect(await world.scheduler.run("r1")).toBeNull();
  await expect(world.sync(definition)).rejects.toThrow("is being deleted");
  resolve();
  await world.pass(2_000);
  expect(await deleting).toEqual({ ok: true });
  expect(world.sql.exec("SELECT name FROM sqlite_master")).toEqual([]);
  await world.sync(definition);
  expect(await world.trigger({ runId: "r2" })).toMatchObject({ ok: true, created: true });
});

test("a deletion that was accepted goes on after a start of the object, and after the catalog was away", async () => {
  const world = await worldOf();
  await world.trigger({ runId: "r1" });
  await world.drain();
  await world.pass(1_000);
  world.objectsGate = new Promise(() => {});
  void world.scheduler.deleteDag(tester);
  await world.settle();
  world.restart();
  world.objectsGate = null;
  world.isCatalogDown = true;
  await world.pass(60_000);
  expect(await world.scheduler.dag()).toBeNull();
  expect(world.sql.exec("SELECT run_id FROM dag_run")).toEqual([{ run_id: "r1" }]);
  world.isCatalogDown = false;
  await world.pass(60_000);
  expect(world.sql.exec("SELECT name FROM sqlite_master")).toEqual([]);
  expect(world.alarmAt).toBeNull();
  expect(world.deletedDagVersion).toBeGreaterThan(world.dagRuns.get("r1")?.version ?? Number.POSITIVE_INFINITY);
});

test("a deletion whose alarm came while an attempt was under way has another one", async () => {
  const world = await worldOf();
  const { promise, resolve } = Promise.withResolvers<void>();
  world.objectsGate = promise;
  void world.scheduler.deleteDag(tester);
  await world.settle();
  world.alarmAt = null;
  void world.scheduler.wake();
  world.isCatalogDown = true;
  resolve();
  await world.settle();
  expect(world.alarmAt).not.toBeNull();
  world.isCatalogDown = false;
  await world.pass(60_000);
  expect(world.sql.exec("SELECT name FROM sqlite_master")).toEqual([]);
});

test("the watchdog's poke goes on with a deletion whose alarm was lost", async () => {
  const world = await worldOf();
  world.objectsGate = new Promise(() => {});
  void world.scheduler.deleteDag(tester);
  await world.settle();
  world.restart();
  world.objectsGate = null;
  world.alarmAt = null;
  await world.scheduler.poke();
  await world.pass(2_000);
  expect(world.sql.exec("SELECT name FROM sqlite_master")).toEqual([]);
});

test("a deletion that the catalog cannot be told of changes nothing", async () => {
  const world = await worldOf();
  world.isCatalogDown = true;
  await during(world, world.scheduler.setPaused(true, tester));
  const deleting = world.scheduler.deleteDag(tester);
  await world.pass(11_000);
  expect(await deleting).toMatchObject({ ok: false, code: "conflict" });
  expect(await world.scheduler.dag()).toMatchObject({ isRetired: false });
});

test("a run id is not used again while what its run left is still being deleted", async () => {
  const world = await worldOf();
  await world.trigger({ runId: "r1" });
  await world.drain();
  await world.pass(1_000);
  const { promise, resolve } = Promise.withResolvers<void>();
  world.objectsGate = promise;
  await during(world, world.scheduler.deleteRun("r1", tester));
  expect(await world.trigger({ runId: "r1" })).toMatchObject({ ok: false, code: "conflict", field: "dag_run_id" });
  resolve();
  await world.settle();
  expect(await world.trigger({ runId: "r1" })).toMatchObject({ ok: true, created: true });
});

test("messages and calls for a deleted DAG are refused, and leave no trace", async () => {
  const world = await worldOf();
  await world.trigger({ runId: "r1" });
  const messages = [...world.messages];
  const { grants } = await world.claim();
  await during(world, world.scheduler.markRun("r1", "failed", tester));
  expect(await during(world, world.scheduler.deleteDag(tester))).toEqual({ ok: true });
  const claim = await world.claim("late", messages);
  expect(claim.refusals.map(({ reason, retry }) => [reason, retry])).toEqual([["no_definition", false]]);
  for (const grant of grants) {
    const { verdicts } = await world.report(grant, { type: "success", returnValue: null });
    expect(verdicts[0]).toMatchObject({ accepted: false, reason: "no_definition" });
  }
  await world.scheduler.wake();
  expect(world.sql.exec("SELECT name FROM sqlite_master")).toEqual([]);
});

test("the number of a deleted run is not given again, also not after a start of the object", async () => {
  const world = await worldOf();
  const numbers = () => world.sql.exec("SELECT seq FROM dag_run ORDER BY seq").map((row) => Number(row["seq"]));
  for (const runId of ["r1", "r2"]) await world.trigger({ runId });
  await world.drain();
  await world.pass(2_000);
  await during(world, world.scheduler.deleteRun("r2", tester));
  expect(numbers()).toEqual([1]);
  world.restart();
  await world.trigger({ runId: "r3" });
  expect(numbers()).toEqual([1, 3]);
});
