import { beforeEach, describe, expect, test } from "vitest";
import { readOne, readRows, writeOne } from "../../src/catalog/port.ts";
import { type Projection, projectionStatements } from "../../src/catalog/projection.ts";
import { apiTokens } from "../../src/catalog/sql/api-tokens.ts";
import { dagRuns } from "../../src/catalog/sql/dag-runs.ts";
import { eventLog } from "../../src/catalog/sql/event-log.ts";
import { jobs } from "../../src/catalog/sql/jobs.ts";
import { loginAttempts } from "../../src/catalog/sql/login-attempts.ts";
import { projectionErrors } from "../../src/catalog/sql/projection-errors.ts";
import { sessions } from "../../src/catalog/sql/sessions.ts";
import { sweep } from "../../src/catalog/sql/sweep.ts";
import { users } from "../../src/catalog/sql/users.ts";
import { SWEEP_AFTER_MS, sweepCatalog } from "../../src/catalog/sweep-catalog.ts";
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

let catalog: SqliteCatalog;

beforeEach(async () => {
  catalog = await makeMigratedCatalog();
});

async function project(given: Partial<Projection>, now: number): Promise<void> {
  await catalog.write(projectionStatements(makeProjection(given), now));
}

/** Rows behind the views, too. */
async function count(table: string): Promise<number> {
  const [row] = await readRows(catalog, { sql: `SELECT count(*) AS count FROM ${table}`, params: [] });
  return Number(row?.["count"]);
}

