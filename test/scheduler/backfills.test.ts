import { describe, expect, test } from "vitest";
import type { BackfillRequest } from "../../src/platform.ts";
import { graphOf, spec } from "../fixtures/engine-world.ts";
import { SchedulerWorld, tester } from "../fixtures/scheduler-world.ts";

const DAY_MS = 86_400_000;
const day = (text: string) => Date.parse(`2021-01-${text}`);
const daily = { type: "cron", expression: "0 0 * * *", timezone: "UTC", dataInterval: true } as const;
const range = { fromAt: day("01"), toAt: day("05") };

type Given = Parameters<typeof spec>[0];

async function worldOf(given: Given = {}, now = day("20")): Promise<SchedulerWorld> {
  const world = new SchedulerWorld({ now });
  await world.sync(spec({ tasks: graphOf("a"), schedule: daily, startAt: now, ...given }));
  return world;
}

function runsOf(world: SchedulerWorld) {
  return [...world.dagRuns.values()]
    .filter(({ runType }) => runType === "backfill")
    .map(({ runId, state }) => `${runId.slice(18, 20)} ${state}`);
}

async function change(world: SchedulerWorld, id: number, what: "pause" | "unpause" | "cancel") {
  const reply = world.scheduler.changeBackfill(id, what, tester);
  await world.pass(2_000);
  return reply;
}

async function made(world: SchedulerWorld, given: Partial<BackfillRequest> = {}) {
  const reply = await world.backfill({ ...range, ...given });
  if (!reply.ok) throw new Error(reply.message);
  return reply.backfill;
}

