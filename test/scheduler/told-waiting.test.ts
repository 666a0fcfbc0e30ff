/** What waits has no row: a start of the object neither tells the catalog of all of it again, nor forgets to tell of some. */
import { expect, test } from "vitest";
import { UNLIMITED } from "../../src/engine/limits/messages.ts";
import type { Grant } from "../../src/executor/protocol.ts";
import { graphOf, overItems, spec } from "../fixtures/engine-world.ts";
import { SchedulerWorld } from "../fixtures/scheduler-world.ts";

const COUNT = 1_000;

/** `m` waits for a pool that nobody made, `n` for another, each with `COUNT` instances behind the task `list`. */
async function worldOf(): Promise<SchedulerWorld> {
  const world = new SchedulerWorld();
  const tasks = graphOf("list>m list>n", {
    m: { mapped: overItems(COUNT), pool: "p" },
    n: { mapped: overItems(COUNT), pool: "q" },
  });
  await world.sync(spec({ tasks }));
  return world;
}

/** Up to the instances of `m` and `n`. */
async function start(world: SchedulerWorld, runId: string): Promise<void> {
  await world.trigger({ runId });
  await finishList(world, await claimList(world, runId), runId);
}

async function claimList(world: SchedulerWorld, runId: string) {
  await world.settle();
  const list = world.messages.filter((message) => message.taskId === "list" && message.runId === runId);
  return (await world.claim(runId, list)).grants;
}

async function finishList(world: SchedulerWorld, grants: readonly Grant[], invocation: string): Promise<void> {
  for (const grant of grants) await world.report(grant, { type: "success", returnValue: null }, { invocation });
  await world.pass(5_000);
}

/** These pools are made, without a free slot. */
async function limit(world: SchedulerWorld, version: number, names: readonly string[]): Promise<void> {
  const made = names.map((name) => ({ name, slots: 0, includeDeferred: false }));
  const pools = [{ name: "default_pool", slots: UNLIMITED, includeDeferred: false }, ...made];
  await world.scheduler.setLimits({ version, pools, parallelism: null });
}

/** The pool `p` is made, without a limit. */
async function open(world: SchedulerWorld): Promise<void> {
  const pools = ["default_pool", "p"].map((name) => ({ name, slots: UNLIMITED, includeDeferred: false }));
  await world.scheduler.setLimits({ version: 1, pools, parallelism: null });
}

async function restart(world: SchedulerWorld): Promise<void> {
  world.projections.length = 0;
  world.restart();
  await world.scheduler.poke();
  await world.pass(5_000);
}

/** How many rows of waiting instances the catalog was sent. */
function sentCount(world: SchedulerWorld): number {
  return world.projections.flatMap(({ taskInstances }) => taskInstances.filter(({ state }) => state === "scheduled"))
    .length;
}

/** How many instances of the run the catalog shows in each state, and what holds them. */
function shown(world: SchedulerWorld, runId: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const row of world.taskInstances.values()) {
    if (row.runId !== runId || row.taskId === "list") continue;
    const name = `${row.taskId} ${row.state} ${row.reason ?? ""}`.trim();
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

const WAITING = { "m scheduled unknown_pool": COUNT, "n scheduled unknown_pool": COUNT };

test("what the catalog was told is not told again by a start of the object", async () => {
  const world = await worldOf();
  await start(world, "r1");
  expect([sentCount(world), shown(world, "r1")]).toEqual([2 * COUNT, WAITING]);
  for (let time = 0; time < 3; time += 1) {
    await restart(world);
    expect([sentCount(world), shown(world, "r1")]).toEqual([0, WAITING]);
  }
});

test("what was queued and ended meanwhile is told by its row, and what waits still is not told", async () => {
  const world = await worldOf();
  await start(world, "r1");
  await open(world);
  await world.drain();
  await world.pass(5_000);
  await restart(world);
  expect([sentCount(world), shown(world, "r1")]).toEqual([
    0,
    { "m success": COUNT, "n scheduled unknown_pool": COUNT },
  ]);
});

test("what the catalog could not be told is told after a start of the object, beside what it was told", async () => {
  const world = await worldOf();
  await start(world, "r1");
  world.isCatalogDown = true;
  await start(world, "r2");
  world.isCatalogDown = false;
  await restart(world);
  await world.pass(60_000);
  expect([shown(world, "r1"), shown(world, "r2")]).toEqual([WAITING, WAITING]);
  await restart(world);
  expect(sentCount(world)).toBe(0);
});

test("also when as many others, which it was told of, have ended", async () => {
  const world = await worldOf();
  await start(world, "r1");
  world.isCatalogDown = true;
  await open(world);
  await world.drain();
  await start(world, "r2");
  await world.drain();
  world.isCatalogDown = false;
  await restart(world);
  await world.pass(60_000);
  const half = { "m success": COUNT, "n scheduled unknown_pool": COUNT };
  expect([shown(world, "r1"), shown(world, "r2")]).toEqual([half, half]);
});

test("what waits again as before is told, once the catalog was told something else of a part of it", async () => {
  const world = await worldOf();
  await start(world, "r1");
  await start(world, "r2");
  const reasons = () => ({ r1: shown(world, "r1"), r2: shown(world, "r2") });
  expect(reasons()).toEqual({ r1: WAITING, r2: WAITING });
  world.projections.length = 0;
  await limit(world, 1, ["p", "q"]);
  for (let wait = 0; wait < 100 && sentCount(world) === 0; wait += 1) await world.pass(10);
  world.isCatalogDown = true;
  await limit(world, 2, []);
  expect(reasons()).not.toEqual({ r1: WAITING, r2: WAITING });
  world.isCatalogDown = false;
  await restart(world);
  await world.pass(60_000);
  expect(reasons()).toEqual({ r1: WAITING, r2: WAITING });
});

test("when something else waits than the catalog was told of, it is told of all", async () => {
  const world = await worldOf();
  await start(world, "r1");
  world.sql.exec("UPDATE dag SET told_waiting = told_waiting - 1");
  await restart(world);
  expect(sentCount(world)).toBe(2 * COUNT);
  await restart(world);
  expect(sentCount(world)).toBe(0);
});

test("what the first event after a start makes wait is told, and nothing else", async () => {
  const world = await worldOf();
  await start(world, "r1");
  await world.trigger({ runId: "r2" });
  const grants = await claimList(world, "r2");
  await world.pass(5_000);
  world.projections.length = 0;
  world.restart();
  await finishList(world, grants, "r2");
  expect([sentCount(world), shown(world, "r2")]).toEqual([2 * COUNT, WAITING]);
});
