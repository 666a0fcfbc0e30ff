import { beforeEach, describe, expect, test } from "vitest";
import { makeRun, runId } from "../fixtures/projections.ts";
import { START_AT } from "./fake-platform.ts";
import { addDag, assertShape, makeWorld, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await makeWorld();
  await addDag(world.platform, "alpha");
});

const runs = "/dags/alpha/dagRuns";

describe("POST /dags/{dag_id}/dagRuns", () => {
  test("triggers a run with {}, and with no body at all", async () => {
    for (const body of [{}, undefined]) {
      const { status, json } = await world.api.post(runs, body);
      expect(status).toBe(200);
      assertShape("POST /dags/:dag_id/dagRuns", json);
      expect(json).toMatchObject({
        dag_id: "alpha",
        state: "queued",
        run_type: "manual",
        conf: {},
        logical_date: null,
      });
      expect(json).toMatchObject({ triggered_by: "rest_api", triggering_user_name: "ann" });
    }
  });

  test("can be read at once, a thousand times, though the catalog knows nothing of it", async () => {
    for (let index = 0; index < 1_000; index += 1) {
      const posted = (await world.api.post(runs, {})).json;
      const read = await world.api.get(`${runs}/${posted.dag_run_id}`);
      expect(read.status).toBe(200);
      expect(read.json).toEqual(posted);
    }
    expect((await world.api.get(runs)).json.total_entries).toBe(0);
  });

  test("takes an id, a logical date with its offset, conf and a note", async () => {
    const body = {
      dag_run_id: "mine:1+2",
      logical_date: "2026-01-31T06:00:00+02:00",
      conf: { year: 2015 },
      note: "why",
    };
    const { json } = await world.api.post(runs, body);
    expect(json).toMatchObject({ ...body, logical_date: "2026-01-31T04:00:00.000Z" });
    const path = `${runs}/${encodeURIComponent("mine:1+2")}`;
    expect((await world.api.get(path)).json).toEqual(json);
  });

  test("takes a data interval and the instant before which the run waits", async () => {
    const body = {
      logical_date: "2026-01-31T00:00:00.000Z",
      data_interval_start: "2026-01-31T00:00:00.000Z",
      data_interval_end: "2026-02-01T01:00:00+01:00",
      run_after: "2026-02-03T00:00:00.000Z",
    };
    const { status, json } = await world.api.post(runs, body);
    expect(status).toBe(200);
    assertShape("POST /dags/:dag_id/dagRuns", json);
    expect(json).toMatchObject({ ...body, data_interval_end: "2026-02-01T00:00:00.000Z" });
    const none = { data_interval_start: null, data_interval_end: null, run_after: null };
    expect((await world.api.post(runs, none)).status).toBe(200);
  });

  test("its fields are in the OpenAPI document", async () => {
    const { json } = await world.api.get("/openapi.json");
    const { requestBody } = json.paths["/api/v2/dags/{dag_id}/dagRuns"].post;
    expect(Object.keys(requestBody.content["application/json"].schema.properties)).toEqual([
      "dag_run_id",
      "logical_date",
      "data_interval_start",
      "data_interval_end",
      "run_after",
      "conf",
      "note",
    ]);
  });

  test.each([
    [{ logical_date: "2026-01-31T06:00:00" }, "logical_date"],
    [{ run_after: "2026-01-31" }, "run_after"],
    [{ data_interval_start: "2026-01-31T00:00:00Z" }, "data_interval_end"],
    [{ data_interval_end: "2026-01-31T00:00:00Z", data_interval_start: null }, "data_interval_start"],
    [{ data_interval_start: 5, data_interval_end: 6 }, "data_interval_start"],
    [{ logical_date: "tomorrow" }, "logical_date"],
    [{ conf: "no object" }, "conf"],
    [{ conf: [1] }, "conf"],
    [{ dag_run_id: "a b" }, "dag_run_id"],
    [{ dag_run_id: "" }, "dag_run_id"],
    [{ note: "x".repeat(1_001) }, "note"],
    [{ colour: "red" }, "colour"],
  ])("%o is 422 and names the field", async (body, field) => {
    const { status, json } = await world.api.post(runs, body);
    expect(status).toBe(422);
    expect(json.detail[0]).toMatchObject({ loc: ["body", field] });
    expect(world.platform.scheduler("alpha").actors).toEqual([]);
  });

  test("a conf that the DAG's params refuse is 422 and names the param", async () => {
    const message = "must be at most 2015";
    world.platform.scheduler("alpha").refusal = { ok: false, code: "invalid", message, field: "conf.year" };
    const { status, json } = await world.api.post(runs, { conf: { year: 2099 } });
    expect(status).toBe(422);
    expect(json).toEqual({ detail: [{ loc: ["body", "conf", "year"], msg: message, type: "value_error" }] });
  });

  test("a run id or logical date that is taken is 409", async () => {
    await world.api.post(runs, { dag_run_id: "one" });
    const { status, json } = await world.api.post(runs, { dag_run_id: "one" });
    expect(status).toBe(409);
    expect(json.detail).toContain('"one"');
  });

  test("a DAG that does not exist is 404, and so is one whose object lost its definition", async () => {
    world.platform.scheduler("beta").refusal = { ok: false, code: "no_definition", message: "none", field: null };
    const { status, json } = await world.api.post("/dags/beta/dagRuns", {});
    expect(status).toBe(404);
    expect(json).toEqual({ detail: 'Not found: dag_id "beta"' });
  });

  test("the same idempotency key with the same request answers with the same run", async () => {
    const headers = { "idempotency-key": "key-1" };
    const first = await world.api.post(runs, { conf: { a: 1, b: 2 } }, headers);
    const again = await world.api.post(runs, { conf: { b: 2, a: 1 } }, headers);
    expect(again.status).toBe(200);
    expect(again.json).toEqual(first.json);
    expect(world.platform.scheduler("alpha").runs.size).toBe(1);
  });

  test("the same idempotency key with another request is 409", async () => {
    const headers = { "idempotency-key": "key-1" };
    await world.api.post(runs, { conf: { a: 1 } }, headers);
    expect((await world.api.post(runs, { conf: { a: 2 } }, headers)).status).toBe(409);
    expect((await world.api.post(runs, { conf: { a: 2 } }, { "idempotency-key": "key-2" })).status).toBe(200);
  });

  test.each([" ", "a b", "ä", "x".repeat(256), ""])("the idempotency key %o is 422", async (key) => {
    const { status, json } = await world.api.post(runs, {}, { "idempotency-key": key });
    expect(status).toBe(422);
    expect(json.detail[0].loc).toEqual(["header", "Idempotency-Key"]);
  });

  test("JSON that is none is 422, another type 415, and neither reaches the scheduler", async () => {
    const send = (body: string, type: string) => world.api.raw("POST", runs, body, { "content-type": type });
    expect((await send("{", "application/json")).json.detail[0]).toMatchObject({ loc: ["body"], type: "json_invalid" });
    expect((await send("{}", "text/plain")).status).toBe(415);
    expect((await send("conf=1", "application/x-www-form-urlencoded")).status).toBe(415);
    expect((await send("{}", "application/json; charset=utf-8")).status).toBe(200);
    expect((await send('"text"', "application/json")).status).toBe(422);
    expect((await send("[]", "application/json")).status).toBe(422);
    expect(world.platform.scheduler("alpha").actors).toHaveLength(1);
  });

  test("JSON nested too deeply is 422, not a stack that overflows", async () => {
    const nest = (depth: number) => `{"conf":{"a":${"[".repeat(depth)}${"]".repeat(depth)}}}`;
    const send = (body: string) => world.api.raw("POST", runs, body, { "content-type": "application/json" });
    expect((await send(nest(198))).status).toBe(200);
    expect((await send(nest(199))).status).toBe(422);
    expect((await send(nest(400_000))).status).toBe(422);
    expect((await send(`{"note":"${"[".repeat(400)}"}`)).status).toBe(200);
  });

  test("a body over 1 MB is 413, with a length or without", async () => {
    const body = JSON.stringify({ note: "x".repeat(1_000_000) });
    expect((await world.api.raw("POST", runs, body, { "content-type": "application/json" })).status).toBe(413);
    const stream = new Blob([body]).stream();
    expect((await world.api.raw("POST", runs, stream, { "content-type": "application/json" })).status).toBe(413);
  });

  test("works while the catalog is down", async () => {
    world.platform.isCatalogDown = true;
    const { status, json } = await world.api.post(runs, {});
    expect(status).toBe(200);
    expect((await world.api.get(`${runs}/${json.dag_run_id}`)).status).toBe(200);
    expect((await world.api.get(runs)).status).toBe(503);
  });
});

