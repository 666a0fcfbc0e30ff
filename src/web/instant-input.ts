/** Instants as people type them: a reading of the clock in the reader's zone, unless it names an offset. */
import { offsetAt, zonedInstant } from "../lib/time-zone.ts";

/** Null when empty, undefined when it is no date. A bare date is its midnight. */
export function parseInstant(text: string, zone: string): number | null | undefined {
  if (text.trim() === "") return null;
  try {
    return zonedInstant(text, zone);
  } catch {
    // What is wrong with it the pages say in words of their own.
    return undefined;
  }
}

/** `2026-11-22T06:00`, for an input that shows an instant. */
export function formatInstantInput(at: number, zone: string): string {
  return new Date(at + offsetAt(at, zone)).toISOString().slice(0, 16);
}
