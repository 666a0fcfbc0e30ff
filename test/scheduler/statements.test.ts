/**
 * What one event costs: a statement per table that changed, however many rows. A number here that grows is a regression
 * to explain, since every row of the busiest path pays for it.
 */
import { expect, test } from "vitest";
import { PROTOCOL_VERSION, type TryOutcome } from "../../src/executor/protocol.ts";
import { CountingState } from "../fixtures/counting-state.ts";
import { graphOf, spec, task } from "../fixtures/engine-world.ts";
import { SchedulerWorld, tester } from "../fixtures/scheduler-world.ts";

const success: TryOutcome = { type: "success", returnValue: { type: "inline", json: "1" } };
const failure: TryOutcome = {
  type: "failed",
  error: { name: "Error", message: "no", stack: null, causes: [] },
  retry: { type: "allowed" },
  reason: null,
};

async function worldOf(definition: ReturnType<typeof spec>): Promise<{ world: SchedulerWorld; sql: CountingState }> {
  const sql = new CountingState();
  const world = new SchedulerWorld({ sql });
  await world.sync(definition);
  // Not in the middle of a block of the sequence: raising its ceiling is a statement of its own, once in a thousand.
  world.scheduler.loaded().sequenceCeiling += 1_000_000;
  sql.take();
  return { world, sql };
}

function wide(count: number, retries = 0): ReturnType<typeof spec> {
  return spec({ tasks: Array.from({ length: count }, (_, index) => task(`t${index}`, { retries })) });
}

function reportAll(world: SchedulerWorld, grants: readonly { runId: string; taskId: string; token: number }[]) {
  return (outcome: TryOutcome, capacity = 0) =>
    world.scheduler.report({
      v: PROTOCOL_VERSION,
      dagId: world.dagId,
      invocation: "i1",
      sequence: world.nextSequence("i1"),
      channel: "tasks",
      reports: grants.map(({ runId, taskId, token }) => ({
        runId: runId as never,
        taskId: taskId as never,
        mapIndex: -1,
        token,
        outcome,
        xcoms: [{ key: "k", value: { type: "inline", json: "1" } }],
        logChunkCount: 1,
      })),
      capacity,
      wallLeftMs: 13 * 60_000,
      hop: 0,
      bundleId: "bundle1",
    });
}

test("a trigger costs eight statements, whatever the number of tasks", async () => {
  for (const count of [1, 100]) {
    const { world, sql } = await worldOf(wide(count));
    void world.scheduler.trigger({
      runId: "r1",
      logicalAt: null,
      conf: {},
      note: null,
      idempotencyKey: "k",
      bodyHash: "h",
      actor: tester,
    });
    expect(sql.take()).toEqual({
      "SELECT dag_run": 3,
      // The queued runs to start, and whether they have rows of task instances.
      "SELECT task_instance": 1,
      "INSERT dag_run": 1,
      "INSERT event": 1,
      "INSERT task_instance": 1,
      "UPDATE dag_run": 1,
    });
  }
});

test("a claim of a hundred costs one write, and one read for the facts of the run", async () => {
  const { world, sql } = await worldOf(wide(100));
  await world.trigger({ runId: "r1" });
  sql.take();
  const { grants } = await world.claim();
  expect(grants).toHaveLength(100);
  expect(sql.take()).toEqual({ "INSERT task_instance": 1, "SELECT dag_run": 1 });
});

test("a report of a hundred costs one statement per table", async () => {
  const { world, sql } = await worldOf(wide(100));
  await world.trigger({ runId: "r1" });
  const { grants } = await world.claim();
  sql.take();
  await reportAll(world, grants)(success);
  expect(sql.take()).toEqual({ "INSERT task_instance": 1, "INSERT xcom": 1, "UPDATE dag_run": 1 });
});

test("a report of a hundred failures that are tried again costs one statement per table", async () => {
  const { world, sql } = await worldOf(wide(100, 1));
  await world.trigger({ runId: "r1" });
  const { grants } = await world.claim();
  sql.take();
  await reportAll(world, grants)(failure);
  expect(sql.take()).toEqual({ "INSERT task_instance": 1, "INSERT task_instance_history": 1 });
});

