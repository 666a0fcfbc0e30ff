/**
 * Time-zone arithmetic on the runtime's own zone database (`Intl`). A *naive* time is a local clock reading written as if
 * it were UTC milliseconds, so that ordinary arithmetic steps it. Where a reading does not exist or exists twice, the
 * rule is Airflow's: in a gap the time moves forward by the length of the gap, in a fold it is the second occurrence.
 */
import { assert } from "./assert.ts";

const dayMs = 86_400_000;
// No zone changes its offset twice within so much time, so one answer holds for all of it when it holds at both ends. Changes
// fall on any minute: St. John's changed its clocks at one past midnight until 2011.
const spanMs = 3_600_000;
// A bound on memory, about 100 KB per zone: a scheduler asks about a few days around now.
const maxCachedSpans = 2_000;

interface Zone {
  readonly format: Intl.DateTimeFormat;
  /** By span; null where the offset changes within it, so that each instant has to be asked for. */
  readonly offsets: Map<number, number | null>;
}

const zones = new Map<string, Zone>();

/** Whether the runtime knows the IANA name. Fixed offsets such as `+02:00` are not names of zones. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    openZone(name);
    return true;
  } catch {
    // The constructor of Intl.DateTimeFormat has no other way to say that it does not know the name.
    return false;
  }
}

/** What to add to the instant to get the naive local time, in milliseconds. Throws on an unknown zone. */
export function offsetAt(instantMs: number, zone: string): number {
  if (zone === "UTC") return 0;
  const { format, offsets } = openZone(zone);
  const span = Math.floor(instantMs / spanMs);
  let offset = offsets.get(span);
  if (offset === undefined) {
    const first = readOffset(format, span * spanMs);
    offset = readOffset(format, (span + 1) * spanMs - 1) === first ? first : null;
    if (offsets.size >= maxCachedSpans) offsets.clear();
    offsets.set(span, offset);
  }
  return offset ?? readOffset(format, instantMs);
}

/** The instant of a naive local time: in a gap shifted forward by the gap, in a fold the second occurrence. */
export function localToInstant(naiveMs: number, zone: string): number {
  const instants = localInstants(naiveMs, zone);
  return Math.max(...instants);
}

/**
 * Every instant at which the zone's clocks show the naive time, in order: two in a fold. In a gap, the one that the time
 * is shifted to. Assumes at most one change of offset within a day around it, as the zone database has it.
 */
export function localInstants(naiveMs: number, zone: string): readonly number[] {
  if (zone === "UTC") return [naiveMs];
  const before = offsetAt(naiveMs - dayMs, zone);
  const after = offsetAt(naiveMs + dayMs, zone);
  const first = naiveMs - before;
  if (before === after) return [first];
  const second = naiveMs - after;
  const isFirst = offsetAt(first, zone) === before;
  const isSecond = offsetAt(second, zone) === after;
  if (isFirst && isSecond) return [first, second];
  return [isSecond ? second : first];
}

/** The local clock reading at an instant, as a naive time. */
export function instantToLocal(instantMs: number, zone: string): number {
  return instantMs + offsetAt(instantMs, zone);
}

const isoPattern =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/**
 * The instant that an ISO date or date-time means: with `Z` or an offset, what it says; without, local time in the zone;
 * a date alone is midnight there. Throws with the text and the reason.
 */
export function zonedInstant(text: string, zone: string): number {
  const match = isoPattern.exec(text.trim());
  if (match === null) throw cannotParse(text, "expected YYYY-MM-DD or YYYY-MM-DDThh:mm[:ss[.fff]][Z or ±hh:mm]");
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", offset] = match;
  const naive = new Date(0);
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  naive.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (naive.getUTCMonth() !== Number(month) - 1 || naive.getUTCDate() !== Number(day)) {
    throw cannotParse(text, `there is no day ${day} in month ${month} of ${year}`);
  }
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) {
    throw cannotParse(text, "the time must be between 00:00:00 and 23:59:59");
  }
  naive.setUTCHours(Number(hour), Number(minute), Number(second), Number(fraction.padEnd(3, "0").slice(0, 3)));
  if (offset !== undefined) return naive.getTime() - parseOffset(offset, text);
  if (!isTimeZone(zone))
    throw cannotParse(text, `unknown time zone "${zone}", expected an IANA name such as Europe/Paris`);
  return localToInstant(naive.getTime(), zone);
}

function parseOffset(offset: string, text: string): number {
  if (offset === "Z" || offset === "z") return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(3).replace(":", ""));
  if (hours > 23 || minutes > 59) throw cannotParse(text, `the offset ${offset} must be within ±23:59`);
  return (offset.startsWith("-") ? -1 : 1) * (hours * 3_600_000 + minutes * 60_000);
}

function cannotParse(text: string, reason: string): Error {
  return new Error(`Cannot parse date "${text}": ${reason}`);
}

function openZone(name: string): Zone {
  const open = zones.get(name);
  if (open !== undefined) return open;
  const zone: Zone = {
    format: new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" }),
    offsets: new Map(),
  };
  zones.set(name, zone);
  return zone;
}

// The formatter writes "3/10/2024, GMT-05:00", with seconds for the local mean times of old.
const longOffset = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/;

function readOffset(format: Intl.DateTimeFormat, instantMs: number): number {
  const match = longOffset.exec(format.format(instantMs));
  assert(match !== null, `Intl wrote no offset in "${format.format(instantMs)}"`);
  const [, sign = "+", hours = "0", minutes = "0", seconds = "0"] = match;
  return (sign === "-" ? -1_000 : 1_000) * (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds));
}
