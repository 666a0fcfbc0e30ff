/** Instants as people type them: a reading of the clock in the reader's zone, unless it names an offset. */
import { localToInstant, offsetAt } from "../lib/time-zone.ts";

/** Null when empty, undefined when it is no date. A bare date is its midnight. */
export function parseInstant(text: string, zone: string): number | null | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(
    trimmed,
  );
  if (match === null) return undefined;
  const [, day = "", hour = "00:00", offset] = match;
  const at = Date.parse(`${day}T${hour}${offset ?? "Z"}`);
  if (Number.isNaN(at)) return undefined;
  return offset === undefined && zone !== "UTC" ? localToInstant(at, zone) : at;
}

/** `2026-11-22T06:00`, for an input that shows an instant. */
export function formatInstantInput(at: number, zone: string): string {
  return new Date(at + offsetAt(at, zone)).toISOString().slice(0, 16);
}
