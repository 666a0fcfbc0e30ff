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

export const runStartByHand: HandTests = {
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
