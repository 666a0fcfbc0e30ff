import { beforeEach, describe, expect, test } from "vitest";
import { readAll, readOne } from "../../src/catalog/port.ts";
import { type EventLogFilter, eventLog } from "../../src/catalog/sql/event-log.ts";
import { type ImportError, importErrors } from "../../src/catalog/sql/import-errors.ts";
import { type JobFilter, jobs } from "../../src/catalog/sql/jobs.ts";
import { projectionErrors } from "../../src/catalog/sql/projection-errors.ts";
import { dagId, makeEvent, makeJob, runId, taskId } from "../fixtures/projections.ts";
import { makeMigratedCatalog, type SqliteCatalog } from "../fixtures/sqlite-catalog.ts";

const page = { limit: 100, offset: 0 };
const all = { allowedDagIds: null };
let catalog: SqliteCatalog;

beforeEach(async () => {
  catalog = await makeMigratedCatalog();
});

describe("import errors", () => {
  const broken = (filePath: string, given: Partial<ImportError> = {}): ImportError => ({
    filePath,
    bundleId: "b1",
    dagId: null,
    at: 1,
    stacktrace: `Error in ${filePath}`,
    ...given,
  });

  test("a sync makes the table say what it found, and keeps the number of an error that stayed", async () => {
    await catalog.write(importErrors.replaceAll([broken("dags/a.ts"), broken("dags/b.ts", { dagId: dagId("b") })]));
    const [, before] = await readAll(catalog, importErrors.list(all, page));
    await catalog.write(
      importErrors.replaceAll([broken("dags/c.ts"), broken("dags/b.ts", { at: 2, stacktrace: "other" })]),
    );
    const rows = await readAll(catalog, importErrors.list(all, page));
    expect(rows.map((row) => row.filePath)).toEqual(["dags/b.ts", "dags/c.ts"]);
    expect(rows[0]).toMatchObject({ importErrorId: before?.importErrorId, stacktrace: "other", at: 2, dagId: "b" });
    await catalog.write(importErrors.replaceAll([]));
    expect(await readOne(catalog, importErrors.count(all))).toBe(0);
  });

  test("the same error found again keeps the time of its first sight", async () => {
    await catalog.write([importErrors.upsert(broken("dags/a.ts"))]);
    await catalog.write([importErrors.upsert(broken("dags/a.ts", { at: 9 }))]);
    expect((await readAll(catalog, importErrors.list(all, page)))[0]?.at).toBe(1);
  });

  test("one is deleted when its file is mended", async () => {
    await catalog.write([importErrors.upsert(broken("dags/a.ts")), importErrors.delete("dags/a.ts")]);
    expect(await readAll(catalog, importErrors.list(all, page))).toEqual([]);
  });

  test("a reader of some DAGs sees the errors of their files alone", async () => {
    await catalog.write(importErrors.replaceAll([broken("dags/a.ts"), broken("dags/b.ts", { dagId: dagId("b") })]));
    const filter = { allowedDagIds: ["b"] };
    const [visible] = await readAll(catalog, importErrors.list(filter, page));
    expect(visible?.filePath).toBe("dags/b.ts");
    expect(await readOne(catalog, importErrors.count(filter))).toBe(1);
    expect(await readOne(catalog, importErrors.get(visible?.importErrorId ?? 0, ["b"]))).toEqual(visible);
    expect(await readOne(catalog, importErrors.get(visible?.importErrorId ?? 0, []))).toBeNull();
    expect(await readOne(catalog, importErrors.count({ ...all, search: "A.ts" }))).toBe(1);
  });
});

describe("jobs", () => {
  const rows = [
    makeJob({ jobId: "scheduler:a", dagId: dagId("a"), startAt: 1, latestHeartbeatAt: 50 }),
    makeJob({ jobId: "scheduler:b", dagId: dagId("b"), startAt: 2, latestHeartbeatAt: 10 }),
    makeJob({
      jobId: "sync:1",
      jobType: "DagProcessorJob",
      dagId: null,
      state: "success",
      startAt: 3,
      endAt: 4,
      extra: "{}",
    }),
  ];

  beforeEach(async () => {
    await catalog.write(rows.map((job) => jobs.upsert(job)));
  });

  test.each<{ filter: Partial<JobFilter>; expected: readonly string[] }>([
    { filter: {}, expected: ["sync:1", "scheduler:b", "scheduler:a"] },
    { filter: { jobTypes: ["DagProcessorJob"] }, expected: ["sync:1"] },
    { filter: { states: ["running"] }, expected: ["scheduler:b", "scheduler:a"] },
    { filter: { dagId: "a" }, expected: ["scheduler:a"] },
    { filter: { aliveSince: 50 }, expected: ["scheduler:a"] },
    { filter: { allowedDagIds: ["b"] }, expected: ["sync:1", "scheduler:b"] },
  ])("jobs.list() with $filter", async ({ filter, expected }) => {
    const whole = { ...all, ...filter };
    expect((await readAll(catalog, jobs.list(whole, page))).map((job) => job.jobId)).toEqual(expected);
    expect(await readOne(catalog, jobs.count(whole))).toBe(expected.length);
  });

  test("jobs.latest() is the last sign of life of its kind", async () => {
    expect(await readOne(catalog, jobs.latest("SchedulerJob"))).toEqual(rows[0]);
    expect(await readOne(catalog, jobs.latest("WatchdogJob"))).toBeNull();
  });

  test("a heartbeat moves forward, and only that of a running job", async () => {
    await catalog.write([
      jobs.heartbeat("scheduler:b", 60),
      jobs.heartbeat("scheduler:b", 40),
      jobs.heartbeat("sync:1", 60),
    ]);
    expect((await readOne(catalog, jobs.latest("SchedulerJob")))?.latestHeartbeatAt).toBe(60);
    expect(await readOne(catalog, jobs.latest("DagProcessorJob"))).toEqual(rows[2]);
  });
});

