import { beforeEach, describe, expect, test } from "vitest";
import { makeProjection, makeVersion } from "../fixtures/projections.ts";
import { START_AT } from "./fake-platform.ts";
import { addDag, assertShape, makeDagView, makeWorld, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});

describe("GET /dags", () => {
  beforeEach(async () => {
    const { platform } = world;
    await addDag(platform, "alpha", { tags: ["example", "daily"], owner: "ann", scheduleText: null, timezone: null });
    await addDag(platform, "beta", { tags: ["example"], isPaused: true, nextRunAfterAt: START_AT });
    await addDag(platform, "gamma", { hasImportError: true });
    await addDag(platform, "old", { isRetired: true });
  });

  const ids = async (query: string) =>
    (await world.api.get(`/dags${query}`)).json.dags.map((dag: { dag_id: string }) => dag.dag_id);

  test("lists DAGs in Airflow's shape, without those that left the bundle", async () => {
    const { status, json } = await world.api.get("/dags");
    expect(status).toBe(200);
    assertShape("GET /dags", json);
    expect(json.total_entries).toBe(3);
    expect(json.dags[0]).toMatchObject({
      dag_id: "alpha",
      dag_display_name: "alpha",
      is_paused: false,
      is_stale: false,
      tags: [
        { name: "daily", dag_id: "alpha" },
        { name: "example", dag_id: "alpha" },
      ],
      owners: ["ann"],
      max_active_runs: 16,
      max_active_tasks: null,
      timetable_summary: null,
      timetable_description: "Never, external triggers only",
    });
    expect(json.dags[1]).toMatchObject({
      timetable_summary: "0 6 * * *",
      timetable_description: "0 6 * * * (UTC)",
      next_dagrun_run_after: "2026-01-01T00:00:00.000Z",
    });
  });

  test("filters as Airflow does", async () => {
    expect(await ids("?paused=true")).toEqual(["beta"]);
    expect(await ids("?tags=daily&tags=nightly")).toEqual(["alpha"]);
    expect(await ids("?tags=daily&tags=example&tags_match_mode=all")).toEqual(["alpha"]);
    expect(await ids("?dag_id_pattern=%25ET%25")).toEqual(["beta"]);
    expect(await ids("?has_import_errors=true")).toEqual(["gamma"]);
    expect(await ids("?exclude_stale=false&dag_id_pattern=old")).toEqual(["old"]);
    expect(await ids("?owners=ann")).toEqual(["alpha"]);
  });

  test("pages and orders, and counts all the same", async () => {
    expect(await ids("?limit=1&offset=1")).toEqual(["beta"]);
    expect(await ids("?order_by=-dag_id&limit=2")).toEqual(["gamma", "beta"]);
    expect((await world.api.get("/dags?limit=1&offset=1")).json.total_entries).toBe(3);
    expect(await ids("?limit=0")).toEqual([]);
  });

  test("gives at most 100, whatever is asked", async () => {
    const many = Array.from({ length: 101 }, (_, index) => `many_${String(index).padStart(3, "0")}`);
    for (const id of many) await addDag(world.platform, id);
    const { json } = await world.api.get("/dags?limit=1000&dag_id_pattern=many_");
    expect(json.dags).toHaveLength(100);
    expect(json.total_entries).toBe(101);
  });

  test.each([
    ["limit=x", "limit"],
    ["limit=-1", "limit"],
    ["offset=1.5", "offset"],
    ["paused=maybe", "paused"],
    ["order_by=password", "order_by"],
    ["last_dag_run_state=none", "last_dag_run_state"],
    ["no_such_filter=1", "no_such_filter"],
  ])("%s is 422 and names the parameter", async (query, name) => {
    const { status, json } = await world.api.get(`/dags?${query}`);
    expect(status).toBe(422);
    expect(json.detail[0].loc).toEqual(["query", name]);
  });
});

