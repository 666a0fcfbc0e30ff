import { beforeEach, describe, expect, test } from "vitest";
import { type Catalog, readAll, readOne } from "../../src/catalog/port.ts";
import type { Projection } from "../../src/catalog/projection.ts";
import { dagRuns } from "../../src/catalog/sql/dag-runs.ts";
import { projectionErrors } from "../../src/catalog/sql/projection-errors.ts";
import { taskInstances } from "../../src/catalog/sql/task-instances.ts";
import { projectionBatches, projectionRows, writeProjection } from "../../src/catalog/write-projection.ts";
import { PlatformError } from "../../src/platform.ts";
import {
  dagId,
  makeBackfill,
  makeCallback,
  makeDag,
  makeEvent,
  makeJob,
  makeProjection,
  makeRun,
  makeTaskInstance,
  makeVersion,
  makeXCom,
} from "../fixtures/projections.ts";
import { makeMigratedCatalog, type SqliteCatalog } from "../fixtures/sqlite-catalog.ts";

const page = { limit: 1_000, offset: 0 };
const all = { allowedDagIds: null };
let catalog: SqliteCatalog;

beforeEach(async () => {
  catalog = await makeMigratedCatalog();
});

/** A row that the catalog can never take: a finished run without an end. */
const impossible = makeRun({ runId: "impossible", state: "success", endAt: null, version: 9 });

/** Passes everything on and counts the calls. */
function counting(): Catalog & { readonly count: () => number } {
  let writes = 0;
  return {
    ...catalog,
    write(statements) {
      writes += 1;
      return catalog.write(statements);
    },
    count: () => writes,
  };
}

describe("writeProjection()", () => {
  test("writes what is fine in one call", async () => {
    const counted = counting();
    const projection = makeProjection({ dag: makeDag(), dagRuns: [makeRun()], taskInstances: [makeTaskInstance()] });
    expect(await writeProjection(counted, projection, 1)).toEqual({ refused: [] });
    expect(counted.count()).toBe(1);
    expect(await readOne(catalog, dagRuns.get(makeRun()))).toEqual(makeRun());
  });

  test("writes all but the row that is refused for good, and records that one", async () => {
    const runs = Array.from({ length: 500 }, (_, index) => makeRun({ runId: `r${index}` }));
    runs.splice(333, 0, impossible);
    const counted = counting();
    const { refused } = await writeProjection(counted, makeProjection({ dagRuns: runs }), 7);
    expect(refused.map((row) => row.rowKey)).toEqual(['["dag","impossible"]']);
    expect(await readOne(catalog, dagRuns.count(all))).toBe(500);
    expect(await readAll(catalog, projectionErrors.list(null, page))).toEqual([
      {
        dagId: "dag",
        tableName: "dag_run",
        rowKey: '["dag","impossible"]',
        at: 7,
        message: expect.stringContaining("CHECK constraint failed"),
        version: 9,
      },
    ]);
    // Halving 501 rows: two calls per level, nine levels.
    expect(counted.count()).toBeLessThan(25);
  });

  test("finds several culprits in several tables", async () => {
    const badInstance = makeTaskInstance({ taskId: "bad", state: "failed", endAt: null });
    const { refused } = await writeProjection(
      catalog,
      makeProjection({
        dagRuns: [impossible, makeRun()],
        taskInstances: [makeTaskInstance(), badInstance],
        jobs: [makeJob({ jobId: "j", state: "success", endAt: null })],
      }),
      7,
    );
    expect(refused.map((row) => row.tableName)).toEqual(["dag_run", "task_instance", "job"]);
    expect(await readOne(catalog, taskInstances.count(all))).toBe(1);
  });

  test("throws an error that may pass and blames no row", async () => {
    const away = new PlatformError("catalog_unavailable", "away", { retryable: true });
    const broken: Catalog = { ...catalog, write: () => Promise.reject(away) };
    await expect(writeProjection(broken, makeProjection({ dagRuns: [makeRun()] }), 1)).rejects.toBe(away);
    expect(await readOne(catalog, projectionErrors.count(null))).toBe(0);
  });

  test("throws an error that may pass also in the middle of the search", async () => {
    let writes = 0;
    const away = new PlatformError("catalog_unavailable", "away", { retryable: true });
    const flaky: Catalog = {
      ...catalog,
      write(statements) {
        writes += 1;
        return writes === 3 ? Promise.reject(away) : catalog.write(statements);
      },
    };
    const projection = makeProjection({ dagRuns: [makeRun(), impossible] });
    await expect(writeProjection(flaky, projection, 1)).rejects.toBe(away);
    expect((await writeProjection(catalog, projection, 1)).refused).toHaveLength(1);
  });
});

