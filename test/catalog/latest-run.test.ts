/** The row of a DAG names its latest run, whatever was told of its runs, and in which order. */
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { readAll, readOne, readRows } from "../../src/catalog/port.ts";
import type { Projection } from "../../src/catalog/projection.ts";
import { dagRuns } from "../../src/catalog/sql/dag-runs.ts";
import { dags } from "../../src/catalog/sql/dags.ts";
import { writeProjection } from "../../src/catalog/write-projection.ts";
import { dagId, makeDag, makeProjection, makeRun } from "../fixtures/projections.ts";
import { makeMigratedCatalog, type SqliteCatalog } from "../fixtures/sqlite-catalog.ts";

let catalog: SqliteCatalog;
const write = (given: Partial<Projection>) => writeProjection(catalog, makeProjection(given), 1);
const ofDag = async () => {
  const [row] = await readRows(catalog, {
    sql: "SELECT latest_run_at AS at, latest_run_state AS state FROM dag",
    params: [],
  });
  return row;
};

beforeEach(async () => {
  catalog = await makeMigratedCatalog();
  await write({ dag: makeDag() });
});

describe("the latest run of a DAG", () => {
  test("is none before there is one", async () => {
    expect(await ofDag()).toEqual({ at: null, state: null });
  });

  test("is the newest by when it was due, and by its id among those", async () => {
    await write({ dagRuns: [makeRun({ runId: "b", runAfterAt: 5, state: "running" })] });
    await write({ dagRuns: [makeRun({ runId: "a", runAfterAt: 5 }), makeRun({ runId: "old", runAfterAt: 4 })] });
    expect(await ofDag()).toEqual({ at: 5, state: "running" });
  });

  test("is the one before when it is deleted", async () => {
    await write({
      dagRuns: [
        makeRun({ runId: "a", runAfterAt: 4, state: "failed", endAt: 5 }),
        makeRun({ runId: "b", runAfterAt: 5 }),
      ],
    });
    await write({ deletedRuns: [{ dagId: dagId("dag"), runId: makeRun({ runId: "b" }).runId, version: 2 }] });
    expect(await ofDag()).toEqual({ at: 4, state: "failed" });
  });

  test("is none of those from before the DAG was deleted", async () => {
    await write({ dagRuns: [makeRun({ runAfterAt: 5 })] });
    await write({ deletedDag: { dagId: dagId("dag"), version: 2 } });
    await write({ dag: makeDag({ version: 3 }) });
    expect(await ofDag()).toEqual({ at: null, state: null });
  });

  test("is known when the DAG's own row comes after its runs", async () => {
    await write({ dagRuns: [makeRun({ dagId: "late", runAfterAt: 7 })] });
    await write({ dag: makeDag({ dagId: "late" }) });
    const listed = await readAll(catalog, dags.countByLatestRunState({ allowedDagIds: null, dagIds: ["late"] }));
    expect(listed).toEqual([{ state: "queued", count: 1 }]);
  });

  test("costs no written row while it stays the same", async () => {
    const run = makeRun({ runId: "b", runAfterAt: 5, state: "running" });
    await write({ dagRuns: [run] });
    const changes = () => Number(catalog.database.prepare("SELECT total_changes() AS n").get()?.["n"]);
    const before = changes();
    await write({ dagRuns: [{ ...run, note: "seen", version: 2 }] });
    expect(changes() - before).toBe(1);
  });

  test("is the one that a look at all runs finds", async () => {
    const change = fc.record({
      run: fc.nat(4),
      version: fc.integer({ min: 1, max: 9 }),
      isRunning: fc.boolean(),
      isDeleted: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
        catalog = await makeMigratedCatalog();
        await write({ dag: makeDag() });
        for (const { run, version, isRunning, isDeleted } of changes) {
          const row = makeRun({
            runId: `r${run}`,
            runAfterAt: 10 - (run % 3),
            state: isRunning ? "running" : "queued",
            version,
          });
          await write(isDeleted ? { deletedRuns: [{ ...row, version }] } : { dagRuns: [row] });
        }
        const newest = { limit: 1, after: null };
        const latest = await readOne(catalog, dagRuns.list({ allowedDagIds: null, dagId: "dag" }, newest));
        expect(await ofDag()).toEqual({ at: latest?.runAfterAt ?? null, state: latest?.state ?? null });
      }),
      { numRuns: 60 },
    );
  });
});