describe("PATCH /dags", () => {
  test("pauses those that the pattern and the filters name, and says which", async () => {
    for (const id of ["sales_daily", "sales_hourly", "stock"]) await addDag(world.platform, id);
    const { status, json } = await world.api.patch("/dags?dag_id_pattern=sales_", { is_paused: true });
    expect(status).toBe(200);
    assertShape("PATCH /dags", json);
    expect(json.dags.map((dag: { dag_id: string; is_paused: boolean }) => [dag.dag_id, dag.is_paused])).toEqual([
      ["sales_daily", true],
      ["sales_hourly", true],
    ]);
    expect(world.platform.scheduler("sales_daily").actors).toEqual([{ name: "ann", via: "api" }]);
    expect(world.platform.scheduler("stock").actors).toEqual([]);
  });

  test("means all with a tilde", async () => {
    for (const id of ["alpha", "beta"]) await addDag(world.platform, id);
    expect((await world.api.patch("/dags?dag_id_pattern=~", { is_paused: true })).json.total_entries).toBe(2);
  });

  test("leaves out a DAG that was deleted a moment ago", async () => {
    for (const id of ["alpha", "beta"]) await addDag(world.platform, id);
    world.platform.scheduler("alpha").refusal = { ok: false, code: "not_found", message: "gone", field: null };
    const { json } = await world.api.patch("/dags?dag_id_pattern=~", { is_paused: true });
    expect(json.dags.map((dag: { dag_id: string }) => dag.dag_id)).toEqual(["beta"]);
  });

  test("wants a pattern, so that a call that forgot it pauses nothing", async () => {
    await addDag(world.platform, "alpha");
    const { status, json } = await world.api.patch("/dags", { is_paused: true });
    expect(status).toBe(422);
    expect(json.detail[0].loc).toEqual(["query", "dag_id_pattern"]);
    expect(world.platform.scheduler("alpha").actors).toEqual([]);
  });
});

describe("GET /dags/{dag_id}", () => {
  test("shows what was paused a moment ago, although the catalog does not know yet", async () => {
    await addDag(world.platform, "alpha");
    const patched = await world.api.patch("/dags/alpha", { is_paused: true });
    expect(patched.status).toBe(200);
    assertShape("PATCH /dags/:dag_id", patched.json);
    expect(patched.json.is_paused).toBe(true);
    expect((await world.api.get("/dags/alpha")).json.is_paused).toBe(true);
    expect((await world.api.get("/dags")).json.dags[0].is_paused).toBe(false);
    expect(world.platform.scheduler("alpha").actors).toEqual([{ name: "ann", via: "api" }]);
  });

  test("answers from the catalog while the object is unreachable", async () => {
    await addDag(world.platform, "alpha");
    world.platform.scheduler("alpha").isDown = true;
    expect((await world.api.get("/dags/alpha")).json).toMatchObject({ dag_id: "alpha", is_paused: false });
    expect((await world.api.patch("/dags/alpha", { is_paused: true })).status).toBe(503);
  });

  test("knows a DAG whose first flush is still on its way", async () => {
    world.platform.scheduler("fresh").view = makeDagView("fresh", { isPaused: true });
    const { status, json } = await world.api.get("/dags/fresh");
    expect(status).toBe(200);
    assertShape("GET /dags/:dag_id", json);
    expect(json).toMatchObject({ dag_id: "fresh", is_paused: true, tags: [] });
  });

  test("does not know one that was deleted a moment ago", async () => {
    await addDag(world.platform, "alpha");
    expect((await world.api.delete("/dags/alpha")).status).toBe(204);
    world.platform.scheduler("alpha").view = null;
    expect((await world.api.get("/dags/alpha")).status).toBe(404);
  });

  test("is 404 for what is missing and for what cannot be an id, in the same words", async () => {
    const missing = await world.api.get("/dags/missing");
    expect(missing.status).toBe(404);
    expect(missing.json).toEqual({ detail: 'Not found: dag_id "missing"' });
    for (const path of ["/dags/a%20b", "/dags/a%2Fb", "/dags/%00", `/dags/${"x".repeat(251)}`]) {
      expect((await world.api.get(path)).status, path).toBe(404);
    }
  });
});

