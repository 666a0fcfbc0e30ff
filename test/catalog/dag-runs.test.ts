import { beforeAll, describe, expect, test } from "vitest";
import { readAll, readOne } from "../../src/catalog/port.ts";
import { projectionStatements } from "../../src/catalog/projection.ts";
import { type DagRunCursor, type DagRunFilter, dagRuns } from "../../src/catalog/sql/dag-runs.ts";
import type { DagRunView } from "../../src/platform.ts";
import { dagId, makeProjection, makeRun, runId } from "../fixtures/projections.ts";
import { makeSeededCatalog, SEED, seedDagId, seedRunId } from "../fixtures/seeded-catalog.ts";
import { makeMigratedCatalog, type SqliteCatalog } from "../fixtures/sqlite-catalog.ts";

const all = { allowedDagIds: null };

describe("in a long history", () => {
  let catalog: SqliteCatalog;
  beforeAll(async () => {
    catalog = await makeSeededCatalog();
  });

  test("dagRuns.latestPerDag() returns the newest runs of each DAG asked for, newest first", async () => {
    const bars = await readAll(catalog, dagRuns.latestPerDag([seedDagId(7), seedDagId(3), "unknown"], 14));
    const expected = [3, 7].flatMap((dag) =>
      Array.from({ length: 14 }, (_, place) => `${seedDagId(dag)} ${seedRunId(SEED.runsPerDag - place)}`),
    );
    expect(bars.map((bar) => `${bar.dagId} ${bar.runId}`)).toEqual(expected);
  });

  test("dagRuns.list() pages through all runs of a DAG without a gap or a repeat", async () => {
    const seen: string[] = [];
    let after: DagRunCursor | null = null;
    do {
      const rows: readonly DagRunView[] = await readAll(
        catalog,
        dagRuns.list({ ...all, dagId: seedDagId(5) }, { limit: 150, after }),
      );
      seen.push(...rows.map((row) => row.runId));
      after = rows.at(-1) ?? null;
    } while (after !== null);
    expect(seen).toEqual(Array.from({ length: SEED.runsPerDag }, (_, place) => seedRunId(SEED.runsPerDag - place)));
  });

  test("dagRuns.list() pages through runs of one instant by DAG and run", async () => {
    const first = await readAll(catalog, dagRuns.list(all, { limit: 60, after: null }));
    const last = first[29];
    const second = await readAll(catalog, dagRuns.list(all, { limit: 30, after: last ?? null }));
    expect(second).toEqual(first.slice(30));
  });

  test("dagRuns.countByState() counts the runs of a time", async () => {
    const from = SEED.runEveryMs * (SEED.runsPerDag - 150);
    const counts = await readAll(catalog, dagRuns.countByState({ ...all, runAfter: { from } }));
    expect(Object.fromEntries(counts.map(({ state, count }) => [state, count]))).toEqual({
      failed: SEED.dagCount,
      running: SEED.dagCount,
      success: SEED.dagCount * 149,
    });
  });

  test("dagRuns.count() is the total of the list", async () => {
    expect(await readOne(catalog, dagRuns.count({ ...all, states: ["failed"] }))).toBe(SEED.dagCount * 3);
  });
});

