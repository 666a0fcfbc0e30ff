import { describe, expect, test } from "vitest";
import type { ScheduleSpec } from "../../../src/dag/spec.ts";
import { makeTimetable } from "../../../src/engine/timetable/make-timetable.ts";
import type { Interval, NextRunInput } from "../../../src/engine/timetable/timetable.ts";

const at = (text: string) => Date.parse(text);
const iso = (ms: number) => new Date(ms).toISOString().slice(0, 16);
const span = (interval: Interval | null) =>
  interval === null ? null : `${iso(interval.startAt)}/${iso(interval.endAt)}`;
const interval = (startAt: string, endAt: string): Interval => ({ startAt: at(startAt), endAt: at(endAt) });

function cron(expression: string, options: { timezone?: string; dataInterval?: boolean } = {}): ScheduleSpec {
  return { type: "cron", expression, timezone: "UTC", dataInterval: false, ...options };
}

function every(period: { ms?: number; months?: number; dataInterval?: boolean }): ScheduleSpec {
  return { type: "every", ms: 0, months: 0, dataInterval: false, ...period };
}

/** The next runs as `interval start/end`, each call fed with the run before. */
function runs(schedule: ScheduleSpec, count: number, given: Partial<NextRunInput> = {}): (string | null)[] {
  const timetable = makeTimetable(schedule);
  const found: (string | null)[] = [];
  let last = given.last ?? null;
  while (found.length < count) {
    const defaults = { earliestAt: null, latestAt: null, now: at("2026-01-01T00:00Z"), catchup: true };
    const next = timetable.next({ ...defaults, ...given, last });
    last = next && { startAt: next.dataIntervalStartAt, endAt: next.dataIntervalEndAt };
    found.push(span(last));
    if (next === null) break;
    expect(next.logicalAt).toBe(next.dataIntervalStartAt);
    expect(next.runAfterAt).toBe(next.dataIntervalEndAt);
  }
  return found;
}

describe("manual and once", () => {
  test("manual never runs by itself", () => {
    expect(runs({ type: "manual" }, 1)).toEqual([null]);
  });

  test("once runs at the start date, and never again", () => {
    const earliestAt = at("2025-03-01T00:00Z");
    expect(runs({ type: "once" }, 2, { earliestAt })).toEqual(["2025-03-01T00:00/2025-03-01T00:00", null]);
  });

  test("once without a start date runs now", () => {
    expect(runs({ type: "once" }, 1)).toEqual(["2026-01-01T00:00/2026-01-01T00:00"]);
  });

  test("once after the end date does not run", () => {
    expect(runs({ type: "once" }, 1, { latestAt: at("2025-12-31T00:00Z") })).toEqual([null]);
  });
});

describe("end date", () => {
  const latestAt = at("2026-01-03T00:00Z");
  const earliestAt = at("2026-01-01T00:00Z");

  test("a trigger may fall on it, not after it", () => {
    const day = (number: number) => `2026-01-0${number}T00:00/2026-01-0${number}T00:00`;
    expect(runs(cron("0 0 * * *"), 9, { earliestAt, latestAt })).toEqual([day(1), day(2), day(3), null]);
  });

  test("an interval may begin on it, not after it", () => {
    const last = runs(cron("0 0 * * *", { dataInterval: true }), 9, { earliestAt, latestAt }).slice(-2);
    expect(last).toEqual(["2026-01-03T00:00/2026-01-04T00:00", null]);
  });
});

describe("start date", () => {
  test.each([
    ["a trigger", false, "2026-01-04T00:00/2026-01-04T00:00"],
    ["an interval", true, "2026-01-04T00:00/2026-01-11T00:00"],
  ])("without it and within a tenth of the gap, %s begins at the tick just passed", (_what, dataInterval, expected) => {
    const now = at("2026-01-04T10:00Z");
    const earliestAt = dataInterval ? at("2026-01-04T00:00Z") : null;
    expect(runs(cron("0 0 * * 0", { dataInterval }), 1, { now, earliestAt, catchup: false })).toEqual([expected]);
  });

  test("without it, intervals with catch-up never begin", () => {
    expect(runs(cron("0 0 * * *", { dataInterval: true }), 1)).toEqual([null]);
  });

  test("in the middle of a period, without catch-up, the first interval begins at the next tick", () => {
    const given = { now: at("2024-03-21T00:00Z"), earliestAt: at("2024-03-20T00:00Z"), catchup: false };
    const [first] = runs(cron("0 0 * * 0", { dataInterval: true }), 1, given);
    expect(first).toBe("2024-03-24T00:00/2024-03-31T00:00");
  });
});

