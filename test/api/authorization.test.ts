import type { Hono } from "hono";
import { beforeEach, describe, expect, test } from "vitest";
import { apiRoutes } from "../../src/api/api-routes.ts";
import type { AppEnv } from "../../src/auth/context.ts";
import type { Route } from "../../src/auth/routes.ts";
import { importErrors } from "../../src/catalog/sql/import-errors.ts";
import { webRoutes } from "../../src/web/routes.ts";
import { fixedAuthenticator } from "../fixtures/fixed-authenticator.ts";
import { dagId, makeRun, makeTaskInstance, makeXCom } from "../fixtures/projections.ts";
import { apiClient, type FakePlatform, makePlatform, makeTestApp } from "./fake-platform.ts";
import { makeSpec, makeTaskSpec } from "./specs.ts";
import { addDag } from "./world.ts";

/** Someone who may see `mine` and nothing else. `theirs` has everything that `mine` has; `ghost` does not exist. */
let platform: FakePlatform;
let app: Hono<AppEnv>;

beforeEach(async () => {
  platform = await makePlatform();
  app = makeTestApp(platform, fixedAuthenticator({ dagIds: ["mine"] }));
  for (const id of ["mine", "theirs"]) {
    const extract = makeTaskSpec("extract", { mapped: { type: "each", source: { type: "literal", length: 2 } } });
    await addDag(platform, id, {}, makeSpec(id, { tasks: [extract] }));
    const run = makeRun({ dagId: id, runId: "one", state: "running" });
    const instance = makeTaskInstance({ dagId: id, runId: "one", taskId: "extract", state: "failed", tryNumber: 1 });
    const scheduler = platform.scheduler(id);
    scheduler.runs.set("one", run);
    scheduler.instances.push(instance);
    scheduler.xcoms.push({
      runId: "one",
      taskId: "extract",
      mapIndex: -1,
      key: "return_value",
      value: { type: "inline", json: "1" },
      at: 1,
    });
    await platform.project({
      dagRuns: [run],
      taskInstances: [instance],
      xcoms: [makeXCom({ dagId: id, runId: "one", taskId: "extract" })],
      events: [
        {
          eventId: id,
          at: 1,
          dagId: dagId(id),
          runId: null,
          taskId: null,
          mapIndex: null,
          tryNumber: null,
          event: "trigger",
          actor: "ann",
          extra: null,
        },
      ],
      jobs: [
        {
          jobId: id,
          jobType: "SchedulerJob",
          dagId: dagId(id),
          state: "running",
          startAt: 1,
          endAt: null,
          latestHeartbeatAt: 1,
          extra: null,
        },
      ],
    });
    const error = { filePath: `dags/${id}.ts`, bundleId: "b", dagId: dagId(id), at: 1, stacktrace: "s" };
    await platform.catalog.write([importErrors.upsert(error)]);
  }
});

const values: Readonly<Record<string, string>> = {
  dag_run_id: "one",
  task_id: "extract",
  map_index: "-1",
  try_number: "1",
  version_number: "1",
  xcom_key: "return_value",
};
const pathOf = (route: Route, id: string) =>
  route.path.replace(/:(\w+)/g, (_all, name: string) => (name === "dag_id" ? id : (values[name] ?? "x")));

const bodies: Readonly<Record<string, object>> = {
  "PATCH /api/v2/dags/:dag_id": { is_paused: true },
  "PATCH /api/v2/dags/:dag_id/dagRuns/:dag_run_id": { note: "n" },
  "POST /api/v2/dags/:dag_id/clearTaskInstances": { dry_run: false, dag_run_id: "one" },
};

const ofOneDag = apiRoutes.flatMap(({ table }) => table).filter(({ path }) => path.includes(":dag_id"));
const pagesOfOneDag = webRoutes.flatMap(({ table }) => table).filter(({ path }) => path.includes(":dag_id"));

describe("someone who may see one DAG only", () => {
  test.each(ofOneDag.map((route) => [`${route.method} ${route.path}`, route] as const))(
    "%s: a DAG of others is the same 404 as one that does not exist, one's own is found",
    async (name, route) => {
      const send = async (id: string) => {
        const body = route.method === "GET" || route.method === "DELETE" ? null : JSON.stringify(bodies[name] ?? {});
        const headers = { "content-type": "application/json" };
        const response = await app.request(pathOf(route, id), { method: route.method, headers, body });
        return { status: response.status, text: (await response.text()).replaceAll(id, "<id>") };
      };
      const theirs = await send("theirs");
      expect(theirs.status).toBe(404);
      expect(platform.scheduler("theirs").actors).toEqual([]);
      expect(theirs).toEqual(await send("ghost"));
      expect((await send("mine")).status).toBeLessThan(300);
    },
  );

  test.each(pagesOfOneDag.map((route) => [`${route.method} ${route.path}`, route] as const))(
    "%s: no page of a DAG of others either",
    async (_name, route) => {
      const send = async (id: string) => {
        const response = await app.request(pathOf(route, id), { method: route.method });
        return { status: response.status, text: (await response.text()).replaceAll(id, "<id>") };
      };
      const theirs = await send("theirs");
      expect(theirs.status).toBe(404);
      expect(theirs).toEqual(await send("ghost"));
    },
  );

  test.each([
    ["/dags", "dags"],
    ["/dags/~/dagRuns", "dag_runs"],
    ["/dags/~/dagRuns/~/taskInstances", "task_instances"],
    ["/importErrors", "import_errors"],
    ["/eventLogs", "event_logs"],
    ["/jobs", "jobs"],
    ["/jobs?dag_id=theirs", "jobs"],
    ["/eventLogs?dag_id=theirs", "event_logs"],
    ["/dags?dag_id_pattern=theirs", "dags"],
  ])("%s lists and counts nothing of others", async (path, name) => {
    const { status, json, text } = await apiClient(app).get(path);
    expect(status).toBe(200);
    expect(text).not.toContain("theirs");
    expect(json[name]).toHaveLength(path.includes("theirs") ? 0 : 1);
    expect(json.total_entries).toBe(json[name].length);
  });

  test("a number that belongs to others is the same 404 as one that nothing has", async () => {
    const client = apiClient(app);
    for (const path of ["/eventLogs/", "/importErrors/"]) {
      expect((await client.get(`${path}1`)).status).toBe(200);
      const theirs = await client.get(`${path}2`);
      const nobodys = await client.get(`${path}9`);
      expect(theirs.status).toBe(404);
      expect(theirs.text.replace("2", "?")).toBe(nobodys.text.replace("9", "?"));
    }
  });
});
