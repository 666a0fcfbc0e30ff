/**
 * Reads a cron expression as Airflow does and writes it in the plain form that the timetable steps: five fields, or six with
 * the seconds last. Names of months and days, `L`, `5#2` and `L5`, steps from a number (`5/15`) and ranges over the end
 * (`FRI-MON`) are understood; an error names the field.
 */
import { err, ok, type Result } from "../lib/result.ts";

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const minute: Field = { name: "minute", min: 0, max: 59 };
const hour: Field = { name: "hour", min: 0, max: 23 };
const dayOfMonth: Field = { name: "day of month", min: 1, max: 31 };
const month: Field = { name: "month", min: 1, max: 12, names: months };
// 7 is Sunday too; ranges and steps end at Saturday.
const dayOfWeek: Field = { name: "day of week", min: 0, max: 6, names: days };
const second: Field = { name: "second", min: 0, max: 59 };

const fields = [minute, hour, dayOfMonth, month, dayOfWeek, second];

const presets: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@quarterly": "0 0 1 */3 *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

/** The expression in its plain form, presets expanded; or what is wrong with it. */
export function readCron(expression: string): Result<string, string> {
  const text = expression.trim();
  if (text.startsWith("@")) {
    const preset = presets[text];
    if (preset !== undefined) return ok(preset);
    return err(`unknown preset, expected ${Object.keys(presets).join(", ")}`);
  }
  const parts = text.split(/\s+/);
  if (parts.length < 5 || parts.length > 6) {
    return err(`expected 5 fields, or 6 with the seconds last, got ${text === "" ? 0 : parts.length}`);
  }
  const written: string[] = [];
  for (const [index, part] of parts.entries()) {
    const field = fields[index];
    if (field === undefined) break;
    const items: string[] = [];
    for (const item of part.split(",")) {
      const read = readItem(field, item);
      if (!read.ok) return read;
      items.push(read.value);
    }
    written.push(items.join(","));
  }
  return checkItFires(written);
}

function readItem(field: Field, item: string): Result<string, string> {
  if (item === "?" && (field === dayOfMonth || field === dayOfWeek)) return ok("*");
  if (field === dayOfMonth && /^l$/i.test(item)) return ok("L");
  if (field === dayOfWeek) {
    const special = readSpecialDay(item);
    if (special !== null) return special;
  }
  const [, range = "", step] = /^([^/]+)(?:\/(.+))?$/.exec(item) ?? [];
  const size = field.max - field.min + 1;
  if (step !== undefined && !(/^\d+$/.test(step) && Number(step) >= 1 && Number(step) <= size)) {
    return err(`${field.name} must have a step of 1–${size}, got "${item}"`);
  }
  if (range === "*") return ok(item);
  const [from, to, ...rest] = range.split("-").map((text) => readNumber(field, text));
  if (from === undefined || from === null || to === null || rest.length > 0) return err(expected(field, item));
  if (to === undefined) return ok(step === undefined ? item.toUpperCase() : `${from}-${field.max}/${step}`);
  if (from <= to) return ok(item.toUpperCase());
  return ok(wrap(field, { from: from % (field.max + 1), to, step: Number(step ?? 1) }));
}

/** `5#2` is the second Friday of the month, `L5` (or `5L`) the last. */
function readSpecialDay(item: string): Result<string, string> | null {
  const nth = /^(\w+)#(\d+)$/.exec(item);
  const last = /^L(\d|[a-z]{3})$/i.exec(item) ?? /^(\d|[a-z]{3})L$/i.exec(item);
  const day = readNumber(dayOfWeek, (nth ?? last)?.[1] ?? "");
  if (nth === null && last === null) return null;
  if (day === null) return err(expected(dayOfWeek, item));
  if (nth === null) return ok(`${day % 7}L`);
  const place = Number(nth[2]);
  if (place < 1 || place > 5) return err(`day of week must have a place of 1–5 after "#", got "${item}"`);
  return ok(`${day % 7}#${place}`);
}

function readNumber(field: Field, text: string): number | null {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  if (named >= 0) return named + field.min;
  if (!/^\d{1,2}$/.test(text)) return null;
  const number = Number(text);
  const max = field === dayOfWeek ? 7 : field.max;
  return number >= field.min && number <= max ? number : null;
}

/** A range over the end of its field, such as `22-2`, as a list. */
function wrap(field: Field, range: { from: number; to: number; step: number }): string {
  const size = field.max - field.min + 1;
  const count = range.from <= range.to ? range.to - range.from + 1 : size - range.from + range.to + 1;
  const values: number[] = [];
  for (let offset = 0; offset < count; offset += range.step) {
    values.push(((range.from - field.min + offset) % size) + field.min);
  }
  return values.sort((a, b) => a - b).join(",");
}

function expected(field: Field, item: string): string {
  const names = field.names === undefined ? "" : ` or ${field.names[0]}–${field.names.at(-1)}`;
  return `${field.name} must be ${field.min}–${field.max}${names}, got "${item}"`;
}

const monthLengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Refuses the 30th of February: the timetable would search for it for ever. */
function checkItFires(written: readonly string[]): Result<string, string> {
  const [, , dayText = "*", monthText = "*", weekdayText = "*"] = written;
  const text = written.join(" ");
  // A day of the week beside the day of the month is another way to match, so the expression fires.
  if (weekdayText !== "*" || /[*L]/.test(dayText)) return ok(text);
  const longest = Math.max(...numbersOf(month, monthText).map((number) => monthLengths[number - 1] ?? 0));
  const first = Math.min(...numbersOf(dayOfMonth, dayText));
  if (first <= longest) return ok(text);
  return err(`day of month ${dayText} does not exist in month ${monthText}, so it never fires`);
}

function numbersOf(field: Field, text: string): number[] {
  return text.split(",").flatMap((item) => {
    const [range = "", step = "1"] = item.split("/");
    const [from, to] = range === "*" ? [field.min, field.max] : range.split("-").map((part) => readNumber(field, part));
    const start = from ?? field.min;
    const values: number[] = [];
    for (let value = start; value <= (to ?? start); value += Number(step)) values.push(value);
    return values;
  });
}
