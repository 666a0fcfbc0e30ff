/**
 * Airflow's cases about the runs of a DAG, through the Durable Object in workerd: what a backfill makes of its dates, and how
 * many runs are made and start. Those told in words stand here by hand, with the words that they were written for.
 */
import { beforeAll, expect, test } from "vitest";
import type { BackfillRequest, ReprocessBehavior } from "../../src/platform.ts";
import { isoSeconds } from "../../src/scheduler/commit.ts";
import vectors from "../fixtures/airflow.vectors.json";
import { graphOf } from "../fixtures/engine-dag.ts";
import { actor, DrivenDag, migrateCatalog, outcomeOf } from "./driven-dag.ts";

beforeAll(migrateCatalog);

const DAY_MS = 86_400_000;
const daily = { type: "cron", expression: "0 0 * * *", timezone: "UTC", dataInterval: true } as const;
/** The schedule itself makes no runs: a backfill heeds neither its start nor its cursor. */
const unbegun = { tasks: graphOf("a"), schedule: daily, startAt: Date.UTC(2100, 0, 1) };

function backfillOf(fromAt: number, toAt: number, options: Partial<BackfillRequest> = {}): BackfillRequest {
  return { fromAt, toAt, isReverse: false, reprocess: "none", maxActiveRuns: 3, conf: {}, actor, ...options };
}

function datesOf(fromAt: number, toAt: number): readonly number[] {
  return Array.from({ length: Math.round((toAt - fromAt) / DAY_MS) + 1 }, (_, at) => fromAt + at * DAY_MS);
}

const dateText = (at: number) => new Date(at).toISOString().slice(0, 10);

interface ReprocessCase {
  readonly range: readonly [string, string];
  readonly schedule: string;
  readonly existing: Readonly<Record<string, "success" | "failed" | "running">>;
  readonly behavior: ReprocessBehavior;
  readonly expect_runs: number;
  readonly skipped: Readonly<Record<string, string>>;
}

for (const [index, one] of (vectors.backfill_reprocess as never as readonly ReprocessCase[]).entries()) {
  test(`backfill over runs that are there: ${one.behavior}`, async () => {
    const [fromAt, toAt] = [Date.parse(one.range[0]), Date.parse(one.range[1])];
    const schedule = { ...daily, expression: one.schedule };
    const dag = await DrivenDag.make(`reprocess_${index}`, { ...unbegun, schedule, maxActiveRuns: 100 });
    for (const [date, state] of Object.entries(one.existing)) {
      await dag.trigger(`existing_${date}`, Date.parse(date));
      if (state !== "running") await dag.drive(() => outcomeOf(state), `existing_${date}`);
      expect(await dag.stateOfRun(`existing_${date}`)).toBe(state);
    }
    const request = backfillOf(fromAt, toAt, { reprocess: one.behavior, maxActiveRuns: 1 });
    const preview = await dag.stub.previewBackfill(request);
    if (!preview.ok) throw new Error(preview.message);
    expect(preview.dates.map(({ logicalAt }) => dateText(logicalAt))).toEqual(datesOf(fromAt, toAt).map(dateText));
    const skipped = preview.dates.flatMap(({ logicalAt, skipped: why }) =>
      why === null ? [] : [[dateText(logicalAt), why]],
    );
    expect(Object.fromEntries(skipped)).toEqual(one.skipped);
    expect((await dag.stub.createBackfill(request)).ok).toBe(true);
    const found = [];
    for (const at of datesOf(fromAt, toAt)) {
      const ids = [`existing_${dateText(at)}`, `backfill__${isoSeconds(at)}`];
      const runs = (await Promise.all(ids.map((id) => dag.stub.run(id)))).filter((run) => run !== null);
      // No date has two, and what was there keeps its id.
      expect(runs.map(({ runId }) => runId)).toEqual([one.existing[dateText(at)] === undefined ? ids[1] : ids[0]]);
      found.push(...runs);
    }
    const made = found.filter(({ runType }) => runType === "backfill");
    expect(made).toHaveLength(one.expect_runs);
    expect(made.map(({ state }) => state).sort()).toEqual([
      ...Array.from({ length: one.expect_runs - 1 }, () => "queued"),
      "running",
    ]);
    const others = found.filter(({ runType }) => runType !== "backfill");
    expect(others.map(({ logicalAt }) => dateText(logicalAt ?? 0))).toEqual(Object.keys(one.skipped));
    expect(others.map(({ state }) => state)).toEqual(Object.keys(one.skipped).map((date) => one.existing[date]));
  });
}

