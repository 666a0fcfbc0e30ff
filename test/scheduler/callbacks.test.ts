/** Callbacks and deadlines as rows of the object: written with their cause, delivered beside the tries, told to the catalog. */
import { expect, test } from "vitest";
import type { DeadlineSpec } from "../../src/dag/spec.ts";
import type { TaskError } from "../../src/executor/protocol.ts";
import { spec, task } from "../fixtures/engine-world.ts";
import { key, SchedulerWorld, tester } from "../fixtures/scheduler-world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const watched = task("a", { callbacks: ["failure", "retry"] });
const error: TaskError = { name: "Error", message: "no", stack: null, causes: [] };
const failure = { type: "failed", error } as const;

async function started(options: Parameters<typeof spec>[0]): Promise<{ world: SchedulerWorld; runId: string }> {
  const world = new SchedulerWorld();
  await world.sync(spec(options));
  const reply = await world.trigger();
  return { world, runId: reply.ok ? reply.run.runId : "" };
}

/** A claimed try that shows a sign of life and is heard of no more. */
async function loseTry(world: SchedulerWorld): Promise<void> {
  const { grants } = await world.claim("lost");
  const tokens = grants.map(({ token }) => token);
  await world.scheduler.heartbeat({ v: 1, dagId: world.dagId, invocation: "lost", tokens });
  await world.pass(91_000);
}

async function failRun(world: SchedulerWorld): Promise<void> {
  await world.trigger();
  const { grants } = await world.claim();
  for (const grant of grants)
    await world.report(grant, { type: "failed", error, retry: { type: "forbidden" }, reason: null });
  await world.pass(1_000);
}

const rows = (world: SchedulerWorld) => world.sql.exec("SELECT * FROM callback ORDER BY id");
const events = (world: SchedulerWorld) =>
  world.projections.flatMap(({ events: told }) => told).map(({ event, extra }) => ({ event, extra }));

test("[K1] a lost try leaves one callback, which is delivered with the facts of its run and told to the catalog", async () => {
  const { world, runId } = await started({ tasks: [watched] });
  await loseTry(world);
  expect(await world.states(runId)).toEqual({ a: "failed" });
  expect(world.callbackMessages).toEqual([
    { v: 1, type: "callback", dagId: "d", runId, callbackId: 1, token: rows(world)[0]?.["token"] },
  ]);
  const reply = await world.claimCallbacks();
  expect(reply.callbacks).toMatchObject([
    { runId, callbackId: 1, attempt: 1, order: { type: "task", callback: "failure", reason: "heartbeat_lost" } },
  ]);
  expect(reply.runs).toMatchObject([{ runId, runType: "manual", params: {} }]);
  const [grant] = reply.callbacks ?? [];
  if (grant !== undefined) await world.reportCallback(grant);
  await world.pass(1_000);
  expect([...world.callbacks.values()]).toMatchObject([
    { runId, callbackId: "1", taskId: "a", event: "on_failure", state: "success", attemptCount: 1, error: null },
  ]);
  await world.pass(2 * HOUR);
  expect([rows(world).length, world.callbackMessages]).toEqual([1, []]);
});

test("[K2] the callback of a run that has ended and left memory still finds the facts of its run", async () => {
  const { world, runId } = await started({ callbacks: ["failure"] });
  const { grants } = await world.claim();
  for (const grant of grants)
    await world.report(grant, { type: "failed", error, retry: { type: "allowed" }, reason: null });
  await world.pass(2_000);
  world.restart();
  expect(world.scheduler.loaded().state.runs.size).toBe(0);
  const { callbacks, runs } = await world.claimCallbacks();
  expect(callbacks).toMatchObject([{ order: { type: "dag", callback: "failure", reason: "task_failure" } }]);
  expect(runs).toMatchObject([{ runId }]);
});

test("[K3] a cause that comes twice leaves one row", async () => {
  const { world, runId } = await started({ callbacks: ["failure"] });
  const { grants } = await world.claim();
  for (const grant of grants)
    await world.report(grant, { type: "failed", error, retry: { type: "allowed" }, reason: null });
  const [row] = rows(world);
  // As if the object had ended the run, and come to the same end once more.
  const loaded = world.scheduler.loaded();
  const run = loaded.state.runsById.get(runId);
  if (run === undefined) throw new Error("the run is not in memory");
  run.state = "running";
  run.endAt = null;
  loaded.state.runningRunCount += 1;
  world.scheduler.handle({ type: "mark_instances", run, places: [0], state: "failed", cleared: [] });
  expect(rows(world)).toEqual([row]);
});

