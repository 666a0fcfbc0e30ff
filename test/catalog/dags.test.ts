import { beforeAll, describe, expect, test } from "vitest";
import { readAll, readOne } from "../../src/catalog/port.ts";
import { projectionStatements } from "../../src/catalog/projection.ts";
import { dagVersions } from "../../src/catalog/sql/dag-versions.ts";
import { DAG_SLICES, type DagFilter, dagSlice, dags } from "../../src/catalog/sql/dags.ts";
import { makeDag, makeProjection, makeRun, makeVersion } from "../fixtures/projections.ts";
import { makeMigratedCatalog, type SqliteCatalog } from "../fixtures/sqlite-catalog.ts";

const page = { limit: 100, offset: 0 };
const all = { allowedDagIds: null };
let catalog: SqliteCatalog;

const rows = [
  makeDag({ dagId: "Earthquakes", tags: ["usgs", "example"], nextRunAfterAt: 30, nextWakeAt: 30, owner: "geo" }),
  makeDag({ dagId: "hello_cron", tags: ["example"], isPaused: true, nextRunAfterAt: 10 }),
  makeDag({ dagId: "old_one", isRetired: true, tags: ["gone"], nextWakeAt: 5 }),
  makeDag({ dagId: "seattle_weather", hasImportError: true, nextWakeAt: 20 }),
];

beforeAll(async () => {
  catalog = await makeMigratedCatalog();
  for (const dag of rows) await catalog.write(projectionStatements(makeProjection({ dag }), 1));
  const dagRuns = [
    makeRun({ dagId: "Earthquakes", runId: "r1", runAfterAt: 1, state: "failed", startAt: 5 }),
    makeRun({ dagId: "Earthquakes", runId: "r2", runAfterAt: 2, state: "success", startAt: 9 }),
    makeRun({ dagId: "hello_cron", runId: "r1", runAfterAt: 1, state: "failed", startAt: 7 }),
  ];
  const versions = [1, 2, 3].map((versionNumber) =>
    makeVersion({ dagId: "hello_cron", versionNumber, source: `// ${versionNumber}`, version: versionNumber }),
  );
  await catalog.write(projectionStatements(makeProjection({ dagRuns, versions }), 1));
});

test.each<{ filter: Partial<DagFilter>; expected: readonly string[] }>([
  { filter: {}, expected: ["Earthquakes", "hello_cron", "seattle_weather"] },
  { filter: { withRetired: true }, expected: ["Earthquakes", "hello_cron", "old_one", "seattle_weather"] },
  { filter: { search: "QUAKE" }, expected: ["Earthquakes"] },
  { filter: { search: "_" }, expected: ["hello_cron", "seattle_weather"] },
  { filter: { search: "" }, expected: ["Earthquakes", "hello_cron", "seattle_weather"] },
  { filter: { search: "é".repeat(200) }, expected: [] },
  { filter: { tags: ["example"] }, expected: ["Earthquakes", "hello_cron"] },
  { filter: { tags: ["example", "usgs"] }, expected: ["Earthquakes", "hello_cron"] },
  { filter: { tags: ["example", "usgs", "usgs"], tagsMatch: "all" }, expected: ["Earthquakes"] },
  { filter: { tags: [] }, expected: ["Earthquakes", "hello_cron", "seattle_weather"] },
  { filter: { owners: ["geo"] }, expected: ["Earthquakes"] },
  { filter: { isPaused: true }, expected: ["hello_cron"] },
  { filter: { isPaused: false }, expected: ["Earthquakes", "seattle_weather"] },
  { filter: { hasImportError: true }, expected: ["seattle_weather"] },
  { filter: { latestRunStates: ["success", "running"] }, expected: ["Earthquakes"] },
  { filter: { latestRunStates: ["failed"] }, expected: ["hello_cron"] },
  { filter: { allowedDagIds: ["hello_cron", "old_one"] }, expected: ["hello_cron"] },
  { filter: { allowedDagIds: [] }, expected: [] },
])("dags.list() with $filter", async ({ filter, expected }) => {
  const whole = { ...all, ...filter };
  expect((await readAll(catalog, dags.list(whole, page))).map((dag) => dag.dagId)).toEqual(expected);
  expect(await readOne(catalog, dags.count(whole))).toBe(expected.length);
});

