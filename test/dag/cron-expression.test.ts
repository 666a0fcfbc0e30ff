import { describe, expect, test } from "vitest";
import { readCron } from "../../src/dag/cron-expression.ts";

describe("readCron() writes what a timetable can step", () => {
  test.each([
    ["*/5 * * * *", "*/5 * * * *"],
    ["  0  6 * * * ", "0 6 * * *"],
    ["0 6 * * * 30", "0 6 * * * 30"],
    ["1-10/3,30 * * * *", "1-10/3,30 * * * *"],
    ["5/15 * * * *", "5-59/15 * * * *"],
    ["0 0 5/10 * *", "0 0 5-31/10 * *"],
    ["0 0 * jan-mar,DEC mon-fri", "0 0 * JAN-MAR,DEC MON-FRI"],
    ["0 0 ? * MON", "0 0 * * MON"],
    ["0 0 L * *", "0 0 L * *"],
    ["0 0 1,l * *", "0 0 1,L * *"],
    ["0 0 * * 5#2", "0 0 * * 5#2"],
    ["0 0 * * fri#2", "0 0 * * 5#2"],
    ["0 0 * * L5", "0 0 * * 5L"],
    ["0 0 * * LFRI", "0 0 * * 5L"],
    ["0 0 * * 7#1", "0 0 * * 0#1"],
    ["0 22-2 * * *", "0 0,1,2,22,23 * * *"],
    ["0 22-4/2 * * *", "0 0,2,4,22 * * *"],
    ["0 0 * * FRI-MON", "0 0 * * 0,1,5,6"],
    ["0 0 * NOV-FEB *", "0 0 * 1,2,11,12 *"],
    ["0 0 * * 7-2", "0 0 * * 0,1,2"],
    ["0 0 * * 5-7", "0 0 * * 5-7"],
    ["0 0 29 2 *", "0 0 29 2 *"],
    ["0 0 31 2 MON", "0 0 31 2 MON"],
    ["0 0 31 */2 *", "0 0 31 */2 *"],
    ["@hourly", "0 * * * *"],
    ["@daily", "0 0 * * *"],
    ["@weekly", "0 0 * * 0"],
    ["@monthly", "0 0 1 * *"],
    ["@quarterly", "0 0 1 */3 *"],
    ["@yearly", "0 0 1 1 *"],
  ])("%s → %s", (expression, plain) => {
    expect(readCron(expression)).toEqual({ ok: true, value: plain });
  });
});

describe("readCron() names the field that is wrong", () => {
  test.each([
    ["60 * * * *", 'minute must be 0–59, got "60"'],
    ["0 25 * * *", 'hour must be 0–23, got "25"'],
    ["0 0 0 * *", 'day of month must be 1–31, got "0"'],
    ["0 0 * 13 *", 'month must be 1–12 or JAN–DEC, got "13"'],
    ["0 0 * * 8", 'day of week must be 0–6 or SUN–SAT, got "8"'],
    ["0 0 * * monday", 'day of week must be 0–6 or SUN–SAT, got "monday"'],
    ["0 0 * * * 61", 'second must be 0–59, got "61"'],
    ["*/0 * * * *", 'minute must have a step of 1–60, got "*/0"'],
    ["*/61 * * * *", 'minute must have a step of 1–60, got "*/61"'],
    ["1-2-3 * * * *", 'minute must be 0–59, got "1-2-3"'],
    ["-5 * * * *", 'minute must be 0–59, got "-5"'],
    ["1, * * * *", 'minute must be 0–59, got ""'],
    ["1.5 * * * *", 'minute must be 0–59, got "1.5"'],
    ["0 0 15W * *", 'day of month must be 1–31, got "15W"'],
    ["0 0 * * 5#6", 'day of week must have a place of 1–5 after "#", got "5#6"'],
    ["0 0 * * L9", 'day of week must be 0–6 or SUN–SAT, got "L9"'],
    ["? * * * *", 'minute must be 0–59, got "?"'],
    ["* * * *", "expected 5 fields, or 6 with the seconds last, got 4"],
    ["* * * * * * *", "expected 5 fields, or 6 with the seconds last, got 7"],
    ["", "expected 5 fields, or 6 with the seconds last, got 0"],
    ["0 0 30 2 *", "day of month 30 does not exist in month 2, so it never fires"],
    ["0 0 31 4,6-6,SEP *", "day of month 31 does not exist in month 4,6-6,SEP, so it never fires"],
  ])("%s: %s", (expression, problem) => {
    expect(readCron(expression)).toEqual({ ok: false, error: problem });
  });

  test("an unknown preset is answered with the known ones", () => {
    const read = readCron("@continuous");
    expect(read.ok ? "" : read.error).toBe(
      "unknown preset, expected @hourly, @daily, @midnight, @weekly, @monthly, @quarterly, @yearly, @annually",
    );
  });
});
