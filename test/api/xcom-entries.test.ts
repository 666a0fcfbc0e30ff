import { beforeEach, describe, expect, test } from "vitest";
import { makeRun, makeXCom } from "../fixtures/projections.ts";
import { addDag, assertShape, makeWorld, type World } from "./world.ts";

let world: World;
const path = "/dags/alpha/dagRuns/one/taskInstances/extract/xcomEntries";

beforeEach(async () => {
  world = await makeWorld();
  await addDag(world.platform, "alpha");
  const scheduler = world.platform.scheduler("alpha");
  scheduler.runs.set("one", makeRun({ dagId: "alpha", runId: "one", state: "running", logicalAt: 0 }));
  const place = { runId: "one", taskId: "extract", mapIndex: -1, at: 1_000 };
  const json = '{"rows":[1,2]}';
  scheduler.xcoms.push(
    { ...place, key: "return_value", value: { type: "inline", json } },
    { ...place, key: "report/svg", value: { type: "ref", key: "xcom/large", bytes: 9, sha256: "x" } },
  );
  await world.platform.objects.put("xcom/large", new TextEncoder().encode('"<svg/>"'));
  await world.platform.project({
    xcoms: [
      makeXCom({ dagId: "alpha", runId: "one", taskId: "extract", key: "return_value", preview: json }),
      makeXCom({
        dagId: "alpha",
        runId: "one",
        taskId: "extract",
        key: "report/svg",
        preview: '"<',
        isTruncated: true,
        ref: "xcom/large",
      }),
      makeXCom({ dagId: "alpha", runId: "one", taskId: "load", key: "return_value", preview: "[", isTruncated: true }),
    ],
  });
});

describe("xcomEntries", () => {
  test("lists the results of a task, or of all tasks of the run", async () => {
    const { json } = await world.api.get(path);
    assertShape("GET /dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id/xcomEntries", json);
    expect(json.xcom_entries.map((one: { key: string }) => one.key)).toEqual(["report/svg", "return_value"]);
    expect(json.total_entries).toBe(2);
    expect((await world.api.get(path.replace("extract", "~"))).json.total_entries).toBe(3);
    expect((await world.api.get(`${path}?xcom_key=return_value`)).json.total_entries).toBe(1);
    expect((await world.api.get(path.replace("one", "nope"))).status).toBe(404);
  });

  test("gives a value as it is, or as text", async () => {
    const { json } = await world.api.get(`${path}/return_value`);
    assertShape("GET /dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id/xcomEntries/:xcom_key", json);
    expect(json).toMatchObject({
      key: "return_value",
      value: { rows: [1, 2] },
      timestamp: "1970-01-01T00:00:01.000Z",
      logical_date: "1970-01-01T00:00:00.000Z",
      run_id: "one",
    });
    expect((await world.api.get(`${path}/return_value?stringify=true`)).json.value).toBe('{"rows":[1,2]}');
  });

  test("fetches a large value from the object store, and says so when it is gone", async () => {
    const large = `${path}/${encodeURIComponent("report/svg")}`;
    expect((await world.api.get(large)).json.value).toBe("<svg/>");
    await world.platform.objects.delete(["xcom/large"]);
    expect((await world.api.get(large)).status).toBe(410);
  });

  test("a key that there is not is 404", async () => {
    expect((await world.api.get(`${path}/nope`)).status).toBe(404);
    expect((await world.api.get(`${path}/return_value?map_index=0`)).status).toBe(404);
  });

  test("while the object is unreachable the catalog answers, if it has the whole value", async () => {
    await world.platform.project({ dagRuns: [makeRun({ dagId: "alpha", runId: "one" })] });
    world.platform.scheduler("alpha").isDown = true;
    expect((await world.api.get(`${path}/return_value`)).json.value).toEqual({ rows: [1, 2] });
    expect((await world.api.get(`${path}/${encodeURIComponent("report/svg")}`)).json.value).toBe("<svg/>");
    expect((await world.api.get(`${path.replace("extract", "load")}/return_value`)).status).toBe(503);
    expect((await world.api.get(`${path}/nope`)).status).toBe(404);
  });
});
