import { describe, expect, test } from "vitest";
import { type Cron, parseCron } from "../../src/lib/cron.ts";

function cron(expression: string): Cron {
  const parsed = parseCron(expression);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

const utc = (text: string) => Date.parse(text);
const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString().slice(0, 19));

function nextThree(expression: string, from: string): (string | null)[] {
  const steps = cron(expression);
  const times: (string | null)[] = [];
  for (let at: number | null = utc(from); times.length < 3 && at !== null; times.push(iso(at)))
    at = steps.nextAfter(at);
  return times;
}

describe("parseCron()", () => {
  test.each([
    ["0 0 L * *", ["2024-01-31T00:00:00", "2024-02-29T00:00:00", "2024-03-31T00:00:00"]],
    ["0 0 1,L * *", ["2024-01-31T00:00:00", "2024-02-01T00:00:00", "2024-02-29T00:00:00"]],
    ["0 0 * * 5L", ["2024-01-26T00:00:00", "2024-02-23T00:00:00", "2024-03-29T00:00:00"]],
    ["0 0 * * L5", ["2024-01-26T00:00:00", "2024-02-23T00:00:00", "2024-03-29T00:00:00"]],
    ["0 0 * * fri#3", ["2024-01-19T00:00:00", "2024-02-16T00:00:00", "2024-03-15T00:00:00"]],
    ["0 0 * * 7#1", ["2024-01-07T00:00:00", "2024-02-04T00:00:00", "2024-03-03T00:00:00"]],
    ["0 0 13 * 5", ["2024-01-05T00:00:00", "2024-01-12T00:00:00", "2024-01-13T00:00:00"]],
    ["0 0 ? * sun", ["2024-01-07T00:00:00", "2024-01-14T00:00:00", "2024-01-21T00:00:00"]],
    ["0 0 * * 7", ["2024-01-07T00:00:00", "2024-01-14T00:00:00", "2024-01-21T00:00:00"]],
    ["0 0 * * fri-mon", ["2024-01-05T00:00:00", "2024-01-06T00:00:00", "2024-01-07T00:00:00"]],
    ["0 0 1 mar,JUN-Aug *", ["2024-03-01T00:00:00", "2024-06-01T00:00:00", "2024-07-01T00:00:00"]],
    ["5/20 * * * *", ["2024-01-01T00:05:00", "2024-01-01T00:25:00", "2024-01-01T00:45:00"]],
    ["0 22-2/2 * * *", ["2024-01-01T02:00:00", "2024-01-01T22:00:00", "2024-01-02T00:00:00"]],
    ["0 0 * * sat/2", ["2024-01-06T00:00:00", "2024-01-13T00:00:00", "2024-01-20T00:00:00"]],
    ["0 */24 * * *", ["2024-01-02T00:00:00", "2024-01-03T00:00:00", "2024-01-04T00:00:00"]],
    ["*/60 22 * * *", ["2024-01-01T22:00:00", "2024-01-02T22:00:00", "2024-01-03T22:00:00"]],
    ["* * * * * 30", ["2024-01-01T00:00:30", "2024-01-01T00:01:30", "2024-01-01T00:02:30"]],
    ["0 12 * * * */20", ["2024-01-01T12:00:00", "2024-01-01T12:00:20", "2024-01-01T12:00:40"]],
    ["0 0 29 2 *", ["2024-02-29T00:00:00", "2028-02-29T00:00:00", "2032-02-29T00:00:00"]],
    ["@quarterly", ["2024-04-01T00:00:00", "2024-07-01T00:00:00", "2024-10-01T00:00:00"]],
  ])("reads %s as Airflow does", (expression, expected) => {
    expect(nextThree(expression, "2024-01-01T00:00:00Z")).toEqual(expected);
  });

  test.each([
    ["0 25 * * *", 'Cannot parse schedule "0 25 * * *": hour must be 0–23, got 25'],
    ["60 * * * *", "minute must be 0–59, got 60"],
    ["0 0 0 * *", "day of month must be 1–31, got 0"],
    ["0 0 * 13 *", "month must be 1–12, got 13"],
    ["0 0 * * 8", "day of week must be 0–7, got 8"],
    ["0 0 * * * 60", "second must be 0–59, got 60"],
    ["* * * *", "expected 5 fields, or 6 with the seconds last, got 4"],
    ["0 0 0 1 1 * 2030", "expected 5 fields, or 6 with the seconds last, got 7"],
    ["", "expected 5 fields, or 6 with the seconds last, got 0"],
    ["0 0 30 2 *", "no date ever matches"],
    ["*/0 * * * *", "step of minute must be 1–60, got 0"],
    ["0 0 15W * *", 'day of month cannot be "15w"'],
    ["0 0 * * fri#6", "occurrence of a day of week must be 1–5, got 6"],
    ["0 0 * * foo", 'day of week cannot be "foo"'],
    ["0 0 * * fooL", 'day of week cannot be "foo"'],
    ["0 0 * jan-dez *", 'month cannot be "dez"'],
    ["1,,2 * * * *", 'minute cannot be ""'],
    ["? * * * *", 'minute cannot be "?"'],
    ["1.5 * * * *", 'minute cannot be "1.5"'],
    ["@reboot", "unknown preset, expected one of @hourly, @daily"],
  ])("rejects %j and says why", (expression, message) => {
    const parsed = parseCron(expression);
    expect(parsed.ok ? "parsed" : parsed.error).toContain(message);
  });

  test.each([
    ["0 * * * *", true],
    ["0 */1 * * *", true],
    ["0 0-23 * * *", true],
    ["0 0/1 * * *", true],
    ["0 */2 * * *", false],
    ["0 3 * * *", false],
  ])("%s runs every hour: %s", (expression, expected) => {
    expect(cron(expression).isEveryHour).toBe(expected);
  });
});

describe("stepping", () => {
  test("is strict on a match and within the second around it", () => {
    const daily = cron("0 0 * * *");
    const midnight = utc("2024-01-02T00:00:00Z");
    expect(daily.nextAfter(midnight - 1)).toBe(midnight);
    expect(iso(daily.nextAfter(midnight))).toBe("2024-01-03T00:00:00");
    expect(iso(daily.nextAfter(midnight + 1))).toBe("2024-01-03T00:00:00");
    expect(daily.previousBefore(midnight + 1)).toBe(midnight);
    expect(iso(daily.previousBefore(midnight))).toBe("2024-01-01T00:00:00");
  });

  test.each(["*/7 3-5 * * *", "0 0 L * *", "0 0 * * 5#3", "0 0 * * 5L", "0 0 31 * *", "15 4 13 * 5", "*/25 * * * *"])(
    "backwards visits the same times as forwards: %s",
    (expression) => {
      const steps = cron(expression);
      const forwards: number[] = [];
      let at = utc("2023-05-17T13:14:15Z");
      for (let count = 0; count < 200; count += 1) {
        at = steps.nextAfter(at) ?? Number.NaN;
        forwards.push(at);
      }
      for (let index = forwards.length - 1; index > 0; index -= 1) {
        expect(steps.previousBefore(forwards[index] ?? 0)).toBe(forwards[index - 1]);
      }
    },
  );
});
