import { beforeAll, describe, expect, test } from "vitest";
import { readAll, readOne } from "../../src/catalog/port.ts";
import { projectionStatements } from "../../src/catalog/projection.ts";
import { grid } from "../../src/catalog/sql/grid.ts";
import { type TaskInstanceFilter, taskInstances } from "../../src/catalog/sql/task-instances.ts";
import { xcoms } from "../../src/catalog/sql/xcoms.ts";
import { makeProjection, makeRun, makeTaskInstance, makeXCom } from "../fixtures/projections.ts";
import { makeSeededCatalog, SEED, seedDagId, seedRunId } from "../fixtures/seeded-catalog.ts";
import { makeMigratedCatalog, type SqliteCatalog } from "../fixtures/sqlite-catalog.ts";

const all = { allowedDagIds: null };

describe("in a long history", () => {
  let catalog: SqliteCatalog;
  beforeAll(async () => {
    catalog = await makeSeededCatalog();
  });

  test("taskInstances.list() finds the live ones of all DAGs", async () => {
    const rows = await readAll(catalog, taskInstances.list({ ...all, states: ["running"] }, { limit: 100, offset: 0 }));
    expect(rows.map((row) => `${row.dagId} ${row.taskId}`)).toEqual(
      Array.from({ length: SEED.dagCount }, (_, index) => `${seedDagId(index + 1)} task_${SEED.tasksPerRun}`),
    );
  });

  test("taskInstances.list() finds the latest failures, newest first", async () => {
    const options = { limit: 2, offset: 0, order: "end_at", descending: true } as const;
    const rows = await readAll(catalog, taskInstances.list({ ...all, states: ["failed"] }, options));
    expect(rows.map((row) => `${row.dagId} ${row.runId}`)).toEqual([
      `${seedDagId(50)} ${seedRunId(300)}`,
      `${seedDagId(49)} ${seedRunId(300)}`,
    ]);
  });

  test("taskInstances.list() pages by key without a gap or a repeat, rare states too", async () => {
    for (const filter of [
      { ...all, runId: seedRunId(100) },
      { ...all, states: ["failed"] as const },
    ]) {
      const whole = await readAll(catalog, taskInstances.list(filter, { limit: 40, after: null }));
      const rest = await readAll(catalog, taskInstances.list(filter, { limit: 20, after: whole[19] ?? null }));
      expect(rest).toEqual(whole.slice(20));
    }
  });

  test("grid.window() shows the last runs with all their tasks", async () => {
    const columns = await readAll(catalog, grid.window({ dagId: seedDagId(9), runCount: 25, taskIds: null }));
    expect(columns.map((column) => column.runId)).toEqual(
      Array.from({ length: 25 }, (_, place) => seedRunId(SEED.runsPerDag - place)),
    );
    expect(Object.fromEntries(columns[0]?.cells ?? [])).toMatchObject({ task_4: { state: "running", count: 1 } });
    expect(columns.every((column) => column.cells?.size === SEED.tasksPerRun)).toBe(true);
  });

  test("grid.window() goes back in time and shows the tasks in sight", async () => {
    const dag = { dagId: seedDagId(9), taskIds: ["task_3", "task_9"] };
    const [newest] = await readAll(catalog, grid.window({ ...dag, runCount: 1 }));
    const older = await readAll(catalog, grid.window({ ...dag, runCount: 100, before: newest ?? fail() }));
    expect(older[0]?.runId).toBe(seedRunId(SEED.runsPerDag - 1));
    expect(older[99]?.cells).toEqual(new Map([["task_3", { state: "failed", count: 1 }]]));
  });
});

function fail(): never {
  throw new Error("the seed must have this row");
}

