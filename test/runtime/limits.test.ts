/**
 * Pools as a Durable Object in workerd, between two schedulers that are objects too: slots go from one DAG to the other over
 * real calls, and survive an eviction of any of them.
 */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { d1Catalog } from "../../src/catalog/drivers/d1.ts";
import { migrate } from "../../src/catalog/migrate.ts";
import type { DagId } from "../../src/dag/ids.ts";
import { PROTOCOL_VERSION } from "../../src/executor/protocol.ts";
import type { LimitsClient, SchedulerClient } from "../../src/platform.ts";
import type { Env } from "../../workers/cloudflare/env.ts";
import { LIMITS_NAME } from "../../workers/cloudflare/limits-client.ts";
import { migrations } from "../../workers/cloudflare/migrations.ts";
import { graphOf, spec } from "../fixtures/engine-dag.ts";

const bindings = env as unknown as Env;
const actor = { name: "tester", via: "api" } as const;
type Stub = DurableObjectStub & SchedulerClient;

beforeAll(async () => {
  await migrate(d1Catalog(bindings.DB), migrations, 1);
});

test("a slot goes from one DAG to the next when its task ends, whoever was evicted meanwhile", async () => {
  const limits = bindings.LIMITS.getByName(LIMITS_NAME) as unknown as DurableObjectStub & LimitsClient;
  const pool = { name: "narrow", slots: 1, includeDeferred: false, description: "" };
  expect(await limits.createPool(pool, actor)).toMatchObject({ ok: true });
  const first = await startedDag("pool_first");
  const second = await startedDag("pool_second");
  await expect.poll(() => stateOf(first)).toBe("queued");
  await expect
    .poll(async () => JSON.stringify(await second.explain({ runId: "r1", taskId: "a", mapIndex: -1 })))
    .toContain("pool_first");
  expect(await stateOf(second)).toBe("scheduled");
  expect(await limits.holders("narrow")).toMatchObject([{ dagId: "pool_first", taskId: "a", slots: 1 }]);

  await evictDurableObject(limits);
  await evictDurableObject(second);
  await finish(first, "pool_first");
  await expect.poll(() => stateOf(second), { timeout: 10_000 }).toBe("queued");
  expect(await limits.holders("narrow")).toMatchObject([{ dagId: "pool_second", taskId: "a", slots: 1 }]);

  await evictDurableObject(limits);
  await finish(second, "pool_second");
  await expect.poll(() => limits.holders("narrow"), { timeout: 10_000 }).toEqual([]);
});

async function startedDag(dagId: string): Promise<Stub> {
  const stub = bindings.DAG_SCHEDULER.getByName(dagId) as unknown as Stub;
  await stub.sync({
    spec: { ...spec({ tasks: graphOf("a", { a: { pool: "narrow" } }) }), dagId: dagId as DagId },
    specHash: dagId,
    sourceHash: "source",
    source: "// source",
    filePath: `dags/${dagId}.ts`,
    bundleId: "b",
    hasImportError: false,
  });
  const request = { runId: "r1", logicalAt: null, conf: {}, note: null, idempotencyKey: null, bodyHash: null, actor };
  expect((await stub.trigger(request)).ok).toBe(true);
  return stub;
}

async function stateOf(stub: Stub): Promise<string | null | undefined> {
  return (await stub.taskInstance({ runId: "r1", taskId: "a", mapIndex: -1 }))?.state;
}

async function finish(stub: Stub, dagId: string): Promise<void> {
  const token = (await stub.taskInstance({ runId: "r1", taskId: "a", mapIndex: -1 }))?.token ?? 0;
  const item = { runId: "r1" as never, taskId: "a" as never, mapIndex: -1, token };
  const envelope = {
    v: PROTOCOL_VERSION,
    dagId: dagId as DagId,
    invocation: dagId,
    channel: "tasks",
    bundleId: "b",
  } as const;
  const claim = await stub.claim({ ...envelope, sequence: 1, items: [item] });
  expect(claim.grants).toHaveLength(1);
  const outcome = { type: "success", returnValue: { type: "inline", json: "1" } } as const;
  const report = { ...item, outcome, xcoms: [], logChunkCount: 0 };
  const reply = await stub.report({
    ...envelope,
    sequence: 2,
    reports: [report],
    capacity: 0,
    wallLeftMs: 1_000,
    hop: 0,
  });
  expect(reply.verdicts).toMatchObject([{ token, accepted: true }]);
}
