import { continuous, cron, crons, type DagOptions, dag, events, every, manual, once, timetable } from "updraft";
import { describe, expect, test } from "vitest";
import { readSchedule } from "../../src/dag/read-schedule.ts";

const read = (schedule: Parameters<typeof readSchedule>[1]) => readSchedule('DAG "d"', schedule);
const everyMs = (ms: number) => ({ type: "every", ms, months: 0, dataInterval: false });

test("a bare text is a cron expression in UTC, whose runs stand for instants", () => {
  const daily = { type: "cron", expression: "0 0 * * *", timezone: "UTC", dataInterval: false };
  expect(read("@daily")).toEqual(daily);
  expect(read("  0 0  * * * ")).toEqual(daily);
  expect(read("@Daily")).toEqual(daily);
  expect(read("@once")).toEqual({ type: "once" });
});

test("cron() keeps its zone and whether its runs stand for intervals", () => {
  expect(read(cron("5 4 * * *", { timezone: "Europe/Paris", dataInterval: true }))).toEqual({
    type: "cron",
    expression: "5 4 * * *",
    timezone: "Europe/Paris",
    dataInterval: true,
  });
});

test("every() takes a text, milliseconds, a period, or months", () => {
  expect(read(every("30 min"))).toEqual(everyMs(1_800_000));
  expect(read(every(90_000))).toEqual(everyMs(90_000));
  expect(read(every({ days: 1, hours: 2, minutes: 3, seconds: 4.5 }))).toEqual(everyMs(93_784_500));
  expect(read(every({ weeks: 2 }))).toEqual(everyMs(1_209_600_000));
  expect(read(every({ months: 3 }))).toEqual({ type: "every", ms: 0, months: 3, dataInterval: false });
  expect(read(every("1 month", { dataInterval: true }))).toEqual({
    type: "every",
    ms: 0,
    months: 1,
    dataInterval: true,
  });
});

test("once() and manual() say no more than that", () => {
  expect(read(once())).toEqual({ type: "once" });
  expect(read(manual())).toEqual({ type: "manual" });
});

test("a schedule of instants may cover the time before each, and begin at once", () => {
  const noon = { type: "cron", expression: "0 12 * * *", timezone: "UTC", dataInterval: false };
  expect(read(cron("0 12 * * *", { interval: "1h", runImmediately: "10 min" }))).toEqual({
    ...noon,
    intervalMs: 3_600_000,
    runImmediately: 600_000,
  });
  expect(read(cron("0 12 * * *", { runImmediately: true }))).toEqual({ ...noon, runImmediately: true });
  expect(read(cron("0 12 * * *", { runImmediately: false }))).toEqual(noon);
  expect(read(every("1h", { interval: "1h" }))).toEqual({ ...everyMs(3_600_000), intervalMs: 3_600_000 });
});

test("crons() keeps each expression once, with presets expanded", () => {
  expect(read(crons(["@hourly", "30  * * * *", "0 * * * *"], { timezone: "Asia/Tokyo" }))).toEqual({
    type: "crons",
    expressions: ["0 * * * *", "30 * * * *"],
    timezone: "Asia/Tokyo",
  });
});

test("continuous() has one run at a time", () => {
  expect(read(continuous())).toEqual({ type: "continuous" });
  expect(read("@continuous")).toEqual({ type: "continuous" });
  expect(specOf({ schedule: continuous(), startDate: "2026-01-01" }).maxActiveRuns).toBe(1);
});

test("events() are in order, without repeats, and read in their zone", () => {
  const at = ["2026-03-02T12:00", new Date("2026-03-01T00:00Z"), "2026-03-02T03:00Z"];
  expect(read(events(at, { timezone: "Asia/Tokyo", restrictToEvents: true, description: "moves" }))).toEqual({
    type: "events",
    at: [Date.UTC(2026, 2, 1), Date.UTC(2026, 2, 2, 3)],
    isRestricted: true,
    description: "moves",
  });
});

const nothing = () => {};
const specOf = (options: DagOptions) => dag("d", options, nothing).spec;

describe("timetable()", () => {
  const hookOf = (next: Parameters<typeof timetable>[0]["next"]) =>
    dag("d", { schedule: timetable({ description: "own", next }) }, nothing).hooks.timetable;
  const input = { last: { startAt: 1, endAt: 2 }, earliestAt: 3, latestAt: null, now: 4, catchup: true };

  test("only its description is in the spec; the function stands beside it", () => {
    expect(read(timetable({ description: "own", next: () => null }))).toEqual({ type: "custom", description: "own" });
    expect(hookOf(() => null)?.next(input)).toBe(null);
    expect(dag("d", { schedule: "@daily" }, nothing).hooks.timetable).toBe(undefined);
  });

  test("its function is asked in Dates, and answers a Date or an interval of Dates", () => {
    const asked: unknown[] = [];
    const instant = hookOf((given) => {
      asked.push(given);
      return new Date(given.now);
    });
    expect(instant?.next(input)).toEqual({ logicalAt: 4, dataIntervalStartAt: 4, dataIntervalEndAt: 4, runAfterAt: 4 });
    expect(asked).toEqual([
      {
        last: { startAt: new Date(1), endAt: new Date(2) },
        earliestAt: new Date(3),
        latestAt: null,
        now: new Date(4),
        catchup: true,
      },
    ]);
    const interval = hookOf(() => ({ startAt: new Date(5), endAt: new Date(6) }));
    expect(interval?.next(input)).toEqual({
      logicalAt: 5,
      dataIntervalStartAt: 5,
      dataIntervalEndAt: 6,
      runAfterAt: 6,
    });
    const late = hookOf(() => ({ startAt: new Date(5), endAt: new Date(6), runAfterAt: new Date(9) }));
    expect(late?.next(input)?.runAfterAt).toBe(9);
  });

  test.each([[undefined], ["tomorrow"], [{ startAt: 5, endAt: 6 }], [Promise.resolve(null)]])(
    "it refuses %o",
    (answer) => {
      expect(() => hookOf(() => answer as unknown as null)?.next(input)).toThrow(/^next\(\) must answer a Date, /);
    },
  );
});

describe("options of a schedule", () => {
  const daily = { schedule: "@daily", startDate: "2026-01-01" };

  test("catch-up is off, on, of the latest alone, or of a window", () => {
    const read = (catchup: DagOptions["catchup"]) => {
      const { catchup: isOn, catchupPolicy } = specOf({ ...daily, ...(catchup === undefined ? {} : { catchup }) });
      return [isOn, catchupPolicy];
    };
    expect(read(undefined)).toEqual([false, undefined]);
    expect(read(true)).toEqual([true, undefined]);
    expect(read("latest")).toEqual([true, { latestOnly: true }]);
    expect(read({ window: "3d" })).toEqual([true, { windowMs: 259_200_000 }]);
  });

  test("what is not used is not in the spec", () => {
    expect(specOf({ ...daily, overlap: "queue" })).not.toHaveProperty("overlap");
    expect(specOf(daily)).not.toHaveProperty("jitterMs");
    expect(specOf({ ...daily, overlap: "skip", jitter: "5 min" })).toMatchObject({
      overlap: "skip",
      jitterMs: 300_000,
    });
  });

  test("events are made up for without a start date, and crons read theirs in their zone", () => {
    expect(specOf({ schedule: events(["2026-01-01"]), catchup: true }).catchup).toBe(true);
    const tokyo = crons(["@daily"], { timezone: "Asia/Tokyo" });
    expect(specOf({ schedule: tokyo, startDate: "2026-01-01" }).startAt).toBe(Date.UTC(2025, 11, 31, 15));
  });
});
