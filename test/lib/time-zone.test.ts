import { describe, expect, test } from "vitest";
import {
  instantToLocal,
  isTimeZone,
  localInstants,
  localToInstant,
  offsetAt,
  zonedInstant,
} from "../../src/lib/time-zone.ts";

const utc = (text: string) => Date.parse(text);
const iso = (instantMs: number) => new Date(instantMs).toISOString();

/** Local fields as the runtime prints them: another road through Intl than the one under test. */
function printedLocal(instantMs: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const parts = Object.fromEntries(format.formatToParts(instantMs).map((part) => [part.type, Number(part.value)]));
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

describe("offsetAt()", () => {
  const zones = ["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "GMT"];
  test.each(zones)("agrees with the printed local time in %s, through every change of a year", (zone) => {
    for (let at = utc("2011-06-01T00:07:00Z"); at < utc("2012-06-01T00:00:00Z"); at += 12_600_000) {
      expect(at + offsetAt(at, zone)).toBe(printedLocal(at, zone));
    }
  });

  test("changes at the very millisecond of a transition", () => {
    const change = utc("2024-03-10T07:00:00Z");
    expect(offsetAt(change - 1, "America/New_York")).toBe(-5 * 3_600_000);
    expect(offsetAt(change, "America/New_York")).toBe(-4 * 3_600_000);
  });

  test("knows the local mean time of old, to the second", () => {
    expect(offsetAt(utc("1850-01-01T00:00:00Z"), "America/New_York")).toBe(-(4 * 3600 + 56 * 60 + 2) * 1000);
  });

  test("stays right when more days were asked for than it caches", () => {
    for (let day = 0; day < 4_500; day += 1) {
      const at = utc("2015-01-01T12:00:00Z") + day * 86_400_000;
      expect(at + offsetAt(at, "Europe/Paris")).toBe(printedLocal(at, "Europe/Paris"));
    }
  });
});

describe("localToInstant()", () => {
  test.each([
    ["an ordinary time", "2024-07-01T12:00:00Z", "America/New_York", "2024-07-01T16:00:00.000Z"],
    ["the last time before a gap", "2024-03-10T01:59:59Z", "America/New_York", "2024-03-10T06:59:59.000Z"],
    ["the first time of a gap", "2024-03-10T02:00:00Z", "America/New_York", "2024-03-10T07:00:00.000Z"],
    ["a time in a gap", "2024-03-10T02:30:00Z", "America/New_York", "2024-03-10T07:30:00.000Z"],
    ["the first time after a gap", "2024-03-10T03:00:00Z", "America/New_York", "2024-03-10T07:00:00.000Z"],
    ["a time in a fold", "2024-11-03T01:30:00Z", "America/New_York", "2024-11-03T06:30:00.000Z"],
    ["a time in a fold of half an hour", "2024-04-07T01:45:00Z", "Australia/Lord_Howe", "2024-04-06T15:15:00.000Z"],
    ["a time in a gap of half an hour", "2024-10-06T02:10:00Z", "Australia/Lord_Howe", "2024-10-05T15:40:00.000Z"],
    ["a time in a gap of a whole day", "2011-12-30T12:00:00Z", "Pacific/Apia", "2011-12-30T22:00:00.000Z"],
    ["UTC itself", "2024-03-10T02:30:00Z", "UTC", "2024-03-10T02:30:00.000Z"],
  ])("%s", (_what, naive, zone, expected) => {
    expect(iso(localToInstant(utc(naive), zone))).toBe(expected);
  });

  test("is undone by instantToLocal() away from transitions", () => {
    for (let at = utc("2024-01-01T00:00:00Z"); at < utc("2024-03-01T00:00:00Z"); at += 7_777_777) {
      expect(localToInstant(instantToLocal(at, "Europe/Berlin"), "Europe/Berlin")).toBe(at);
    }
  });

  test("localInstants() gives both occurrences of a time in a fold", () => {
    expect(localInstants(utc("2024-11-03T01:30:00Z"), "America/New_York").map(iso)).toEqual([
      "2024-11-03T05:30:00.000Z",
      "2024-11-03T06:30:00.000Z",
    ]);
  });
});

describe("isTimeZone()", () => {
  test.each(["UTC", "Europe/Paris", "America/Argentina/Buenos_Aires", "GMT"])("knows %s", (name) => {
    expect(isTimeZone(name)).toBe(true);
  });
  test.each(["", "Mars/Olympus", "+02:00", "Europe", "UTC+2"])("does not know %j", (name) => {
    expect(isTimeZone(name)).toBe(false);
  });
});

describe("zonedInstant()", () => {
  test.each([
    ["2026-01-01", "America/Los_Angeles", "2026-01-01T08:00:00.000Z"],
    ["2026-01-01T06:30", "America/Los_Angeles", "2026-01-01T14:30:00.000Z"],
    ["2026-01-01 06:30:15.25", "UTC", "2026-01-01T06:30:15.250Z"],
    ["2026-01-01T06:30:15.123456Z", "Asia/Tokyo", "2026-01-01T06:30:15.123Z"],
    ["2026-01-01T06:30+05:30", "Asia/Tokyo", "2026-01-01T01:00:00.000Z"],
    ["2026-01-01T06:30-0800", "Asia/Tokyo", "2026-01-01T14:30:00.000Z"],
    ["2026-01-01T06:30+02", "Asia/Tokyo", "2026-01-01T04:30:00.000Z"],
    ["2024-02-29", "UTC", "2024-02-29T00:00:00.000Z"],
    ["0099-01-01", "UTC", "0099-01-01T00:00:00.000Z"],
  ])("%s in %s is %s", (text, zone, expected) => {
    expect(iso(zonedInstant(text, zone))).toBe(expected);
  });

  test.each([
    ["tomorrow", "UTC", 'Cannot parse date "tomorrow": expected YYYY-MM-DD'],
    ["2026-02-30", "UTC", 'Cannot parse date "2026-02-30": there is no day 30 in month 02 of 2026'],
    ["2026-13-01", "UTC", "there is no day 01 in month 13 of 2026"],
    ["2026-01-01T24:00", "UTC", "the time must be between 00:00:00 and 23:59:59"],
    ["2026-01-01T10:00+24:00", "UTC", "the offset +24:00 must be within ±23:59"],
    ["2026-01-01", "Mars/Olympus", 'unknown time zone "Mars/Olympus"'],
    ["2026-01-01Z", "UTC", "expected YYYY-MM-DD"],
  ])("rejects %s in %s", (text, zone, message) => {
    expect(() => zonedInstant(text, zone)).toThrow(message);
  });
});
