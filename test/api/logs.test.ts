import { beforeEach, describe, expect, test } from "vitest";
import { dagId, makeRun, makeTaskInstance, runId, taskId } from "../fixtures/projections.ts";
import { addDag, assertShape, makeWorld, type World } from "./world.ts";

let world: World;
const key = { dagId: dagId("alpha"), runId: runId("one"), taskId: taskId("extract"), mapIndex: -1, tryNumber: 1 };
const path = "/dags/alpha/dagRuns/one/taskInstances/extract/logs";

beforeEach(async () => {
  world = await makeWorld();
  await addDag(world.platform, "alpha");
  world.platform.scheduler("alpha").runs.set("one", makeRun({ dagId: "alpha", runId: "one", state: "running" }));
});

function setInstance(given: Parameters<typeof makeTaskInstance>[0]): void {
  const { instances } = world.platform.scheduler("alpha");
  instances.length = 0;
  instances.push(makeTaskInstance({ dagId: "alpha", runId: "one", taskId: "extract", ...given }));
}

describe("GET …/logs/{try_number}", () => {
  test("has the lines of a try with their fields, in Airflow's shape", async () => {
    setInstance({ state: "success" });
    await world.platform.writeLog(key, 1, [
      { event: "begin", rows: 3 },
      { event: "odd", level: "warning" },
    ]);
    const { json } = await world.api.get(`${path}/1`);
    assertShape("GET /dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id/logs/:try_number", json);
    expect(json).toEqual({
      content: [
        { timestamp: "2026-01-01T00:00:00.000Z", level: "info", event: "begin", rows: 3 },
        { timestamp: "2026-01-01T00:00:00.000Z", level: "warning", event: "odd" },
      ],
      continuation_token: null,
    });
  });

  test("can be followed while the try runs", async () => {
    setInstance({ state: "running" });
    const empty = await world.api.get(`${path}/1`);
    expect(empty.json).toEqual({ content: [], continuation_token: "0" });
    await world.platform.writeLog(key, 1, [{ event: "one" }, { event: "two" }]);
    const first = await world.api.get(`${path}/1?token=${empty.json.continuation_token}`);
    expect(first.json.content).toHaveLength(2);
    expect(first.json.continuation_token).toBe("2");
    await world.platform.writeLog(key, 2, [{ event: "three" }]);
    setInstance({ state: "success" });
    const last = await world.api.get(`${path}/1?token=2`);
    expect(last.json.content).toMatchObject([{ event: "three" }]);
    expect(last.json.continuation_token).toBeNull();
  });

  test("comes in pages, or whole when asked", async () => {
    setInstance({ state: "success" });
    const lines = Array.from({ length: 2_500 }, (_, index) => ({ event: `line ${index}` }));
    await world.platform.writeLog(key, 1, lines);
    const first = await world.api.get(`${path}/1`);
    expect(first.json.content).toHaveLength(2_000);
    expect(first.json.continuation_token).toBe("2000");
    const second = await world.api.get(`${path}/1?token=2000`);
    expect(second.json.content).toHaveLength(500);
    expect(second.json.continuation_token).toBeNull();
    const whole = await world.api.get(`${path}/1?full_content=true`);
    expect(whole.json.content).toHaveLength(2_500);
    expect(whole.json.continuation_token).toBeNull();
  });

  test("is text or lines of JSON when the Accept header says so", async () => {
    setInstance({ state: "success" });
    await world.platform.writeLog(key, 1, [
      { event: "begin", rows: 3 },
      { event: "<b>end</b>", level: "error" },
    ]);
    const text = await world.api.get(`${path}/1`, { accept: "text/plain" });
    expect(text.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(text.headers.get("x-content-type-options")).toBe("nosniff");
    expect(text.text).toBe(
      '[2026-01-01T00:00:00.000Z] INFO - begin {"rows":3}\n[2026-01-01T00:00:00.000Z] ERROR - <b>end</b>\n',
    );
    const lines = await world.api.get(`${path}/1`, { accept: "application/x-ndjson" });
    expect(lines.text.split("\n")).toHaveLength(3);
    expect(JSON.parse(lines.text.split("\n")[0] ?? "")).toMatchObject({ event: "begin", rows: 3 });
  });

  test("an earlier try keeps its own log, and a try that waits for its retry is over", async () => {
    setInstance({ state: "up_for_retry", tryNumber: 2 });
    await world.platform.writeLog(key, 1, [{ event: "first" }]);
    await world.platform.writeLog({ ...key, tryNumber: 2 }, 1, [{ event: "second" }]);
    for (const [number, event] of [
      [1, "first"],
      [2, "second"],
    ]) {
      const { json } = await world.api.get(`${path}/${number}`);
      expect(json).toMatchObject({ content: [{ event }], continuation_token: null });
    }
  });

  test("is 404 for a try, task or run that there is not", async () => {
    setInstance({ state: "running", tryNumber: 1 });
    for (const missing of [
      `${path}/2`,
      `${path}/0`,
      `${path}/x`,
      `${path}/1?map_index=0`,
      path.replace("extract", "x").concat("/1"),
    ]) {
      expect((await world.api.get(missing)).status, missing).toBe(404);
    }
    expect((await world.api.get(`${path}/1?token=abc`)).status).toBe(422);
  });
});