test("[K3] when the row cannot be written, its cause did not happen either, and both come with the repeat", async () => {
  const { world, runId } = await started({ callbacks: ["failure"] });
  const { grants } = await world.claim();
  const [grant] = grants;
  if (grant === undefined) throw new Error("nothing was granted");
  const { sql } = world;
  const exec = sql.exec.bind(sql);
  sql.exec = (text, ...params) => {
    if (text.startsWith("INSERT INTO callback")) throw new Error("disk full");
    return exec(text, ...params);
  };
  const outcome = { type: "failed", error, retry: { type: "allowed" }, reason: null } as const;
  await expect(world.report(grant, outcome)).rejects.toThrow("disk full");
  sql.exec = exec;
  expect([rows(world), await world.states(runId)]).toEqual([[], { a: "running" }]);
  expect((await world.report(grant, outcome)).verdicts).toMatchObject([{ accepted: true, state: "failed" }]);
  expect([rows(world).length, (await world.scheduler.run(runId))?.state]).toEqual([1, "failed"]);
});

test("[K4] three attempts, ever later, and the run stays as it was", async () => {
  const { world, runId } = await started({ tasks: [watched] });
  await loseTry(world);
  const before = await world.scheduler.run(runId);
  const waits = [0, 10_000, 60_000];
  for (const [index, ms] of waits.entries()) {
    if (ms > 0) await world.pass(ms - 1);
    expect(world.callbackMessages).toHaveLength(index === 0 ? 1 : 0);
    await world.pass(1);
    expect(world.callbackMessages).toHaveLength(1);
    const { callbacks } = await world.claimCallbacks(`c${index}`);
    expect(callbacks).toMatchObject([{ attempt: index + 1 }]);
    for (const grant of callbacks ?? []) await world.reportCallback(grant, failure, `c${index}`);
  }
  await world.pass(2 * HOUR);
  expect(world.callbackMessages).toEqual([]);
  expect([...world.callbacks.values()]).toMatchObject([{ state: "failed", attemptCount: 3, error: "Error: no" }]);
  expect(await world.scheduler.run(runId)).toEqual(before);
});

test("[K4] an executor that dies costs an attempt; one that shows life does not", async () => {
  const { world } = await started({ tasks: [watched] });
  await loseTry(world);
  const { callbacks } = await world.claimCallbacks("slow");
  const tokens = (callbacks ?? []).map(({ token }) => token);
  for (let beat = 0; beat < 20; beat += 1) {
    await world.pass(15_000);
    const reply = await world.scheduler.heartbeat({ v: 1, dagId: world.dagId, invocation: "slow", tokens });
    expect(reply.cancel).toEqual([]);
  }
  expect(rows(world)).toMatchObject([{ state: "running", attempt_count: 1 }]);
  await world.pass(2 * MINUTE);
  expect(rows(world)).toMatchObject([
    { state: "queued", attempt_count: 1, error: expect.stringContaining("no sign of life") },
  ]);
  // What the dead one says after all is not heard.
  for (const grant of callbacks ?? []) await world.reportCallback(grant, { type: "success" }, "slow");
  expect(rows(world)).toMatchObject([{ state: "queued" }]);
});

test("[K5] a message that nobody claims is sent again under the same token, also after a restart", async () => {
  const { world } = await started({ tasks: [watched] });
  await loseTry(world);
  const [first] = world.callbackMessages.splice(0);
  world.restart();
  await world.pass(30_000);
  expect(world.callbackMessages).toEqual([first]);
  await world.pass(58_000);
  expect(world.callbackMessages).toHaveLength(1);
  await world.pass(2_000);
  expect(world.callbackMessages).toEqual([first, first]);
  expect(rows(world)).toMatchObject([{ attempt_count: 0, send_count: 3 }]);
});