interface StartCase {
  readonly airflow_test: string;
  readonly given: string;
  readonly expect?: string | Readonly<Record<string, number>>;
  readonly expect_after_calls?: readonly Readonly<Record<string, number>>[];
}

/** A case by its name, with the words that its test was written for. */
function told(name: string, given: string) {
  const cases: readonly StartCase[] = vectors.run_start_limits as never;
  const found = cases.find((one) => one.airflow_test === `test_scheduler_job.py::${name}`);
  expect(found?.given).toBe(given);
  const { expect: expected, expect_after_calls: calls = [] } = found ?? {};
  return { words: expected, counts: typeof expected === "object" ? expected : {}, calls };
}

/** How many of the runs are running. */
async function runningOf(dag: DrivenDag, runIds: readonly string[]): Promise<number> {
  const states = await Promise.all(runIds.map((runId) => dag.stateOfRun(runId)));
  return states.filter((state) => state === "running").length;
}

const idsOf = (name: string, count: number) => Array.from({ length: count }, (_, at) => `${name}${at}`);
const SIX_DAYS = [Date.UTC(2021, 0, 1), Date.UTC(2021, 0, 6)] as const;
const backfillIds = datesOf(...SIX_DAYS).map((at) => `backfill__${isoSeconds(at)}`);

/** Two DAGs: the first with 30 runs of its own, one at a time, and a backfill of six; the second with ten runs. */
class TwoDags {
  private readonly one: DrivenDag;
  private readonly two: DrivenDag;

  private constructor(one: DrivenDag, two: DrivenDag) {
    this.one = one;
    this.two = two;
  }

  static async make(name: string): Promise<TwoDags> {
    const one = await DrivenDag.make(`${name}_1`, { ...unbegun, maxActiveRuns: 1 });
    return new TwoDags(one, await DrivenDag.make(`${name}_2`, { ...unbegun, maxActiveRuns: 16 }));
  }

  async pause(isPaused: boolean): Promise<void> {
    for (const dag of [this.one, this.two]) await dag.stub.setPaused(isPaused, actor);
  }

  async backfill(): Promise<void> {
    expect((await this.one.stub.createBackfill(backfillOf(...SIX_DAYS))).ok).toBe(true);
  }

  async triggerOwn(): Promise<void> {
    for (const runId of idsOf("own", 30)) await this.one.trigger(runId);
  }

  async triggerOther(): Promise<void> {
    for (const runId of idsOf("own", 10)) await this.two.trigger(runId);
  }

  async poke(): Promise<void> {
    for (const dag of [this.one, this.two]) await dag.stub.poke();
  }

  async counts() {
    const own = await runningOf(this.one, idsOf("own", 30));
    const backfill = await runningOf(this.one, backfillIds);
    const other = await runningOf(this.two, idsOf("own", 10));
    return { own, backfill, total: own + backfill + other };
  }
}

test("run start: backfill_runs_are_started_with_lower_priority_catchup_true", async () => {
  const { calls } = told(
    "test_backfill_runs_are_started_with_lower_priority_catchup_true",
    "dag1 max_active_runs=1: backfill of 6 runs (backfill.max_active_runs=3) + 30 queued scheduled runs; dag2: 10 queued runs",
  );
  const dags = await TwoDags.make("priority");
  await dags.pause(true);
  await dags.backfill();
  await dags.triggerOwn();
  await dags.triggerOther();
  expect(await dags.counts()).toEqual({ own: 0, backfill: 0, total: 0 });
  // Airflow's first two calls are one transaction here; in which order they start is asked of the engine.
  await dags.pause(false);
  for (const call of calls.slice(1)) {
    const { dag1_nonbackfill: own, dag1_backfill: backfill, total } = call;
    expect(await dags.counts()).toEqual({ own, backfill, total });
    await dags.poke();
  }
  expect(calls).toHaveLength(3);
});

test("run start: backfill_maxed_out_no_prevent_non_backfill_max_out", async () => {
  const { calls } = told(
    "test_backfill_maxed_out_no_prevent_non_backfill_max_out",
    "backfill 6 runs first, started; then 30 scheduled dag1 + 10 dag2 created",
  );
  const dags = await TwoDags.make("maxed_out");
  const steps = [() => dags.backfill(), () => dags.poke(), () => dags.triggerOwn(), () => dags.triggerOther()];
  expect(calls).toHaveLength(steps.length);
  for (const [at, step] of steps.entries()) {
    await step();
    const { nonbackfill: own = 0, backfill, total } = calls[at] ?? {};
    expect(await dags.counts()).toEqual({ own, backfill, total });
  }
});

