/**
 * The scheduler as a Durable Object in workerd, with its real SQLite, alarm and eviction. The catalog and the queues are
 * the real ones too; tests act as the executor themselves where they need to decide what it does.
 */

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { d1Catalog } from "../../src/catalog/drivers/d1.ts";
import { migrate } from "../../src/catalog/migrate.ts";
import type { DagId } from "../../src/dag/ids.ts";
import type { DagSpec } from "../../src/dag/spec.ts";
import type { ClaimReply, Grant, ReportReply } from "../../src/executor/protocol.ts";
import type { SchedulerClient } from "../../src/platform.ts";
import type { DagScheduler } from "../../workers/cloudflare/dag-scheduler.ts";
import type { Env } from "../../workers/cloudflare/env.ts";
import { migrations } from "../../workers/cloudflare/migrations.ts";
import { graphOf, spec } from "../fixtures/engine-world.ts";

const bindings = env as unknown as Env;
const actor = { name: "tester", via: "api" } as const;
/** Plain methods: the mapped type of a real stub is too deep for the compiler to follow. */
type Stub = DurableObjectStub & Pick<DagScheduler, keyof SchedulerClient>;

beforeAll(async () => {
  await migrate(d1Catalog(bindings.DB), migrations, 1);
});

async function newDag(name: string, definition: DagSpec): Promise<Stub> {
  const stub = bindings.DAG_SCHEDULER.getByName(name) as unknown as Stub;
  await stub.sync({
    spec: { ...definition, dagId: name as DagId },
    specHash: JSON.stringify(definition),
    sourceHash: "source",
    source: "// source",
    filePath: `dags/${name}.ts`,
    bundleId: "b",
    hasImportError: false,
  });
  return stub;
}

/** The queues of the tests have no consumers: tries are claimed by the test. */
function held(edges: string): DagSpec {
  return spec({ tasks: graphOf(edges) });
}

async function triggered(stub: Stub, runId: string): Promise<void> {
  const reply = await stub.trigger({
    runId,
    logicalAt: null,
    conf: {},
    note: null,
    idempotencyKey: null,
    bodyHash: null,
    actor,
  });
  expect(reply.ok).toBe(true);
}

test("[E1] the state survives an eviction between every two steps, and a report commits once", async () => {
  const dag = "evicted";
  const stub = await newDag(dag, held("a>b"));
  await triggered(stub, "r1");
  for (const taskId of ["a", "b"]) {
    await evictDurableObject(stub);
    const before = await stub.taskInstance({ runId: "r1", taskId, mapIndex: -1 });
    expect(before?.state).toBe("queued");
    const token = before?.token ?? 0;
    const claim = await claimOne(stub, dag, { runId: "r1", taskId, token, invocation: `i-${taskId}`, sequence: 1 });
    expect(claim.grants.map((grant) => grant.token)).toEqual([token]);
    await evictDurableObject(stub);
    // The reply was lost: the same invocation asks again and gets the same grant; another one is refused.
    const again = await claimOne(stub, dag, { runId: "r1", taskId, token, invocation: `i-${taskId}`, sequence: 1 });
    expect(again.grants.map((grant) => grant.token)).toEqual([token]);
    const other = await claimOne(stub, dag, { runId: "r1", taskId, token, invocation: "other", sequence: 1 });
    expect(other.refusals).toEqual([{ token, reason: "already_claimed", retry: false }]);
    await evictDurableObject(stub);
    const first = await reportOne(stub, dag, { runId: "r1", taskId, token, invocation: `i-${taskId}`, sequence: 2 });
    expect(first.verdicts).toEqual([{ token, accepted: true, reason: null, state: "success" }]);
    await evictDurableObject(stub);
    const repeated = await reportOne(stub, dag, { runId: "r1", taskId, token, invocation: `i-${taskId}`, sequence: 2 });
    expect(repeated.verdicts[0]?.token).toBe(token);
  }
  expect(await stub.run("r1")).toMatchObject({ state: "success" });
  expect(await stub.xcomEntries({ runId: "r1", taskId: "a", mapIndex: -1 })).toHaveLength(1);
});

test("[E2] a wake-up is armed in the same transaction as the state, and survives an eviction", async () => {
  const dag = "armed";
  const stub = await newDag(dag, held("a"));
  await triggered(stub, "r1");
  await evictDurableObject(stub);
  const alarmAt = await runInDurableObject(stub, (_instance, state) => state.storage.getAlarm());
  expect(alarmAt).not.toBeNull();
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  const view = await stub.taskInstance({ runId: "r1", taskId: "a", mapIndex: -1 });
  expect(view?.state).toBe("queued");
});

