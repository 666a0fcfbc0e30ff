import { beforeEach, expect, test } from "vitest";
import type { DagId } from "../../src/dag/ids.ts";
import { fixedAuthenticator } from "../fixtures/fixed-authenticator.ts";
import { dagId, makeRun, makeTaskInstance } from "../fixtures/projections.ts";
import { apiClient, makeTestApp } from "./fake-platform.ts";
import { assertShape, makeWorld, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});

const fresh = { occupied_slots: 0, running_slots: 0, queued_slots: 0, scheduled_slots: 0, deferred_slots: 0 };

test("the default pool is there, unlimited, and cannot be deleted", async () => {
  const { json } = await world.api.get("/pools");
  assertShape("GET /pools", json);
  expect(json).toEqual({
    pools: [
      {
        ...fresh,
        name: "default_pool",
        slots: -1,
        description: "Default pool",
        include_deferred: false,
        open_slots: -1,
      },
    ],
    total_entries: 1,
  });
  const refused = await world.api.delete("/pools/default_pool");
  expect([refused.status, refused.json.detail]).toEqual([
    400,
    'The pool "default_pool" cannot be deleted: set its slots instead',
  ]);
});

test("a pool is made, read, changed and deleted, and each is in the audit log", async () => {
  const made = await world.api.post("/pools", { name: "db", slots: 3, description: "connections" });
  expect(made.status).toBe(201);
  expect(made.json).toEqual({
    ...fresh,
    name: "db",
    slots: 3,
    description: "connections",
    include_deferred: false,
    open_slots: 3,
  });
  expect((await world.api.get("/pools/db")).json).toEqual(made.json);
  expect((await world.api.post("/pools", { name: "db", slots: 1 })).status).toBe(409);
  const changed = await world.api.patch("/pools/db", { slots: 5, description: null, include_deferred: true });
  expect([changed.status, changed.json.slots, changed.json.description, changed.json.include_deferred]).toEqual([
    200,
    5,
    null,
    true,
  ]);
  expect((await world.api.delete("/pools/db")).status).toBe(204);
  expect((await world.api.get("/pools/db")).status).toBe(404);
  expect((await world.api.patch("/pools/db", { slots: 1 })).status).toBe(404);
  expect((await world.api.delete("/pools/db")).status).toBe(404);
  expect(world.platform.limits.audited.map(({ event, actor }) => `${actor}: ${event}`)).toEqual([
    "ann: create_pool",
    "ann: change_pool",
    "ann: delete_pool",
  ]);
});

test("with an update mask only what it names is changed", async () => {
  await world.api.post("/pools", { name: "db", slots: 3, description: "connections" });
  const changed = await world.api.patch("/pools/db?update_mask=slots", { slots: 4, description: "other" });
  expect([changed.json.slots, changed.json.description]).toEqual([4, "connections"]);
});

test.each([
  [{ name: "db" }, "slots"],
  [{ name: "db", slots: -2 }, "slots"],
  [{ name: "db", slots: 1.5 }, "slots"],
  [{ name: "", slots: 1 }, "name"],
  [{ name: "db", slots: 1, size: 2 }, "size"],
])("a pool cannot be made from %j", async (body, field) => {
  const { status, json } = await world.api.post("/pools", body);
  expect([status, json.detail[0].loc]).toEqual([422, ["body", field]]);
});

test("a pool has one name for ever", async () => {
  await world.api.post("/pools", { name: "db", slots: 3 });
  const { status, json } = await world.api.patch("/pools/db", { name: "other", slots: 1 });
  expect([status, json.detail[0].loc]).toEqual([422, ["body", "name"]]);
  expect((await world.api.patch("/pools/db", { pool: "db", slots: 1 })).status).toBe(200);
});

test("pools are listed in order, by page and by name", async () => {
  for (const [name, slots] of [
    ["b", 1],
    ["a", 2],
    ["ab", 0],
  ] as const) {
    await world.api.post("/pools", { name, slots });
  }
  const names = async (query: string) =>
    (await world.api.get(`/pools${query}`)).json.pools.map(({ name }: { name: string }) => name);
  expect(await names("")).toEqual(["a", "ab", "b", "default_pool"]);
  expect(await names("?order_by=-slots&limit=2")).toEqual(["a", "b"]);
  expect(await names("?offset=1&limit=1")).toEqual(["ab"]);
  expect(await names("?pool_name_pattern=A%25")).toEqual(["a", "ab", "default_pool"]);
});

test("slots are counted by state, over the live runs of all DAGs", async () => {
  await world.api.post("/pools", { name: "db", slots: 4, include_deferred: true });
  const instances = (["scheduled", "queued", "running", "restarting", "deferred", "success"] as const).map(
    (state, at) =>
      makeTaskInstance({ dagId: "alpha", runId: "one", taskId: `t${at}`, state, pool: "db", poolSlots: at + 1 }),
  );
  const old = makeTaskInstance({ dagId: "alpha", runId: "over", taskId: "t", state: "running", pool: "db" });
  await world.platform.project({
    dagRuns: [
      makeRun({ dagId: "alpha", runId: "one", state: "running" }),
      makeRun({ dagId: "alpha", runId: "over", state: "success" }),
    ],
    taskInstances: [...instances, old],
  });
  expect((await world.api.get("/pools/db")).json).toMatchObject({
    scheduled_slots: 1,
    queued_slots: 2,
    running_slots: 3 + 4,
    deferred_slots: 5,
    occupied_slots: 14,
    open_slots: -10,
  });
});

test("who holds slots is told to those who may see their DAG, and an operator can take them back", async () => {
  const { limits } = world.platform;
  await world.api.post("/pools", { name: "db", slots: 2 });
  await limits.subscribe("mine" as DagId, 0);
  const ask = { runId: "r", taskId: "t", mapIndex: -1, pool: "db", slots: 2, weight: 1, runAt: 0, askedAt: 0 };
  await limits.exchange({
    v: 1,
    dagId: dagId("mine"),
    sequence: 1,
    limitsVersion: 2,
    held: null,
    asks: [{ ...ask, ticket: 7 }],
    drops: [],
  });
  const { json } = await world.api.get("/pools/db/holders");
  assertShape("GET /pools/:pool_name/holders", json);
  expect(json.holders).toMatchObject([{ dag_id: "mine", dag_run_id: "r", task_id: "t", pool_slots: 2, ticket: 7 }]);
  const stranger = apiClient(makeTestApp(world.platform, fixedAuthenticator({ dagIds: ["other"] })));
  expect((await stranger.get("/pools/db/holders")).json).toEqual({ holders: [], total_entries: 0 });
  expect((await stranger.delete("/pools/db/holders/mine/7")).status).toBe(404);
  expect((await world.api.delete("/pools/db/holders/mine/8")).status).toBe(404);
  expect((await world.api.delete("/pools/db/holders/mine/7")).status).toBe(204);
  expect((await world.api.get("/pools/db/holders")).json.total_entries).toBe(0);
});

test("the limit of the deployment is unlimited until it is set", async () => {
  expect((await world.api.get("/limits")).json).toEqual({ parallelism: null });
  expect((await world.api.patch("/limits", { parallelism: 32 })).status).toBe(200);
  expect((await world.api.get("/limits")).json).toEqual({ parallelism: 32 });
  expect((await world.api.patch("/limits", { parallelism: -1 })).status).toBe(422);
  expect((await world.api.patch("/limits", { parallelism: null })).json).toEqual({ parallelism: null });
});
