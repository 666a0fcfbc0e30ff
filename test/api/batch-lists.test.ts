import { beforeEach, describe, expect, test } from "vitest";
import { fixedAuthenticator } from "../fixtures/fixed-authenticator.ts";
import { makeRun, makeTaskInstance } from "../fixtures/projections.ts";
import { apiClient, makeTestApp, START_AT } from "./fake-platform.ts";
import { addDag, assertShape, makeWorld, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await makeWorld();
  for (const dagId of ["alpha", "beta"]) {
    await addDag(world.platform, dagId);
    const runs = ["one", "two"].map((runId, at) =>
      makeRun({
        dagId,
        runId,
        logicalAt: START_AT + at * 1_000,
        state: at === 0 ? "success" : "failed",
        endAt: START_AT,
      }),
    );
    const taskInstances = runs.flatMap(({ runId, state }) => [
      makeTaskInstance({ dagId, runId, taskId: "extract", state: "success" }),
      makeTaskInstance({ dagId, runId, taskId: "load", state: state === "failed" ? "failed" : "none" }),
    ]);
    await world.platform.project({ dagRuns: runs, taskInstances });
  }
});

describe("POST /dags/~/dagRuns/list", () => {
  const runsOf = (json: { dag_runs: { dag_id: string; dag_run_id: string }[] }) =>
    json.dag_runs.map((run) => `${run.dag_id}/${run.dag_run_id}`).sort();

  test("takes its conditions from the body", async () => {
    const all = await world.api.post("/dags/~/dagRuns/list", {});
    assertShape("POST /dags/:dag_id/dagRuns/list", all.json);
    expect(all.json.total_entries).toBe(4);
    const failed = await world.api.post("/dags/~/dagRuns/list", { dag_ids: ["beta"], states: ["failed"] });
    expect(runsOf(failed.json)).toEqual(["beta/two"]);
    const late = { logical_date_gte: new Date(START_AT + 1_000).toISOString() };
    expect(runsOf((await world.api.post("/dags/~/dagRuns/list", late)).json)).toEqual(["alpha/two", "beta/two"]);
    const page = await world.api.post("/dags/~/dagRuns/list", {
      page_limit: 1,
      page_offset: 1,
      order_by: "dag_run_id",
    });
    expect([page.json.dag_runs.length, page.json.total_entries]).toEqual([1, 4]);
    expect((await world.api.post("/dags/~/dagRuns/list", { moon: 1 })).status).toBe(422);
  });

  test("shows nothing of DAGs that the caller may not see, named or not", async () => {
    const app = makeTestApp(world.platform, fixedAuthenticator({ dagIds: ["alpha"] }));
    for (const body of [{}, { dag_ids: ["alpha", "beta"] }]) {
      expect(runsOf((await apiClient(app).post("/dags/~/dagRuns/list", body)).json)).toEqual([
        "alpha/one",
        "alpha/two",
      ]);
    }
    expect((await apiClient(app).post("/dags/~/dagRuns/list", { dag_ids: ["beta"] })).json.total_entries).toBe(0);
  });
});

describe("POST /dags/~/dagRuns/~/taskInstances/list", () => {
  const path = "/dags/~/dagRuns/~/taskInstances/list";
  const keysOf = (json: { task_instances: { dag_id: string; dag_run_id: string; task_id: string }[] }) =>
    json.task_instances.map((one) => `${one.dag_id}/${one.dag_run_id}/${one.task_id}`);

  test("takes its conditions from the body", async () => {
    const some = await world.api.post(path, {
      dag_ids: ["alpha"],
      dag_run_ids: ["two"],
      task_ids: ["load", "extract"],
    });
    assertShape("POST /dags/:dag_id/dagRuns/:dag_run_id/taskInstances/list", some.json);
    expect(keysOf(some.json)).toEqual(["alpha/two/extract", "alpha/two/load"]);
    expect(keysOf((await world.api.post(path, { state: ["failed"] })).json)).toEqual([
      "alpha/two/load",
      "beta/two/load",
    ]);
    expect(keysOf((await world.api.post(path, { state: [null] })).json)).toEqual(["alpha/one/load", "beta/one/load"]);
    expect((await world.api.post(path, { page_limit: 3 })).json).toMatchObject({ total_entries: 8 });
  });

  test("shows nothing of DAGs that the caller may not see", async () => {
    const app = makeTestApp(world.platform, fixedAuthenticator({ dagIds: ["alpha"] }));
    const { json } = await apiClient(app).post(path, { dag_ids: ["alpha", "beta"] });
    expect(json.total_entries).toBe(4);
  });
});
