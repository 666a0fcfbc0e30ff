/** The catalog gets everything, once and in the right order, whatever happens between two awaits. */
import { describe, expect, test } from "vitest";
import { graphOf, overResult, spec, task } from "../fixtures/engine-world.ts";
import { SchedulerWorld, select, tester } from "../fixtures/scheduler-world.ts";

async function worldOf(options: Parameters<typeof spec>[0] = { tasks: graphOf("a>b") }): Promise<SchedulerWorld> {
  const world = new SchedulerWorld();
  await world.sync(spec(options));
  return world;
}

/** A run that went through, and that the catalog has whole. */
async function finish(world: SchedulerWorld, runId: string): Promise<void> {
  await world.trigger({ runId });
  await world.drain();
  await world.pass(1_000);
}

async function during<T>(world: SchedulerWorld, reply: Promise<T>): Promise<T> {
  await world.pass(2_500);
  return reply;
}

test("a clear that was not flushed before an eviction reaches the catalog while the run is still queued", async () => {
  const world = await worldOf();
  await finish(world, "r1");
  await during(world, world.scheduler.setPaused(true, tester));
  world.isCatalogDown = true;
  await during(world, world.clear("r1"));
  world.restart();
  world.isCatalogDown = false;
  await world.pass(120_000);
  expect(world.dagRuns.get("r1")?.state).toBe("queued");
  expect(world.taskInstances.get("r1 a -1")?.state).toBe("none");
  expect(world.tries.get("r1 a -1 1")?.state).toBe("success");
  expect(world.scheduler.loaded().state.runs.size).toBe(0);
});

test("what stood for a mapped task's instances is told to be removed, also after a start of the object", async () => {
  const world = await worldOf({ tasks: graphOf("list>m", { m: { mapped: overResult("list") } }) });
  const list = async (result: Parameters<SchedulerWorld["report"]>[1]) => {
    const { grants } = await world.claim();
    for (const grant of grants) await world.report(grant, result);
  };
  await world.trigger({ runId: "r1" });
  const error = { name: "Error", message: "no list", stack: null, causes: [] };
  await list({ type: "failed", error, retry: { type: "forbidden" }, reason: null });
  await world.pass(2_500);
  expect(world.taskInstances.get("r1 m -1")?.state).toBe("upstream_failed");
  await during(world, world.clear("r1"));
  world.isCatalogDown = true;
  await list({ type: "success", returnValue: null, lengths: { own: 2 } });
  await world.pass(2_500);
  world.restart();
  world.isCatalogDown = false;
  await world.scheduler.poke();
  await world.pass(120_000);
  const instances = [...world.taskInstances].map(([key, row]) => `${key} ${row.state}`).sort();
  expect(instances).toEqual(["r1 list -1 success", "r1 m -1 removed", "r1 m 0 queued", "r1 m 1 queued"]);
});

test("a mark on a finished run by a clock that stepped back ends no try before its start", async () => {
  const world = await worldOf();
  await finish(world, "r1");
  world.now -= 300_000;
  world.restart();
  const selection = select({ runId: "r1", tasks: ["a"] });
  await during(world, world.scheduler.markTaskInstances(selection, "failed", { dryRun: false }, tester));
  const { state, startAt, endAt } = world.taskInstances.get("r1 a -1") ?? {};
  expect(state).toBe("failed");
  expect(endAt).toBeGreaterThanOrEqual(startAt ?? Number.POSITIVE_INFINITY);
});

test("a run that is deleted during a flush which then fails leaves nothing in the catalog", async () => {
  const world = await worldOf();
  await world.trigger({ runId: "r1" });
  await world.drain();
  const release = world.holdCatalog();
  await world.pass(100);
  const deleting = world.scheduler.deleteRun("r1", tester);
  world.isCatalogDown = true;
  release();
  await world.pass(2_500);
  expect(await deleting).toEqual({ ok: true });
  world.isCatalogDown = false;
  await world.pass(120_000);
  expect([...world.taskInstances.keys()]).toEqual([]);
});

