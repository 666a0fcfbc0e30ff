/**
 * Cron expressions in the dialect that Airflow reads (croniter's): five fields, or six with the seconds *last*; names of
 * months and days; `L` for the last day of the month, `5L` or `L5` for its last Friday, `5#3` for its third; `5/15` counts
 * from 5 to the end; ranges may wrap (`22-2`); when both day fields are restricted, either may match.
 *
 * Parsing names the place of an error. The stepping is croner's, over naive times (a clock reading written as if it were
 * UTC), so that no zone and no clock is involved: every call passes its reference time.
 */
import { Cron as Croner } from "croner";
import { err, ok, type Result } from "./result.ts";

export interface Cron {
  /** The text with a preset expanded. */
  readonly expression: string;
  /** Whether the hour field allows all 24 hours: such a schedule follows real time through changes of the clocks. */
  readonly isEveryHour: boolean;
  /** The first match strictly after the naive time, or null when there is none. */
  nextAfter(naiveMs: number): number | null;
  /** The last match strictly before the naive time, or null when there is none. */
  previousBefore(naiveMs: number): number | null;
}

export const CRON_PRESETS: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@quarterly": "0 0 1 */3 *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const monthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const minute: Field = { name: "minute", min: 0, max: 59, names: [] };
const hour: Field = { name: "hour", min: 0, max: 23, names: [] };
const dayOfMonth: Field = { name: "day of month", min: 1, max: 31, names: [] };
const month: Field = { name: "month", min: 1, max: 12, names: monthNames };
const dayOfWeek: Field = { name: "day of week", min: 0, max: 7, names: dayNames };
const second: Field = { name: "second", min: 0, max: 59, names: [] };

// Cron objects are pure once made, and making one costs more than a step. The bound is on memory; a process of ours
// knows a handful of expressions.
const maxCached = 1_000;
const cache = new Map<string, Result<Cron, string>>();

/** Parses an expression or a preset such as `@daily`; the error says which field is wrong and what it may be. */
export function parseCron(text: string): Result<Cron, string> {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const parsed = parse(text);
  if (cache.size >= maxCached) cache.clear();
  cache.set(text, parsed);
  return parsed;
}

function parse(text: string): Result<Cron, string> {
  const expanded = CRON_PRESETS[text.trim().toLowerCase()] ?? text.trim();
  if (expanded.startsWith("@"))
    return fail(text, `unknown preset, expected one of ${Object.keys(CRON_PRESETS).join(", ")}`);
  const parts = expanded.split(/\s+/);
  if (parts.length !== 5 && parts.length !== 6) {
    return fail(text, `expected 5 fields, or 6 with the seconds last, got ${expanded === "" ? 0 : parts.length}`);
  }
  const fields = [minute, hour, dayOfMonth, month, dayOfWeek, second];
  const translated: string[] = [];
  for (const [index, part] of parts.entries()) {
    const field = fields[index] ?? second;
    const result = translateField(part.toLowerCase(), field);
    if (!result.ok) return fail(text, result.error);
    translated.push(result.value);
  }
  const [minutes = "", hours = "", days = "", months = "", weekdays = "", seconds = "0"] = translated;
  const pattern = [seconds, minutes, hours, days, months, weekdays].join(" ");
  // An offset instead of the zone UTC: croner then does not ask Intl, and a step costs 6 µs instead of 40.
  const croner = new Croner(pattern, { mode: "6-part", utcOffset: 0 });
  const cron: Cron = { expression: parts.join(" "), isEveryHour: allHours(hours), ...steps(croner) };
  if (cron.nextAfter(Date.UTC(2000, 0, 1)) === null) return fail(text, "no date ever matches");
  return ok(cron);
}

function steps(croner: Croner): Pick<Cron, "nextAfter" | "previousBefore"> {
  return {
    // croner counts in whole seconds; rounding towards the reference keeps "strictly" true within one.
    nextAfter: (naiveMs) => croner.nextRun(new Date(Math.floor(naiveMs / 1_000) * 1_000))?.getTime() ?? null,
    previousBefore: (naiveMs) =>
      croner.previousRuns(1, new Date(Math.ceil(naiveMs / 1_000) * 1_000))[0]?.getTime() ?? null,
  };
}