describe("of a few runs", () => {
  let catalog: SqliteCatalog;
  const instances = [
    makeTaskInstance({ taskId: "extract", state: "success", startAt: 10, endAt: 20, tryNumber: 2, pool: "small" }),
    makeTaskInstance({
      taskId: "mean",
      mapIndex: 0,
      instanceName: "winter",
      state: "success",
      startAt: 21,
      endAt: 22,
      executor: "local",
    }),
    makeTaskInstance({ taskId: "mean", mapIndex: 1, state: "running", startAt: 21, queue: "tasks-long" }),
    makeTaskInstance({
      taskId: "mean",
      mapIndex: 2,
      state: "failed",
      startAt: 21,
      endAt: 23,
      error: { name: "Error", message: 'it\'s "bad"', stack: null },
    }),
    makeTaskInstance({ taskId: "report", state: "none", tryNumber: 0 }),
    makeTaskInstance({ dagId: "other", taskId: "wait", state: "deferred" }),
  ];
  const history = [
    makeTaskInstance({ taskId: "extract", state: "failed", startAt: 5, endAt: 6, tryNumber: 1 }),
    makeTaskInstance({ taskId: "late", state: "up_for_retry", startAt: 5, endAt: 6, tryNumber: 1 }),
    makeTaskInstance({ taskId: "mean", mapIndex: 2, instanceName: "summer", state: "failed", tryNumber: 0 }),
  ];
  const waiting = makeTaskInstance({ taskId: "late", state: "up_for_retry", startAt: 5, endAt: 6, tryNumber: 1 });
  beforeAll(async () => {
    catalog = await makeMigratedCatalog();
    const projection = makeProjection({
      dagRuns: [makeRun({ state: "running", startAt: 1 }), makeRun({ dagId: "other", state: "running", startAt: 1 })],
      taskInstances: [...instances, waiting],
      tries: history,
    });
    await catalog.write(projectionStatements(projection, 1));
  });

  test.each<{ filter: Partial<TaskInstanceFilter>; expected: readonly string[] }>([
    {
      filter: { dagId: "dag", runId: "run", states: ["success", "none"] },
      expected: ["extract -1", "mean 0", "report -1"],
    },
    { filter: { dagId: "dag", runId: "run", taskId: "mean" }, expected: ["mean 0", "mean 1", "mean 2"] },
    { filter: { taskId: "mean", mapIndex: 1 }, expected: ["mean 1"] },
    { filter: { states: ["running", "deferred"] }, expected: ["mean 1", "wait -1"] },
    { filter: { states: ["failed"] }, expected: ["mean 2"] },
    { filter: { allowedDagIds: ["other"] }, expected: ["wait -1"] },
    { filter: { allowedDagIds: ["other"], states: ["running"] }, expected: [] },
    { filter: { pools: ["small"] }, expected: ["extract -1"] },
    { filter: { queues: ["tasks-long"] }, expected: ["mean 1"] },
    { filter: { executors: ["local"] }, expected: ["mean 0"] },
    { filter: { start: { from: 10, to: 20 } }, expected: ["extract -1"] },
    { filter: { end: { from: 23 } }, expected: ["mean 2"] },
  ])("taskInstances.list() with $filter", async ({ filter, expected }) => {
    const whole = { ...all, ...filter };
    const rows = await readAll(catalog, taskInstances.list(whole, { limit: 100, offset: 0 }));
    expect(rows.map((row) => `${row.taskId} ${row.mapIndex}`)).toEqual(expected);
    expect(await readOne(catalog, taskInstances.count(whole))).toBe(expected.length);
  });

  test("taskInstances.get() returns the task instance as it was projected", async () => {
    for (const instance of instances) expect(await readOne(catalog, taskInstances.get(instance))).toEqual(instance);
  });

  test("taskInstances.tries() lists the past tries and the current one, oldest first", async () => {
    const rows = await readAll(catalog, taskInstances.tries(makeTaskInstance({ taskId: "extract" })));
    expect(rows.map((row) => [row.tryNumber, row.state])).toEqual([
      [1, "failed"],
      [2, "success"],
    ]);
  });

  test("taskInstances.tries() lists a try that waits for its retry once", async () => {
    expect(await readAll(catalog, taskInstances.tries(waiting))).toHaveLength(1);
  });

  test("taskInstances.getTry() returns a past try as it was projected, with its own name", async () => {
    const past = history[2] ?? fail();
    expect(await readOne(catalog, taskInstances.getTry(past))).toEqual(past);
  });

  test("taskInstances.getTry() finds past and current tries", async () => {
    const key = makeTaskInstance({ taskId: "extract" });
    expect((await readOne(catalog, taskInstances.getTry({ ...key, tryNumber: 1 })))?.state).toBe("failed");
    expect((await readOne(catalog, taskInstances.getTry({ ...key, tryNumber: 2 })))?.state).toBe("success");
    expect(await readOne(catalog, taskInstances.getTry({ ...key, tryNumber: 3 }))).toBeNull();
  });

  test("taskInstances.countByState() counts per run", async () => {
    const rows = await readAll(catalog, taskInstances.countByState({ dagId: "dag", runIds: ["run", "unknown"] }));
    expect(Object.fromEntries(rows.map((row) => [row.state, row.count]))).toEqual({
      failed: 1,
      none: 1,
      running: 1,
      success: 2,
      up_for_retry: 1,
    });
  });

  test("grid.window() shows a mapped task as the first of its states that matters, and how many it is", async () => {
    const [column] = await readAll(catalog, grid.window({ dagId: "dag", runCount: 25, taskIds: null }));
    expect(Object.fromEntries(column?.cells ?? [])).toEqual({
      extract: { state: "success", count: 1 },
      late: { state: "up_for_retry", count: 1 },
      mean: { state: "failed", count: 3 },
      report: { state: "none", count: 1 },
    });
  });
});

test("xcoms are listed by task, map index and key; a deleted one is not", async () => {
  const catalog = await makeMigratedCatalog();
  const values = [
    makeXCom({ taskId: "b", preview: '"long"', isTruncated: true, bytes: 99_000, ref: "xcom/dag/run/b/7" }),
    makeXCom({ taskId: "a", mapIndex: 1 }),
    makeXCom({ taskId: "a", mapIndex: 0, key: "rows" }),
    makeXCom({ taskId: "a", mapIndex: 0, key: "gone" }),
  ];
  const cleared = makeXCom({ taskId: "a", mapIndex: 0, key: "gone", isDeleted: true, preview: "", version: 2 });
  await catalog.write(projectionStatements(makeProjection({ xcoms: values }), 1));
  await catalog.write(projectionStatements(makeProjection({ xcoms: [cleared] }), 2));
  const run = { dagId: "dag", runId: "run" };
  const rows = await readAll(catalog, xcoms.list(run, { limit: 10, offset: 0 }));
  expect(rows).toEqual([values[2], values[1], values[0]]);
  expect(await readOne(catalog, xcoms.count({ ...run, taskId: "a" }))).toBe(2);
  expect(await readOne(catalog, xcoms.get({ ...run, taskId: "b", mapIndex: -1, key: "return_value" }))).toEqual(
    values[0],
  );
});