test("a deletion that the catalog was not told of before a start of the object reaches it after", async () => {
  const world = await worldOf();
  await world.trigger({ runId: "r1" });
  await world.drain();
  await world.pass(2_000);
  expect([...world.dagRuns.keys()]).toEqual(["r1"]);
  world.isCatalogDown = true;
  const deleting = world.scheduler.deleteRun("r1", tester);
  await world.pass(2_500);
  expect(await deleting).toEqual({ ok: true });
  world.restart();
  world.isCatalogDown = false;
  await world.pass(120_000);
  expect([...world.dagRuns.keys()]).toEqual([]);
  expect([...world.taskInstances.keys()]).toEqual([]);
});

test("clearing nothing does not make a second copy of a run that is still to be flushed", async () => {
  const world = await worldOf();
  world.isCatalogDown = true;
  await world.trigger({ runId: "r1" });
  await world.drain();
  await during(world, world.clear("r1", null, "failed"));
  await during(world, world.clear("r1"));
  world.isCatalogDown = false;
  await world.pass(120_000);
  expect(world.taskInstances.get("r1 a -1")?.state).toBe(
    (await world.scheduler.taskInstance({ runId: "r1", taskId: "a", mapIndex: -1 }))?.state,
  );
});

test("a verb that changes nothing leaves no run in memory", async () => {
  const world = await worldOf();
  await finish(world, "r1");
  const { scheduler } = world;
  await during(world, scheduler.markRun("r1", "success", tester));
  expect(scheduler.loaded().state.runs.size).toBe(0);
  await during(world, world.clear("r1", ["nonsense"]));
  expect(scheduler.loaded().state.runs.size).toBe(0);
  await during(world, world.clear("r1", null, "failed"));
  expect(scheduler.loaded().state.runs.size).toBe(0);
});

test("the object wakes again while a flush is under way that may still fail", async () => {
  const world = await worldOf();
  await world.trigger({ runId: "r1" });
  await world.drain();
  const release = world.holdCatalog();
  await world.pass(180_000);
  expect(world.alarmAt).not.toBeNull();
  release();
  await world.pass(180_000);
  expect(world.dagRuns.get("r1")?.state).toBe("success");
  expect(world.alarmAt).toBeNull();
});

test("a mutating call is not kept waiting by the changes that come after it", async () => {
  const world = await worldOf({ tasks: graphOf("a b c d e f g h i j") });
  await world.trigger({ runId: "r1" });
  const { grants } = await world.claim();
  const before = world.now;
  const pausing = world.scheduler.setPaused(true, tester).then(() => world.now);
  let release = world.holdCatalog();
  for (const grant of grants) {
    await world.pass(20);
    await world.report(grant, { type: "success", returnValue: null });
    // The next flush is held before it begins.
    release();
    release = world.holdCatalog();
    await world.settle();
  }
  release();
  await world.pass(2_500);
  expect((await pausing) - before).toBeLessThan(100);
});

test("heartbeats keep nobody waiting for rows that are there already", async () => {
  const world = await worldOf();
  await world.trigger({ runId: "r1" });
  const { grants } = await world.claim();
  const release = world.holdCatalog();
  // Long enough for the running try to be told.
  await world.pass(1_100);
  const tokens = grants.map((grant) => grant.token);
  await world.scheduler.heartbeat({ v: 1, dagId: world.dagId, invocation: "i1", tokens });
  const before = world.now;
  const settled = world.scheduler.flush.settled(1_000).then((isSettled) => [isSettled, world.now - before]);
  await world.pass(10);
  release();
  await world.pass(2_500);
  expect(await settled).toEqual([true, 10]);
});

test("a task that is done within a second is written to the catalog once, a longer one also as it runs", async () => {
  const world = await worldOf({ tasks: graphOf("a") });
  const told = () => world.projections.flatMap(({ taskInstances }) => taskInstances.map(({ state }) => state));
  const triggering = world.trigger({ runId: "r1" });
  await world.drain();
  await triggering;
  expect(told()).toEqual(["success"]);

  const another = world.trigger({ runId: "r2" });
  await world.settle();
  const [grant] = (await world.claim()).grants;
  await another;
  expect(told()).toEqual(["success", "running"]);
  if (grant === undefined) throw new Error("nothing was granted");
  await world.report(grant, { type: "success", returnValue: null });
  await world.pass(1_000);
  expect(told()).toEqual(["success", "running", "success"]);
});

