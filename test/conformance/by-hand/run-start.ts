/** How many runs a DAG makes and starts, told in words. */
import { graphOf, spec } from "../../fixtures/engine-dag.ts";
import { World } from "../../fixtures/engine-world.ts";
import type { HandTests } from "../by-hand.ts";
import { expectSame } from "../group.ts";

const DAY_MS = 86_400_000;
const day = (at: number) => new Date(at).toISOString().slice(0, 10);

function dailyWorld(maxActiveRuns: number): World {
  const startAt = Date.UTC(2016, 0, 1);
  const schedule = { type: "cron", expression: "0 0 * * *", timezone: "UTC", dataInterval: true } as const;
  const dag = spec({ tasks: graphOf("a"), schedule, startAt, catchup: true, maxActiveRuns });
  return new World(dag, { now: Date.UTC(2016, 1, 1) });
}

/** Two DAGs of which each has one queued run per day: the first with a backfill of six runs, three of them at once. */
class TwoDags {
  readonly one = new World(spec({ tasks: graphOf("a"), maxActiveRuns: 1 }), { now: Date.UTC(2016, 1, 1) });
  readonly two = new World(spec({ tasks: graphOf("a"), maxActiveRuns: 16 }), { now: Date.UTC(2016, 1, 1) });

  constructor() {
    // Airflow's calls start what is queued already.
    for (const world of [this.one, this.two]) world.apply({ type: "set_paused", isPaused: true });
  }

  makeOthers(): void {
    for (let run = 0; run < 30; run += 1) this.one.trigger(`one${run}`, { runType: "scheduled" });
    for (let run = 0; run < 10; run += 1) this.two.trigger(`two${run}`, { runType: "scheduled" });
  }

  /**
   * Airflow's loops go over all DAGs, and take those runs first that waited longest. Here each DAG starts its own runs in
   * one event, in rounds: its other runs, then those of its backfill. One call is one such round, and the second DAG's
   * turn comes with the second of them.
   */
  counts() {
    const running = [...this.one.state.runs.values()].filter(({ state }) => state === "running");
    const backfill = running.filter(({ backfill }) => backfill !== null).length;
    return { own: running.length - backfill, backfill, total: running.length + this.two.state.runningRunCount };
  }

  /** Which runs each round of the first DAG started. */
  rounds(): readonly (number | null)[] {
    return this.one.steps.flatMap(({ start }) => (start === null ? [] : [start.backfillId]));
  }
}