test("[E3] a commit that throws leaves neither rows nor an alarm", async () => {
  const stub = bindings.DAG_SCHEDULER.getByName("rollback") as unknown as Stub;
  const found = await runInDurableObject(stub, async (_instance, state) => {
    state.storage.sql.exec("CREATE TABLE probe (x INTEGER)");
    expect(() =>
      state.storage.transactionSync(() => {
        state.storage.sql.exec("INSERT INTO probe VALUES (1)");
        void state.storage.setAlarm(Date.UTC(2100, 0, 1));
        throw new Error("on purpose");
      }),
    ).toThrow("on purpose");
    return { rows: state.storage.sql.exec("SELECT * FROM probe").toArray(), alarm: await state.storage.getAlarm() };
  });
  expect(found).toEqual({ rows: [], alarm: null });
});

test("[E4] what the object knows is in D1 when a mutating call has answered", async () => {
  const stub = await newDag("projected", held("a>b"));
  await triggered(stub, "r1");
  const read = async (table: string, columns: string) =>
    (await bindings.DB.prepare(`SELECT ${columns} FROM ${table} WHERE dag_id = 'projected'`).all()).results;
  expect(await read("dag_run", "run_id, state")).toEqual([{ run_id: "r1", state: "running" }]);
  // What is on its way through a queue follows a second later; most of it has arrived by then.
  await expect
    .poll(() => read("task_instance", "task_id, state"), { timeout: 10_000 })
    .toEqual([{ task_id: "a", state: "queued" }]);
});

test("[E5] an alarm that fails comes again, and does what is due once it can", async () => {
  const stub = await newDag("failing", held("a"));
  await triggered(stub, "r1");
  await runInDurableObject(stub, (_instance, state) => {
    state.storage.sql.exec("ALTER TABLE dag_run RENAME TO hidden");
  });
  await evictDurableObject(stub);
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  const alarmAt = await runInDurableObject(stub, async (_instance, state) => {
    state.storage.sql.exec("ALTER TABLE hidden RENAME TO dag_run");
    return state.storage.getAlarm();
  });
  expect(alarmAt).not.toBeNull();
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  expect(await stub.run("r1")).toMatchObject({ state: "running" });
});

test("[E6] a deleted DAG leaves an empty object without an alarm, which refuses what comes late", async () => {
  const dag = "deleted";
  const stub = await newDag(dag, held("a"));
  await triggered(stub, "r1");
  const before = await stub.taskInstance({ runId: "r1", taskId: "a", mapIndex: -1 });
  await stub.markRun("r1", "failed", actor);
  expect(await stub.deleteDag(actor)).toEqual({ ok: true });
  const again = bindings.DAG_SCHEDULER.getByName(dag) as unknown as Stub;
  const one = { runId: "r1", taskId: "a", token: before?.token ?? 0, invocation: "late", sequence: 1 };
  const claim = await claimOne(again, dag, one);
  expect(claim.refusals).toEqual([{ token: one.token, reason: "no_definition", retry: false }]);
  const left = await runInDurableObject(again, async (_instance, state) => ({
    tables: state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
    alarm: await state.storage.getAlarm(),
  }));
  expect(left).toEqual({ tables: [], alarm: null });
});

interface Try {
  readonly runId: string;
  readonly taskId: string;
  readonly token: number;
  readonly invocation: string;
  readonly sequence: number;
}

async function claimOne(stub: Stub, dag: string, one: Try): Promise<ClaimReply> {
  return (await stub.claim({
    v: 1,
    dagId: dag as DagId,
    invocation: one.invocation,
    sequence: one.sequence,
    channel: "tasks",
    items: [{ ...keyOf(one), token: one.token }],
    bundleId: "b",
  })) as ClaimReply;
}

async function reportOne(stub: Stub, dag: string, one: Try): Promise<ReportReply> {
  const outcome = { type: "success", returnValue: { type: "inline", json: "1" } } as const;
  return (await stub.report({
    v: 1,
    dagId: dag as DagId,
    invocation: one.invocation,
    sequence: one.sequence,
    channel: "tasks",
    reports: [{ ...keyOf(one), token: one.token, outcome, xcoms: [], logChunkCount: 0 }],
    capacity: 0,
    wallLeftMs: 1_000,
    hop: 0,
    bundleId: "b",
  })) as ReportReply;
}

function keyOf(one: Try): Pick<Grant, "runId" | "taskId" | "mapIndex"> {
  return { runId: one.runId as Grant["runId"], taskId: one.taskId as Grant["taskId"], mapIndex: -1 };
}