test("run start: backfill_runs_not_started_when_backfill_paused", async () => {
  const { counts: expected } = told(
    "test_backfill_runs_not_started_when_backfill_paused",
    "backfill of 6, max_active_runs=3",
  );
  const dag = await DrivenDag.make("paused_backfill", unbegun);
  await dag.stub.setPaused(true, actor);
  const made = await dag.stub.createBackfill(backfillOf(...SIX_DAYS));
  if (!made.ok) throw new Error(made.message);
  await dag.stub.changeBackfill(made.backfill.id, "pause", actor);
  await dag.stub.setPaused(false, actor);
  await dag.stub.poke();
  expect(await runningOf(dag, backfillIds)).toBe(expected["paused"]);
  await dag.stub.changeBackfill(made.backfill.id, "unpause", actor);
  expect(await runningOf(dag, backfillIds)).toBe(expected["unpaused"]);
});

/** A daily DAG of 2016 that has ten years to catch up. */
function catchUp(dagId: string, maxActiveRuns: number): Promise<DrivenDag> {
  const startAt = Date.UTC(2016, 0, 1);
  return DrivenDag.make(dagId, { tasks: graphOf("a"), schedule: daily, startAt, catchup: true, maxActiveRuns });
}

/** The run id of the day's interval, which ends a day later. */
const scheduledId = (day: number) => `scheduled__${isoSeconds(Date.UTC(2016, 0, day + 1))}`;
const scheduledIds = (count: number) => Array.from({ length: count }, (_, at) => scheduledId(at + 1));

async function existing(dag: DrivenDag, runIds: readonly string[]): Promise<readonly string[]> {
  const runs = await Promise.all(runIds.map((runId) => dag.stub.run(runId)));
  return runs.flatMap((run) => (run === null ? [] : [dateText(run.logicalAt ?? 0)]));
}

test("run start: queued_dagruns_stops_creating_when_max_active_is_reached", async () => {
  const { counts: expected } = told(
    "test_queued_dagruns_stops_creating_when_max_active_is_reached",
    "max_active_runs=10; 20 create calls",
  );
  const dag = await catchUp("stops_creating", 10);
  for (const name of ["runs", "after_all_running_and_20_more_calls"]) {
    for (let call = 0; call < 20; call += 1) await dag.stub.poke();
    expect(await existing(dag, scheduledIds(30))).toHaveLength(expected[name] ?? 0);
    expect(await runningOf(dag, scheduledIds(30))).toBe(10);
  }
});

test("run start: max_active_runs_creation_phasing", async () => {
  const { words } = told(
    "test_max_active_runs_creation_phasing",
    "daily, start 2016-01-01, catchup, max_active_runs=3; 3 loops -> 3 active, next_dagrun=2016-01-04, create_after=2016-01-05; then complete one + loop, x5",
  );
  expect(words).toBe("logical dates 2016-01-01..07 contiguous");
  const dag = await catchUp("phasing", 3);
  const days = (count: number) => datesOf(Date.UTC(2016, 0, 1), Date.UTC(2016, 0, count)).map(dateText);
  expect(await existing(dag, scheduledIds(20))).toEqual(days(3));
  const view = await dag.stub.dag();
  expect([dateText(view?.nextLogicalAt ?? 0), dateText(view?.nextRunAfterAt ?? 0)]).toEqual([
    "2016-01-04",
    "2016-01-05",
  ]);
  for (let loop = 1; loop <= 5; loop += 1) {
    await dag.drive(undefined, scheduledId(loop));
    expect(await existing(dag, scheduledIds(20))).toEqual(days(3 + loop));
    expect(await runningOf(dag, scheduledIds(20))).toBe(3);
  }
});

test("run start: runs_respected_after_clear", async () => {
  const { counts: expected } = told("test_runs_respected_after_clear", "3 queued runs, dag cleared, max_active_runs=1");
  const dag = await DrivenDag.make("after_clear", { tasks: graphOf("a"), maxActiveRuns: 1 });
  const runIds = ["r1", "r2", "r3"];
  for (const runId of runIds) await dag.trigger(runId);
  for (const runId of runIds) await dag.drive(undefined, runId);
  expect(await dag.stateOfRun("r3")).toBe("success");
  for (const runId of runIds) await dag.clear({ runId });
  const states = await Promise.all(runIds.map((runId) => dag.stateOfRun(runId)));
  const count = (state: string) => states.filter((one) => one === state).length;
  expect({ running: count("running"), queued: count("queued") }).toEqual(expected);
});