test("what is on its way keeps no mutating call waiting", async () => {
  const world = await worldOf({ tasks: graphOf("a b c") });
  await world.trigger({ runId: "r1" });
  const before = world.now;
  const pausing = world.scheduler.setPaused(true, tester).then(() => world.now - before);
  await world.pass(2_500);
  expect(await pausing).toBeLessThan(100);
  // Nobody claims them, so they are told as they stand.
  expect(world.taskInstances.get("r1 a -1")?.state).toBe("queued");
});

test("a wake-up that is told wrongly since an eviction is put right by a poke", async () => {
  const world = await worldOf();
  await finish(world, "r1");
  expect(world.dag?.nextWakeAt).not.toBeNull();
  // The last alarm fires, and the object is evicted before the catalog learns that there is no next one.
  world.isCatalogDown = true;
  await world.pass(61_000);
  expect(world.alarmAt).toBeNull();
  world.restart();
  world.isCatalogDown = false;
  await world.scheduler.poke();
  await world.pass(1_000);
  expect(world.dag?.nextWakeAt).toBeNull();
});

test("a snapshot that cannot be taken loses nothing", async () => {
  const world = await worldOf();
  const exec = world.sql.exec.bind(world.sql);
  await world.trigger({ runId: "r1" });
  let failures = 0;
  world.sql.exec = (sql, ...params) => {
    if (sql.includes("CROSS JOIN task_instance AS t") && failures < 3) {
      failures += 1;
      throw new Error("on purpose");
    }
    return exec(sql, ...params);
  };
  await world.drain();
  await world.pass(10_000);
  expect(failures).toBe(3);
  expect(world.taskInstances.get("r1 b -1")?.state).toBe("success");
  expect(world.dagRuns.get("r1")?.state).toBe("success");
});

test("more versions than one flush takes all reach the catalog", async () => {
  const world = await worldOf();
  world.isCatalogDown = true;
  for (let version = 2; version <= 25; version += 1) {
    // A version that has a run is not written over by the next.
    await world.trigger({ runId: `r${version}` });
    await during(world, world.scheduler.markRun(`r${version}`, "failed", tester));
    const syncing = world.sync(spec({ tasks: graphOf(`a>b${version}`) }));
    await world.pass(2_500);
    expect(await syncing).toBe(version);
  }
  world.isCatalogDown = false;
  await world.pass(120_000);
  const told = new Set(world.projections.flatMap(({ versions }) => versions.map((one) => one.versionNumber)));
  expect(told.size).toBe(25);
});

test("a rebuilt catalog has every version, XCom, reference and past try, and what changed meanwhile is newer", async () => {
  const world = await worldOf({ tasks: graphOf("a>b").map((one) => ({ ...one, retries: 1, retryDelayMs: 0 })) });
  await world.trigger({ runId: "r1" });
  const ref = { type: "ref", key: "xcom/d/r1", bytes: 90_000, sha256: "0", preview: "[1," } as const;
  const error = { name: "Error", message: "no", stack: null, causes: [] };
  const [grant] = (await world.claim()).grants;
  if (grant === undefined) throw new Error("nothing was granted");
  await world.report(grant, { type: "failed", error, retry: { type: "allowed" }, reason: null });
  await world.scheduler.poke();
  await world.settle();
  const [again] = (await world.claim()).grants;
  if (again === undefined) throw new Error("nothing was granted");
  const xcoms = [{ key: "k", value: ref }];
  await world.report(again, { type: "success", returnValue: ref }, { xcoms });
  await world.drain();
  await world.sync(spec({ tasks: graphOf("a>c") }));
  await world.trigger({ runId: "r2" });
  await world.pass(1_000);
  const before = { xcoms: [...world.xcoms.keys()].sort(), tries: [...world.tries.keys()] };
  expect(before.xcoms).toEqual(["r1 a -1 k", "r1 a -1 return_value", "r1 b -1 return_value"]);
  expect(before.tries).toEqual(["r1 a -1 1"]);
  for (const rows of [world.dagRuns, world.taskInstances, world.tries, world.xcoms]) rows.clear();
  world.projections.length = 0;
  world.restart();
  const release = world.holdCatalog();
  const rebuilding = world.scheduler.rebuildCatalog();
  await world.settle();
  const marking = world.scheduler.markRun("r2", "failed", tester);
  release();
  await world.pass(1_100);
  await Promise.all([rebuilding, marking]);
  expect({ xcoms: [...world.xcoms.keys()].sort(), tries: [...world.tries.keys()] }).toEqual(before);
  expect(world.xcoms.get("r1 a -1 k")).toMatchObject({ bytes: 90_000, ref: "xcom/d/r1", isTruncated: true });
  expect(world.dagRuns.get("r2")?.state).toBe("failed");
  const told = world.projections.flatMap(({ versions }) => versions.map((one) => one.versionNumber));
  expect(new Set(told)).toEqual(new Set([1, 2]));
});