describe("order of dags.list()", () => {
  test.each([
    { order: "dag_id", descending: true, expected: ["seattle_weather", "hello_cron", "Earthquakes"] },
    { order: "next_run_after_at", descending: false, expected: ["hello_cron", "Earthquakes", "seattle_weather"] },
    { order: "latest_run_state", descending: false, expected: ["hello_cron", "Earthquakes", "seattle_weather"] },
    { order: "latest_run_start_at", descending: true, expected: ["Earthquakes", "hello_cron", "seattle_weather"] },
  ] as const)(
    "$order, descending: $descending; those without a value come last",
    async ({ order, descending, expected }) => {
      const list = dags.list(all, { ...page, order, descending });
      expect((await readAll(catalog, list)).map((dag) => dag.dagId)).toEqual(expected);
    },
  );

  test("takes a page by number", async () => {
    const list = dags.list(all, { limit: 1, offset: 1 });
    expect((await readAll(catalog, list)).map((dag) => dag.dagId)).toEqual(["hello_cron"]);
  });
});

test("dags.get() returns the DAG as it was projected, its tags by name, to those who may see it", async () => {
  expect(await readOne(catalog, dags.get("Earthquakes", null))).toEqual({ ...rows[0], tags: ["example", "usgs"] });
  expect(await readOne(catalog, dags.get("Earthquakes", ["hello_cron"]))).toBeNull();
  expect(await readOne(catalog, dags.get("earthquakes", null))).toBeNull();
});

test("dags.totals() counts the DAGs of the bundle", async () => {
  expect(await readOne(catalog, dags.totals(null))).toEqual({ total: 3, active: 2, paused: 1, withImportError: 1 });
  expect(await readOne(catalog, dags.totals([]))).toEqual({ total: 0, active: 0, paused: 0, withImportError: 0 });
});

test("dags.countByLatestRunState() looks at the latest run alone", async () => {
  expect(await readAll(catalog, dags.countByLatestRunState(all))).toEqual([
    { state: "failed", count: 1 },
    { state: "success", count: 1 },
  ]);
});

test("dags.tags() lists the tags in use that the reader may see", async () => {
  expect(await readAll(catalog, dags.tags(null))).toEqual(["example", "usgs"]);
  expect(await readAll(catalog, dags.tags(["hello_cron"]))).toEqual(["example"]);
});

test("dags.overdue() names the DAGs that should have woken, longest overdue first, retired ones too", async () => {
  expect(await readAll(catalog, dags.overdue({ before: 30, limit: 10 }))).toEqual([
    { dagId: "old_one", nextWakeAt: 5 },
    { dagId: "seattle_weather", nextWakeAt: 20 },
  ]);
  expect(await readAll(catalog, dags.overdue({ before: 30, limit: 1 }))).toHaveLength(1);
});

test("dags.slice() names every DAG once in sixty minutes", async () => {
  const slices = await Promise.all(
    Array.from({ length: DAG_SLICES }, (_, minute) => readAll(catalog, dags.slice(minute + DAG_SLICES * 1_000))),
  );
  expect(slices.flat().sort()).toEqual(rows.map((dag) => dag.dagId).sort());
});

test("dagSlice() spreads DAGs evenly", () => {
  const counts = new Array<number>(DAG_SLICES).fill(0);
  for (let index = 0; index < 6_000; index += 1) {
    const slice = dagSlice(`dag_${index}`);
    counts[slice] = (counts[slice] ?? 0) + 1;
  }
  expect(Math.min(...counts)).toBeGreaterThan(50);
  expect(Math.max(...counts)).toBeLessThan(200);
});

test("dagVersions finds the latest, one by number, and lists them newest first without their source", async () => {
  expect((await readOne(catalog, dagVersions.latest("hello_cron")))?.source).toBe("// 3");
  expect((await readOne(catalog, dagVersions.get("hello_cron", 2)))?.source).toBe("// 2");
  expect(await readOne(catalog, dagVersions.get("hello_cron", 4))).toBeNull();
  const list = await readAll(catalog, dagVersions.list("hello_cron", page));
  expect(list.map((version) => version.versionNumber)).toEqual([3, 2, 1]);
  expect(list[0]).not.toHaveProperty("source");
  expect(await readOne(catalog, dagVersions.count("hello_cron"))).toBe(3);
});