describe("filters of dagRuns.list()", () => {
  let catalog: SqliteCatalog;
  const runs = [
    makeRun({ dagId: "a", runId: "manual_1", runAfterAt: 10, state: "running", startAt: 11, versionNumber: 2 }),
    makeRun({ dagId: "a", runId: "scheduled_2", runAfterAt: 20, runType: "scheduled", logicalAt: 20, state: "queued" }),
    makeRun({ dagId: "b", runId: "manual_3", runAfterAt: 30, state: "failed", startAt: 31, endAt: 39 }),
    makeRun({
      dagId: "c",
      runId: "scheduled_4",
      runAfterAt: 40,
      runType: "scheduled",
      state: "success",
      startAt: 41,
      endAt: 42,
    }),
  ];
  beforeAll(async () => {
    catalog = await makeMigratedCatalog();
    await catalog.write(projectionStatements(makeProjection({ dagRuns: runs }), 1));
  });

  test.each<{ filter: Omit<DagRunFilter, "allowedDagIds"> & Partial<DagRunFilter>; expected: readonly string[] }>([
    { filter: {}, expected: ["scheduled_4", "manual_3", "scheduled_2", "manual_1"] },
    { filter: { dagId: "a" }, expected: ["scheduled_2", "manual_1"] },
    { filter: { allowedDagIds: ["b", "c"] }, expected: ["scheduled_4", "manual_3"] },
    { filter: { allowedDagIds: [] }, expected: [] },
    { filter: { allowedDagIds: ["b"], dagId: "a" }, expected: [] },
    { filter: { states: ["running", "queued"] }, expected: ["scheduled_2", "manual_1"] },
    { filter: { states: ["running", "failed"] }, expected: ["manual_3", "manual_1"] },
    { filter: { states: ["running"], dagId: "a" }, expected: ["manual_1"] },
    { filter: { states: [] }, expected: [] },
    { filter: { runTypes: ["scheduled"] }, expected: ["scheduled_4", "scheduled_2"] },
    { filter: { search: "MANUAL_" }, expected: ["manual_3", "manual_1"] },
    { filter: { runAfter: { from: 20, to: 30 } }, expected: ["manual_3", "scheduled_2"] },
    { filter: { logical: { from: 1 } }, expected: ["scheduled_2"] },
    { filter: { start: { to: 31 } }, expected: ["manual_3", "manual_1"] },
    { filter: { end: { from: 40 } }, expected: ["scheduled_4"] },
    { filter: { versionNumber: 2 }, expected: ["manual_1"] },
  ])("$filter", async ({ filter, expected }) => {
    const whole = { ...all, ...filter };
    const rows = await readAll(catalog, dagRuns.list(whole, { limit: 100, offset: 0 }));
    expect(rows.map((row) => row.runId)).toEqual(expected);
    expect(await readOne(catalog, dagRuns.count(whole))).toBe(expected.length);
  });

  test("orders by any allowed column and takes pages by number", async () => {
    const ids = async (options: Parameters<typeof dagRuns.list>[1]) =>
      (await readAll(catalog, dagRuns.list(all, options))).map((row) => row.runId);
    expect(await ids({ limit: 2, offset: 1, order: "run_after_at", descending: false })).toEqual([
      "scheduled_2",
      "manual_3",
    ]);
    expect(await ids({ limit: 2, offset: 0, order: "end_at" })).toEqual(["scheduled_4", "manual_3"]);
    expect(await ids({ limit: 1, offset: 0, order: "run_id", descending: false })).toEqual(["manual_1"]);
  });

  test("dagRuns.get() returns the run as it was projected", async () => {
    for (const run of runs) expect(await readOne(catalog, dagRuns.get(run))).toEqual(run);
    expect(await readOne(catalog, dagRuns.get({ dagId: "a", runId: "manual_3" }))).toBeNull();
  });

  test("dagRuns.exists() answers for the DAG and the run together", async () => {
    expect(await readOne(catalog, dagRuns.exists({ dagId: dagId("b"), runId: runId("manual_3") }))).toBe(true);
    expect(await readOne(catalog, dagRuns.exists({ dagId: dagId("a"), runId: runId("manual_3") }))).toBeNull();
  });
});

test("more runs of one instant than bars are cut to the number asked for", async () => {
  const catalog = await makeMigratedCatalog();
  const runs = Array.from({ length: 30 }, (_, index) => makeRun({ runId: `r${index}`, runAfterAt: 5 }));
  await catalog.write(projectionStatements(makeProjection({ dagRuns: runs }), 1));
  expect(await readAll(catalog, dagRuns.latestPerDag(["dag"], 14))).toHaveLength(14);
});