test("a catalog that is away is asked ever more seldom, however much happens", async () => {
  const world = await worldOf({ tasks: graphOf("a"), maxActiveRuns: 100 });
  world.isCatalogDown = true;
  const before = world.projectCount;
  for (let run = 0; run < 50; run += 1) await world.trigger({ runId: `r${run}` });
  expect(world.projectCount - before).toBeLessThan(12);
  world.isCatalogDown = false;
  await world.pass(31_000);
  expect(world.dagRuns.size).toBe(50);
});

test("what is too much for one flush is told with since when it waits, and nothing once all of it is told", async () => {
  const world = await worldOf({ tasks: Array.from({ length: 4_500 }, (_, place) => task(`t${place}`)) });
  await world.trigger({ runId: "r1" });
  await world.pass(5_000);
  const before = world.projections.length;
  const at = world.now;
  await during(world, world.scheduler.markRun("r1", "failed", tester));
  await world.pass(5_000);
  const told = world.projections.slice(before).filter(({ taskInstances }) => taskInstances.length > 0);
  expect(told.map(({ taskInstances }) => taskInstances.length)).toEqual([2_000, 2_000, 500]);
  expect(told.map(({ behind }) => behind?.sinceAt)).toEqual([at, at, null]);
  expect(world.taskInstances.size).toBe(4_500);
});

test("a scheduler that cannot reach the catalog tells the watchdog since when", async () => {
  const world = await worldOf();
  await world.pass(1_000);
  expect((await world.scheduler.poke()).behindSinceAt).toBeNull();
  world.isCatalogDown = true;
  const at = world.now;
  await world.trigger({ runId: "r1" });
  await world.pass(40_000);
  expect((await world.scheduler.poke()).behindSinceAt).toBe(at);
  world.isCatalogDown = false;
  await world.pass(120_000);
  expect((await world.scheduler.poke()).behindSinceAt).toBeNull();
});

describe("while other objects write to the catalog", () => {
  /** Writes of objects that were aborted never end. */
  function occupy({ pace, scheduler }: SchedulerWorld, count: number): void {
    for (let write = 0; write < count; write++) void pace.during(scheduler.now(), new Promise(() => {}));
  }

  test("what nobody waits for is gathered until some of them are done", async () => {
    const world = await worldOf();
    occupy(world, 3);
    let end = () => {};
    void world.pace.during(
      world.scheduler.now(),
      new Promise<void>((resolve) => {
        end = resolve;
      }),
    );
    await finish(world, "r1");
    expect(world.dagRuns.get("r1")?.state).toBe("running");
    end();
    await world.pass(2_000);
    expect(world.dagRuns.get("r1")?.state).toBe("success");
  });

  test("what somebody waits for is told at once", async () => {
    const world = await worldOf();
    occupy(world, 4);
    await world.trigger({ runId: "r1" });
    expect(world.dagRuns.get("r1")?.state).toBe("running");
  });

  test("nobody waits for them longer than a few seconds", async () => {
    const world = await worldOf();
    occupy(world, 4);
    await finish(world, "r1");
    expect(world.dagRuns.get("r1")?.state).toBe("running");
    await world.pass(6_000);
    expect(world.dagRuns.get("r1")?.state).toBe("success");
  });

  test("a write that has no end counts for a while only", async () => {
    const world = await worldOf();
    occupy(world, 4);
    await world.pass(21_000);
    await finish(world, "r1");
    expect(world.dagRuns.get("r1")?.state).toBe("success");
  });
});