test("a callback is granted once: again to the invocation that holds it, never to another", async () => {
  const { world } = await started({ tasks: [watched] });
  await loseTry(world);
  const messages = world.callbackMessages.splice(0);
  const first = await world.claimCallbacks("one", messages);
  world.restart();
  const repeated = await world.claimCallbacks("one", messages);
  expect(repeated.callbacks).toEqual(first.callbacks);
  expect((await world.claimCallbacks("two", messages)).callbacks).toEqual([]);
  for (const grant of first.callbacks ?? []) await world.reportCallback(grant, { type: "success" }, "two");
  expect(rows(world)).toMatchObject([{ state: "running" }]);
  for (const grant of first.callbacks ?? []) await world.reportCallback(grant, { type: "success" }, "one");
  expect(rows(world)).toMatchObject([{ state: "success" }]);
  expect((await world.claimCallbacks("one", messages)).callbacks).toEqual([]);
});

test("callbacks that the catalog did not get before a restart reach it after, and again when it is rebuilt", async () => {
  const { world } = await started({ tasks: [watched] });
  await world.pass(1_000);
  world.isCatalogDown = true;
  await loseTry(world);
  world.restart();
  world.isCatalogDown = false;
  await world.pass(MINUTE);
  expect([...world.callbacks.keys()]).toEqual(["1"]);
  world.callbacks.clear();
  const rebuilt = world.scheduler.rebuildCatalog();
  await world.pass(31_000);
  await rebuilt;
  expect([...world.callbacks.keys()]).toEqual(["1"]);
});

test("a deleted run takes its callbacks and deadlines along", async () => {
  const deadlines: DeadlineSpec[] = [{ reference: { type: "queued_at" }, intervalMs: HOUR }];
  const { world, runId } = await started({ tasks: [watched], deadlines });
  await loseTry(world);
  const deleted = world.scheduler.deleteRun(runId, tester);
  await world.pass(2_000);
  expect(await deleted).toEqual({ ok: true });
  expect([rows(world), world.sql.exec("SELECT * FROM deadline")]).toEqual([[], []]);
  expect((await world.claimCallbacks()).callbacks).toEqual([]);
  await world.pass(2 * HOUR);
  expect(events(world).map(({ event }) => event)).not.toContain("deadline missed");
});

const byTheHour: DeadlineSpec[] = [{ reference: { type: "queued_at" }, intervalMs: HOUR }];

test("[K8] a run that is not done by its deadline misses it once, by the alarm alone, and goes on", async () => {
  const { world, runId } = await started({ deadlines: byTheHour });
  const { grants } = await world.claim();
  const queuedAt = (await world.scheduler.run(runId))?.queuedAt ?? 0;
  const tokens = grants.map(({ token }) => token);
  while (world.now < queuedAt + HOUR) {
    expect(rows(world)).toEqual([]);
    await world.pass(Math.min(MINUTE, queuedAt + HOUR - world.now));
    await world.scheduler.heartbeat({ v: 1, dagId: world.dagId, invocation: "i1", tokens });
  }
  expect(rows(world)).toMatchObject([{ cause: "deadline:0:0", created_at: queuedAt + HOUR }]);
  const { callbacks } = await world.claimCallbacks();
  expect(callbacks).toMatchObject([
    { order: { type: "deadline", index: 0, deadline: byTheHour[0], deadlineAt: queuedAt + HOUR } },
  ]);
  expect(await world.scheduler.run(runId)).toMatchObject({ state: "running", reason: null });
  for (const grant of grants) await world.report(grant, { type: "success", returnValue: null });
  for (const grant of callbacks ?? []) await world.reportCallback(grant);
  await world.pass(2_000);
  expect(await world.scheduler.run(runId)).toMatchObject({ state: "success" });
  expect(events(world).filter(({ event }) => event === "deadline missed")).toEqual([
    { event: "deadline missed", extra: `deadline 0 was at ${new Date(queuedAt + HOUR).toISOString()}` },
  ]);
  expect([...world.callbacks.values()]).toMatchObject([{ event: "deadline", taskId: null, state: "success" }]);
});

test("[K8] a run that succeeds in time has no deadline left, and nothing wakes for it", async () => {
  const { world } = await started({ deadlines: byTheHour });
  await world.drain();
  await world.pass(1_000);
  expect(world.sql.exec("SELECT * FROM deadline")).toEqual([]);
  await world.pass(3 * HOUR);
  expect(rows(world)).toEqual([]);
  expect((await world.scheduler.dag())?.nextWakeAt).toBeNull();
});

