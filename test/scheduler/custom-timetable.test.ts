import { dag, timetable } from "updraft";
import { expect, test } from "vitest";
import { SchedulerWorld } from "../fixtures/scheduler-world.ts";

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);

/** At 0:00, 1:30, 3:00 … until noon. */
const { spec, hooks } = dag(
  "d",
  {
    startDate: new Date(START),
    catchup: true,
    schedule: timetable({
      description: "every 90 minutes until noon",
      next({ last, earliestAt, now }) {
        const at = last === null ? (earliestAt ?? now).getTime() : last.endAt.getTime() + 1.5 * HOUR;
        if (at > START + 9 * HOUR) throw new Error("closed in the afternoon");
        return new Date(at);
      },
    }),
  },
  ({ task }) => {
    task("work", () => "worked");
  },
);

test("a DAG's own timetable makes its runs, through restarts, and tells when it gives up", async () => {
  const world = new SchedulerWorld({ now: START });
  world.customTimetable = hooks.timetable ?? null;
  await world.sync(spec);
  for (let hour = 0; hour < 12; hour += 1) {
    await world.drain();
    world.restart();
    await world.pass(HOUR);
  }
  const runs = world.sql.exec("SELECT logical_at FROM dag_run WHERE run_type = 'scheduled' ORDER BY seq");
  expect(runs.map((row) => (Number(row["logical_at"]) - START) / HOUR)).toEqual([0, 1.5, 3, 4.5, 6, 7.5, 9]);
  const view = await world.scheduler.dag();
  expect([view?.nextRunAfterAt, view?.scheduleProblem]).toEqual([null, "the timetable threw: closed in the afternoon"]);
  const told = world.projections.flatMap(({ events }) => events).filter(({ event }) => event === "no next run");
  expect(told.map(({ extra }) => extra)).toEqual(["the timetable threw: closed in the afternoon"]);
});

test("a DAG whose deployed file has no timetable any more loads, and says so", async () => {
  const world = new SchedulerWorld({ now: START });
  world.customTimetable = hooks.timetable ?? null;
  await world.sync(spec);
  world.customTimetable = null;
  world.restart();
  expect((await world.scheduler.dag())?.scheduleProblem).toMatch(
    /^the deployed file of the DAG has no custom timetable/,
  );
  expect((await world.trigger()).ok).toBe(true);
});
