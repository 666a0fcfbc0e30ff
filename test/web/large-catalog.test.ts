/**
 * Every list page over a catalog of 10,000 DAGs and a million runs: how much it asks, how much it gets, how much it sends.
 * Times are printed and never asserted: they are the machine's as much as ours.
 */
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import type { Catalog, Statement } from "../../src/catalog/port.ts";
import { FakePlatform } from "../api/fake-platform.ts";
import { makeDagView } from "../api/world.ts";
import { LARGE, makeLargeCatalog } from "../fixtures/large-catalog.ts";
import { makeBackfill, makeRun } from "../fixtures/projections.ts";
import { browserOf, tagsOf } from "./browser.ts";
import { makeWebApp } from "./web-app.ts";

const run = "/dags/dag_00050/runs/scheduled__100";
const pages = [
  "/",
  "/?range=7d",
  "/dags",
  "/dags?state=failed",
  "/dags?q=dag_09&tag=tag_13&sort=-latest_run",
  "/dags?sort=next_run",
  "/dags?sort=state",
  "/runs",
  "/runs?state=failed",
  "/runs?q=there-is-none",
  "/runs?dag=dag_00050",
  "/task-instances",
  "/task-instances?state=failed",
  "/task-instances?q=nothing",
  "/task-instances?dag=dag_00050&run=scheduled&pool=nothing",
  "/task-instances?run=nothing",
  "/backfills",
  "/backfills?q=nothing&state=completed",
  "/dags/dag_00050/backfills",
  "/dags/dag_00050/backfills/50",
  "/run-batch?action=deletion&all=true",
  "/task-instance-batch?action=skipped&all=true&state=failed",
  "/xcoms",
  "/xcoms?q=nothing",
  "/xcoms?dag=dag_00050",
  "/pools",
  "/jobs",
  "/jobs?q=nothing&state=failed",
  "/audit-log",
  "/audit-log?q=nothing",
  "/import-errors",
  "/search?q=dag_077",
  `${run}/tasks/mapped/instances`,
  `${run}/tasks/mapped/instances?offset=99900`,
] as const;

/** Budgets of list pages: statements of one batch, rows they bring, elements, and what travels. */
const MAX_STATEMENTS = 3;
const MAX_ROWS = 520;
const MAX_ELEMENTS = 3_000;
const MAX_COMPRESSED = 15_000;

let batches: (readonly Statement[])[] = [];
let rowCount = 0;
let browser: ReturnType<typeof browserOf>;

beforeAll(async () => {
  const sqlite = await makeLargeCatalog();
  const catalog: Catalog = {
    read: async (statements) => {
      batches.push(statements);
      const results = await sqlite.read(statements);
      rowCount += results.reduce((sum, rows) => sum + rows.length, 0);
      return results;
    },
    write: (statements) => sqlite.write(statements),
    size: async () => 0,
  };
  const platform = new FakePlatform(catalog);
  platform.now = LARGE.newestAt;
  const scheduler = platform.scheduler("dag_00050");
  scheduler.view = makeDagView("dag_00050");
  scheduler.runs.set(
    "scheduled__100",
    makeRun({ dagId: "dag_00050", runId: "scheduled__100", state: "success", endAt: 1 }),
  );
  scheduler.backfills.set(50, makeBackfill({ dagId: scheduler.dagId, id: 50 }));
  browser = browserOf(makeWebApp(platform));
}, 120_000);

describe("with 10,000 DAGs and 1,000,000 runs", () => {
  const measured: Record<string, object> = {};

  test.each(pages)(
    "%s stays within its bounds",
    async (address) => {
      await browser.page(address);
      batches = [];
      rowCount = 0;
      const start = performance.now();
      const { status, text } = await browser.page(address);
      const ms = performance.now() - start;
      const elements = tagsOf(text).length;
      const compressed = gzipSync(text).length;
      measured[address] = {
        ms: Math.round(ms),
        batches: batches.length,
        statements: batches.flat().length,
        rows: rowCount,
        elements,
        "kB gz": Math.round(compressed / 100) / 10,
      };
      expect(status).toBe(200);
      expect(batches.flat().length).toBeLessThanOrEqual(MAX_STATEMENTS);
      expect(batches.length).toBe(1);
      expect(rowCount).toBeLessThanOrEqual(MAX_ROWS);
      expect(elements).toBeLessThanOrEqual(MAX_ELEMENTS);
      expect(compressed).toBeLessThanOrEqual(MAX_COMPRESSED);
    },
    60_000,
  );

  test("what each page took", () => {
    console.table(measured);
    expect(Object.keys(measured)).toEqual([...pages]);
  });
});