/** One field, rewritten to what croner accepts: no names, no wrapping range, no step from a single number. */
function translateField(part: string, field: Field): Result<string, string> {
  const isDay = field === dayOfMonth || field === dayOfWeek;
  if (part === "?" && isDay) return ok("*");
  const items: string[] = [];
  for (const item of part.split(",")) {
    const result = field === dayOfMonth && item === "l" ? ok("L") : translateItem(item, field);
    if (!result.ok) return result;
    items.push(result.value);
  }
  return ok(items.join(","));
}

const itemPattern = /^(\*|[a-z]+|\d+)(?:-([a-z]+|\d+))?(?:\/(\d+))?$/;
const lastWeekdayPattern = /^(?:l([0-7]|[a-z]{3})|([0-7]|[a-z]{3})l)$/;
const nthWeekdayPattern = /^([0-7]|[a-z]{3})#(\d)$/;

function translateItem(item: string, field: Field): Result<string, string> {
  if (field === dayOfWeek) {
    const special = translateWeekday(item);
    if (special !== null) return special;
  }
  const [, from = "", to, step] = itemPattern.exec(item) ?? [];
  if (from === "" || (from === "*" && to !== undefined)) return err(`${field.name} cannot be "${item}"`);
  const size = lastOf(field) - field.min + 1;
  if (step !== undefined && (Number(step) < 1 || Number(step) > size)) {
    return err(`step of ${field.name} must be 1–${size}, got ${step}`);
  }
  if (from === "*") return ok(step === undefined ? "*" : `*/${step}`);
  const low = readNumber(from, field);
  if (!low.ok) return low;
  if (to === undefined && step === undefined) return ok(`${low.value}`);
  if (to === undefined) return ok(range(low.value, lastOf(field), Number(step), field));
  const high = readNumber(to, field);
  if (!high.ok) return high;
  return ok(range(low.value, high.value, Number(step ?? 1), field));
}

function range(low: number, high: number, step: number, field: Field): string {
  if (low <= high) return step === 1 ? `${low}-${high}` : `${low}-${high}/${step}`;
  const size = lastOf(field) - field.min + 1;
  const values: number[] = [];
  for (let value = low; value <= high + size; value += step) values.push(((value - field.min) % size) + field.min);
  return values.join(",");
}

/** Sunday is 0 and 7; a range that runs to the end stops before the second Sunday. */
function lastOf(field: Field): number {
  return field === dayOfWeek ? 6 : field.max;
}

function translateWeekday(item: string): Result<string, string> | null {
  const [, after, before] = lastWeekdayPattern.exec(item) ?? [];
  const day = after ?? before;
  if (day !== undefined) {
    const number = readNumber(day, dayOfWeek);
    return number.ok ? ok(`${number.value % 7}L`) : number;
  }
  const [, nthDay, nth] = nthWeekdayPattern.exec(item) ?? [];
  if (nthDay === undefined) return null;
  if (Number(nth) < 1 || Number(nth) > 5) return err(`occurrence of a day of week must be 1–5, got ${nth}`);
  const number = readNumber(nthDay, dayOfWeek);
  return number.ok ? ok(`${number.value % 7}#${nth}`) : number;
}

function readNumber(text: string, field: Field): Result<number, string> {
  const named = field.names.indexOf(text);
  const value = named >= 0 ? named + field.min : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) return err(`${field.name} cannot be "${text}"`);
  if (value < field.min || value > field.max)
    return err(`${field.name} must be ${field.min}–${field.max}, got ${value}`);
  return ok(value);
}

function allHours(hours: string): boolean {
  return hours.split(",").some((item) => item === "*" || item === "*/1" || item === "0-23");
}

function fail(text: string, reason: string): Result<never, string> {
  return err(`Cannot parse schedule "${text}": ${reason}`);
}
