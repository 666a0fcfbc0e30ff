import { expect, test } from "vitest";
import { formatDuration, parseDuration } from "../../src/lib/duration.ts";

test.each([
  ["30s", 30_000],
  ["5 min", 300_000],
  ["1h 30m", 5_400_000],
  ["1h30m", 5_400_000],
  ["2 days", 172_800_000],
  ["1 Week", 604_800_000],
  ["250ms", 250],
  ["1.5 hours", 5_400_000],
  ["0s", 0],
])("parseDuration() reads %j", (text, ms) => {
  expect(parseDuration(text)).toEqual({ ok: true, value: ms });
});

test.each(["", "30", "s", "-5s", "5 moons", "1 month", "1h and 2m", "1e3 s"])("parseDuration() refuses %j", (text) => {
  expect(parseDuration(text)).toEqual({
    ok: false,
    error: `Cannot read duration "${text}": expected a number and a unit (ms, s, min, h, d, w), such as "30s"`,
  });
});

test.each([
  [0, "0 s"],
  [1, "1 ms"],
  [780_000, "13 min"],
  [5_400_000, "1 h 30 min"],
  [90_061_001, "1 d 1 h 1 min 1 s 1 ms"],
])("formatDuration() writes %i so that it reads back", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
  expect(parseDuration(text)).toEqual({ ok: true, value: ms });
});
