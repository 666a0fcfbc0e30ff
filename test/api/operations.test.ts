import { beforeEach, describe, expect, test } from "vitest";
import type { AuditEvent, JobProjection } from "../../src/catalog/projection.ts";
import { importErrors } from "../../src/catalog/sql/import-errors.ts";
import { dagId } from "../fixtures/projections.ts";
import { START_AT } from "./fake-platform.ts";
import { addDag, assertShape, makeWorld, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});

function makeJob(given: Partial<JobProjection>): JobProjection {
  return {
    jobId: "scheduler-alpha",
    jobType: "SchedulerJob",
    dagId: dagId("alpha"),
    state: "running",
    startAt: START_AT,
    endAt: null,
    latestHeartbeatAt: START_AT,
    extra: null,
    ...given,
  };
}

describe("GET /monitor/health", () => {
  test("is healthy while no DAG is overdue by more than three minutes", async () => {
    await addDag(world.platform, "alpha", { nextWakeAt: START_AT - 180_000 });
    const watchdog = makeJob({
      jobId: "watchdog",
      jobType: "WatchdogJob",
      dagId: null,
      latestHeartbeatAt: START_AT + 5_000,
    });
    const sync = makeJob({ jobId: "sync", jobType: "DagProcessorJob", dagId: null, state: "success", endAt: START_AT });
    await world.platform.project({ jobs: [makeJob({}), watchdog, sync] });
    const { status, json } = await world.api.get("/monitor/health");
    expect(status).toBe(200);
    assertShape("GET /monitor/health", json);
    expect(json).toEqual({
      metadatabase: { status: "healthy" },
      scheduler: { status: "healthy", latest_scheduler_heartbeat: "2026-01-01T00:00:05.000Z" },
      triggerer: { status: null, latest_triggerer_heartbeat: null },
      dag_processor: { status: "healthy", latest_dag_processor_heartbeat: "2026-01-01T00:00:00.000Z" },
    });
    world.platform.now += 1;
    expect((await world.api.get("/monitor/health")).json.scheduler.status).toBe("unhealthy");
  });

  test("answers while the catalog is down, and says so", async () => {
    world.platform.isCatalogDown = true;
    const { status, json } = await world.api.get("/monitor/health");
    expect(status).toBe(200);
    expect(json.metadatabase).toEqual({ status: "unhealthy" });
  });
});

test("GET /version tells the version", async () => {
  const { json } = await world.api.get("/version");
  assertShape("GET /version", json);
  expect(json).toEqual({ version: "0.0.0-test", git_version: null });
});

describe("GET /importErrors", () => {
  test("lists files that could not be imported, with the stack", async () => {
    const error = {
      filePath: "dags/broken.ts",
      bundleId: "b1",
      dagId: null,
      at: START_AT,
      stacktrace: "Error: no\n  at 1",
    };
    await world.platform.catalog.write([importErrors.upsert(error)]);
    const { json } = await world.api.get("/importErrors");
    assertShape("GET /importErrors", json);
    expect(json.total_entries).toBe(1);
    expect(json.import_errors[0]).toMatchObject({ filename: "dags/broken.ts", stack_trace: "Error: no\n  at 1" });
    const one = await world.api.get(`/importErrors/${json.import_errors[0].import_error_id}`);
    expect(one.json).toEqual(json.import_errors[0]);
    expect((await world.api.get("/importErrors/999")).status).toBe(404);
    expect((await world.api.get("/importErrors/x")).status).toBe(404);
    expect((await world.api.get("/importErrors?filename_pattern=other")).json.total_entries).toBe(0);
  });
});

describe("GET /jobs", () => {
  test("lists jobs by type, state, DAG and sign of life", async () => {
    const old = makeJob({ jobId: "scheduler-old", dagId: dagId("old"), latestHeartbeatAt: START_AT - 600_000 });
    const sync = makeJob({ jobId: "sync", jobType: "DagProcessorJob", dagId: null, state: "success", endAt: START_AT });
    await world.platform.project({ jobs: [makeJob({}), old, sync] });
    const { json } = await world.api.get("/jobs");
    assertShape("GET /jobs", json);
    expect(json.total_entries).toBe(3);
    const ids = async (query: string) =>
      (await world.api.get(`/jobs?${query}`)).json.jobs.map((job: { id: string }) => job.id);
    expect(await ids("job_type=DagProcessorJob")).toEqual(["sync"]);
    expect(await ids("is_alive=true")).toEqual(["scheduler-alpha"]);
    expect(await ids("dag_id=old")).toEqual(["scheduler-old"]);
    expect(await ids("job_state=success")).toEqual(["sync"]);
  });
});

describe("GET /eventLogs", () => {
  const makeEvent = (eventId: string, given: Partial<AuditEvent> = {}): AuditEvent => ({
    eventId,
    at: START_AT,
    dagId: dagId("alpha"),
    runId: null,
    taskId: null,
    mapIndex: null,
    tryNumber: null,
    event: "trigger",
    actor: "ann",
    extra: null,
    ...given,
  });

  test("lists the audit log in the order of arrival, and filters it", async () => {
    const events = [
      makeEvent("1"),
      makeEvent("2", { event: "paused", actor: "bob", at: START_AT + 60_000 }),
      makeEvent("3", { event: "login", dagId: null }),
    ];
    await world.platform.project({ events });
    const { json } = await world.api.get("/eventLogs");
    assertShape("GET /eventLogs", json);
    const names = async (query: string) =>
      (await world.api.get(`/eventLogs?${query}`)).json.event_logs.map((one: { event: string }) => one.event);
    expect(await names("")).toEqual(["trigger", "paused", "login"]);
    expect(await names("order_by=-when&limit=1")).toEqual(["login"]);
    expect(await names("owner=bob")).toEqual(["paused"]);
    expect(await names("dag_id=alpha&excluded_events=paused")).toEqual(["trigger"]);
    expect(await names("event=login")).toEqual(["login"]);
    expect(await names("after=2026-01-01T00:00:30Z")).toEqual(["paused"]);
    const id = json.event_logs[1].event_log_id;
    expect((await world.api.get(`/eventLogs/${id}`)).json).toMatchObject({ event: "paused", owner: "bob" });
    expect((await world.api.get("/eventLogs/999")).status).toBe(404);
  });
});

describe("errors", () => {
  test("an unexpected one is a plain 500 with the id of the request, and no stack", async () => {
    const scheduler = world.platform.scheduler("alpha");
    scheduler.run = async () => {
      throw new Error("secret detail");
    };
    const { status, text, headers } = await world.api.get("/dags/alpha/dagRuns/one");
    expect(status).toBe(500);
    expect(JSON.parse(text)).toEqual({ detail: "Internal server error" });
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f]{16}$/);
  });

  test("a wrong method is 405 and names the right ones", async () => {
    const { status, headers } = await world.api.raw("PUT", "/dags/alpha", null);
    expect(status).toBe(405);
    expect(headers.get("allow")).toBe("GET, PATCH, DELETE");
  });

  test("no answer may be stored or sniffed", async () => {
    for (const path of ["/dags", "/dags/missing", "/nowhere", "/version"]) {
      const { headers } = await world.api.get(path);
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
  });
});