describe("GET /dags/{dag_id}/dagRuns", () => {
  beforeEach(async () => {
    const at = (hour: number) => START_AT + hour * 3_600_000;
    await addDag(world.platform, "beta");
    await world.platform.project({
      dagRuns: [
        makeRun({
          dagId: "alpha",
          runId: "scheduled__1",
          runType: "scheduled",
          state: "success",
          runAfterAt: at(1),
          endAt: at(2),
        }),
        makeRun({
          dagId: "alpha",
          runId: "scheduled__2",
          runType: "scheduled",
          state: "failed",
          runAfterAt: at(2),
          endAt: at(3),
        }),
        makeRun({ dagId: "alpha", runId: "manual__3", runAfterAt: at(3), logicalAt: at(3) }),
        makeRun({ dagId: "beta", runId: "manual__4", runAfterAt: at(4) }),
      ],
    });
  });

  const ids = async (path: string) =>
    (await world.api.get(path)).json.dag_runs.map((run: { dag_run_id: string }) => run.dag_run_id);

  test("lists the runs of one DAG, oldest first, or of all", async () => {
    const { json } = await world.api.get(runs);
    assertShape("GET /dags/:dag_id/dagRuns", json);
    expect(json.total_entries).toBe(3);
    expect(await ids(runs)).toEqual(["scheduled__1", "scheduled__2", "manual__3"]);
    expect(await ids("/dags/~/dagRuns?order_by=-run_after&limit=2")).toEqual(["manual__4", "manual__3"]);
  });

  test("filters by state, type, id and instants", async () => {
    expect(await ids(`${runs}?state=success&state=failed`)).toEqual(["scheduled__1", "scheduled__2"]);
    expect(await ids(`${runs}?run_type=manual`)).toEqual(["manual__3"]);
    expect(await ids(`${runs}?run_id_pattern=%25led__2%25`)).toEqual(["scheduled__2"]);
    expect(await ids(`${runs}?run_after_gte=2026-01-01T02:00:00Z&run_after_lte=2026-01-01T02:30:00Z`)).toEqual([
      "scheduled__2",
    ]);
    expect(await ids(`${runs}?logical_date_gte=2026-01-01T05:00:00%2B02:00`)).toEqual(["manual__3"]);
    expect(await ids(`${runs}?logical_date_gte=2026-01-01T05:00:00+02:00`)).toEqual(["manual__3"]);
    expect(await ids(`${runs}?end_date_lte=2026-01-01T02:00:00Z`)).toEqual(["scheduled__1"]);
  });

  test("an empty list is 200 for a DAG that exists and 404 for one that does not", async () => {
    await addDag(world.platform, "empty");
    expect((await world.api.get("/dags/empty/dagRuns")).json).toEqual({ dag_runs: [], total_entries: 0 });
    expect((await world.api.get("/dags/missing/dagRuns")).status).toBe(404);
    expect((await world.api.get(`${runs}?state=running`)).json.total_entries).toBe(0);
  });

  test("a state that is none is 422", async () => {
    expect((await world.api.get(`${runs}?state=gone`)).json.detail[0].loc).toEqual(["query", "state", 0]);
  });
});