test("a hop of a chain costs one statement for both task instances, and one for the inputs", async () => {
  const tasks = graphOf("a>b>c").map((one) => ({
    ...one,
    inputs: Object.fromEntries(one.upstream.map((id) => [id, id])),
  }));
  const { world, sql } = await worldOf(spec({ tasks }));
  await world.trigger({ runId: "r1" });
  const { grants } = await world.claim();
  sql.take();
  const [grant] = grants;
  if (grant === undefined) throw new Error("nothing was granted");
  const reply = await world.report(grant, success, { capacity: 1 });
  expect(reply.grants.map(({ taskId }) => taskId)).toEqual(["b"]);
  expect(sql.take()).toEqual({ "INSERT task_instance": 1, "SELECT task_instance": 1 });
});

test("a heartbeat, and a wake with nothing due, write nothing", async () => {
  const { world, sql } = await worldOf(wide(100));
  await world.trigger({ runId: "r1" });
  const { grants } = await world.claim();
  await world.pass(1_000);
  sql.take();
  const alarms = world.alarmSetCount;
  const tokens = grants.map(({ token }) => token);
  await world.scheduler.heartbeat({ v: 1, dagId: world.dagId, invocation: "i1", tokens });
  expect(sql.take()).toEqual({});
  expect(world.alarmSetCount).toBe(alarms);
  await world.scheduler.poke();
  expect(sql.take()).toEqual({});
});

test("an object that sleeps until its next run starts with one statement for all it has, and makes the run with seven", async () => {
  const schedule = { type: "cron", expression: "0 * * * *", timezone: "UTC", dataInterval: false } as const;
  const { world, sql } = await worldOf({ ...wide(1), schedule });
  await world.pass(3_600_000);
  await world.drain();
  await world.pass(10_000);
  world.now = Date.UTC(2026, 0, 1, 2);
  world.restart();
  sql.take();
  world.scheduler.loaded();
  expect(sql.take()).toEqual({ "CREATE ": 1, "SELECT _migration": 1, "SELECT dag_run": 1 });
  await world.scheduler.wake();
  expect(sql.take()).toEqual({
    // Whether old runs may go.
    "SELECT pragma_page_count": 1,
    // The oldest ones, and how many are queued after the new one.
    "SELECT dag_run": 2,
    "INSERT dag_run": 1,
    // The queued run to start, and whether it has rows.
    "SELECT task_instance": 1,
    "INSERT task_instance": 1,
    "UPDATE dag_run": 1,
    // The schedule's cursor and the ceiling of the sequence.
    "UPDATE dag": 1,
  });
});

test("starting fifty queued runs reads them at once", async () => {
  const { world, sql } = await worldOf({ ...wide(2), maxActiveRuns: 100 });
  void world.scheduler.setPaused(true, tester);
  for (let run = 0; run < 50; run += 1) await world.trigger({ runId: `r${run}` });
  sql.take();
  void world.scheduler.setPaused(false, tester);
  expect(sql.take()).toEqual({
    // All of them, and whether they have rows of task instances.
    "SELECT task_instance": 1,
    "INSERT task_instance": 1,
    "UPDATE dag_run": 1,
    "UPDATE dag": 1,
    "INSERT event": 1,
  });
});

test("grants that are lost together, and a clear with the run's new start, cost one statement per table and step", async () => {
  const { world, sql } = await worldOf(wide(100));
  await world.trigger({ runId: "r1" });
  await world.claim();
  await world.pass(89_000);
  world.now += 10_000;
  sql.take();
  await world.scheduler.poke();
  expect(sql.take()).toEqual({ "INSERT task_instance": 1, "INSERT event": 1 });
  await world.claim();
  void world.scheduler.markRun("r1", "failed", tester);
  sql.take();
  void world.clear("r1");
  expect(sql.take()).toMatchObject({ "INSERT task_instance": 2, "INSERT task_instance_history": 1 });
});

test("a flush of a hundred finished runs takes a statement per table, not per run", async () => {
  const { world, sql } = await worldOf({ ...wide(2), maxActiveRuns: 200 });
  for (let run = 0; run < 100; run += 1) await world.trigger({ runId: `r${run}` });
  const release = world.holdCatalog();
  await world.drain();
  release();
  await world.settle();
  sql.take();
  world.isCatalogDown = false;
  await world.pass(1_000);
  const counts = sql.take();
  for (const [name, count] of Object.entries(counts)) expect([name, count <= 4]).toEqual([name, true]);
});
