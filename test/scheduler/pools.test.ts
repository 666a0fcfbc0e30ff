/** Pools with all real parts: several DAGs, one object for their limits, and a network that loses calls. */
import { afterEach, expect, test } from "vitest";
import { readAll } from "../../src/catalog/port.ts";
import { eventLog } from "../../src/catalog/sql/event-log.ts";
import type { DagDefinition } from "../../src/dag/definition.ts";
import { dag } from "../../src/dag/index.ts";
import type { Actor } from "../../src/platform.ts";
import { Deployment } from "../fixtures/deployment.ts";

const actor: Actor = { name: "ann", via: "api" };

let deployment: Deployment | null = null;
afterEach(() => {
  deployment?.stop();
  deployment = null;
});

/** Counts how many slots its tasks use at once. */
class Gauge {
  used = 0;
  most = 0;
  runs = 0;

  async run(slots: number): Promise<string> {
    this.used += slots;
    this.runs += 1;
    this.most = Math.max(this.most, this.used);
    await new Promise((resolve) => setImmediate(resolve));
    this.used -= slots;
    return "done";
  }
}

function pooled(id: string, count: number, gauge: Gauge, pool = "p"): DagDefinition {
  return dag(id, {}, ({ task }) => {
    for (let index = 0; index < count; index += 1) {
      const poolSlots = 1 + (index % 2);
      task(`t${index}`, { pool, poolSlots }, () => gauge.run(poolSlots));
    }
  });
}

async function start(
  definitions: readonly DagDefinition[],
  pools: Readonly<Record<string, number>>,
): Promise<Deployment> {
  const made = await Deployment.start({ definitions });
  deployment = made;
  for (const [name, slots] of Object.entries(pools)) {
    await made.platform.limits.createPool({ name, slots, includeDeferred: false, description: "" }, actor);
  }
  return made;
}

async function trigger(made: Deployment, dagId: string, runId: string): Promise<void> {
  const { status } = await made.json("POST", `/dags/${dagId}/dagRuns`, { dag_run_id: runId });
  expect(status).toBe(200);
}

