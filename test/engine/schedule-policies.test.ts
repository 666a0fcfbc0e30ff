import { describe, expect, it } from "vitest";
import type { CustomTimetable } from "../../src/dag/hooks.ts";
import type { ScheduleSpec } from "../../src/dag/spec.ts";
import { MAX_PLANNED_RUNS } from "../../src/engine/defaults.ts";
import { nextRun, plannedRuns, scheduleProblem } from "../../src/engine/schedule.ts";
import { START, spec, World } from "../fixtures/engine-world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const hourly: ScheduleSpec = { type: "cron", expression: "0 * * * *", timezone: "UTC", dataInterval: false };
const everyHour: ScheduleSpec = { type: "every", ms: HOUR, months: 0, dataInterval: false };

/** Logical dates of the runs made, in hours after the start of the world. */
const made = (world: World) => world.madeRuns.map(({ logicalAt }) => (logicalAt - START) / HOUR);
const skipped = (world: World) =>
  world.skips.map(({ fromAt, toAt, count, reason }) => [(fromAt - START) / HOUR, (toAt - START) / HOUR, count, reason]);

function pausedFor(world: World, ms: number): void {
  world.apply({ type: "set_paused", isPaused: true });
  world.tick(ms);
  world.apply({ type: "set_paused", isPaused: false });
}

describe("catch-up policies", () => {
  it("[S9] latest: of those missed the latest gets a run, and the others are recorded", () => {
    const world = new World(
      spec({ schedule: hourly, startAt: START + HOUR, catchup: true, catchupPolicy: { latestOnly: true } }),
    );
    pausedFor(world, 5 * HOUR + MINUTE);
    expect(made(world)).toEqual([5]);
    expect(skipped(world)).toEqual([[1, 4, 4, "catchup_latest"]]);
    expect(world.wakeAt).toBeLessThanOrEqual(START + 6 * HOUR);
  });

  it("[S9] a schedule by distance stays on its course, where without catch-up it goes on from now", () => {
    const late = (options: Parameters<typeof spec>[0]) => {
      const world = new World(spec({ schedule: everyHour, startAt: START, ...options }));
      world.succeedAll();
      pausedFor(world, 3.5 * HOUR);
      world.succeedAll();
      world.tick(HOUR);
      return made(world);
    };
    expect(late({ catchup: true, catchupPolicy: { latestOnly: true } })).toEqual([0, 3, 4]);
    expect(late({ catchup: false })).toEqual([0, 3.5, 4.5]);
  });

  it("[S2] woken a little late, a schedule by distance keeps its distance", () => {
    const world = new World(spec({ schedule: everyHour, startAt: START }));
    world.succeedAll();
    for (let hour = 1; hour <= 3; hour += 1) {
      world.restart();
      world.now = START + hour * HOUR + 7;
      world.tick();
      world.succeedAll();
    }
    expect([made(world), skipped(world)]).toEqual([[0, 1, 2, 3], []]);
  });

  it("[S10] a window: those that are older are recorded, the others become runs", () => {
    const catchupPolicy = { windowMs: 2.5 * HOUR };
    const world = new World(spec({ schedule: hourly, startAt: START, catchup: true, catchupPolicy }));
    world.succeedAll();
    pausedFor(world, 6 * HOUR);
    expect(made(world)).toEqual([0, 4, 5, 6]);
    expect(skipped(world)).toEqual([[1, 3, 3, "catchup_window"]]);
  });

  it("[S10] when all are too old, none becomes a run", () => {
    const daily: ScheduleSpec = { ...hourly, expression: "0 0 * * *" };
    const world = new World(
      spec({ schedule: daily, startAt: START, catchup: true, catchupPolicy: { windowMs: HOUR } }),
    );
    world.succeedAll();
    pausedFor(world, 3 * DAY + 2 * HOUR);
    expect([made(world), skipped(world)]).toEqual([[0], [[24, 72, 3, "catchup_window"]]]);
    expect(world.wakeAt).toBe(START + 4 * DAY);
  });

  it("[S8] a long way is passed over in pieces, each in an event of its own", () => {
    const minutely: ScheduleSpec = { ...hourly, expression: "* * * * *" };
    const world = new World(
      spec({ schedule: minutely, startAt: START, catchup: true, catchupPolicy: { latestOnly: true } }),
    );
    world.succeedAll();
    world.tick(2_500 * MINUTE);
    while (world.wakeAt !== null && world.wakeAt <= world.now) world.tick();
    expect(world.skips.map(({ count }) => count)).toEqual([1_000, 1_000, 499]);
    expect(made(world)).toEqual([0, 2_500 / 60]);
  });
});

