import { describe, expect, test } from "vitest";
import type { CustomTimetable } from "../../../src/dag/hooks.ts";
import type { ScheduleSpec } from "../../../src/dag/spec.ts";
import { makeTimetable } from "../../../src/engine/timetable/make-timetable.ts";
import type { Interval, NextRunInput } from "../../../src/engine/timetable/timetable.ts";

const at = (text: string) => Date.parse(text);
const iso = (ms: number) => new Date(ms).toISOString().slice(0, 16);
const span = (interval: Interval | null) =>
  interval === null ? null : `${iso(interval.startAt)}/${iso(interval.endAt)}`;
const instant = (text: string): Interval => ({ startAt: at(text), endAt: at(text) });

function next(schedule: ScheduleSpec, given: Partial<NextRunInput> = {}, custom?: CustomTimetable): string | null {
  const input = { last: null, earliestAt: null, latestAt: null, now: at("2026-01-01T00:00Z"), catchup: true, ...given };
  const run = makeTimetable(schedule, custom).next(input);
  return run && span({ startAt: run.dataIntervalStartAt, endAt: run.dataIntervalEndAt });
}

describe("several crons", () => {
  const crons: ScheduleSpec = { type: "crons", expressions: ["0 6 * * *", "*/40 18 * * *"], timezone: "Asia/Tokyo" };

  test("are read in their zone, and described as they are written", () => {
    expect(next(crons, { last: instant("2026-01-01T09:00Z") })).toBe("2026-01-01T09:40/2026-01-01T09:40");
    expect(next(crons, { last: instant("2026-01-01T09:40Z") })).toBe("2026-01-01T21:00/2026-01-01T21:00");
    expect(makeTimetable(crons).description).toBe("0 6 * * * | */40 18 * * *");
  });

  test("without start date each is asked for itself where to begin", () => {
    // The one of six in the morning passed within a tenth of its day; the others are far.
    expect(next(crons, { now: at("2026-01-01T22:00Z"), catchup: false })).toBe("2026-01-01T21:00/2026-01-01T21:00");
    expect(next(crons, { now: at("2026-01-02T03:00Z"), catchup: false })).toBe("2026-01-02T09:00/2026-01-02T09:00");
  });

  test("have no run after the end date", () => {
    expect(next(crons, { last: instant("2026-01-01T09:40Z"), latestAt: at("2026-01-01T20:59Z") })).toBe(null);
  });
});

describe("instants that cover an interval", () => {
  const daily: ScheduleSpec = { type: "cron", expression: "0 0 * * *", timezone: "UTC", dataInterval: false };

  test("have it before them, and begin at its start", () => {
    const schedule = { ...daily, intervalMs: 3_600_000 };
    expect(next(schedule, { earliestAt: at("2026-01-05T00:00Z") })).toBe("2026-01-04T23:00/2026-01-05T00:00");
    expect(span(makeTimetable(schedule).manualInterval(at("2026-01-05T07:30Z")))).toBe(
      "2026-01-05T06:30/2026-01-05T07:30",
    );
    const hourly: ScheduleSpec = { type: "every", ms: 3_600_000, months: 0, dataInterval: false, intervalMs: 60_000 };
    expect(next(hourly, { last: instant("2026-01-05T00:00Z") })).toBe("2026-01-05T00:59/2026-01-05T01:00");
  });

  test("may come at once, always or while the last is young enough", () => {
    const now = at("2026-01-05T12:00Z");
    expect(next(daily, { now })).toBe("2026-01-06T00:00/2026-01-06T00:00");
    expect(next({ ...daily, runImmediately: true }, { now })).toBe("2026-01-05T00:00/2026-01-05T00:00");
    expect(next({ ...daily, runImmediately: 43_200_000 }, { now })).toBe("2026-01-05T00:00/2026-01-05T00:00");
    expect(next({ ...daily, runImmediately: 43_199_999 }, { now })).toBe("2026-01-06T00:00/2026-01-06T00:00");
  });
});

describe("continuous", () => {
  const continuous: ScheduleSpec = { type: "continuous" };
  const now = at("2026-01-01T00:00Z");

  test("begins with the start date, and waits for it", () => {
    expect(next(continuous, { earliestAt: at("2025-06-01T00:00Z") })).toBe("2025-06-01T00:00/2026-01-01T00:00");
    expect(next(continuous, { earliestAt: at("2026-02-01T00:00Z") })).toBe("2026-02-01T00:00/2026-02-01T00:00");
    expect(next(continuous)).toBe(null);
  });

  test("goes on from the end of the last to now, until the end date", () => {
    const last = { startAt: at("2025-12-01T00:00Z"), endAt: at("2025-12-31T23:00Z") };
    const given = { last, earliestAt: at("2025-01-01T00:00Z") };
    expect(next(continuous, given)).toBe("2025-12-31T23:00/2026-01-01T00:00");
    expect(next(continuous, { ...given, latestAt: now - 1 })).toBe(null);
  });
});