/** Nothing is on its way between the DAGs and the limits, and nobody holds anything. */
async function atRest(made: Deployment, pool: string): Promise<void> {
  for (;;) {
    if ((await made.platform.limits.holders(pool)).length === 0) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("DAGs share a pool, never use more than it has, and all their runs end", async () => {
  const gauge = new Gauge();
  const ids = ["a", "b", "c"];
  const made = await start(
    ids.map((id) => pooled(id, 20, gauge)),
    { p: 5 },
  );
  for (const id of ids) await trigger(made, id, "r");
  for (const id of ids) expect(await made.finished(id, "r")).toBe("success");
  expect([gauge.runs, gauge.used]).toEqual([60, 0]);
  expect(gauge.most).toBeGreaterThan(2);
  expect(gauge.most).toBeLessThanOrEqual(5);
  await atRest(made, "p");
});

test("without limited pools no call goes to the limits but the first of each DAG", async () => {
  const gauge = new Gauge();
  const made = await start([pooled("a", 10, gauge, "default_pool")], {});
  const before = made.limitsCallCount;
  await trigger(made, "a", "r");
  expect(await made.finished("a", "r")).toBe("success");
  expect([before, made.limitsCallCount]).toEqual([1, 1]);
});

test("calls that are lost, before or after they arrive, delay and break nothing", async () => {
  const gauge = new Gauge();
  const ids = ["a", "b"];
  const made = await start(
    ids.map((id) => pooled(id, 12, gauge)),
    { p: 3 },
  );
  made.lose = (call) => (call % 5 === 2 ? "request" : call % 5 === 4 ? "reply" : null);
  for (const id of ids) await trigger(made, id, "r");
  // What was lost on the way to a DAG is told again on the next visit.
  made.haste = 100;
  const visits = setInterval(() => {
    made.limitsAheadMs += 30_000;
    void made.wakeLimits();
  }, 20);
  for (const id of ids) expect(await made.finished(id, "r")).toBe("success");
  made.lose = () => null;
  await atRest(made, "p");
  clearInterval(visits);
  expect(gauge.runs).toBe(24);
  expect(gauge.most).toBeLessThanOrEqual(3);
});

test("either side may be evicted at any time", async () => {
  const gauge = new Gauge();
  const ids = ["a", "b"];
  const made = await start(
    ids.map((id) => pooled(id, 12, gauge)),
    { p: 3 },
  );
  for (const id of ids) await trigger(made, id, "r");
  let turn = 0;
  const evictions = setInterval(() => {
    turn += 1;
    if (turn % 3 === 0) made.evictLimits();
    else made.evict(ids[turn % 2] ?? "a");
    for (const id of ids) void made.scheduler(id).poke();
    void made.wakeLimits();
  }, 25);
  for (const id of ids) expect(await made.finished(id, "r")).toBe("success");
  clearInterval(evictions);
  await atRest(made, "p");
  expect(gauge.used).toBe(0);
  expect(gauge.most).toBeLessThanOrEqual(3);
});

test("a task that waits says who holds the slots, and starts when the pool is made larger", async () => {
  let release = () => {};
  const held = new Promise<string>((resolve) => {
    release = () => resolve("done");
  });
  const holder = dag("holder", {}, ({ task }) => {
    task("long", { pool: "p" }, () => held);
  });
  const waiter = dag("waiter", {}, ({ task }) => {
    task("short", { pool: "p" }, () => "done");
  });
  const made = await start([holder, waiter], { p: 1 });
  await trigger(made, "holder", "h");
  while ((await made.platform.limits.holders("p")).length === 0) await new Promise((resolve) => setImmediate(resolve));
  await trigger(made, "waiter", "w");
  const key = { runId: "w", taskId: "short", mapIndex: -1 };
  const why = async () => (await made.scheduler("waiter").explain(key))?.[0];
  // It may still be on its way to the limits.
  while ((await why())?.reason.includes("held by") !== true) await new Promise((resolve) => setImmediate(resolve));
  const blocker = await why();
  expect(blocker?.rule).toBe("L10");
  expect(blocker?.reason).toContain('It needs 1 slot of pool "p": 1 of 1 are held by holder/h/long');
  const view = await made.scheduler("waiter").taskInstance(key);
  expect([view?.state, view?.reason]).toEqual(["scheduled", "pool_slots"]);
  await made.platform.limits.changePool("p", { slots: 2 }, actor);
  expect(await made.finished("waiter", "w")).toBe("success");
  release();
  expect(await made.finished("holder", "h")).toBe("success");
});

test("a deleted DAG holds nothing, and an operator can take slots from one that is lost", async () => {
  const never = dag("never", {}, ({ task }) => {
    task(
      "long",
      { pool: "p" },
      ({ signal }) => new Promise<string>((resolve) => signal.addEventListener("abort", () => resolve("stopped"))),
    );
  });
  const made = await start([never], { p: 1 });
  await trigger(made, "never", "n");
  while ((await made.platform.limits.holders("p")).length === 0) await new Promise((resolve) => setImmediate(resolve));
  const [holder] = await made.platform.limits.holders("p");
  const reply = await made.platform.limits.release(never.spec.dagId, holder?.ticket ?? 0, actor);
  expect(reply.ok).toBe(true);
  expect(await made.platform.limits.holders("p")).toEqual([]);
  const events = await readAll(
    made.catalog,
    eventLog.list({ allowedDagIds: null, events: ["release_slots"] }, { limit: 5, offset: 0 }),
  );
  expect(events.map(({ actor: who, extra }) => [who, JSON.parse(extra ?? "{}").taskId])).toEqual([["ann", "long"]]);
  await made.scheduler("never").markRun("n", "failed", actor);
  // A DAG that had more events than its life had milliseconds waits for the clock before it can be deleted.
  while (!(await made.scheduler("never").deleteDag(actor)).ok) await new Promise((resolve) => setImmediate(resolve));
  await atRest(made, "p");
});

test("what waits is told as waiting, with its reason, although nothing happened since an eviction", async () => {
  const made = await start([pooled("a", 1, new Gauge(), "nowhere")], {});
  await trigger(made, "a", "r");
  const path = "/dags/a/dagRuns/r/taskInstances";
  const told = async () => {
    made.evict("a");
    const one = await made.json("GET", `${path}/t0`);
    made.evict("a");
    const list = await made.json("GET", path);
    made.evict("a");
    const why = await made.json("GET", `${path}/t0/dependencies`);
    return JSON.stringify([one.json, list.json, why.json]);
  };
  const text = await told();
  expect(text.match(/"state":"scheduled"/g)).toHaveLength(2);
  expect(text).toContain(String.raw`There is no pool \"nowhere\"`);
});