describe("overlap", () => {
  it("[S11] skip: what is due while a scheduled run is live is recorded in its time, and what follows is not late", () => {
    const world = new World(spec({ schedule: hourly, startAt: START, overlap: "skip" }));
    world.claimAll("i");
    for (let minutes = 0; minutes < 150; minutes += 1) {
      world.tick(MINUTE);
      world.heartbeat("i");
    }
    expect(skipped(world)).toEqual([
      [1, 1, 1, "overlap"],
      [2, 2, 1, "overlap"],
    ]);
    world.succeedAll();
    world.wake();
    expect(made(world)).toEqual([0, 3]);
  });

  it("[S11] a run that is still queued is live, also after a start of the object", () => {
    const world = new World(spec({ schedule: hourly, startAt: START + HOUR, overlap: "skip", maxActiveRuns: 2 }));
    world.trigger("manual 1");
    world.trigger("manual 2");
    world.claimAll("i");
    world.apply({ type: "set_paused", isPaused: true });
    world.mark("success", "manual 2");
    world.apply({ type: "set_paused", isPaused: false });
    world.tick(HOUR);
    expect(made(world)).toEqual([1]);
    world.restart();
    world.tick(HOUR);
    expect(skipped(world)).toEqual([[2, 2, 1, "overlap"]]);
  });

  it("[S11] a manual run is no overlap", () => {
    const world = new World(spec({ schedule: hourly, startAt: START + HOUR, overlap: "skip" }));
    world.trigger("manual");
    world.claimAll("i");
    world.tick(HOUR);
    expect([made(world), skipped(world)]).toEqual([[1], []]);
  });
});

describe("jitter", () => {
  const jitterMs = 10 * MINUTE;
  const delays = (dagId: string) => {
    const world = new World({ ...spec({ schedule: hourly, startAt: START, jitterMs }), dagId: dagId as never });
    while (world.madeRuns.length < 20) {
      world.wake();
      world.succeedAll();
    }
    expect(made(world)).toEqual(Array.from({ length: 20 }, (_, hour) => hour));
    expect(world.skips).toEqual([]);
    return world.madeRuns.map((run) => run.runAfterAt - run.dataIntervalEndAt);
  };

  it("[S12] moves each run by its own amount, the same whenever it is asked, and not its logical date", () => {
    const amounts = delays("one");
    expect(amounts).toEqual(delays("one"));
    expect(amounts).not.toEqual(delays("other"));
    expect(new Set(amounts).size).toBeGreaterThan(15);
    expect(Math.min(...amounts)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...amounts)).toBeLessThanOrEqual(jitterMs);
  });

  it("[S12] longer than the distance it still keeps the order, and nothing is lost", () => {
    const world = new World(spec({ schedule: hourly, startAt: START, jitterMs: 5 * HOUR, catchup: true }));
    while (world.madeRuns.length < 12) {
      world.wake();
      world.succeedAll();
    }
    expect(made(world).slice(0, 12)).toEqual(Array.from({ length: 12 }, (_, hour) => hour));
    expect(world.madeRuns.map(({ dueAt }) => ((dueAt ?? 0) - START) / HOUR)).toEqual(made(world));
  });

  it("[S12] without catch-up the latest is the latest whose time has come", () => {
    const world = new World(spec({ schedule: hourly, startAt: START, jitterMs: 3 * HOUR }));
    pausedFor(world, 2 * DAY);
    const runs = world.madeRuns.at(-1);
    expect(runs?.runAfterAt).toBeLessThanOrEqual(world.now);
    expect(made(world).at(-1)).toBeGreaterThanOrEqual(45);
    expect(nextRun(world.state, world.now)?.runAfterAt).toBeGreaterThan(world.now);
  });
});