describe("events", () => {
  const days = ["2026-01-02", "2026-01-05", "2026-01-09"].map(at);
  const events: ScheduleSpec = { type: "events", at: days };

  test("without catch-up the next is the first to come", () => {
    const given = { now: at("2026-01-03T00:00Z"), earliestAt: at("2026-01-01T00:00Z") };
    expect(next(events, given)).toBe("2026-01-02T00:00/2026-01-02T00:00");
    expect(next(events, { ...given, catchup: false })).toBe("2026-01-05T00:00/2026-01-05T00:00");
    expect(next(events, { ...given, latestAt: at("2026-01-04T00:00Z"), catchup: false })).toBe(null);
  });

  test("a manual run is about its own instant, or about an event where only those are wanted", () => {
    const interval = (schedule: ScheduleSpec, text: string) => span(makeTimetable(schedule).manualInterval(at(text)));
    expect(interval(events, "2026-01-06T00:00Z")).toBe("2026-01-06T00:00/2026-01-06T00:00");
    const restricted: ScheduleSpec = { ...events, isRestricted: true };
    expect(interval(restricted, "2026-01-06T00:00Z")).toBe("2026-01-05T00:00/2026-01-05T00:00");
    expect(interval(restricted, "2026-01-01T00:00Z")).toBe("2026-01-02T00:00/2026-01-02T00:00");
  });

  test("say how many they are, or what they are called", () => {
    expect(makeTimetable(events).description).toBe("3 events");
    expect(makeTimetable({ ...events, at: days.slice(1, 2) }).description).toBe("1 event");
    expect(makeTimetable({ ...events, description: "launches" }).description).toBe("launches");
  });
});

describe("custom", () => {
  const schedule: ScheduleSpec = { type: "custom", description: "own" };
  const run = (startAt: number, endAt: number) => ({
    logicalAt: startAt,
    dataIntervalStartAt: startAt,
    dataIntervalEndAt: endAt,
    runAfterAt: endAt,
  });

  test("may follow a schedule of instants with an interval that begins where that stood", () => {
    const custom: CustomTimetable = { description: "own", next: ({ last }) => run(last?.endAt ?? 0, at("2026-01-02")) };
    expect(next(schedule, { last: instant("2026-01-01T00:00Z") }, custom)).toBe("2026-01-01T00:00/2026-01-02T00:00");
  });

  test("has no run that begins after the end date, without knowing of it", () => {
    const custom: CustomTimetable = { description: "own", next: () => run(at("2026-01-02"), at("2026-01-03")) };
    expect(next(schedule, { latestAt: at("2026-01-01") }, custom)).toBe(null);
    const problem = makeTimetable(schedule, custom).problem?.({
      ...{ last: null, earliestAt: null, latestAt: at("2026-01-01"), now: 0, catchup: false },
    });
    expect(problem).toBe(null);
  });

  test("gives up on a function that never comes to the start date", () => {
    let count = 0;
    const custom: CustomTimetable = {
      description: "own",
      next: ({ last }) => {
        count += 1;
        return run((last?.endAt ?? 0) + 1, (last?.endAt ?? 0) + 1);
      },
    };
    expect(next(schedule, { earliestAt: at("2026-01-01") }, custom)).toBe(null);
    expect(count).toBeLessThanOrEqual(1_000);
  });

  test.each<[string, NonNullable<CustomTimetable["manualInterval"]> | undefined, string | null]>([
    ["none", undefined, "2026-01-01T12:00/2026-01-01T12:00"],
    ["one", (date) => ({ startAt: date - 3_600_000, endAt: date }), "2026-01-01T11:00/2026-01-01T12:00"],
    ["one that answers null", () => null, null],
    ["one that goes backwards", (date) => ({ startAt: date, endAt: date - 1 }), "2026-01-01T12:00/2026-01-01T12:00"],
    [
      "one that throws",
      () => {
        throw new Error("no");
      },
      null,
    ],
  ])("a manual run goes on with a function for its interval: %s", (_name, manualInterval, expected) => {
    const custom = {
      description: "own",
      next: () => null,
      ...(manualInterval === undefined ? {} : { manualInterval }),
    };
    expect(span(makeTimetable(schedule, custom).manualInterval(at("2026-01-01T12:00Z")))).toBe(expected);
  });
});
