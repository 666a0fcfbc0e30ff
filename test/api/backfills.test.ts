import { beforeEach, describe, expect, test } from "vitest";
import { fixedAuthenticator } from "../fixtures/fixed-authenticator.ts";
import { apiClient, makeTestApp } from "./fake-platform.ts";
import { addDag, assertShape, makeWorld, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await makeWorld();
  await addDag(world.platform, "alpha");
});

const wanted = { dag_id: "alpha", from_date: "2026-01-01T00:00:00Z", to_date: "2026-01-05T00:00:00Z" };

/** One that the catalog has heard of. */
async function makeOne(given: object = {}): Promise<number> {
  const { json } = await world.api.post("/backfills", { ...wanted, ...given });
  await world.platform.project({ backfills: [...world.platform.scheduler("alpha").backfills.values()] });
  return json.id;
}

test("a backfill is made with Airflow's defaults, and read back", async () => {
  const made = await world.api.post("/backfills", wanted);
  expect(made.status).toBe(200);
  expect(made.json).toEqual({
    id: 1,
    dag_id: "alpha",
    dag_display_name: "alpha",
    from_date: "2026-01-01T00:00:00.000Z",
    to_date: "2026-01-05T00:00:00.000Z",
    dag_run_conf: {},
    is_paused: false,
    reprocess_behavior: "none",
    max_active_runs: 10,
    created_at: "1970-01-01T00:00:01.000Z",
    completed_at: null,
    updated_at: "1970-01-01T00:00:01.000Z",
    run_backwards: false,
    triggering_user_name: "ann",
  });
  await world.platform.project({ backfills: [...world.platform.scheduler("alpha").backfills.values()] });
  expect((await world.api.get("/backfills/1")).json).toEqual(made.json);
  const list = await world.api.get("/backfills?dag_id=alpha");
  assertShape("GET /backfills", list.json);
  expect(list.json).toEqual({ backfills: [made.json], total_entries: 1 });
  expect((await world.api.get("/backfills?dag_id=beta")).json).toEqual({ backfills: [], total_entries: 0 });
});

test("a dry run lists the dates that would run, and makes nothing", async () => {
  const { status, json } = await world.api.post("/backfills/dry_run", wanted);
  expect([status, json]).toEqual([
    200,
    { backfills: [{ logical_date: "2026-01-01T00:00:00.000Z" }], total_entries: 1 },
  ]);
  expect(world.platform.scheduler("alpha").backfills.size).toBe(0);
});

test("it is paused, unpaused and cancelled, and the object's word is what is read", async () => {
  const id = await makeOne();
  expect((await world.api.put(`/backfills/${id}/pause`)).json.is_paused).toBe(true);
  expect((await world.api.get(`/backfills/${id}`)).json.is_paused).toBe(true);
  expect((await world.api.put(`/backfills/${id}/unpause`)).json.is_paused).toBe(false);
  expect((await world.api.put(`/backfills/${id}/cancel`)).json.completed_at).not.toBeNull();
  world.platform.scheduler("alpha").isDown = true;
  expect((await world.api.get(`/backfills/${id}`)).json.completed_at).toBeNull();
});

describe("refusals", () => {
  test.each([
    [{ ...wanted, from_date: "2026-01-01" }, "from_date"],
    [{ ...wanted, reprocess_behavior: "all" }, "reprocess_behavior"],
    [{ ...wanted, max_active_runs: 0 }, "max_active_runs"],
    [{ ...wanted, reprocess_behavior: "failed", run_on_latest_version: true }, "run_on_latest_version"],
    [{ from_date: wanted.from_date, to_date: wanted.to_date }, "dag_id"],
  ])("%j names the field", async (body, field) => {
    const { status, json } = await world.api.post("/backfills", body);
    expect([status, json.detail[0].loc]).toEqual([422, ["body", field]]);
  });

  test("what is unknown, or of a DAG that the caller may not see, is not found", async () => {
    const id = await makeOne();
    const other = apiClient(makeTestApp(world.platform, fixedAuthenticator({ dagIds: ["beta"] })));
    expect((await other.get(`/backfills/${id}`)).status).toBe(404);
    expect((await other.put(`/backfills/${id}/cancel`)).status).toBe(404);
    expect((await other.post("/backfills", wanted)).status).toBe(404);
    expect((await other.post("/backfills/dry_run", wanted)).status).toBe(404);
    expect((await other.get("/backfills")).json.total_entries).toBe(0);
    for (const unknown of ["99", "x", "9007199254740993", "-1"]) {
      expect((await world.api.get(`/backfills/${unknown}`)).status).toBe(404);
    }
  });

  test("what the scheduler refuses is told with its reason", async () => {
    world.platform.scheduler("alpha").refusal = {
      ok: false,
      code: "conflict",
      message: "The DAG has the active backfill 7",
      field: null,
    };
    const { status, json } = await world.api.post("/backfills", wanted);
    expect([status, json.detail]).toEqual([409, "The DAG has the active backfill 7"]);
  });
});
