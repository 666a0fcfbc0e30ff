import { beforeEach, describe, expect, test } from "vitest";
import { makeRun, makeTaskInstance, taskId } from "../fixtures/projections.ts";
import { START_AT } from "./fake-platform.ts";
import { makeSpec, makeTaskSpec } from "./specs.ts";
import { addDag, assertShape, makeWorld, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await makeWorld();
  await addDag(world.platform, "alpha");
});

const ofRun = "/dags/alpha/dagRuns/one/taskInstances";

function addRun(run: Parameters<typeof makeRun>[0] = {}) {
  const made = makeRun({ dagId: "alpha", runId: "one", logicalAt: START_AT, ...run });
  world.platform.scheduler(made.dagId).runs.set(made.runId, made);
  return made;
}

function addInstance(given: Parameters<typeof makeTaskInstance>[0]) {
  const made = makeTaskInstance({ dagId: "alpha", runId: "one", ...given });
  world.platform.scheduler(made.dagId).instances.push(made);
  return made;
}

const states = async (path: string) =>
  (await world.api.get(path)).json.task_instances.map(
    (one: { task_id: string; state: string | null }) => `${one.task_id}:${one.state}`,
  );

describe("the task instances of a run", () => {
  test("are all there with state null while the run is queued", async () => {
    addRun();
    const { json } = await world.api.get(ofRun);
    assertShape("GET /dags/:dag_id/dagRuns/:dag_run_id/taskInstances", json);
    expect(json.total_entries).toBe(2);
    expect(json.task_instances[0]).toMatchObject({
      task_id: "extract",
      dag_run_id: "one",
      map_index: -1,
      state: null,
      try_number: 0,
      max_tries: 2,
      logical_date: "2026-01-01T00:00:00.000Z",
    });
    const one = await world.api.get(`${ofRun}/load`);
    assertShape("GET /dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id", one.json);
    expect(one.json).toMatchObject({ task_id: "load", state: null });
  });

  test("of a live run come from its object, with the tasks that have none yet", async () => {
    addRun({ state: "running", startAt: START_AT });
    addInstance({ taskId: "extract", state: "running", startAt: START_AT + 1_500 });
    await world.platform.project({
      taskInstances: [makeTaskInstance({ dagId: "alpha", runId: "one", taskId: "extract" })],
    });
    expect(await states(ofRun)).toEqual(["extract:running", "load:null"]);
    expect(await states(`${ofRun}?state=running`)).toEqual(["extract:running"]);
    expect(await states(`${ofRun}?state=none`)).toEqual(["load:null"]);
    expect(await states(`${ofRun}?limit=1&offset=1`)).toEqual(["load:null"]);
    expect(await states(`${ofRun}?order_by=-start_date`)).toEqual(["extract:running", "load:null"]);
    expect(await states(`${ofRun}?order_by=start_date`)).toEqual(["load:null", "extract:running"]);
    expect(await states(`${ofRun}?start_date_gte=2026-01-01T00:00:01Z`)).toEqual(["extract:running"]);
    expect(await states(`${ofRun}?task_id=load`)).toEqual(["load:null"]);
  });

  test("of a run that ended long ago come from the catalog, which has them all", async () => {
    addRun({ state: "success", endAt: START_AT - 3_600_000 });
    await world.platform.project({
      taskInstances: [
        makeTaskInstance({ dagId: "alpha", runId: "one", taskId: "extract", state: "success" }),
        makeTaskInstance({ dagId: "alpha", runId: "one", taskId: "load", state: "failed" }),
      ],
    });
    expect(await states(ofRun)).toEqual(["extract:success", "load:failed"]);
    expect(await states(`${ofRun}?state=failed`)).toEqual(["load:failed"]);
    expect((await world.api.get(ofRun)).json.total_entries).toBe(2);
  });

  test("of a run that ended before it started are all null", async () => {
    addRun({ state: "failed", endAt: START_AT - 3_600_000 });
    expect(await states(ofRun)).toEqual(["extract:null", "load:null"]);
    expect(await states(`${ofRun}?state=failed`)).toEqual([]);
  });

  test("of a run that does not exist are 404; of all runs or DAGs, a list from the catalog", async () => {
    expect((await world.api.get("/dags/alpha/dagRuns/nope/taskInstances")).status).toBe(404);
    await world.platform.project({
      taskInstances: [
        makeTaskInstance({ dagId: "alpha", runId: "one", taskId: "extract", state: "failed" }),
        makeTaskInstance({ dagId: "beta", runId: "two", taskId: "other", state: "failed" }),
      ],
    });
    expect(await states("/dags/~/dagRuns/~/taskInstances?state=failed")).toEqual(["extract:failed", "other:failed"]);
    expect(await states("/dags/alpha/dagRuns/~/taskInstances")).toEqual(["extract:failed"]);
  });
});