describe("a backfill", () => {
  test("makes a run for each date, with its interval, and is completed when they have ended", async () => {
    const world = await worldOf();
    const backfill = await made(world, { maxActiveRuns: 2, conf: { region: "eu" } });
    expect(backfill).toMatchObject({ dagId: "d", isPaused: false, createdBy: "tester", completedAt: null });
    expect(runsOf(world)).toEqual(["01 running", "02 running", "03 queued", "04 queued", "05 queued"]);
    expect(world.dagRuns.get("backfill__2021-01-02T00:00:00+00:00")).toMatchObject({
      logicalAt: day("02"),
      dataIntervalStartAt: day("02"),
      dataIntervalEndAt: day("03"),
      conf: { region: "eu" },
      triggeredBy: "tester",
      backfillId: backfill.id,
    });
    expect(await world.drain()).toBe(5);
    await world.pass(2_000);
    expect(new Set([...world.dagRuns.values()].map(({ state }) => state))).toEqual(new Set(["success"]));
    expect(world.backfills.get(backfill.id)?.completedAt).not.toBeNull();
    const jobs = world.projections
      .flatMap((projection) => projection.jobs)
      .filter(({ jobType }) => jobType === "BackfillJob");
    expect(jobs.at(-1)).toMatchObject({ jobId: `backfill:${backfill.id}`, state: "success" });
    expect((await world.scheduler.coverage())?.doubles).toEqual([]);
  });

  test("runs backwards when asked, and the DAG may have the next one once it is completed", async () => {
    const world = await worldOf();
    await made(world, { isReverse: true, maxActiveRuns: 1 });
    const order: string[] = [];
    await world.drain(({ runId }) => JSON.stringify(order.push(runId.slice(18, 20))));
    expect(order).toEqual(["05", "04", "03", "02", "01"]);
    expect(await world.backfill(range)).toMatchObject({ ok: true });
    await world.pass(1_000);
    // All dates have their runs: nothing was left to do.
    expect([...world.backfills.values()].map(({ completedAt }) => completedAt !== null)).toEqual([true, true]);
  });

  test("skips live runs, and tells of every date what becomes of it before it is made", async () => {
    const world = await worldOf();
    await world.trigger({ runId: "live", logicalAt: day("02") });
    const reply = await world.scheduler.previewBackfill({
      ...{ ...range, isReverse: false, reprocess: "completed", maxActiveRuns: 1, conf: {}, actor: tester },
    });
    expect(reply.ok && reply.dates.map(({ skipped }) => skipped)).toEqual([null, "in flight", null, null, null]);
    expect([...world.dagRuns.keys()]).toEqual(["live"]);
    await made(world);
    expect(runsOf(world).map((run) => run.slice(0, 2))).toEqual(["01", "03", "04", "05"]);
    expect(world.sql.exec("SELECT * FROM backfill_skip").map((row) => row["reason"])).toEqual(["in flight"]);
  });

  test("runs a failed run again: the same run, its old try kept as history", async () => {
    const world = await worldOf();
    await world.trigger({ runId: "old", logicalAt: day("02"), conf: { keep: 1 } });
    const { grants } = await world.claim();
    const error = { name: "Error", message: "no", stack: null, causes: [] };
    for (const grant of grants) {
      await world.report(grant, { type: "failed", error, retry: { type: "forbidden" }, reason: null });
    }
    await world.pass(1_000);
    const one = { reprocess: "failed", fromAt: day("02"), toAt: day("02") } as const;
    const preview = await world.scheduler.previewBackfill({
      ...{ ...one, isReverse: false, maxActiveRuns: 1, conf: {}, actor: tester },
    });
    expect(preview).toMatchObject({ dates: [{ logicalAt: day("02"), skipped: null, isAgain: true }] });
    const backfill = await made(world, one);
    expect(world.dagRuns.get("old")).toMatchObject({
      runType: "backfill",
      backfillId: backfill.id,
      state: "running",
      clearNumber: 1,
      conf: { keep: 1 },
    });
    expect(await world.drain()).toBe(1);
    await world.pass(2_000);
    expect(world.dagRuns.get("old")?.state).toBe("success");
    expect([...world.tries.keys()]).toEqual(["old a -1 1"]);
    expect(world.backfills.get(backfill.id)?.completedAt).not.toBeNull();
  });

  test.each([{}, { dependsOnPast: true } as const])(
    "has its runs start in their order, those that run again among the new ones: %j",
    async (options) => {
      const world = await worldOf({ tasks: graphOf("a", { a: options }) });
      await world.trigger({ runId: "backfilled_03", logicalAt: day("03") });
      const { grants } = await world.claim();
      const error = { name: "Error", message: "no", stack: null, causes: [] };
      for (const grant of grants) {
        await world.report(grant, { type: "failed", error, retry: { type: "forbidden" }, reason: null });
      }
      await world.pass(1_000);
      await made(world, { reprocess: "failed", maxActiveRuns: 1 });
      const order: string[] = [];
      await world.drain(({ runId }) => JSON.stringify(order.push(/(\d\d)(T|$)/.exec(runId)?.[1] ?? runId)));
      expect(order).toEqual(["01", "02", "03", "04", "05"]);
    },
  );

  test("pauses and goes on; what runs is left alone", async () => {
    const world = await worldOf();
    const { id } = await made(world, { maxActiveRuns: 1 });
    expect(await change(world, id, "pause")).toMatchObject({ ok: true, backfill: { isPaused: true } });
    expect(await world.drain()).toBe(1);
    await world.pass(2_000);
    expect(runsOf(world).filter((run) => run.endsWith("queued"))).toHaveLength(4);
    expect(await world.backfill(range)).toMatchObject({ ok: false, code: "conflict" });
    expect(await change(world, id, "unpause")).toMatchObject({ ok: true, backfill: { isPaused: false } });
    expect(await world.drain()).toBe(4);
  });

  test("is completed by a cancel: queued runs fail, running ones go on, and it cannot be changed any more", async () => {
    const world = await worldOf();
    const { id } = await made(world, { maxActiveRuns: 1 });
    expect(await change(world, id, "cancel")).toMatchObject({ ok: true });
    expect(world.backfills.get(id)?.completedAt).not.toBeNull();
    expect(runsOf(world)).toEqual(["01 running", "02 failed", "03 failed", "04 failed", "05 failed"]);
    expect(world.dagRuns.get("backfill__2021-01-02T00:00:00+00:00")).toMatchObject({ reason: "cancelled" });
    expect(await world.drain()).toBe(1);
    expect(await change(world, id, "unpause")).toMatchObject({ ok: false, code: "conflict" });
    expect(await change(world, 1, "cancel")).toMatchObject({ ok: false, code: "not_found" });
    // A cancelled run is a run like any other: it can be cleared, and runs.
    await world.clear("backfill__2021-01-03T00:00:00+00:00");
    expect(await world.drain()).toBe(1);
  });

  test.each([true, false])(
    "when cancelled holds up no run that depends on its runs; linked before: %j",
    async (isBefore) => {
      const world = await worldOf({ tasks: graphOf("a", { a: { dependsOnPast: true } }) });
      const { id } = await made(world, { maxActiveRuns: 1, reprocess: "failed" });
      if (isBefore) await world.trigger({ runId: "next", logicalAt: day("06") });
      await change(world, id, "cancel");
      if (!isBefore) await world.trigger({ runId: "next", logicalAt: day("06") });
      expect(await world.states("next")).toEqual({ a: "queued" });
    },
  );

  test("leaves the schedule's own runs alone, and they are not made twice", async () => {
    const world = await worldOf({ startAt: day("18"), catchup: true, maxActiveRuns: 1 }, day("20") + 1);
    await made(world, { fromAt: day("15"), toAt: day("25"), maxActiveRuns: 3 });
    await world.drain();
    await world.pass(5_000);
    const dates = [...world.dagRuns.values()].map(({ logicalAt }) => logicalAt).sort();
    expect(dates).toEqual(["15", "16", "17", "18", "19"].map(day));
    expect(await world.scheduler.coverage()).toMatchObject({ gaps: [], doubles: [] });
  });

  test("of tasks that depend on the past goes one after the other, its first looking at nothing before it", async () => {
    const world = await worldOf({ tasks: graphOf("a", { a: { dependsOnPast: true } }) });
    await world.trigger({ runId: "failing", logicalAt: day("01") - DAY_MS });
    const [grant] = (await world.claim()).grants;
    const error = { name: "Error", message: "no", stack: null, causes: [] };
    if (grant) await world.report(grant, { type: "failed", error, retry: { type: "forbidden" }, reason: null });
    await made(world, { reprocess: "completed", maxActiveRuns: 5 });
    const order: string[] = [];
    await world.drain(({ runId }) => JSON.stringify(order.push(runId.slice(18, 20))));
    expect(order).toEqual(["01", "02", "03", "04", "05"]);
  });

  test("that comes before a running run is what that one waits for", async () => {
    const world = await worldOf({ tasks: graphOf("x>a", { a: { dependsOnPast: true } }) });
    await world.trigger({ runId: "later", logicalAt: day("08") });
    await made(world, { reprocess: "failed", fromAt: day("07"), toAt: day("07") });
    const order: string[] = [];
    await world.drain(({ runId, taskId }) => JSON.stringify(order.push(`${runId.slice(0, 5)} ${taskId}`)));
    expect(order.indexOf("backf a")).toBeLessThan(order.indexOf("later a"));
    expect(order).toHaveLength(4);
  });
});