const projected = [
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

async function counts(): Promise<Record<string, number>> {
  return Object.fromEntries(await Promise.all(projected.map(async (table) => [table, await count(table)] as const)));
}

const of = { dagId: makeDag().dagId, runId: makeRun().runId };

function everything(version: number): Partial<Projection> {
  return {
    dag: makeDag({ version, tags: ["a"] }),
    versions: [makeVersion({ version })],
    dagRuns: [makeRun({ version })],
    taskInstances: [makeTaskInstance({ version }), makeTaskInstance({ version, taskId: "other" })],
    tries: [makeTaskInstance({ version, tryNumber: 0, state: "failed" })],
    xcoms: [makeXCom({ version })],
    callbacks: [makeCallback({ version })],
    backfills: [makeBackfill({ version })],
  };
}

const full = {
  dag: 1,
  dag_tag: 1,
  dag_version: 1,
  dag_run: 1,
  task_instance: 2,
  task_instance_history: 1,
  xcom: 1,
  callback: 1,
  backfill: 1,
};

async function sweepTombstones(before: number, limit = 100): Promise<void> {
  await catalog.write(sweep.tombstones({ before, limit }));
}

describe("tombstones", () => {
  test("keep their rows until they are old", async () => {
    await project(everything(1), 10);
    await project({ deletedRuns: [{ ...of, version: 2 }] }, 1_000);
    await sweepTombstones(1_000);
    expect(await counts()).toEqual(full);
  });

  test("of a run go with all that belonged to it", async () => {
    await project(everything(1), 10);
    await project({ deletedRuns: [{ ...of, version: 2 }] }, 1_000);
    await sweepTombstones(1_001);
    expect(await counts()).toEqual({
      dag: 1,
      dag_tag: 1,
      dag_version: 1,
      dag_run: 0,
      task_instance: 0,
      task_instance_history: 0,
      xcom: 0,
      callback: 0,
      backfill: 1,
    });
  });

  test("go last, after every chunk of what they hide", async () => {
    await project(everything(1), 10);
    await project({ deletedRuns: [{ ...of, version: 2 }] }, 1_000);
    await sweepTombstones(1_001, 1);
    expect(await counts()).toMatchObject({ dag_run: 1, task_instance: 1 });
    await sweepTombstones(1_001, 1);
    expect(await counts()).toMatchObject({ dag_run: 0, task_instance: 0 });
  });

  test("of a run that came back take the old rows and leave the new ones", async () => {
    await project(everything(1), 10);
    await project({ deletedRuns: [{ ...of, version: 2 }] }, 1_000);
    await project({ dagRuns: [makeRun({ version: 3 })], taskInstances: [makeTaskInstance({ version: 4 })] }, 1_000);
    await sweepTombstones(1_001);
    expect(await counts()).toMatchObject({
      dag_run: 1,
      task_instance: 1,
      task_instance_history: 0,
      xcom: 0,
      callback: 0,
    });
    expect(await readOne(catalog, dagRuns.get(of))).toEqual(makeRun({ version: 3 }));
    const rows = await readRows(catalog, { sql: "SELECT deleted_at, deleted_version FROM dag_run", params: [] });
    expect(rows).toEqual([{ deleted_at: null, deleted_version: 2 }]);
  });

  test("of a DAG go with everything", async () => {
    await project(everything(1), 10);
    await project({ deletedDag: { dagId: of.dagId, version: 2 } }, 1_000);
    await sweepTombstones(1_000);
    expect(await counts()).toMatchObject({ dag: 1, dag_run: 1 });
    await sweepTombstones(1_001);
    expect(await counts()).toEqual(Object.fromEntries(projected.map((table) => [table, 0])));
  });

  test("of a DAG that came back leave it alone", async () => {
    await project(everything(1), 10);
    await project({ deletedDag: { dagId: of.dagId, version: 2 } }, 1_000);
    await project(
      { dag: makeDag({ version: 3, tags: ["b"] }), dagRuns: [makeRun({ runId: "new", version: 4 })] },
      1_000,
    );
    await sweepTombstones(1_001);
    expect(await counts()).toMatchObject({ dag: 1, dag_tag: 1, dag_version: 0, dag_run: 1, task_instance: 0 });
  });

  test("of cleared XComs go by themselves", async () => {
    await project({ xcoms: [makeXCom({ isDeleted: true, at: 500 }), makeXCom({ key: "kept", at: 500 })] }, 10);
    await sweepTombstones(500);
    expect(await count("xcom")).toBe(2);
    await sweepTombstones(501);
    expect(await count("xcom")).toBe(1);
  });
});

describe("other sweeps", () => {
  test("take old events, a chunk at a time, and none that is young", async () => {
    await catalog.write([10, 20, 30].map((at) => eventLog.append(makeEvent({ eventId: String(at), at }))));
    await catalog.write([sweep.eventLog({ before: 30, limit: 1 })]);
    expect(await count("event_log")).toBe(2);
    await catalog.write([sweep.eventLog({ before: 30, limit: 10 })]);
    expect(await count("event_log")).toBe(1);
  });

  test("take old log-in attempts", async () => {
    for (const now of [10, 20]) {
      const attempt = { account: "ada", address: "192.0.2.1", now, since: 0, maxPerAccount: 5, maxPerAddress: 5 };
      await writeOne(catalog, loginAttempts.admit(attempt));
    }
    await catalog.write([sweep.loginAttempts({ before: 20, limit: 10 })]);
    expect(await count("login_attempt")).toBe(1);
  });

  test("take sessions and tokens that ended", async () => {
    await writeOne(catalog, users.create({ userId: "u1", name: "ada", passwordHash: "hash", role: "admin", now: 1 }));
    const session = { userId: "u1", address: "192.0.2.1", userAgent: "test", now: 1 };
    const token = { userId: "u1", name: "ci", now: 1 };
    await catalog.write([
      sessions.create({ ...session, sessionHash: "ended", expiresAt: 10 }),
      sessions.create({ ...session, sessionHash: "live", expiresAt: 20 }),
      apiTokens.create({ ...token, tokenId: "ended", tokenHash: "1", expiresAt: 10 }),
      apiTokens.create({ ...token, tokenId: "revoked", tokenHash: "2", expiresAt: null }),
      apiTokens.create({ ...token, tokenId: "live", tokenHash: "3", expiresAt: null }),
      apiTokens.revoke({ tokenId: "revoked", userId: "u1", now: 15 }),
      sweep.sessions({ before: 20, limit: 10 }),
      sweep.apiTokens({ before: 20, limit: 10 }),
    ]);
    expect(await readRows(catalog, { sql: "SELECT session_hash FROM session", params: [] })).toEqual([
      { session_hash: "live" },
    ]);
    expect(await readRows(catalog, { sql: "SELECT token_id FROM api_token", params: [] })).toEqual([
      { token_id: "live" },
    ]);
  });

  test("take jobs that ended and errors of rows that are long past", async () => {
    const error = { dagId: "dag", tableName: "dag_run", rowKey: "[]", message: "", version: 1 };
    await catalog.write([
      jobs.upsert(makeJob({ jobId: "ended", state: "success", endAt: 10 })),
      jobs.upsert(makeJob({ jobId: "running" })),
      projectionErrors.upsert({ ...error, at: 10 }),
      sweep.jobs({ before: 20, limit: 10 }),
      sweep.projectionErrors({ before: 20, limit: 10 }),
    ]);
    expect(await readRows(catalog, { sql: "SELECT job_id FROM job", params: [] })).toEqual([{ job_id: "running" }]);
    expect(await count("projection_error")).toBe(0);
  });
});

describe("sweepCatalog()", () => {
  test("takes chunk after chunk until nothing old is left", async () => {
    const taskInstances = Array.from({ length: 2_500 }, (_, mapIndex) => makeTaskInstance({ mapIndex }));
    await project({ dagRuns: [makeRun()], taskInstances }, 10);
    await project({ deletedRuns: [{ ...of, version: 2 }] }, 1_000);
    expect(await sweepCatalog(catalog, 1_000 + SWEEP_AFTER_MS.tombstones)).toEqual({ sweptCount: 0 });
    expect(await sweepCatalog(catalog, 1_001 + SWEEP_AFTER_MS.tombstones)).toEqual({ sweptCount: 2_501 });
    expect(await counts()).toMatchObject({ dag_run: 0, task_instance: 0 });
  });

  test("leaves a catalog in use alone", async () => {
    await project({ ...everything(1), events: [makeEvent()], jobs: [makeJob()] }, 10);
    expect(await sweepCatalog(catalog, 1_000)).toEqual({ sweptCount: 0 });
    expect(await counts()).toEqual(full);
  });
});
