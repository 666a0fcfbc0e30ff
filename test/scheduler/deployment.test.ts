/** The promises of the main job, with all real parts in one process. */
import { afterEach, expect, test } from "vitest";
import { type Catalog, readRows } from "../../src/catalog/port.ts";
import { dag } from "../../src/dag/index.ts";
import { PlatformError } from "../../src/platform.ts";
import { Deployment, lateCatalog } from "../fixtures/deployment.ts";

let deployment: Deployment | null = null;
afterEach(() => {
  deployment?.stop();
  deployment = null;
});

/** Executions of each try, by task, try and token: what a ledger outside would have seen. */
function ledgered(id: string, count: number) {
  const executions: string[] = [];
  const definition = dag(id, {}, ({ task }) => {
    const root = task("root", () => ({ from: "root" }));
    const works = Array.from({ length: count }, (_, index) =>
      task(`work_${index}`, { inputs: { root } }, ({ root: input, task: own, attempt }) => {
        executions.push(`${own.taskId} ${attempt.tryNumber} ${attempt.token}`);
        return { index, input };
      }),
    );
    task("join", { after: works }, () => "joined");
  });
  return { definition, executions };
}

test("with every message delivered twice, no try runs twice and no result is committed twice", async () => {
  const { definition, executions } = ledgered("doubled", 200);
  deployment = await Deployment.start({ definitions: [definition], copies: 2 });
  const { status, json } = await deployment.json("POST", "/dags/doubled/dagRuns", {});
  expect(status).toBe(200);
  const runId = String(json["dag_run_id"]);
  expect(await deployment.finished("doubled", runId)).toBe("success");
  expect(executions).toHaveLength(200);
  expect(new Set(executions).size).toBe(200);
  const instances = (await deployment.scheduler("doubled").taskInstances(runId, { limit: 1_000 }))?.rows ?? [];
  expect(instances.map((one) => [one.state, one.tryNumber])).toEqual(instances.map(() => ["success", 1]));
});

test("a run is never missing and never older than what was answered, with a catalog 5 s late", async () => {
  const { definition } = ledgered("late", 1);
  deployment = await Deployment.start({
    definitions: [definition],
    wrapCatalog: (catalog) => lateCatalog(catalog, 5_000),
  });
  const target = deployment;
  const posted = Array.from({ length: 1_000 }, async (_, index) => {
    const { status, json } = await target.json("POST", "/dags/late/dagRuns", {
      dag_run_id: `r${index}`,
      note: `n${index}`,
    });
    expect(status).toBe(200);
    const read = await target.json("GET", `/dags/late/dagRuns/r${index}`);
    expect(read.status).toBe(200);
    expect(read.json["note"]).toBe(`n${index}`);
    const order = ["queued", "running", "success"];
    expect(order.indexOf(String(read.json["state"]))).toBeGreaterThanOrEqual(order.indexOf(String(json["state"])));
  });
  await Promise.all(posted);
}, 60_000);

test("a catalog that is away under load loses nothing: runs go on, and it catches up", async () => {
  const { definition } = ledgered("away", 50);
  let isAway = false;
  let refusals = 0;
  const flaky = (catalog: Catalog): Catalog => ({
    ...catalog,
    write: async (statements) => {
      if (!isAway) return catalog.write(statements);
      refusals += 1;
      throw new PlatformError("catalog_down", "The catalog is down", { retryable: true });
    },
  });
  deployment = await Deployment.start({ definitions: [definition], wrapCatalog: flaky });
  const target = deployment;
  isAway = true;
  const runIds = Array.from({ length: 10 }, (_, index) => `r${index}`);
  await Promise.all(runIds.map((runId) => target.json("POST", "/dags/away/dagRuns", { dag_run_id: runId })));
  for (const runId of runIds) expect(await target.finished("away", runId)).toBe("success");
  expect(refusals).toBeGreaterThan(0);
  const [before] = await readRows(target.catalog, { sql: "SELECT count(*) AS count FROM dag_run", params: [] });
  expect(before?.["count"]).toBe(0);
  isAway = false;
  expect(await target.scheduler("away").flush.settled(60_000)).toBe(true);
  const rows = await readRows(target.catalog, {
    sql: "SELECT run_id, state, count(*) AS count FROM task_instance GROUP BY run_id, state",
    params: [],
  });
  expect(rows).toHaveLength(10);
  for (const row of rows) expect(row).toMatchObject({ state: "success", count: 52 });
}, 90_000);

test("an eviction in the middle of a run changes nothing but time", async () => {
  const { definition } = ledgered("evicted", 100);
  deployment = await Deployment.start({ definitions: [definition] });
  const { json } = await deployment.json("POST", "/dags/evicted/dagRuns", {});
  deployment.evict("evicted");
  expect(await deployment.finished("evicted", String(json["dag_run_id"]))).toBe("success");
});