describe("plannedRuns()", () => {
  const hoursOf = ({ state, now }: World, hours: number) =>
    plannedRuns(state, START + hours * HOUR, now).dueAts.map((at) => (at - START) / HOUR);

  it("are what the schedule then makes, up to the instant and without it", () => {
    const world = new World(spec({ schedule: hourly, startAt: START, maxActiveRuns: 100 }));
    const planned = hoursOf(world, 6);
    expect(planned).toEqual([1, 2, 3, 4, 5]);
    const before = made(world).length;
    for (let hour = 1; hour <= 5; hour += 1) world.tick(HOUR);
    expect(made(world).slice(before)).toEqual(planned);
  });

  it("end with the schedule, and with the DAG's end date", () => {
    const once = new World(spec({ schedule: { type: "once" }, startAt: START + HOUR }));
    expect(hoursOf(once, 1_000)).toEqual([1]);
    expect(hoursOf(new World(spec({ schedule: { type: "manual" }, startAt: START })), 1_000)).toEqual([]);
    expect(hoursOf(new World(spec({ schedule: hourly, startAt: START, endAt: START + 2 * HOUR })), 9)).toEqual([1, 2]);
  });

  it("are told with their jitter, and change nothing", () => {
    const world = new World(spec({ schedule: hourly, startAt: START, jitterMs: HOUR / 2 }));
    const next = nextRun(world.state, world.now);
    const { dueAts } = plannedRuns(world.state, START + 4 * HOUR, world.now);
    expect(dueAts[0]).toBe(next?.runAfterAt);
    expect(new Set(dueAts.map((at) => at % HOUR)).size).toBeGreaterThan(1);
    expect(nextRun(world.state, world.now)).toEqual(next);
  });

  it("are cut where there are too many, and say so", () => {
    const everyMinute = { ...hourly, expression: "* * * * *" } as const;
    const { state, now } = new World(spec({ schedule: everyMinute, startAt: START }));
    const { dueAts, isCut } = plannedRuns(state, START + 365 * DAY, now);
    expect([dueAts.length, isCut]).toEqual([MAX_PLANNED_RUNS, true]);
    expect(plannedRuns(state, START + HOUR, now).isCut).toBe(false);
  });
});

describe("forms of schedules", () => {
  it("[S13] one run follows another, each from the end of the interval before to now", () => {
    const world = new World(spec({ schedule: { type: "continuous" }, startAt: START - HOUR, maxActiveRuns: 16 }));
    expect(world.madeRuns).toHaveLength(1);
    world.claimAll("i");
    world.tick(MINUTE);
    world.heartbeat("i");
    expect([world.madeRuns.length, nextRun(world.state, world.now)]).toEqual([1, null]);
    world.report("a", { type: "success" });
    world.tick(0);
    const intervals = world.madeRuns.map((run) => [run.dataIntervalStartAt - START, run.dataIntervalEndAt - START]);
    expect(intervals).toEqual([
      [-HOUR, 0],
      [0, MINUTE],
    ]);
    expect(world.skips).toEqual([]);
  });

  it("[S13] runs that end at once do not follow each other faster than one a second", () => {
    const world = new World(spec({ schedule: { type: "continuous" }, startAt: START, maxActiveRuns: 1 }));
    world.succeedAll();
    expect([world.madeRuns.length, world.wakeAt]).toEqual([1, START + 1_001]);
    world.wake();
    expect(world.madeRuns.map(({ logicalAt, runAfterAt }) => [logicalAt - START, runAfterAt - START])).toEqual([
      [0, 0],
      [1, 1_001],
    ]);
  });

  it("[S13] a manual run is waited for, and so is a pause", () => {
    const world = new World(spec({ schedule: { type: "continuous" }, startAt: START, maxActiveRuns: 1 }));
    world.trigger("manual");
    world.succeed("a", { run: world.run().runId });
    world.tick(MINUTE);
    expect(world.madeRuns).toHaveLength(1);
    world.succeedAll();
    pausedFor(world, HOUR);
    const { dataIntervalStartAt, dataIntervalEndAt } = world.madeRuns[1] ?? {};
    expect([dataIntervalStartAt, (dataIntervalEndAt ?? 0) > START]).toEqual([START + 1, true]);
  });

  it("[S14] an instant that several expressions match gets one run", () => {
    const schedule: ScheduleSpec = {
      type: "crons",
      expressions: ["0 * * * *", "*/30 * * * *", "45 2 * * *"],
      timezone: "UTC",
    };
    const world = new World(spec({ schedule, startAt: START + HOUR, catchup: true }));
    world.tick(3 * HOUR);
    expect(made(world)).toEqual([1, 1.5, 2, 2.5, 2.75, 3]);
  });

  it("[S15] each event gets its run, and those that are missed follow the same policies", () => {
    const schedule: ScheduleSpec = { type: "events", at: [1, 2, 5, 9].map((hour) => START + hour * HOUR) };
    const world = new World(spec({ schedule }));
    world.wake();
    world.succeedAll();
    world.restart();
    world.now = START + 2 * HOUR + 5;
    world.tick();
    world.succeedAll();
    pausedFor(world, 8 * HOUR);
    expect(made(world)).toEqual([1, 2, 9]);
    expect(skipped(world)).toEqual([[5, 5, 1, "catchup_off"]]);
    expect(world.wakeAt).toBeGreaterThan(world.now);
    world.succeedAll();
    expect(world.wakeAt).toBe(null);
  });

  it("[S18] without a start date the first instant to come is not lost by waking late", () => {
    const world = new World(spec({ schedule: hourly }), { now: START + 30 * MINUTE });
    expect(made(world)).toEqual([]);
    world.restart();
    world.now = START + HOUR + 20 * MINUTE;
    world.tick();
    expect([made(world), skipped(world)]).toEqual([[1], []]);
  });

  it("[S18] a DAG that is created paused begins when it is unpaused", () => {
    const world = new World(spec());
    world.apply({ type: "set_paused", isPaused: true });
    world.define(spec({ schedule: hourly }), false);
    world.tick(5 * HOUR + 30 * MINUTE);
    world.apply({ type: "set_paused", isPaused: false });
    expect([made(world), skipped(world), world.wakeAt]).toEqual([[], [], START + 6 * HOUR]);
  });

  it("[S18] a start date that is added before the first run counts", () => {
    const world = new World(spec({ schedule: hourly }), { now: START + 30 * MINUTE });
    world.define(spec({ schedule: hourly, startAt: START - 2 * HOUR, catchup: true }), false);
    expect(made(world)).toEqual([-2, -1, 0]);
  });
});

