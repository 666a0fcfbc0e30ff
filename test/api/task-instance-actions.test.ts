import { beforeEach, describe, expect, test } from "vitest";
import { makeRun, makeTaskInstance } from "../fixtures/projections.ts";
import { START_AT } from "./fake-platform.ts";
import { addDag, assertShape, makeWorld, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await makeWorld();
  await addDag(world.platform, "alpha");
  const scheduler = world.platform.scheduler("alpha");
  for (const [runId, day] of [
    ["one", 0],
    ["two", 1],
  ] as const) {
    const logicalAt = START_AT + day * 86_400_000;
    scheduler.runs.set(runId, makeRun({ dagId: "alpha", runId, logicalAt, state: "failed", endAt: START_AT }));
    scheduler.instances.push(
      makeTaskInstance({ dagId: "alpha", runId, taskId: "extract", state: "success" }),
      makeTaskInstance({ dagId: "alpha", runId, taskId: "load", state: "failed" }),
    );
  }
});

const scheduler = () => world.platform.scheduler("alpha");
const lastSelection = () => scheduler().selections.at(-1);
const stateOf = (runId: string, taskId: string) =>
  scheduler().instances.find((one) => one.runId === runId && one.taskId === taskId)?.state;

describe("POST /dags/{dag_id}/clearTaskInstances", () => {
  const path = "/dags/alpha/clearTaskInstances";

  test("is a dry run of the failed ones unless it is told otherwise", async () => {
    const { status, json } = await world.api.post(path, { dag_run_id: "one" });
    expect(status).toBe(200);
    assertShape("POST /dags/:dag_id/clearTaskInstances", json);
    expect(json).toMatchObject({
      task_instances: [
        { task_id: "load", dag_run_id: "one", state: "failed", logical_date: "2026-01-01T00:00:00.000Z" },
      ],
      total_entries: 1,
    });
    expect(stateOf("one", "load")).toBe("failed");
  });

  test("clears what is named, as its flags say", async () => {
    const body = {
      dry_run: false,
      dag_run_id: "one",
      task_ids: ["extract", ["load", -1]],
      only_failed: false,
      include_upstream: true,
      include_downstream: true,
      reset_dag_runs: false,
      note: "again",
    };
    const { json } = await world.api.post(path, body);
    expect(json.total_entries).toBe(2);
    expect(lastSelection()).toEqual({
      selection: {
        runId: "one",
        fromAt: null,
        toAt: null,
        tasks: ["extract", ["load", -1]],
        upstream: true,
        downstream: true,
        past: false,
        future: false,
        only: null,
      },
      options: { dryRun: false, resetDagRuns: false, note: "again" },
    });
    expect(stateOf("one", "extract")).toBe("none");
  });

  test("lets a run go over to the latest version of its DAG", async () => {
    await world.api.post(path, { dag_run_id: "one", dry_run: false, run_on_latest_version: true });
    expect(lastSelection()?.options).toMatchObject({ dryRun: false, onLatestVersion: true });
    await world.api.post("/dags/alpha/dagRuns/one/clear", { dry_run: false, run_on_latest_version: true });
    expect(lastSelection()?.options).toMatchObject({ dryRun: false, onLatestVersion: true });
    await world.api.post(path, { dag_run_id: "one", dry_run: false });
    expect(lastSelection()?.options).not.toHaveProperty("onLatestVersion");
  });

  test("reaches other runs by past and future, or by dates", async () => {
    expect((await world.api.post(path, { dag_run_id: "one", include_future: true })).json.total_entries).toBe(2);
    expect(lastSelection()?.selection).toMatchObject({ runId: "one", past: false, future: true });
    const dates = { start_date: "2026-01-01T00:00:00Z", end_date: "2026-01-02T00:00:00+01:00" };
    await world.api.post(path, dates);
    const [fromAt, toAt] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1, 23)];
    expect(lastSelection()?.selection).toMatchObject({ runId: null, fromAt, toAt, past: false });
    await world.api.post(path, { ...dates, include_past: true });
    expect(lastSelection()?.selection).toMatchObject({ fromAt: null, toAt });
  });

  test("refuses what contradicts itself, and what it cannot do", async () => {
    for (const [body, field] of [
      [{ dag_run_id: "one", only_running: true }, "only_running"],
      [{ dag_run_id: "one", start_date: "2026-01-01T00:00:00Z" }, "dag_run_id"],
      [{ start_date: "2026-01-02T00:00:00Z", end_date: "2026-01-01T00:00:00Z" }, "end_date"],
      [{ start_date: "2026-01-01T00:00:00Z", run_on_latest_version: true }, "run_on_latest_version"],
      [{ dag_run_id: "one", include_past: true, run_on_latest_version: true }, "run_on_latest_version"],
      [{ dag_run_id: "one", task_ids: [] }, "task_ids"],
      [{ dag_run_id: "one", moon: true }, "moon"],
    ] as const) {
      const { status, json } = await world.api.post(path, body);
      expect([status, json.detail[0].loc]).toEqual([422, ["body", field]]);
    }
    expect((await world.api.post(path, { dag_run_id: "nope" })).status).toBe(404);
    expect(scheduler().selections).toEqual([]);
  });

  test("leaves running ones alone when that is asked for", async () => {
    scheduler().instances.push(makeTaskInstance({ dagId: "alpha", runId: "one", taskId: "slow", state: "running" }));
    const body = { dry_run: false, dag_run_id: "one", only_failed: false, prevent_running_task: true };
    const { status, json } = await world.api.post(path, body);
    expect([status, json.detail]).toEqual([409, 'Task instance "slow" of run "one" is running: nothing was cleared']);
    expect(stateOf("one", "extract")).toBe("success");
  });
});

