import { err, ok, type Result } from "./result.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  millisecond: 1,
  s: SECOND,
  sec: SECOND,
  second: SECOND,
  m: MINUTE,
  min: MINUTE,
  minute: MINUTE,
  h: HOUR,
  hour: HOUR,
  d: DAY,
  day: DAY,
  w: 7 * DAY,
  week: 7 * DAY,
};

const partPattern = /(\d+(?:\.\d+)?)\s*([a-z]+)/gi;
const wholePattern = /^\s*\d+(?:\.\d+)?\s*[a-z]+(?:\s*\d+(?:\.\d+)?\s*[a-z]+)*\s*$/i;

/** Milliseconds of a text such as `30s`, `5 min`, `1h 30m` or `2 days`. Months and years have no fixed length, so they are not durations. */
export function parseDuration(text: string): Result<number, string> {
  const fail = err(`Cannot read duration "${text}": expected a number and a unit (ms, s, min, h, d, w), such as "30s"`);
  if (!wholePattern.test(text)) return fail;
  let ms = 0;
  for (const [, amount = "", word = ""] of text.matchAll(partPattern)) {
    const unit = unitMs[word.toLowerCase()] ?? unitMs[word.toLowerCase().replace(/s$/, "")];
    if (unit === undefined) return fail;
    ms += Number(amount) * unit;
  }
  return ok(Math.round(ms));
}

/** The shortest exact text that `parseDuration` reads back, such as `13 min` or `1 h 30 min`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return "0 s";
  const units = [
    ["d", DAY],
    ["h", HOUR],
    ["min", MINUTE],
    ["s", SECOND],
    ["ms", 1],
  ] as const;
  const parts: string[] = [];
  let rest = Math.round(ms);
  for (const [name, size] of units) {
    const amount = Math.floor(rest / size);
    if (amount > 0) parts.push(`${amount} ${name}`);
    rest -= amount * size;
  }
  return parts.join(" ");
}