describe("the instances of a mapped task", () => {
  test("have the names that their author gave them, live ones as well as those of the catalog", async () => {
    const named = { taskId: "load", mapIndex: 0, state: "success", instanceName: "winter" } as const;
    addRun({ state: "running" });
    addInstance(named);
    addInstance({ taskId: "load", mapIndex: 1, state: "running" });
    const names = async (path: string) =>
      (await world.api.get(path)).json.task_instances.map(
        (one: { rendered_map_index: string | null }) => one.rendered_map_index,
      );
    expect(await names(`${ofRun}?task_id=load`)).toEqual(["winter", null]);
    const { json } = await world.api.get(`${ofRun}/load/0`);
    assertShape("GET /dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id/:map_index", json);
    expect(json).toMatchObject({ map_index: 0, rendered_map_index: "winter" });
    const ofCatalog = makeTaskInstance({ dagId: "alpha", runId: "old", ...named });
    await world.platform.project({ taskInstances: [ofCatalog], tries: [{ ...ofCatalog, state: "failed" }] });
    expect(await names("/dags/alpha/dagRuns/~/taskInstances")).toEqual(["winter"]);
  });

  test("come in pages of their own; a task that is not mapped has none", async () => {
    const load = makeTaskSpec("load", { mapped: { type: "each", source: { type: "literal", length: 3 } } });
    await addDag(world.platform, "mapped", {}, makeSpec("mapped", { tasks: [makeTaskSpec("extract"), load] }));
    addRun({ dagId: "mapped", state: "running" });
    for (const mapIndex of [0, 1, 2])
      addInstance({ dagId: "mapped", taskId: "load", mapIndex, state: mapIndex < 2 ? "success" : "running" });
    const { json } = await world.api.get(`/dags/mapped/dagRuns/one/taskInstances/load/listMapped?limit=2&offset=1`);
    assertShape("GET /dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id/listMapped", json);
    expect(json.task_instances.map((one: { map_index: number }) => one.map_index)).toEqual([1, 2]);
    expect(json.total_entries).toBe(3);
    expect(
      (await world.api.get(`/dags/mapped/dagRuns/one/taskInstances/load/listMapped?state=running`)).json.total_entries,
    ).toBe(1);
    expect((await world.api.get(`/dags/mapped/dagRuns/one/taskInstances/extract/listMapped`)).status).toBe(404);
    expect((await world.api.get(`/dags/mapped/dagRuns/one/taskInstances/nope/listMapped`)).status).toBe(404);
  });

  test("are none until their number is known", async () => {
    const load = makeTaskSpec("load", {
      mapped: { type: "each", source: { type: "xcom", taskId: taskId("extract") } },
    });
    await addDag(world.platform, "mapped", {}, makeSpec("mapped", { tasks: [makeTaskSpec("extract"), load] }));
    addRun({ dagId: "mapped", state: "running" });
    expect((await world.api.get(`/dags/mapped/dagRuns/one/taskInstances/load/listMapped`)).json).toEqual({
      task_instances: [],
      total_entries: 0,
    });
  });
});

describe("one task instance", () => {
  test("is answered by its object, newer than the catalog", async () => {
    addRun({ state: "running" });
    addInstance({
      taskId: "extract",
      state: "up_for_retry",
      tryNumber: 2,
      reason: "retry_delay",
      nextRetryAt: START_AT,
    });
    const { json } = await world.api.get(`${ofRun}/extract`);
    expect(json).toMatchObject({ state: "up_for_retry", try_number: 2, reason: "retry_delay" });
    expect(json.next_retry_at).toBe("2026-01-01T00:00:00.000Z");
  });

  test("has its mapped instances under their index", async () => {
    addRun({ state: "running" });
    addInstance({ taskId: "extract", mapIndex: 3, state: "success" });
    const { json } = await world.api.get(`${ofRun}/extract/3`);
    assertShape("GET /dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id/:map_index", json);
    expect(json).toMatchObject({ map_index: 3, state: "success" });
    expect((await world.api.get(`${ofRun}/extract/4`)).status).toBe(404);
    expect((await world.api.get(`${ofRun}/extract/x`)).status).toBe(404);
  });

  test("of a task that the run's version does not have is 404", async () => {
    addRun();
    expect((await world.api.get(`${ofRun}/nope`)).json).toEqual({
      detail: 'Not found: dag_id "alpha", dag_run_id "one", task_id "nope"',
    });
  });

  test("says why it waits", async () => {
    addRun({ state: "running" });
    world.platform.scheduler("alpha").blockers = [{ rule: "waitForUpstream", reason: '"extract" is running' }];
    const path = `${ofRun}/load/dependencies`;
    const { json } = await world.api.get(path);
    assertShape("GET /dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id/dependencies", json);
    expect(json).toEqual({ dependencies: [{ name: "waitForUpstream", reason: '"extract" is running' }] });
    expect((await world.api.get(`${ofRun}/nope/dependencies`)).status).toBe(404);
  });

  test("has its past tries from the catalog and the current one from its object", async () => {
    addRun({ state: "running" });
    addInstance({ taskId: "extract", state: "running", tryNumber: 2, startAt: START_AT });
    const error = { name: "Error", message: "no luck", stack: null };
    await world.platform.project({
      taskInstances: [
        makeTaskInstance({ dagId: "alpha", runId: "one", taskId: "extract", state: "queued", tryNumber: 2 }),
      ],
      tries: [
        makeTaskInstance({ dagId: "alpha", runId: "one", taskId: "extract", state: "failed", tryNumber: 1, error }),
      ],
    });
    const { json } = await world.api.get(`${ofRun}/extract/tries`);
    assertShape("GET /dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id/tries", json);
    expect(json.task_instances).toMatchObject([
      { try_number: 1, state: "failed", error },
      { try_number: 2, state: "running" },
    ]);
    expect((await world.api.get(`${ofRun}/extract/tries/1`)).json.state).toBe("failed");
    expect((await world.api.get(`${ofRun}/extract/tries/3`)).status).toBe(404);
    expect((await world.api.get(`${ofRun}/load/tries`)).json).toEqual({ task_instances: [], total_entries: 0 });
  });
});
