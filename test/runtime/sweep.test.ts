import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { d1Catalog } from "../../src/catalog/drivers/d1.ts";
import type { Projection } from "../../src/catalog/projection.ts";
import { SWEEP_AFTER_MS } from "../../src/catalog/sweep-catalog.ts";
import { writeProjection } from "../../src/catalog/write-projection.ts";
import type { Env } from "../../workers/cloudflare/env.ts";
import worker from "../../workers/cloudflare/worker.ts";
import { makeDag, makeProjection, makeRun, makeTaskInstance, makeXCom } from "../fixtures/projections.ts";

const bindings = env as unknown as Env;
const HOUR_MS = 3_600_000;

async function countRows(): Promise<readonly number[]> {
  const tables = ["dag_run", "task_instance", "xcom"];
  const results = await bindings.DB.batch<{ count: number }>(
    tables.map((table) => bindings.DB.prepare(`SELECT count(*) AS count FROM ${table}`)),
  );
  return results.map(({ results: [row] }) => row?.count ?? 0);
}

async function trigger(scheduledTime: number): Promise<void> {
  await worker.scheduled(createScheduledController({ scheduledTime, cron: "* * * * *" }), bindings);
}

test("the trigger of one minute of each hour removes what was deleted a week ago", async () => {
  const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  await trigger(hour);
  const catalog = d1Catalog(bindings.DB);
  const write = (part: Partial<Projection>) => writeProjection(catalog, makeProjection(part), hour - 2 * HOUR_MS);
  await write({ dagRuns: [makeRun()], taskInstances: [makeTaskInstance()], xcoms: [makeXCom()] });
  await write({ deletedRuns: [{ dagId: makeDag().dagId, runId: makeRun().runId, version: 2 }] });
  const aWeekLater = hour + SWEEP_AFTER_MS.tombstones;
  for (let minute = 0; minute < 17; minute += 1) await trigger(aWeekLater + minute * 60_000);
  await trigger(hour + 17 * 60_000);
  expect(await countRows()).toEqual([1, 1, 1]);
  await trigger(aWeekLater + 17 * 60_000);
  expect(await countRows()).toEqual([0, 0, 0]);
});
