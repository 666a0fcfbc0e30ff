import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, test } from "vitest";
import { readAll, readOne, readRows } from "../../src/catalog/port.ts";
import { type Projection, projectionStatements } from "../../src/catalog/projection.ts";
import { backfills } from "../../src/catalog/sql/backfills.ts";
import { callbacks } from "../../src/catalog/sql/callbacks.ts";
import { dagRuns } from "../../src/catalog/sql/dag-runs.ts";
import { dagVersions } from "../../src/catalog/sql/dag-versions.ts";
import { dags } from "../../src/catalog/sql/dags.ts";
import { eventLog } from "../../src/catalog/sql/event-log.ts";
import { grid } from "../../src/catalog/sql/grid.ts";
import { jobs } from "../../src/catalog/sql/jobs.ts";
import { taskInstances } from "../../src/catalog/sql/task-instances.ts";
import { xcoms } from "../../src/catalog/sql/xcoms.ts";
import {
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

const page = { limit: 100, offset: 0 };
const all = { allowedDagIds: null };
let catalog: SqliteCatalog;

beforeEach(async () => {
  catalog = await makeMigratedCatalog();
});

async function project(given: Partial<Projection>, now = 100): Promise<void> {
  await catalog.write(projectionStatements(makeProjection(given), now));
}

/** Everything that a reader can see of the run `run` of the DAG `dag`, as counts. */
async function seen() {
  const key = makeTaskInstance();
  return {
    dags: (await readAll(catalog, dags.list(all, page))).length,
    versions: (await readAll(catalog, dagVersions.list("dag", page))).length,
    runs: (await readAll(catalog, dagRuns.list(all, page))).length,
    bars: (await readAll(catalog, dagRuns.latestPerDag(["dag"], 14))).length,
    columns: (await readAll(catalog, grid.window({ dagId: "dag", runCount: 25, taskIds: null }))).length,
    instances: (await readAll(catalog, taskInstances.list(all, page))).length,
    tries: (await readAll(catalog, taskInstances.tries(key))).length,
    xcoms: (await readAll(catalog, xcoms.list(key, page))).length,
    callbacks: (await readAll(catalog, callbacks.list(key))).length,
    backfills: (await readAll(catalog, backfills.list(all, { ...page, descending: true }))).length,
  };
}

const nothing = {
  dags: 0,
  versions: 0,
  runs: 0,
  bars: 0,
  columns: 0,
  instances: 0,
  tries: 0,
  xcoms: 0,
  callbacks: 0,
  backfills: 0,
};

/** One row of each kind, all of the version given. */
function everything(version: number): Partial<Projection> {
  return {
    dag: makeDag({ version, tags: ["a"] }),
    versions: [makeVersion({ version })],
    dagRuns: [makeRun({ version, runAfterAt: version })],
    taskInstances: [makeTaskInstance({ version, tryNumber: 2 })],
    tries: [makeTaskInstance({ version, tryNumber: 1, state: "failed" })],
    xcoms: [makeXCom({ version })],
    callbacks: [makeCallback({ version })],
    backfills: [makeBackfill({ version })],
  };
}

const dagId = makeDag().dagId;
const runId = makeRun().runId;

describe("row versions", () => {
  test("the same projection twice changes nothing", async () => {
    await project(everything(1));
    const tables = [
      "dag",
      "dag_tag",
      "dag_version",
      "dag_run",
      "task_instance",
      "task_instance_history",
      "xcom",
      "callback",
      "backfill",
    ];
    const changes = () => Number(catalog.database.prepare("SELECT total_changes() AS changes").get()?.["changes"]);
    const before = changes();
    await project(everything(1));
    expect(changes()).toBe(before);
    for (const table of tables) {
      expect(await readRows(catalog, { sql: `SELECT count(*) AS count FROM ${table}`, params: [] })).toEqual([
        { count: 1 },
      ]);
    }
  });

  test.each(["older after newer", "newer after older"])("%s: the newer row stays in every table", async (order) => {
    const older = {
      dag: makeDag({ version: 1, owner: "old", tags: ["old", "both"] }),
      versions: [makeVersion({ version: 1, source: "old" })],
      dagRuns: [makeRun({ version: 1, note: "old" })],
      taskInstances: [makeTaskInstance({ version: 1, reason: "old" })],
      tries: [makeTaskInstance({ version: 1, reason: "old", tryNumber: 0, state: "failed" })],
      xcoms: [makeXCom({ version: 1, preview: '"old"' })],
      callbacks: [makeCallback({ version: 1, error: "old" })],
      backfills: [makeBackfill({ version: 1, isPaused: true })],
    };
    const newer = {
      dag: makeDag({ version: 2, owner: "new", tags: ["both", "new"] }),
      versions: [makeVersion({ version: 2, source: "new" })],
      dagRuns: [makeRun({ version: 2, note: "new" })],
      taskInstances: [makeTaskInstance({ version: 2, reason: "new" })],
      tries: [makeTaskInstance({ version: 2, reason: "new", tryNumber: 0, state: "failed" })],
      xcoms: [makeXCom({ version: 2, preview: '"new"' })],
      callbacks: [makeCallback({ version: 2, error: "new" })],
      backfills: [makeBackfill({ version: 2 })],
    };
    for (const given of order === "older after newer" ? [newer, older] : [older, newer]) await project(given);
    const key = makeTaskInstance();
    expect(await readOne(catalog, dags.get("dag", null))).toEqual(newer.dag);
    expect((await readOne(catalog, dagVersions.latest("dag")))?.source).toBe("new");
    expect(await readAll(catalog, dagRuns.list(all, page))).toEqual(newer.dagRuns);
    expect(await readOne(catalog, taskInstances.get(key))).toEqual(newer.taskInstances[0]);
    expect(await readOne(catalog, taskInstances.getTry({ ...key, tryNumber: 0 }))).toEqual(newer.tries[0]);
    expect(await readAll(catalog, xcoms.list(key, page))).toEqual(newer.xcoms);
    expect(await readAll(catalog, callbacks.list(key))).toEqual(newer.callbacks);
    expect(await readOne(catalog, backfills.get(1, null))).toEqual(newer.backfills[0]);
  });

  test("an event stays as it was written first", async () => {
    await project({ events: [makeEvent({ eventId: "dag:1", event: "trigger" })] });
    await project({ events: [makeEvent({ eventId: "dag:1", event: "other" }), makeEvent({ eventId: "dag:2" })] });
    const rows = await readAll(catalog, eventLog.list(all, page));
    expect(rows.map((row) => row.event)).toEqual(["clear", "trigger"]);
  });

  test("a job keeps its latest heartbeat", async () => {
    for (const latestHeartbeatAt of [20, 10]) await project({ jobs: [makeJob({ latestHeartbeatAt })] });
    expect(await readAll(catalog, jobs.list(all, page))).toEqual([makeJob({ latestHeartbeatAt: 20 })]);
  });

  test("values of all kinds come back as they were", async () => {
    const conf = { text: 'it\'s "so" \\ \u0001 ü \u{1F600}', list: [1, 2.5, null, true], deep: { a: {} } };
    const run = makeRun({ conf, note: "two\nlines", reason: "x".repeat(5_000) });
    const error = { name: "Error", message: "a\tb", stack: "at x\n at y" };
    const instance = makeTaskInstance({ state: "failed", error, token: Number.MAX_SAFE_INTEGER });
    await project({ dagRuns: [run, makeRun({ runId: "r2", conf: null })], taskInstances: [instance] });
    expect(await readOne(catalog, dagRuns.get(run))).toEqual(run);
    expect((await readOne(catalog, dagRuns.get({ dagId: "dag", runId: "r2" })))?.conf).toBeNull();
    expect(await readOne(catalog, taskInstances.get(instance))).toEqual(instance);
  });

  test("a change of state assigns no indexed column of a run", () => {
    const sql = projectionStatements(makeProjection({ dagRuns: [makeRun()] }), 1).map((statement) => statement.sql);
    const upsert = sql.find((text) => text.startsWith("INSERT INTO dag_run"));
    expect(upsert).toContain("state = excluded.state");
    expect(upsert).not.toContain("run_after_at = excluded");
    expect(upsert).not.toContain("deleted_at = excluded");
  });
});

describe("tombstones", () => {
  test("a deleted run takes all that belongs to it out of sight", async () => {
    await project(everything(1));
    await project({ deletedRuns: [{ dagId, runId, version: 2 }] });
    expect(await seen()).toEqual({ ...nothing, dags: 1, versions: 1, backfills: 1 });
  });

  test("a row that was on its way when its run was deleted stays out of sight", async () => {
    await project({ deletedRuns: [{ dagId, runId, version: 2 }] });
    await project(everything(1));
    expect(await seen()).toEqual({ ...nothing, dags: 1, versions: 1, backfills: 1 });
  });

  test("a run made again under the id of a deleted one does not show the old one's rows", async () => {
    await project(everything(1));
    await project({ deletedRuns: [{ dagId, runId, version: 2 }] });
    const again = makeRun({ version: 3, runAfterAt: 77, runType: "scheduled" });
    await project({ dagRuns: [again] });
    expect(await seen()).toEqual({ ...nothing, dags: 1, versions: 1, backfills: 1, runs: 1, bars: 1, columns: 1 });
    expect(await readOne(catalog, dagRuns.get(again))).toEqual(again);
    const [column] = await readAll(catalog, grid.window({ dagId: "dag", runCount: 1, taskIds: null }));
    expect(column?.cells?.size).toBe(0);
    await project({ taskInstances: [makeTaskInstance({ version: 4 })] });
    expect((await seen()).instances).toBe(1);
  });

  test("a tombstone that arrives after the run was made again hides the old rows only", async () => {
    await project(everything(1));
    await project({ dagRuns: [makeRun({ version: 3 })] });
    await project({ deletedRuns: [{ dagId, runId, version: 2 }] });
    expect(await seen()).toEqual({ ...nothing, dags: 1, versions: 1, backfills: 1, runs: 1, bars: 1, columns: 1 });
  });

  test("a deleted DAG takes everything out of sight, and rows on their way too", async () => {
    await project({ ...everything(1), jobs: [makeJob()] });
    await project({ deletedDag: { dagId, version: 2 } });
    expect(await seen()).toEqual(nothing);
    expect(await readAll(catalog, dags.tags(null))).toEqual([]);
    expect(await readAll(catalog, jobs.list(all, page))).toEqual([]);
    await project(everything(1));
    expect(await seen()).toEqual(nothing);
  });

  test("a DAG that comes back shows what is new alone", async () => {
    await project(everything(1));
    await project({ deletedDag: { dagId, version: 2 } });
    await project({
      dag: makeDag({ version: 3, tags: ["b"] }),
      versions: [makeVersion({ version: 3, versionNumber: 2 })],
    });
    expect(await seen()).toEqual({ ...nothing, dags: 1, versions: 1 });
    expect(await readAll(catalog, dags.tags(null))).toEqual(["b"]);
  });

  test("no query reads a projected table behind its view", () => {
    const folder = fileURLToPath(new URL("../../src/catalog/sql/", import.meta.url).href);
    const behind =
      /(FROM|JOIN)\s+(dag|dag_version|dag_run|task_instance|task_instance_history|xcom|callback|backfill)\b/g;
    const found = readdirSync(folder)
      .filter((name) => name !== "sweep.ts")
      .flatMap((name) =>
        (readFileSync(`${folder}${name}`, "utf8").match(behind) ?? []).map((text) => `${name}: ${text}`),
      );
    // The grid and the summary of a run apply the tombstones themselves, once per run; the use of pools asks live runs
    // alone, by their index, and a DAG with live runs is never deleted; a display stays while a hidden version is there;
    // recent lists count off index entries, to know how far back they look.
    expect(found.sort()).toEqual([
      "grid.ts: FROM dag",
      "grid.ts: FROM task_instance",
      "grid.ts: FROM task_instance",
      "grid.ts: FROM task_instance",
      "pool-use.ts: FROM dag",
      "pool-use.ts: FROM dag_run",
      "pool-use.ts: JOIN task_instance",
      "pool-use.ts: JOIN task_instance",
      "recent.ts: FROM dag_run",
      "run-tasks.ts: FROM dag",
      "run-tasks.ts: FROM task_instance",
      "version-displays.ts: FROM dag_version",
    ]);
  });
});

describe("many rows at once", () => {
  const tables = ["task_instance", "xcom"] as const;
  const read = () =>
    tables.map((table) =>
      catalog.database
        .prepare(`SELECT * FROM ${table} ORDER BY task_id`)
        .all()
        .map((row) => ({ ...row })),
    );
  const rows = (version: number, state: "running" | "success") => ({
    taskInstances: Array.from({ length: 40 }, (_, place) =>
      makeTaskInstance({
        taskId: `t${place}`,
        state,
        startAt: 5,
        endAt: state === "success" ? 10 + (place % 2) : null,
        version,
        // Text that is the same in all of them, and text that is not.
        error: state === "success" && place > 20 ? { name: "Error", message: "it's odd", stack: null } : null,
      }),
    ),
    xcoms: Array.from({ length: 40 }, (_, place) => makeXCom({ taskId: `t${place}`, preview: `"${place}"`, version })),
  });

  test("say the same as one by one, whatever they share", async () => {
    for (const part of [rows(1, "running"), rows(2, "success")]) await project(part);
    const together = read();
    catalog = await makeMigratedCatalog();
    for (const { taskInstances: many, xcoms: values } of [rows(1, "running"), rows(2, "success")]) {
      for (const one of many) await project({ taskInstances: [one] });
      for (const one of values) await project({ xcoms: [one] });
    }
    expect(together).toEqual(read());
    expect(together[0]).toHaveLength(40);
  });

  test("are guarded by their version as ever", async () => {
    await project(rows(2, "success"));
    const before = read();
    await project(rows(1, "running"));
    expect(read()).toEqual(before);
  });
});