describe("one run", () => {
  beforeEach(async () => {
    await world.api.post(runs, { dag_run_id: "one" });
    await world.platform.project({ dagRuns: [makeRun({ dagId: "alpha", runId: "one" })] });
  });

  test("is never older than what was answered", async () => {
    const marked = await world.api.patch(`${runs}/one`, { state: "failed", note: "stopped" });
    expect(marked.status).toBe(200);
    assertShape("PATCH /dags/:dag_id/dagRuns/:dag_run_id", marked.json);
    expect(marked.json).toMatchObject({ state: "failed", note: "stopped" });
    expect((await world.api.get(`${runs}/one`)).json).toEqual(marked.json);
    expect(world.platform.scheduler("alpha").actors.at(-1)).toEqual({ name: "ann", via: "api" });
  });

  test("a mask chooses which fields of the body count", async () => {
    const body = { state: "failed", note: "only this" };
    const { json } = await world.api.patch(`${runs}/one?update_mask=note`, body);
    expect(json).toMatchObject({ state: "queued", note: "only this" });
    expect((await world.api.patch(`${runs}/one?update_mask=conf`, body)).status).toBe(422);
    expect((await world.api.patch(`${runs}/one`, { note: null })).json.note).toBeNull();
  });

  test("cannot be marked running", async () => {
    const { status, json } = await world.api.patch(`${runs}/one`, { state: "running" });
    expect(status).toBe(422);
    expect(json.detail[0].loc).toEqual(["body", "state"]);
  });

  test("is gone as soon as it is deleted, though the catalog still has it", async () => {
    expect((await world.api.delete(`${runs}/one`)).status).toBe(204);
    expect((await world.api.get(`${runs}/one`)).status).toBe(404);
    expect((await world.api.delete(`${runs}/one`)).status).toBe(404);
  });

  test("is read from the catalog while its object is unreachable", async () => {
    world.platform.scheduler("alpha").isDown = true;
    expect((await world.api.get(`${runs}/one`)).json).toMatchObject({ dag_run_id: "one" });
    expect((await world.api.get(`${runs}/two`)).status).toBe(404);
    expect((await world.api.delete(`${runs}/one`)).status).toBe(503);
  });

  test("that does not exist is 404 under every method, in the same words", async () => {
    const detail = `Not found: dag_id "alpha", dag_run_id "${runId("nope")}"`;
    for (const answer of [
      await world.api.get(`${runs}/nope`),
      await world.api.patch(`${runs}/nope`, { note: "x" }),
      await world.api.delete(`${runs}/nope`),
    ]) {
      expect(answer.status).toBe(404);
      expect(answer.json).toEqual({ detail });
    }
    expect((await world.api.get(`${runs}/a%20b`)).status).toBe(404);
  });
});