describe("the audit log", () => {
  beforeEach(async () => {
    const about = { runId: runId("r1"), taskId: taskId("t1"), mapIndex: 0, tryNumber: 2 };
    await catalog.write(
      [
        makeEvent({ eventId: "1", event: "trigger", at: 10 }),
        makeEvent({ eventId: "2", event: "clear", at: 20, ...about }),
        makeEvent({ eventId: "3", event: "login", at: 30, dagId: null, actor: "bob" }),
        makeEvent({ eventId: "4", event: "paused", at: 40, dagId: dagId("other") }),
        makeEvent({ eventId: "4", event: "repeated", at: 40, dagId: dagId("other") }),
      ].map((event) => eventLog.append(event)),
    );
  });

  test.each<{ filter: Partial<EventLogFilter>; expected: readonly string[] }>([
    { filter: {}, expected: ["paused", "login", "clear", "trigger"] },
    { filter: { dagId: "dag" }, expected: ["clear", "trigger"] },
    { filter: { allowedDagIds: ["dag"] }, expected: ["clear", "trigger"] },
    { filter: { runId: "r1", taskId: "t1", mapIndex: 0, tryNumber: 2 }, expected: ["clear"] },
    { filter: { events: ["paused", "trigger"] }, expected: ["paused", "trigger"] },
    { filter: { excludedEvents: ["login", "trigger"] }, expected: ["paused", "clear"] },
    { filter: { actor: "bob" }, expected: ["login"] },
    { filter: { at: { from: 20, to: 30 } }, expected: ["login", "clear"] },
  ])("eventLog.list() with $filter", async ({ filter, expected }) => {
    const whole = { ...all, ...filter };
    expect((await readAll(catalog, eventLog.list(whole, page))).map((event) => event.event)).toEqual(expected);
    expect(await readOne(catalog, eventLog.count(whole))).toBe(expected.length);
  });

  test("is read page after page, and one event by its number", async () => {
    const first = await readAll(catalog, eventLog.list(all, { limit: 2, after: null }));
    const last = first.at(-1);
    const second = await readAll(catalog, eventLog.list(all, { limit: 2, after: last?.eventLogId ?? null }));
    expect([...first, ...second].map((event) => event.event)).toEqual(["paused", "login", "clear", "trigger"]);
    expect(await readOne(catalog, eventLog.get(last?.eventLogId ?? 0, null))).toEqual(last);
    expect(await readOne(catalog, eventLog.get(last?.eventLogId ?? 0, ["dag"]))).toBeNull();
  });

  test("can be read oldest first", async () => {
    const rows = await readAll(catalog, eventLog.list(all, { ...page, descending: false }));
    expect(rows.map((event) => event.event)).toEqual(["trigger", "clear", "login", "paused"]);
  });
});

test("projection errors are listed per DAG, one per row, the latest version of each", async () => {
  const error = { dagId: "dag", tableName: "dag_run", rowKey: '["dag","r1"]', at: 1, message: "first", version: 5 };
  await catalog.write([
    projectionErrors.upsert(error),
    projectionErrors.upsert({ ...error, message: "later", version: 7 }),
    projectionErrors.upsert({ ...error, message: "older", version: 6 }),
    projectionErrors.upsert({ ...error, dagId: "other" }),
  ]);
  expect(await readAll(catalog, projectionErrors.list(["dag"], page))).toEqual([
    { ...error, message: "later", version: 7 },
  ]);
  expect(await readOne(catalog, projectionErrors.count(null))).toBe(2);
  await catalog.write([projectionErrors.deleteAllOfDag("dag")]);
  expect(await readOne(catalog, projectionErrors.count(null))).toBe(1);
});
