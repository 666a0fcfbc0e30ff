import { describe, expect, it } from "vitest";
import type { ScheduleSpec } from "../../src/dag/spec.ts";
import { courseBounds } from "../../src/engine/course-bounds.ts";
import { MAX_NEW_RUNS_PER_EVENT } from "../../src/engine/defaults.ts";
import { nextRun } from "../../src/engine/schedule.ts";
import { START, spec, task, World } from "../fixtures/engine-world.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const hourly: ScheduleSpec = { type: "cron", expression: "0 * * * *", timezone: "UTC", dataInterval: false };
const daily: ScheduleSpec = { type: "cron", expression: "0 0 * * *", timezone: "UTC", dataInterval: true };

/** Logical dates of the runs made, in hours after the start of the world. */
const made = (world: World) => world.madeRuns.map(({ logicalAt }) => (logicalAt - START) / HOUR);

describe("schedule", () => {
  it("[S1] each due instant gets exactly one run, by its wake-up alone", () => {
    const world = new World(spec({ schedule: hourly, startAt: START + HOUR }));
    expect(world.wakeAt).toBe(START + HOUR);
    for (let hour = 1; hour <= 4; hour += 1) {
      world.now = world.wakeAt ?? 0;
      world.tick();
      world.tick();
      world.succeedAll();
    }
    expect(made(world)).toEqual([1, 2, 3, 4]);
    expect(world.skips).toEqual([]);
  });

  it("[S1] a data interval gets its run when it has passed", () => {
    const world = new World(spec({ schedule: daily, startAt: START }));
    expect(world.wakeAt).toBe(START + DAY);
    world.wake();
    expect(world.madeRuns).toEqual([
      { logicalAt: START, dataIntervalStartAt: START, dataIntervalEndAt: START + DAY, runAfterAt: START + DAY },
    ]);
    expect(world.run().logicalAt).toBe(START);
  });

  it("[S1] the cursor outlives the object, so that no interval comes twice", () => {
    const world = new World(spec({ schedule: hourly, startAt: START + HOUR }));
    world.wake();
    world.succeedAll();
    world.restart();
    world.tick(10);
    expect(made(world)).toEqual([1]);
    expect(world.wakeAt).toBe(START + 2 * HOUR);
  });

  it("[S1] a manual run takes nothing from the schedule", () => {
    const world = new World(spec({ schedule: hourly, startAt: START + HOUR }));
    world.trigger("manual");
    world.succeedAll();
    world.now = START + HOUR;
    world.tick();
    expect(made(world)).toEqual([1]);
  });

  it("[S2] without catch-up only the latest due instant gets a run, and the others are recorded as skipped", () => {
    const world = new World(spec({ schedule: hourly, startAt: START + HOUR }));
    world.wake();
    world.succeedAll();
    world.tick(5 * HOUR + 60_000);
    expect(made(world)).toEqual([1, 6]);
    expect(world.skips).toEqual([
      { fromAt: START + 2 * HOUR, toAt: START + 5 * HOUR, count: 4, reason: "catchup_off" },
    ]);
  });

  it("[S2] a skip too long to count says from when to when", () => {
    const minutely: ScheduleSpec = { ...hourly, expression: "* * * * *" };
    const world = new World(spec({ schedule: minutely, startAt: START }));
    world.succeedAll();
    world.tick(30 * DAY + 30_000);
    expect(world.skips).toEqual([
      { fromAt: START + 60_000, toAt: START + 30 * DAY - 1, count: null, reason: "catchup_off" },
    ]);
    expect(made(world)).toEqual([0, 30 * 24]);
  });

  it("[S2] a start date in the past means its latest instant, not all since", () => {
    const world = new World(spec({ schedule: hourly, startAt: START - 3 * HOUR }));
    expect(made(world)).toEqual([0]);
    expect(world.skips).toEqual([{ fromAt: START - 3 * HOUR, toAt: START - HOUR, count: 3, reason: "catchup_off" }]);
  });

  it("[S3] with catch-up every instant since the start date gets its run, in order", () => {
    const world = new World(spec({ schedule: hourly, startAt: START - 3 * HOUR, catchup: true }));
    expect(made(world)).toEqual([-3, -2, -1, 0]);
    expect(world.skips).toEqual([]);
    world.succeedAll();
    world.wake();
    expect(made(world)).toEqual([-3, -2, -1, 0, 1]);
  });

  it("[S4] no run begins after the end date, and then nothing is due any more", () => {
    const world = new World(spec({ schedule: hourly, startAt: START, endAt: START + 2 * HOUR, catchup: true }));
    while (world.wakeAt !== null && made(world).length < 10) {
      world.succeedAll();
      if (world.wakeAt !== null) world.wake();
    }
    expect(made(world)).toEqual([0, 1, 2]);
    expect(world.wakeAt).toBe(null);
  });

  it("[S4] a start date that is moved later holds back what would have come before", () => {
    const dag = spec({ schedule: hourly, startAt: START, catchup: true });
    const world = new World(dag);
    world.succeedAll();
    world.define({ ...dag, startAt: START + 5 * HOUR }, false);
    expect(world.wakeAt).toBe(START + 5 * HOUR);
    world.wake();
    expect([made(world), world.skips]).toEqual([[0, 5], []]);
  });

  it("[S4] tasks have start and end dates too: the first and the last of them count", () => {
    const early = task("a", { startAt: START + HOUR, endAt: START + 2 * HOUR });
    const late = task("b", { endAt: START + 3 * HOUR });
    const dag = spec({ schedule: hourly, startAt: START + 2 * HOUR, catchup: true });
    expect(courseBounds({ ...dag, tasks: [early, late] }, null)).toEqual({
      earliestAt: START + HOUR,
      latestAt: START + 3 * HOUR,
    });
    expect(courseBounds({ ...dag, endAt: START + DAY, tasks: [early, late] }, null).latestAt).toBe(START + DAY);
    expect(courseBounds({ ...dag, tasks: [early, task("c")] }, null).latestAt).toBe(null);
    expect(courseBounds({ ...dag, tasks: [early] }, START + 5 * HOUR).earliestAt).toBe(START + 5 * HOUR);
    const world = new World(spec());
    world.apply({ type: "set_paused", isPaused: true });
    world.define({ ...dag, tasks: [early, late] }, false);
    expect(nextRun(world.state, world.now)?.logicalAt).toBe(START + HOUR);
  });

  it("[S5] scheduled runs are made only as far as maxActiveRuns lets them start", () => {
    const world = new World(spec({ schedule: hourly, startAt: START - 9 * HOUR, catchup: true, maxActiveRuns: 2 }));
    expect(made(world)).toEqual([-9, -8]);
    world.claimAll();
    world.succeed("a", { run: world.run().runId });
    expect(made(world)).toEqual([-9, -8, -7]);
    world.succeedAll();
    expect(made(world)).toHaveLength(10);
    expect(world.state.runningRunCount).toBe(0);
  });

  it("[S5] with no room for a run the schedule does not ask to be woken", () => {
    const world = new World(spec({ schedule: hourly, startAt: START, maxActiveRuns: 1 }));
    world.claimAll("i");
    world.tick(HOUR);
    world.heartbeat("i");
    expect(made(world)).toEqual([0]);
    expect(world.wakeAt).toBeGreaterThan(world.now);
  });

  it.each([
    ["paused", { type: "set_paused", isPaused: true }],
    ["broken by an import error", { type: "set_import_error", hasImportError: true }],
    ["retired", { type: "retire" }],
  ] as const)("[S6] a DAG that is %s makes no scheduled run", (_name, event) => {
    const world = new World(spec({ schedule: hourly, startAt: START + HOUR }));
    world.apply(event);
    world.tick(3 * HOUR);
    expect([made(world), world.wakeAt]).toEqual([[], null]);
  });

  it("[S6] after a pause the latest instant gets a run, and those of the pause are recorded", () => {
    const world = new World(spec({ schedule: hourly, startAt: START + HOUR }));
    world.apply({ type: "set_paused", isPaused: true });
    world.tick(3 * HOUR + 1);
    world.apply({ type: "set_paused", isPaused: false });
    expect(made(world)).toEqual([3]);
    expect(world.skips).toEqual([{ fromAt: START + HOUR, toAt: START + 2 * HOUR, count: 2, reason: "catchup_off" }]);
  });

  it("[S7] a changed schedule holds from then on, not for the time before it", () => {
    const world = new World(spec({ schedule: daily, startAt: START - DAY }));
    world.succeedAll();
    expect(made(world)).toEqual([-24]);
    world.tick(2 * HOUR + 1);
    world.define(spec({ schedule: hourly, startAt: START - DAY }), true);
    expect(made(world)).toEqual([-24]);
    expect(world.wakeAt).toBe(START + 3 * HOUR);
    world.wake();
    expect(made(world)).toEqual([-24, 3]);
    expect(world.skips).toEqual([]);
  });

  it("[S7] what was due before the change and has no run yet is recorded as skipped", () => {
    const dag = spec({ schedule: hourly, startAt: START, catchup: true });
    const world = new World(dag);
    world.succeedAll();
    world.apply({ type: "set_paused", isPaused: true });
    world.tick(3 * HOUR + 1);
    world.define({ ...dag, schedule: { ...hourly, expression: "30 * * * *" } }, true);
    world.apply({ type: "set_paused", isPaused: false });
    world.wake();
    expect(made(world)).toEqual([0, 3.5]);
    expect(world.skips).toEqual([
      { fromAt: START + HOUR, toAt: START + 3 * HOUR, count: 3, reason: "schedule_changed" },
    ]);
  });

  it("[S7] a schedule of which nothing came yet is replaced whole", () => {
    const world = new World(spec());
    world.tick(3 * HOUR);
    world.define(spec({ schedule: hourly, startAt: START + HOUR, catchup: true }), true);
    expect([made(world), world.skips]).toEqual([[1, 2, 3], []]);
  });

  it("[S7] with catch-up, too, nothing before the change is made up for", () => {
    const world = new World(spec({ schedule: { ...hourly, expression: "0 0 * * *" }, startAt: START, catchup: true }));
    world.succeedAll();
    world.tick(2 * HOUR + 1);
    world.define(spec({ schedule: hourly, startAt: START, catchup: true }), true);
    world.wake();
    expect(made(world)).toEqual([0, 3]);
  });

  it("[S7] an edit that leaves the schedule as it is changes nothing of its course", () => {
    const dag = spec({ schedule: hourly, startAt: START, catchup: true, maxActiveRuns: 1 });
    const world = new World(dag);
    world.claimAll("i");
    world.tick(60_000);
    world.define({ ...dag, description: "new", maxActiveRuns: 2 }, false);
    world.now = START + HOUR;
    world.tick();
    expect(made(world)).toEqual([0, 1]);
  });

  it("[S8] one event makes a bounded number of runs, and the rest follows at once", () => {
    const world = new World(
      spec({ schedule: hourly, startAt: START - 249 * HOUR, catchup: true, maxActiveRuns: 1_000 }),
    );
    const counts = world.steps.map((step) => step.newRuns.length).filter((count) => count > 0);
    expect(counts).toEqual([MAX_NEW_RUNS_PER_EVENT, MAX_NEW_RUNS_PER_EVENT, 50]);
    expect(world.state.runningRunCount).toBe(250);
  });
});