describe("POST /dags/{dag_id}/dagRuns/{dag_run_id}/clear", () => {
  const path = "/dags/alpha/dagRuns/one/clear";

  test("lists what it would clear, then answers with the run", async () => {
    const told = await world.api.post(path, {});
    expect(told.json.total_entries).toBe(2);
    assertShape("POST /dags/:dag_id/dagRuns/:dag_run_id/clear", told.json);
    const done = await world.api.post(path, { dry_run: false, only_failed: true, note: "again" });
    expect(done.json).toMatchObject({ dag_run_id: "one", note: "again" });
    expect([stateOf("one", "extract"), stateOf("one", "load")]).toEqual(["success", "none"]);
    expect((await world.api.post("/dags/alpha/dagRuns/nope/clear", {})).status).toBe(404);
  });
});

describe("PATCH of a task instance", () => {
  const path = "/dags/alpha/dagRuns/one/taskInstances/load";

  test("marks it, with what it takes along", async () => {
    const { status, json } = await world.api.patch(path, { new_state: "success", include_downstream: true });
    expect(status).toBe(200);
    assertShape("PATCH /dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id", json);
    expect(json).toMatchObject({ task_instances: [{ task_id: "load", state: "success" }], total_entries: 1 });
    expect(lastSelection()?.selection).toMatchObject({ tasks: ["load"], downstream: true, only: null });
    const again = await world.api.patch(path, { new_state: "success" });
    expect([again.status, again.json.detail]).toEqual([409, "Task id load is already in success state"]);
  });

  test("tells in a dry run what it would change", async () => {
    const { json } = await world.api.patch(`${path}/dry_run`, { new_state: "skipped", include_past: true });
    assertShape("PATCH /dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id/dry_run", json);
    expect(json.task_instances.map((one: { dag_run_id: string }) => one.dag_run_id)).toEqual(["one", "two"]);
    expect(stateOf("one", "load")).toBe("failed");
  });

  test("names a mapped instance by its index", async () => {
    scheduler().instances.push(
      makeTaskInstance({ dagId: "alpha", runId: "one", taskId: "each", mapIndex: 0, state: "failed" }),
      makeTaskInstance({ dagId: "alpha", runId: "one", taskId: "each", mapIndex: 1, state: "failed" }),
    );
    const each = "/dags/alpha/dagRuns/one/taskInstances/each";
    const one = await world.api.patch(`${each}/1`, { new_state: "skipped" });
    expect(one.json.task_instances).toMatchObject([{ map_index: 1, state: "skipped" }]);
    expect((await world.api.patch(`${each}/1/dry_run`, { new_state: "success" })).json.total_entries).toBe(1);
    expect((await world.api.patch(`${each}?map_index=0`, { note: "first" })).json.task_instances).toMatchObject([
      { map_index: 0, note: "first" },
    ]);
    expect((await world.api.patch(each, { new_state: "success" })).json.total_entries).toBe(2);
    expect((await world.api.patch(`${each}/7`, { new_state: "success" })).status).toBe(404);
  });

  test("writes a note, and only what the mask names", async () => {
    const body = { new_state: "success", note: "look here" };
    const { json } = await world.api.patch(`${path}?update_mask=note`, body);
    expect(json.task_instances).toMatchObject([{ state: "failed", note: "look here" }]);
    expect((await world.api.patch(path, { note: "x".repeat(1_001) })).status).toBe(422);
    expect((await world.api.patch(path, { new_state: "running" })).status).toBe(422);
    expect((await world.api.patch("/dags/alpha/dagRuns/one/taskInstances/nope", { note: "?" })).status).toBe(404);
  });
});

describe("DELETE of a task instance", () => {
  const path = "/dags/alpha/dagRuns/one/taskInstances/load";

  test("forgets it, or says why not", async () => {
    const { status, json } = await world.api.delete(path);
    expect([status, json]).toEqual([200, null]);
    expect(stateOf("one", "load")).toBeUndefined();
    expect((await world.api.delete(path)).status).toBe(404);
    expect((await world.api.delete(`${path}?map_index=7`)).status).toBe(404);
    const message = 'A try of "extract" is under way: mark it first, then delete it';
    scheduler().refusal = { ok: false, code: "conflict", message, field: null };
    const refused = await world.api.delete("/dags/alpha/dagRuns/one/taskInstances/extract");
    expect([refused.status, refused.json.detail]).toEqual([409, message]);
  });
});
