import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { alignNext, alignPrevious, type Ticks, zonedCron } from "../../../src/engine/timetable/zoned-cron.ts";
import { parseCron } from "../../../src/lib/cron.ts";

const minuteMs = 60_000;
const dayMs = 86_400_000;

function ticks(expression: string, zone: string): Ticks {
  const cron = parseCron(expression);
  if (!cron.ok) throw new Error(cron.error);
  return zonedCron(cron.value, zone);
}

/** Zones and a day on which each changes its clocks (or not, for the last two). */
const transitions: readonly (readonly [string, string])[] = [
  ["America/New_York", "2024-03-10"],
  ["America/New_York", "2024-11-03"],
  ["America/St_Johns", "2024-03-10"],
  ["America/Santiago", "2024-09-08"],
  ["America/Havana", "2024-11-03"],
  ["America/Caracas", "2016-05-01"],
  ["Africa/Casablanca", "2024-03-10"],
  ["Africa/Casablanca", "2024-04-14"],
  ["Africa/Cairo", "2024-10-31"],
  ["Asia/Beirut", "2024-03-31"],
  ["Asia/Gaza", "2024-04-20"],
  ["Asia/Pyongyang", "2018-05-04"],
  ["Asia/Tehran", "2021-09-21"],
  ["Atlantic/Azores", "2024-03-31"],
  ["Australia/Lord_Howe", "2024-04-06"],
  ["Australia/Lord_Howe", "2024-10-05"],
  ["Europe/Dublin", "2024-10-27"],
  ["Europe/London", "2024-03-31"],
  ["Europe/Zurich", "2024-10-27"],
  ["Antarctica/Troll", "2024-03-31"],
  ["Pacific/Apia", "2011-12-30"],
  ["Pacific/Auckland", "2024-04-06"],
  ["Pacific/Chatham", "2024-09-28"],
  ["Asia/Kolkata", "2024-03-10"],
  ["UTC", "2024-03-10"],
];

/** Minute and hour fields as sets: what the oracle understands, and how they are written. */
interface Pattern {
  readonly expression: string;
  readonly minutes: ReadonlySet<number>;
  /** Null allows every hour. */
  readonly hours: ReadonlySet<number> | null;
}

function pattern(minutes: readonly number[], hours: readonly number[] | null): Pattern {
  const expression = `${minutes.join(",")} ${hours === null ? "*" : hours.join(",")} * * *`;
  return { expression, minutes: new Set(minutes), hours: hours === null ? null : new Set(hours) };
}

interface Clocks {
  /** Every minute that the clocks showed, with the instants at which they did. */
  readonly shownAt: ReadonlyMap<number, readonly number[]>;
  /** Before the clocks went forward, if they did: what turns a reading that never came into its instant. */
  readonly offsetBeforeGap: number;
}

/** Reads the clocks minute by minute, from three days before the date to four days after. Shares no code with the source. */
function readClocks(timeZone: string, date: string): Clocks {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });
  const from = Date.parse(`${date}T00:00Z`) - 3 * dayMs;
  const shownAt = new Map<number, number[]>();
  let offsetBeforeGap = 0;
  let offset: number | null = null;
  for (let at = from; at < from + 8 * dayMs; at += minuteMs) {
    const reading = Date.parse(`${format.format(at).replace(" ", "T")}Z`);
    if (offset !== null && reading - at > offset) offsetBeforeGap = offset;
    offset = reading - at;
    shownAt.set(reading, [...(shownAt.get(reading) ?? []), at]);
  }
  return { shownAt, offsetBeforeGap };
}