describe("goes on", () => {
  test("with its runs after the object was lost in the middle, each made once", async () => {
    const world = await worldOf({ schedule: { ...daily, expression: "* * 1 1 *" } });
    const reply = world.scheduler.createBackfill({
      ...{ isReverse: false, reprocess: "none", maxActiveRuns: 1, conf: {}, actor: tester },
      fromAt: day("01"),
      toAt: day("01") + 1_199 * 60_000,
    });
    reply.catch(() => {});
    // The first part is written at once; the next waits for its turn, which does not come.
    const countRuns = () => Number(world.sql.exec("SELECT count(*) AS count FROM dag_run")[0]?.["count"]);
    expect(countRuns()).toBe(500);
    world.restart();
    world.scheduler.loaded();
    await world.pass(60_000);
    expect(countRuns()).toBe(1_200);
    const ordinals = world.sql.exec(
      "SELECT count(DISTINCT sort_ordinal) AS count, max(sort_ordinal) AS last FROM dag_run",
    );
    expect(ordinals[0]).toEqual({ count: 1_200, last: 1_200 });
    expect(await world.scheduler.dag()).toMatchObject({ runningRunCount: 1, queuedRunCount: 1_199 });
    expect(world.dagRuns.size).toBe(1_200);
  });

  test("with a part that could not be committed, at the next alarm", async () => {
    const world = await worldOf({ schedule: { ...daily, expression: "* * 1 1 *" } });
    world.scheduler
      .createBackfill({
        ...{ isReverse: false, reprocess: "none", maxActiveRuns: 1, conf: {}, actor: tester },
        fromAt: day("01"),
        toAt: day("01") + 1_199 * 60_000,
      })
      .catch(() => {});
    world.restart();
    const { sql } = world;
    const commit = sql.transaction.bind(sql);
    let failures = 0;
    sql.transaction = (work) =>
      commit(() => {
        const result = work();
        const row = sql.exec("SELECT done_count AS done FROM backfill")[0];
        if (row?.["done"] === 1_000 && failures === 0) {
          failures += 1;
          throw new Error("the disk is gone");
        }
        return result;
      });
    world.scheduler.loaded();
    await world.pass(60_000);
    expect(failures).toBe(1);
    expect(world.logged.map(({ message }) => message)).toContain("a part of a backfill failed");
    expect(sql.exec("SELECT count(*) AS count FROM dag_run")[0]).toEqual({ count: 1_200 });
  });

  test("from its first date, when nothing but its row was there before the object was lost", async () => {
    const world = await worldOf();
    await world.pass(1_000);
    const { sql } = world;
    const commit = sql.transaction.bind(sql);
    const countRuns = () => Number(sql.exec("SELECT count(*) AS count FROM dag_run")[0]?.["count"]);
    sql.transaction = (work) =>
      commit(() => {
        const result = work();
        if (countRuns() > 0) throw new Error("the disk is gone");
        return result;
      });
    world.isCatalogDown = true;
    await expect(made(world)).rejects.toThrow("the disk is gone");
    expect(countRuns()).toBe(0);
    sql.transaction = commit;
    world.restart();
    world.isCatalogDown = false;
    await world.pass(60_000);
    expect(runsOf(world)).toHaveLength(5);
    expect([...world.backfills.values()]).toMatchObject([{ fromAt: range.fromAt, completedAt: null }]);
  });

  test("with a cancel after the object was lost in the middle", async () => {
    const world = await worldOf({ schedule: { ...daily, expression: "* * 1 1 *" } });
    const { id } = await made(world, { toAt: day("01") + 1_199 * 60_000, maxActiveRuns: 1 });
    world.scheduler.changeBackfill(id, "cancel", tester).catch(() => {});
    world.restart();
    world.scheduler.loaded();
    await world.pass(60_000);
    expect(await world.scheduler.dag()).toMatchObject({ runningRunCount: 1, queuedRunCount: 0 });
    expect([...world.dagRuns.values()].filter(({ state }) => state === "failed")).toHaveLength(1_199);
    expect(world.alarmAt === null || world.alarmAt > world.now + 10_000).toBe(true);
  });

  test("in the catalog, when that is rebuilt", async () => {
    const world = await worldOf();
    const { id } = await made(world);
    world.backfills.clear();
    const rebuilt = world.scheduler.rebuildCatalog();
    await world.pass(5_000);
    await rebuilt;
    expect([...world.backfills.keys()]).toEqual([id]);
  });
});

