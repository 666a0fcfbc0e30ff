/** What an executor is told, however often it has to ask. */
import { expect, test } from "vitest";
import type { Grant, TryOutcome } from "../../src/executor/protocol.ts";
import { LastReplies } from "../../src/scheduler/replies.ts";
import { graphOf, spec, task } from "../fixtures/engine-world.ts";
import { SchedulerWorld } from "../fixtures/scheduler-world.ts";

const success: TryOutcome = { type: "success", returnValue: { type: "inline", json: "1" } };

async function worldOf(definition: ReturnType<typeof spec>): Promise<SchedulerWorld> {
  const world = new SchedulerWorld();
  await world.sync(definition);
  await world.trigger({ runId: "r1" });
  return world;
}

function only(grants: readonly Grant[]): Grant {
  const [grant] = grants;
  if (grant === undefined || grants.length > 1) throw new Error(`${grants.length} grants`);
  return grant;
}

test("a lost reply to a report costs nothing, even when the object was evicted as well", async () => {
  const world = await worldOf(spec({ tasks: graphOf("a>b>c x") }));
  const { grants } = await world.claim();
  const [a, x] = grants;
  if (a === undefined || x === undefined) throw new Error("a and x were not granted");
  const lost = await world.report(a, success, { capacity: 1, sequence: 2 });
  const b = only(lost.grants);
  const repeated = await world.report(a, success, { capacity: 1, sequence: 2 });
  expect(repeated).toEqual(lost);
  world.restart();
  const anew = await world.report(a, success, { capacity: 1, sequence: 2 });
  expect(anew.verdicts).toEqual([{ token: a.token, accepted: true, reason: null, state: "success" }]);
  expect(anew.grants.map(({ token }) => token).toSorted()).toEqual([b.token, x.token].toSorted());
  expect(anew.runs.map(({ runId }) => runId)).toEqual(["r1"]);
});

test("a result is kept with the grant that allows it, and with no other", async () => {
  const world = await worldOf(spec({ tasks: graphOf("a b") }));
  const { grants } = await world.claim();
  const [a, b] = grants;
  if (a === undefined || b === undefined) throw new Error("a and b were not granted");
  const xcoms = [{ key: "k", value: { type: "inline", json: "1" } }] as const;
  const { verdicts } = await world.report({ ...a, token: b.token }, success, { xcoms });
  expect(verdicts[0]?.accepted).toBe(false);
  expect(await world.scheduler.xcomEntries({ runId: "r1", taskId: "a", mapIndex: -1 })).toEqual([]);
});

test("a report of many large results in three-byte characters fits into the limits of a bound value", async () => {
  const world = await worldOf(spec({ tasks: Array.from({ length: 60 }, (_, index) => task(`t${index}`)) }));
  const { grants } = await world.claim();
  const json = JSON.stringify("\u4e2d".repeat(15_990));
  const reply = await world.scheduler.report({
    v: 1,
    dagId: world.dagId,
    invocation: "i1",
    sequence: 2,
    channel: "tasks",
    reports: grants.map((grant) => ({
      ...grant,
      outcome: { type: "success", returnValue: { type: "inline", json } },
      xcoms: [],
      logChunkCount: 0,
    })),
    capacity: 0,
    wallLeftMs: 0,
    hop: 0,
    bundleId: "b",
  });
  expect(reply.verdicts.every(({ accepted }) => accepted)).toBe(true);
});

test("references travel to executors without their previews", async () => {
  const tasks = graphOf("a>b").map((one) => ({
    ...one,
    inputs: Object.fromEntries(one.upstream.map((id) => [id, id])),
  }));
  const world = await worldOf(spec({ tasks }));
  const a = only((await world.claim()).grants);
  const value = { type: "ref", key: "k", bytes: 100_000, sha256: "0" } as const;
  const returnValue = { ...value, preview: "x".repeat(2_000) };
  const reply = await world.report(a, { type: "success", returnValue }, { capacity: 1 });
  expect(only(reply.grants).inputs["a"]?.value).toEqual(value);
});

test("last replies are kept up to a size, the oldest forgotten first", () => {
  const replies = new LastReplies<{ readonly size: number }>({ limit: 3, maxSize: 100, sizeOf: ({ size }) => size });
  for (const [index, invocation] of ["a", "b", "c", "d"].entries()) replies.keep(invocation, index, { size: 10 });
  expect(replies.find("a", 0)).toBeNull();
  expect(replies.find("b", 1)).toEqual({ size: 10 });
  replies.keep("e", 4, { size: 85 });
  expect([replies.find("c", 2), replies.find("d", 3), replies.find("e", 4)]).toEqual([
    null,
    { size: 10 },
    { size: 85 },
  ]);
  replies.keep("f", 5, { size: 1_000 });
  expect(replies.find("e", 4)).toBeNull();
  expect(replies.find("f", 5)).toEqual({ size: 1_000 });
});

test("a page of task instances leaves out what would not fit into one reply", async () => {
  const world = await worldOf(spec({ tasks: Array.from({ length: 100 }, (_, index) => task(`t${index}`)) }));
  const { grants } = await world.claim();
  const error = { name: "Error", message: "no", stack: "x".repeat(100_000), causes: [] };
  for (const grant of grants) {
    await world.report(grant, { type: "failed", error, retry: { type: "forbidden" }, reason: null });
  }
  expect(await world.scheduler.run("r1")).toMatchObject({ state: "failed" });
  const page = await world.scheduler.taskInstances("r1", { limit: 100 });
  expect(page?.rows.map((row) => row.error)).toEqual(
    Array(100).fill({ name: "Error", message: "no", stack: null, causes: [] }),
  );
  expect(await world.scheduler.taskInstance({ runId: "r1", taskId: "t0", mapIndex: -1 })).toMatchObject({ error });
});

test("a definition that no row can hold is refused in words, and leaves the last one", async () => {
  const world = await worldOf(spec({ tasks: graphOf("a") }));
  const tasks = Array.from({ length: 12_000 }, (_, index) => task(`t${index}`));
  await expect(world.sync(spec({ tasks }))).rejects.toThrow(/Cannot store DAG "d": .* at most/);
  expect(await world.states("r1")).toEqual({ a: "queued" });
});

test("why a task waits reaches the catalog, though the event that found out was about another run", async () => {
  const tasks = graphOf("a b").map((one) => ({ ...one, executor: "sequential" as const }));
  const world = await worldOf(spec({ tasks }));
  await world.trigger({ runId: "r2" });
  await world.pass(1_000);
  for (const row of world.taskInstances.values()) {
    const known = await world.scheduler.taskInstance(row);
    expect([row.runId, row.taskId, row.state, row.reason]).toEqual([
      row.runId,
      row.taskId,
      known?.state,
      known?.reason,
    ]);
  }
});

test("reading runs of many versions keeps few of them in memory", async () => {
  const world = await worldOf(spec({ tasks: graphOf("a") }));
  for (let version = 2; version <= 40; version += 1) {
    await world.drain();
    await world.sync(spec({ tasks: graphOf(`a>b${version}`) }));
    await world.trigger({ runId: `r${version}` });
  }
  await world.drain();
  await world.pass(1_000);
  world.restart();
  for (let version = 1; version <= 40; version += 1) await world.scheduler.taskInstances(`r${version}`, { limit: 1 });
  expect(world.scheduler.loaded().graphs.size).toBeLessThan(20);
  expect(await world.states("r40")).toEqual({ a: "success", b40: "success" });
});