describe("schedules that do not work", () => {
  const custom = (next: CustomTimetable["next"]): CustomTimetable => ({ description: "own", next });
  const instant = (at: number) => ({ logicalAt: at, dataIntervalStartAt: at, dataIntervalEndAt: at, runAfterAt: at });
  const own: ScheduleSpec = { type: "custom", description: "own" };

  function defined(next: CustomTimetable["next"] | null): World {
    const world = new World(spec());
    world.define(spec({ schedule: own, startAt: START, catchup: true }), true, next === null ? null : custom(next));
    return world;
  }
  const told = (world: World) =>
    world.steps.flatMap(({ events }) => events).map(({ event, detail }) => [event, detail]);

  it("[S16] a custom timetable makes its runs", () => {
    const world = defined(({ last, earliestAt }) =>
      instant(last === null ? (earliestAt ?? 0) : last.endAt + 90 * MINUTE),
    );
    world.tick(4 * HOUR);
    expect([made(world), told(world)]).toEqual([[0, 1.5, 3], []]);
  });

  it("[S16] a function that does not know the start date is asked on from there", () => {
    const world = defined(({ last }) => instant((last?.endAt ?? START - 10 * HOUR) + HOUR));
    expect(made(world)).toEqual([0]);
  });

  it.each<[string, CustomTimetable["next"] | null, string]>([
    [
      "throws",
      () => {
        throw new Error("no calendar for 2027");
      },
      "the timetable threw: no calendar for 2027",
    ],
    [
      "goes back",
      ({ last }) => instant(last === null ? START : START - HOUR),
      "which does not come after the last run",
    ],
    ["stands still", () => instant(START), "which does not come after the last run"],
    ["answers no instant", () => instant(Number.NaN), "answered logicalAt NaN, which is not an instant"],
    [
      "answers an interval backwards",
      () => ({ ...instant(START), dataIntervalEndAt: START - 1 }),
      "ends (2025-12-31T23:59:59.999Z) before it begins (2026-01-01T00:00:00.000Z)",
    ],
    ["is gone", null, "the deployed file of the DAG has no custom timetable any more"],
  ])("[S16] one that %s makes no more runs, and the reason is told once", (_name, next, reason) => {
    const world = defined(next);
    const count = world.madeRuns.length;
    world.tick(DAY);
    world.tick(DAY);
    expect([world.madeRuns.length, nextRun(world.state, world.now)]).toEqual([count, null]);
    expect(scheduleProblem(world.state, world.now)).toContain(reason);
    expect(told(world)).toEqual([["no next run", expect.stringContaining(reason)]]);
    expect(world.trigger("by hand").state).toBe("running");
  });

  it.each<[string, ScheduleSpec, string]>([
    ["a cron that does not parse", { ...hourly, expression: "0 25 * * *" }, "hour must be 0–23, got 25"],
    ["an unknown zone", { ...hourly, timezone: "Mars/Olympus" }, 'unknown time zone "Mars/Olympus"'],
    ["one bad cron of several", { type: "crons", expressions: ["@daily", "x"], timezone: "UTC" }, "Cannot parse"],
    ["a period without length", { ...everyHour, ms: 0 }, "the period has no length"],
    ["a type of a newer release", { type: "lunar" } as unknown as ScheduleSpec, 'schedules of type "lunar"'],
    ["a continuous one without a start", { type: "continuous" }, "needs a start date"],
  ])("[S17] %s makes no run, and manual runs go on", (_name, schedule, reason) => {
    const world = new World(spec({ schedule }));
    world.tick(DAY);
    expect([world.madeRuns, world.wakeAt]).toEqual([[], null]);
    expect(scheduleProblem(world.state, world.now)).toContain(reason);
    expect(world.trigger("by hand").state).toBe("running");
  });
});