describe("is refused", () => {
  const refusals: readonly (readonly [string, Given, Partial<BackfillRequest>, string | null])[] = [
    ["without a schedule", { schedule: { type: "manual" } }, {}, null],
    ["with a schedule that does not repeat", { schedule: { type: "once" } }, {}, null],
    ["when its range is turned around", {}, { fromAt: day("05"), toAt: day("01") }, "from_date"],
    ["when its range lies in the future", {}, { fromAt: day("21"), toAt: day("25") }, "from_date"],
    ["when nothing in its range has ended", {}, { fromAt: day("20"), toAt: day("25") }, "from_date"],
    ["when it has too many dates", { schedule: { ...daily, expression: "* * * * *" } }, { fromAt: 0 }, "to_date"],
    [
      "backwards, when a task depends on the past",
      { tasks: graphOf("a", { a: { dependsOnPast: true } }) },
      { isReverse: true, reprocess: "failed" },
      "run_backwards",
    ],
    [
      "with gaps, when a task depends on the past",
      { tasks: graphOf("a", { a: { waitForDownstream: true } }) },
      {},
      "reprocess_behavior",
    ],
  ];
  test.each(refusals)("%s", async (_why, given, request, field) => {
    const world = await worldOf(given);
    const before = world.sql.exec("SELECT count(*) AS count FROM dag_run")[0]?.["count"];
    expect(await world.backfill({ ...range, ...request })).toMatchObject({ ok: false, code: "invalid", field });
    expect(world.sql.exec("SELECT count(*) AS count FROM backfill")[0]?.["count"]).toBe(0);
    expect(world.sql.exec("SELECT count(*) AS count FROM dag_run")[0]?.["count"]).toBe(before);
  });

  test("while another one is active, by its number", async () => {
    const world = await worldOf();
    const { id } = await made(world, { maxActiveRuns: 1 });
    const reply = await world.backfill({ fromAt: day("06"), toAt: day("07") });
    expect(reply).toMatchObject({ ok: false, code: "conflict" });
    expect(!reply.ok && reply.message).toContain(String(id));
  });
});