test("[K8] a run that failed misses its deadline all the same, unless it is cleared and succeeds", async () => {
  const { world, runId } = await started({ deadlines: byTheHour });
  const failing = await world.claim();
  for (const grant of failing.grants) {
    await world.report(grant, { type: "failed", error, retry: { type: "allowed" }, reason: null });
  }
  await world.pass(30 * MINUTE);
  world.restart();
  const cleared = world.scheduler.markRun(runId, "queued", tester);
  await world.pass(1_500);
  await cleared;
  const [row] = world.sql.exec("SELECT due_at FROM deadline");
  expect(row?.["due_at"]).toBe(((await world.scheduler.run(runId))?.queuedAt ?? 0) + HOUR);
  const again = await world.claim();
  for (const grant of again.grants) {
    await world.report(grant, { type: "failed", error, retry: { type: "allowed" }, reason: null });
  }
  await world.pass(2 * HOUR);
  expect(rows(world)).toMatchObject([{ cause: "deadline:0:1" }]);
});

test("[K8] an object that slept over a deadline and learns late of a success still tells of the miss", async () => {
  const { world } = await started({ deadlines: byTheHour });
  const { grants } = await world.claim();
  const tokens = grants.map(({ token }) => token);
  // The alarm is lost, and with it the instant.
  world.alarmAt = null;
  world.now += 2 * HOUR;
  world.restart();
  await world.scheduler.heartbeat({ v: 1, dagId: world.dagId, invocation: "i1", tokens });
  for (const grant of grants) await world.report(grant, { type: "success", returnValue: null });
  expect(rows(world)).toMatchObject([{ cause: "deadline:0:0" }]);
});

test("[K7] the mean runtime of the last successes counts from the start of a run", async () => {
  const deadlines: DeadlineSpec[] = [{ reference: { type: "average_runtime", count: 2 }, intervalMs: 5_000 }];
  const world = new SchedulerWorld();
  await world.sync(spec({ deadlines }));
  for (const runtimeMs of [10_000, 30_000]) {
    await world.trigger();
    const { grants } = await world.claim();
    expect(world.sql.exec("SELECT * FROM deadline")).toEqual([]);
    const startAt = Number(world.sql.exec("SELECT max(start_at) AS at FROM dag_run")[0]?.["at"]);
    world.now = startAt + runtimeMs;
    for (const grant of grants) await world.report(grant, { type: "success", returnValue: null });
    await world.pass(1_000);
  }
  const reply = await world.trigger();
  const startAt = (reply.ok ? reply.run.startAt : null) ?? 0;
  expect(world.sql.exec("SELECT due_at FROM deadline")).toEqual([{ due_at: startAt + 20_000 + 5_000 }]);
});

test("[K9] a DAG that fails too often is paused across restarts, in the catalog and in the audit log", async () => {
  const world = new SchedulerWorld();
  await world.sync(spec({ maxConsecutiveFailedDagRuns: 2 }));
  await failRun(world);
  world.restart();
  await failRun(world);
  await world.pass(1_000);
  expect((await world.scheduler.dag())?.isPaused).toBe(true);
  expect(world.projections.findLast(({ dag }) => dag !== null)?.dag?.isPaused).toBe(true);
  expect(events(world).filter(({ event }) => event === "paused")).toEqual([
    { event: "paused", extra: "the last 2 runs failed (maxConsecutiveFailedDagRuns)" },
  ]);
});

test("a callback of a task that runs near the scheduler goes to the same Worker, and one of its run as well", async () => {
  const near = { ...watched, executor: "local" } as const;
  const { world, runId } = await started({ tasks: [near], callbacks: ["failure"] });
  await loseTry(world);
  expect(rows(world).map((row) => [row["cause"], row["is_local"]])).toEqual([
    [expect.stringMatching(/^failure:\d+:a:-1$/), 1],
    ["dag_failure:0", 1],
  ]);
  expect((await world.scheduler.taskInstance(key(runId, "a")))?.reason).toBe("heartbeat_lost");
});