describe("PATCH and DELETE /dags/{dag_id}", () => {
  test("take nothing but what they know", async () => {
    await addDag(world.platform, "alpha");
    const extra = await world.api.patch("/dags/alpha", { is_paused: true, owner: "me" });
    expect(extra.status).toBe(422);
    expect(extra.json.detail[0]).toMatchObject({ loc: ["body", "owner"], type: "extra_forbidden" });
    expect((await world.api.patch("/dags/alpha", { is_paused: "yes" })).json.detail[0].loc).toEqual([
      "body",
      "is_paused",
    ]);
    expect((await world.api.patch("/dags/alpha", {})).status).toBe(422);
    expect(world.platform.scheduler("alpha").actors).toEqual([]);
  });

  test("a DAG with live runs is not deleted", async () => {
    await addDag(world.platform, "alpha");
    const message = 'Cannot delete "alpha": 2 runs are live';
    world.platform.scheduler("alpha").refusal = { ok: false, code: "conflict", message, field: null };
    const { status, json } = await world.api.delete("/dags/alpha");
    expect(status).toBe(409);
    expect(json).toEqual({ detail: message });
  });
});

describe("what a version of a DAG defines", () => {
  beforeEach(async () => {
    await addDag(world.platform, "alpha");
  });

  test("GET /dags/{dag_id}/details has the settings, durations in Airflow's form", async () => {
    const { json } = await world.api.get("/dags/alpha/details");
    assertShape("GET /dags/:dag_id/details", json);
    expect(json).toMatchObject({
      catchup: false,
      dag_run_timeout: { __type: "TimeDelta", days: 1, seconds: 3_600, microseconds: 0 },
      doc_md: "# Docs",
      start_date: "2026-01-01T00:00:00.000Z",
      params: { type: "object" },
      latest_dag_version: { version_number: 1, bundle_version: "bundle" },
    });
    expect((await world.api.get("/dags/missing/details")).status).toBe(404);
  });

  test("GET /dags/{dag_id}/tasks has the tasks, upstream first", async () => {
    const { json } = await world.api.get("/dags/alpha/tasks");
    assertShape("GET /dags/:dag_id/tasks", json);
    expect(json.total_entries).toBe(2);
    expect(json.tasks[0]).toMatchObject({
      task_id: "extract",
      downstream_task_ids: ["load"],
      retries: 2,
      retry_delay: { days: 0, seconds: 90, microseconds: 500_000 },
      execution_timeout: null,
      trigger_rule: "all_success",
    });
    const one = await world.api.get("/dags/alpha/tasks/load");
    assertShape("GET /dags/:dag_id/tasks/:task_id", one.json);
    expect(one.json.upstream_task_ids).toEqual(["extract"]);
    expect((await world.api.get("/dags/alpha/tasks/missing")).status).toBe(404);
  });

  test("GET /dagSources/{dag_id} has the source, as JSON or text, of any version", async () => {
    const second = makeVersion({ dagId: "alpha", versionNumber: 2, source: "second", version: 2 });
    await world.platform.project(makeProjection({ versions: [second] }));
    const { json } = await world.api.get("/dagSources/alpha");
    assertShape("GET /dagSources/:dag_id", json);
    expect(json).toMatchObject({ dag_id: "alpha", version_number: 2, content: "second" });
    const text = await world.api.get("/dagSources/alpha?version_number=1", { accept: "text/plain" });
    expect(text.headers.get("content-type")).toMatch(/^text\/plain/);
    expect(text.text).toBe('export default dag("alpha");');
    expect((await world.api.get("/dagSources/alpha?version_number=3")).status).toBe(404);
  });

  test("GET /dags/{dag_id}/dagVersions lists the versions, newest first", async () => {
    await world.platform.project({ versions: [makeVersion({ dagId: "alpha", versionNumber: 2, version: 2 })] });
    const { json } = await world.api.get("/dags/alpha/dagVersions");
    assertShape("GET /dags/:dag_id/dagVersions", json);
    expect(json.dag_versions.map((one: { version_number: number }) => one.version_number)).toEqual([2, 1]);
    expect((await world.api.get("/dags/alpha/dagVersions/1")).json).toMatchObject({ version_number: 1 });
    expect((await world.api.get("/dags/alpha/dagVersions/9")).status).toBe(404);
    expect((await world.api.get("/dags/missing/dagVersions")).status).toBe(404);
  });
});