export const runStartByHand: HandTests = {
  "test_scheduler_job.py::test_backfill_runs_are_started_with_lower_priority_catchup_true": {
    words: {
      given:
        "dag1 max_active_runs=1: backfill of 6 runs (backfill.max_active_runs=3) + 30 queued scheduled runs; dag2: 10 queued runs",
      expect_after_calls: [
        { dag1_nonbackfill: 1, dag1_backfill: 0, total: 1 },
        { dag1_nonbackfill: 1, dag1_backfill: 3, total: 14 },
        { dag1_nonbackfill: 1, dag1_backfill: 3, total: 14 },
      ],
    },
    check() {
      const dags = new TwoDags();
      dags.one.backfill(1, { runs: 6, maxActiveRuns: 3 });
      dags.makeOthers();
      expectSame(dags.counts(), { own: 0, backfill: 0, total: 0 }, "while paused");
      const first = dags.one.steps.length;
      dags.one.apply({ type: "set_paused", isPaused: false });
      expectSame(dags.rounds(), [null, 1], "the DAG's own runs first, then the backfill's");
      const afterFirst = dags.one.steps.slice(first).find(({ start }) => start?.backfillId === 1);
      expectSame(afterFirst?.touched.size, 1, "runs started in the first round");
      dags.two.apply({ type: "set_paused", isPaused: false });
      expectSame(dags.counts(), { own: 1, backfill: 3, total: 14 }, "after the second call");
      dags.one.tick();
      dags.two.tick();
      expectSame(dags.counts(), { own: 1, backfill: 3, total: 14 }, "after the third call");
    },
  },
  "test_scheduler_job.py::test_backfill_maxed_out_no_prevent_non_backfill_max_out": {
    words: {
      given: "backfill 6 runs first, started; then 30 scheduled dag1 + 10 dag2 created",
      expect_after_calls: [
        { backfill: 3, total: 3 },
        { note: "repeat calls", backfill: 3, total: 3 },
        { note: "after creating others, call 1", nonbackfill: 1, backfill: 3, total: 4 },
        { note: "call 2", nonbackfill: 1, backfill: 3, total: 14 },
      ],
    },
    check() {
      const dags = new TwoDags();
      dags.one.apply({ type: "set_paused", isPaused: false });
      dags.one.backfill(1, { runs: 6, maxActiveRuns: 3 });
      expectSame(dags.counts(), { own: 0, backfill: 3, total: 3 }, "after the first call");
      dags.one.tick();
      expectSame(dags.counts(), { own: 0, backfill: 3, total: 3 }, "after more calls");
      dags.makeOthers();
      expectSame(dags.counts(), { own: 1, backfill: 3, total: 4 }, "with the others");
      dags.two.apply({ type: "set_paused", isPaused: false });
      expectSame(dags.counts(), { own: 1, backfill: 3, total: 14 }, "at the end");
    },
  },
  "test_scheduler_job.py::test_backfill_runs_not_started_when_backfill_paused": {
    words: { given: "backfill of 6, max_active_runs=3", expect: { paused: 0, unpaused: 3 } },
    check() {
      const world = new World(spec({ tasks: graphOf("a") }));
      world.backfill(1, { runs: 6, maxActiveRuns: 3, isHeld: true });
      const running = () => world.state.backfills.get(1)?.runningRunCount;
      expectSame(running(), 0, "paused");
      world.tick();
      expectSame(running(), 0, "still paused");
      world.backfill(1, { maxActiveRuns: 3, isHeld: false });
      expectSame(running(), 3, "unpaused");
    },
  },
  "test_scheduler_job.py::test_queued_dagruns_stops_creating_when_max_active_is_reached": {
    words: {
      given: "max_active_runs=10; 20 create calls",
      expect: { runs: 10, after_all_running_and_20_more_calls: 10 },
    },
    check() {
      const world = dailyWorld(10);
      for (let call = 0; call < 20; call += 1) world.tick();
      expectSame(world.madeRuns.length, 10, "runs");
      expectSame(world.state.runningRunCount, 10, "running");
      for (let call = 0; call < 20; call += 1) world.tick();
      expectSame(world.madeRuns.length, 10, "after 20 more calls, runs");
    },
  },
  "test_scheduler_job.py::test_max_active_runs_creation_phasing": {
    words: {
      given:
        "daily, start 2016-01-01, catchup, max_active_runs=3; 3 loops -> 3 active, next_dagrun=2016-01-04, create_after=2016-01-05; then complete one + loop, x5",
      expect: "logical dates 2016-01-01..07 contiguous",
    },
    check() {
      const world = dailyWorld(3);
      for (let loop = 0; loop < 3; loop += 1) world.tick();
      expectSame([world.madeRuns.length, world.state.runningRunCount], [3, 3], "made and running");
      const next = world.state.timetable?.next({
        last: { startAt: Date.UTC(2016, 0, 3), endAt: Date.UTC(2016, 0, 4) },
        earliestAt: Date.UTC(2016, 0, 1),
        latestAt: null,
        now: world.now,
        catchup: true,
      });
      expectSame([day(next?.logicalAt ?? 0), day(next?.runAfterAt ?? 0)], ["2016-01-04", "2016-01-05"], "next run");
      for (let loop = 0; loop < 5; loop += 1) {
        const oldest = [...world.state.runs.values()].find((run) => run.state === "running");
        world.claim("a", { run: oldest?.runId ?? "" });
        world.report("a", { type: "success" }, { run: oldest?.runId ?? "" });
        world.tick();
        expectSame(world.state.runningRunCount, 3, "running");
      }
      const dates = world.madeRuns.map(({ logicalAt }) => day(logicalAt));
      const contiguous = dates.map((_, at) => day(Date.UTC(2016, 0, 1) + at * DAY_MS));
      expectSame(dates, contiguous, "logical dates");
      expectSame(dates.includes("2016-01-07"), true, "the seventh day is among them");
    },
  },
  "test_scheduler_job.py::test_runs_respected_after_clear": {
    words: { given: "3 queued runs, dag cleared, max_active_runs=1", expect: { running: 1, queued: 2 } },
    check() {
      const world = new World(spec({ tasks: graphOf("a"), maxActiveRuns: 1 }));
      for (const runId of ["r1", "r2", "r3"]) world.trigger(runId);
      for (let at = 0; at < 3; at += 1) world.succeed("a");
      expectSame(world.state.runningRunCount + world.state.queuedRunCount, 0, "live runs before the clear");
      for (const runId of ["r1", "r2", "r3"]) world.clear(["a"], runId);
      expectSame([world.state.runningRunCount, world.state.queuedRunCount], [1, 2], "running and queued");
    },
  },
};