describe("projectionBatches()", () => {
  test("cuts many rows into values of about a megabyte and calls of four", async () => {
    const error = (mapIndex: number) => ({ name: "Error", message: `${mapIndex} ${"ü".repeat(1_000)}`, stack: null });
    const instances = Array.from({ length: 4_000 }, (_, mapIndex) =>
      makeTaskInstance({ mapIndex, error: error(mapIndex) }),
    );
    const batches = projectionBatches(makeProjection({ taskInstances: instances }), 1);
    const bytes = batches.map((batch) => batch.map((it) => Buffer.byteLength(String(it.params[0]))));
    expect(Math.max(...bytes.flat())).toBeLessThanOrEqual(1_000_002);
    expect(Math.max(...bytes.map((batch) => batch.reduce((sum, it) => sum + it, 0)))).toBeLessThanOrEqual(4_000_000);
    expect(bytes.flat().length).toBeGreaterThan(8);
    for (const batch of batches) await catalog.write(batch);
    expect(await readOne(catalog, taskInstances.count(all))).toBe(4_000);
  });

  test("lets a row that is too large alone travel alone", () => {
    const large = makeRun({ runId: "large", conf: "x".repeat(1_500_000) });
    const batches = projectionBatches(makeProjection({ dagRuns: [makeRun(), large, makeRun({ runId: "r2" })] }), 1);
    const upserts = batches.flat().filter((statement) => statement.sql.startsWith("INSERT INTO dag_run"));
    expect(upserts.map((statement) => JSON.parse(String(statement.params[0])).length)).toEqual([1, 1, 1]);
  });

  test("makes nothing of nothing", () => {
    expect(projectionBatches(makeProjection(), 1)).toEqual([]);
  });
});

test("projectionRows() names every row, whatever its kind", () => {
  const whole: Required<Projection> = {
    dag: makeDag(),
    versions: [makeVersion()],
    dagRuns: [makeRun()],
    taskInstances: [makeTaskInstance()],
    tries: [makeTaskInstance()],
    xcoms: [makeXCom()],
    callbacks: [makeCallback()],
    backfills: [makeBackfill()],
    events: [makeEvent({ dagId: null })],
    jobs: [makeJob()],
    deletedRuns: [{ dagId: dagId("dag"), runId: makeRun().runId, version: 3 }],
    behind: { dagId: dagId("dag"), sinceAt: 1 },
    deletedDag: { dagId: dagId("dag"), version: 4 },
  };
  const rows = projectionRows(whole);
  expect(rows.map((row) => `${row.tableName} ${row.rowKey} ${row.dagId} ${row.version}`)).toEqual([
    'dag ["dag"] dag 1',
    'dag_version ["dag",1] dag 1',
    'dag_run ["dag","run"] dag 1',
    'task_instance ["dag","run","task",-1] dag 1',
    'task_instance_history ["dag","run","task",-1,1] dag 1',
    'xcom ["dag","run","task",-1,"return_value"] dag 1',
    'callback ["dag","run","callback"] dag 1',
    'backfill ["dag",1] dag 1',
    'event_log ["dag:1"]  0',
    'job ["scheduler:dag"] dag 0',
    'dag_run ["dag","run"] dag 3',
    'dag ["dag"] dag 0',
    'dag ["dag"] dag 4',
  ]);
  expect(rows.flatMap((row) => Object.keys(row.part))).toEqual(Object.keys(whole));
});