describe("defects of Airflow that are mended here", () => {
  const newYork = { timezone: "America/New_York", dataInterval: true };

  test("a manual interval that ends in a gap has its full length", () => {
    const timetable = makeTimetable(cron("0 2 * * *", newYork));
    expect(span(timetable.manualInterval(at("2024-03-10T07:30Z")))).toBe("2024-03-09T07:00/2024-03-10T07:00");
  });

  test("a manual interval before the second occurrence of its tick ends the day before", () => {
    const timetable = makeTimetable(cron("0 1 * * *", newYork));
    expect(span(timetable.manualInterval(at("2024-11-03T05:30Z")))).toBe("2024-11-01T05:00/2024-11-02T05:00");
  });

  test("after a run of a trigger timetable, intervals go on without its logical date again", () => {
    const last = interval("2025-12-31T00:00Z", "2025-12-31T00:00Z");
    const [next] = runs(cron("0 0 * * *", { dataInterval: true }), 1, { last });
    expect(next).toBe("2026-01-01T00:00/2026-01-02T00:00");
  });

  test.each([
    ["late by hours", "2026-06-29T17:00Z"],
    ["in time", "2026-06-29T12:00Z"],
  ])("months without catch-up keep their day when asked %s", (_what, now) => {
    const last = interval("2026-04-29T12:00Z", "2026-05-29T12:00Z");
    const given = { last, now: at(now), catchup: false };
    expect(runs(every({ months: 1, dataInterval: true }), 2, given)).toEqual([
      "2026-05-29T12:00/2026-06-29T12:00",
      "2026-06-29T12:00/2026-07-29T12:00",
    ]);
  });

  test("months without catch-up skip to the latest complete one", () => {
    const given = { earliestAt: at("2025-01-31T00:00Z"), catchup: false };
    const [first] = runs(every({ months: 1, dataInterval: true }), 1, given);
    expect(first).toBe("2025-11-28T00:00/2025-12-28T00:00");
  });
});

describe("months", () => {
  test("are clamped to the last day, one period at a time", () => {
    const given = { earliestAt: at("2023-12-31T06:00Z") };
    expect(runs(every({ months: 2, dataInterval: true }), 2, given)).toEqual([
      "2023-12-31T06:00/2024-02-29T06:00",
      "2024-02-29T06:00/2024-04-29T06:00",
    ]);
  });

  test("a manual interval covers the month before", () => {
    const timetable = makeTimetable(every({ months: 1, dataInterval: true }));
    expect(span(timetable.manualInterval(at("2026-03-31T00:00Z")))).toBe("2026-02-28T00:00/2026-03-31T00:00");
  });
});

describe("seconds", () => {
  test("the sixth field fires within the minute", () => {
    const timetable = makeTimetable(cron("* * * * * */15"));
    const input = { last: null, earliestAt: at("2026-01-01T00:00:01Z"), latestAt: null, now: 0, catchup: true };
    expect(timetable.next(input)?.runAfterAt).toBe(at("2026-01-01T00:00:15Z"));
  });
});

describe("description", () => {
  test.each<[ScheduleSpec, string]>([
    [cron("0 6 * * *"), "0 6 * * *"],
    [every({ ms: 1_800_000 }), "every 30 min"],
    [every({ months: 1 }), "every month"],
    [every({ months: 3 }), "every 3 months"],
    [{ type: "once" }, "once"],
    [{ type: "manual" }, "manual"],
  ])("of %j is %j", (schedule, expected) => {
    expect(makeTimetable(schedule).description).toBe(expected);
  });
});