/** All ticks among the readings, placed by the rule. */
function oracle({ minutes, hours }: Pattern, { shownAt, offsetBeforeGap }: Clocks): number[] {
  const readings = [...shownAt.keys()];
  const to = Math.max(...readings);
  const found = new Set<number>();
  for (let reading = Math.min(...readings); reading <= to; reading += minuteMs) {
    const minute = (reading / minuteMs) % 60;
    const hour = Math.floor(reading / (60 * minuteMs)) % 24;
    if (!minutes.has(minute) || !(hours?.has(hour) ?? true)) continue;
    const shown = shownAt.get(reading) ?? [reading - offsetBeforeGap];
    for (const at of hours === null ? shown : shown.slice(-1)) found.add(at);
  }
  return [...found].sort((a, b) => a - b);
}

const hourlyPattern = fc
  .uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 6 })
  .map((minutes) => pattern(minutes, null));
const fixedPattern = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 6 }),
    fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 6 }),
  )
  .map(([minutes, hours]) => pattern(minutes, hours));
// Most changes of clocks happen in the small hours: patterns around them find more than patterns anywhere.
const nightPattern = fc
  .tuple(fc.subarray([0, 15, 20, 30, 40, 45], { minLength: 1 }), fc.subarray([0, 1, 2, 3, 4], { minLength: 1 }))
  .map(([minutes, hours]) => pattern(minutes, hours));
const anyPattern = fc.oneof(nightPattern, fixedPattern, hourlyPattern);

describe.each(transitions)("ticks in %s around %s", (zone, date) => {
  test("agree with reading the clock minute by minute, both ways, from every tick", () => {
    const clocks = readClocks(zone, date);
    fc.assert(
      fc.property(anyPattern, (given) => {
        const expected = oracle(given, clocks);
        const found = ticks(given.expression, zone);
        // Days at the edge of the window lack what readings outside it would have added.
        const inside = expected.filter((at) => Math.abs(at - Date.parse(`${date}T12:00Z`)) < 1.6 * dayMs);
        const before = expected.indexOf(inside[0] ?? 0) - 1;
        expect(inside.map((at) => found.next(at))).toEqual(expected.slice(before + 2, before + 2 + inside.length));
        expect(inside.map((at) => found.previous(at))).toEqual(expected.slice(before, before + inside.length));
      }),
      { numRuns: 12, seed: 42 },
    );
  });

  test("are strictly ordered and steps undo each other, from any instant", () => {
    const around = Date.parse(`${date}T00:00Z`);
    fc.assert(
      fc.property(
        anyPattern,
        fc.integer({ min: around - 2 * dayMs, max: around + 2 * dayMs }),
        ({ expression }, at) => {
          const found = ticks(expression, zone);
          const next = found.next(at) ?? Number.NaN;
          const previous = found.previous(at) ?? Number.NaN;
          expect(previous).toBeLessThan(at);
          expect(next).toBeGreaterThan(at);
          const isTick = alignNext(found, at) === at;
          expect(found.previous(next)).toBe(isTick ? at : previous);
          expect(found.next(previous)).toBe(isTick ? at : next);
          expect(alignPrevious(found, at)).toBe(isTick ? at : previous);
        },
      ),
      { numRuns: 100, seed: 7 },
    );
  });
});

describe("a cron expression in a time zone", () => {
  const iso = (ms: number | null) => new Date(ms ?? 0).toISOString().slice(0, 16);

  test("runs every hour in a fold, twice by the clock", () => {
    const hourly = ticks("0 * * * *", "Europe/Zurich");
    const first = hourly.next(Date.parse("2023-10-28T23:30Z"));
    const second = hourly.next(first ?? 0);
    const third = hourly.next(second ?? 0);
    expect([first, second, third].map(iso)).toEqual(["2023-10-29T00:00", "2023-10-29T01:00", "2023-10-29T02:00"]);
  });

  test("finds ticks far away: a leap day on a Monday and the thirteenth or a Friday", () => {
    expect(iso(ticks("0 0 29 2 *", "Asia/Tokyo").next(Date.parse("2024-03-01T00:00Z")))).toBe("2028-02-28T15:00");
    expect(iso(ticks("0 0 29 2 *", "Asia/Tokyo").previous(Date.parse("2024-02-01T00:00Z")))).toBe("2020-02-28T15:00");
  });
});
