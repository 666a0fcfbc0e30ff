import { expect, test } from "vitest";
import { overItems, task } from "../fixtures/engine-dag.ts";
import { graphOf, spec } from "../fixtures/engine-world.ts";
import { SchedulerWorld, select, tester } from "../fixtures/scheduler-world.ts";

test("a triggered run runs its tasks in order, passes values on and reaches the catalog", async () => {
  const world = new SchedulerWorld();
  const tasks = graphOf("a>b>c").map((task) =>
    task.taskId === "b" ? { ...task, inputs: { from: task.upstream[0] as never } } : task,
  );
  await world.sync(spec({ tasks }));
  const reply = await world.trigger();
  expect(reply).toMatchObject({ ok: true, created: true, run: { state: "running" } });
  const runId = reply.ok ? reply.run.runId : "";
  const { grants } = await world.claim();
  expect(grants.map((grant) => grant.taskId)).toEqual(["a"]);
  for (const grant of grants) {
    await world.report(grant, { type: "success", returnValue: { type: "inline", json: "[1,2]" } });
  }
  const second = await world.claim();
  expect(second.grants[0]?.inputs).toEqual({ from: { taskId: "a", value: { type: "inline", json: "[1,2]" } } });
  for (const grant of second.grants) await world.report(grant, { type: "success", returnValue: null });
  await world.drain();
  expect(await world.states(runId)).toEqual({ a: "success", b: "success", c: "success" });
  await world.pass(1_000);
  expect(world.dagRuns.get(runId)?.state).toBe("success");
  expect(world.taskInstances.get(`${runId} a -1`)?.state).toBe("success");
  expect(world.scheduler.loaded().state.runs.size).toBe(0);
});

test("a run continues in the same place after a restart between every two steps", async () => {
  const world = new SchedulerWorld();
  await world.sync(spec({ tasks: graphOf("a>b>c a>d>c") }));
  const reply = await world.trigger();
  const runId = reply.ok ? reply.run.runId : "";
  for (let round = 0; round < 10; round += 1) {
    world.restart();
    const { grants } = await world.claim(`i${round}`);
    world.restart();
    for (const grant of grants) {
      const verdict = await world.report(grant, { type: "success", returnValue: null }, { invocation: `i${round}` });
      expect(verdict.verdicts).toEqual([{ token: grant.token, accepted: true, reason: null, state: "success" }]);
      world.restart();
    }
    await world.settle();
  }
  expect(await world.states(runId)).toEqual({ a: "success", b: "success", c: "success", d: "success" });
  await world.pass(2_000);
  await world.pass(61_000);
  expect(world.dagRuns.get(runId)?.state).toBe("success");
});

test("a task instance of a finished run is told from its own row, as it is among all of them", async () => {
  const world = new SchedulerWorld();
  const tasks = [task("x", { mapped: overItems(3) }), task("y", { upstream: ["x"] }), task("z", { upstream: ["y"] })];
  await world.sync(spec({ tasks }));
  await world.trigger({ runId: "r" });
  await world.drain();
  await world.pass(1_000);
  expect(world.scheduler.loaded().state.runs.size).toBe(0);
  const all = await world.scheduler.taskInstances("r", { limit: 10, offset: 0 });
  expect(all?.rows.map(({ taskId, mapIndex }) => `${taskId} ${mapIndex}`)).toEqual([
    "x 0",
    "x 1",
    "x 2",
    "y -1",
    "z -1",
  ]);
  for (const row of all?.rows ?? []) {
    expect(await world.scheduler.taskInstance({ runId: "r", taskId: row.taskId, mapIndex: row.mapIndex })).toEqual(row);
  }
  expect(await world.scheduler.taskInstance({ runId: "r", taskId: "x", mapIndex: 3 })).toBeNull();
  expect(await world.scheduler.taskInstance({ runId: "r", taskId: "x", mapIndex: -1 })).toBeNull();
  expect(await world.scheduler.taskInstance({ runId: "other", taskId: "y", mapIndex: -1 })).toBeNull();
});

test("a scheduled DAG makes one run per interval from its alarm alone", async () => {
  const world = new SchedulerWorld();
  const schedule = { type: "cron", expression: "* * * * *", timezone: "UTC", dataInterval: false } as const;
  await world.sync(spec({ tasks: graphOf("a"), schedule }));
  for (let minute = 0; minute < 10; minute += 1) {
    await world.pass(60_000);
    await world.drain();
  }
  await world.pass(1_000);
  const runs = [...world.dagRuns.values()];
  expect(runs.map((run) => run.runType)).toEqual(Array(runs.length).fill("scheduled"));
  expect(runs.map((run) => run.logicalAt)).toEqual(
    Array.from({ length: runs.length }, (_, index) => Date.UTC(2026, 0, 1, 0, index)),
  );
  expect(runs.length).toBeGreaterThanOrEqual(10);
});

test("a finished run is cleared back into memory and runs again", async () => {
  const world = new SchedulerWorld();
  await world.sync(spec({ tasks: graphOf("a>b") }));
  const reply = await world.trigger();
  const runId = reply.ok ? reply.run.runId : "";
  await world.drain();
  await world.pass(1_000);
  world.restart();
  const selection = select({ runId, tasks: ["a"], downstream: true });
  const clearing = world.scheduler.clearTaskInstances(selection, { dryRun: false, resetDagRuns: true }, tester);
  await world.pass(1_500);
  expect(await clearing).toMatchObject({ ok: true, total: 2, instances: [{ taskId: "a" }, { taskId: "b" }] });
  expect(await world.states(runId)).toEqual({ a: "queued", b: "none" });
  await world.drain();
  await world.pass(1_000);
  expect(world.taskInstances.get(`${runId} a -1`)).toMatchObject({ state: "success", tryNumber: 2 });
  expect(world.dagRuns.get(runId)).toMatchObject({ state: "success", clearNumber: 1 });
});

test("a catalog that is away holds up nothing and is told everything when it is back", async () => {
  const world = new SchedulerWorld();
  await world.sync(spec({ tasks: graphOf("a>b") }));
  world.isCatalogDown = true;
  const reply = await world.trigger();
  const runId = reply.ok ? reply.run.runId : "";
  await world.drain();
  await world.pass(30_000);
  expect(await world.scheduler.run(runId)).toMatchObject({ state: "success" });
  expect(world.dagRuns.has(runId)).toBe(false);
  world.isCatalogDown = false;
  await world.pass(60_000);
  expect(world.dagRuns.get(runId)?.state).toBe("success");
  expect(world.taskInstances.get(`${runId} b -1`)?.state).toBe("success");
});
