import { cron, every, manual, once } from "updraft";
import { expect, test } from "vitest";
import { readSchedule } from "../../src/dag/schedule.ts";

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
