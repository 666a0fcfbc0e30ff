/** Which part of the past the home page shows: a named length, or two instants. All of it stands in the address. */
import { z } from "zod";
import { parseInstant } from "../../instant-input.ts";
import { paths, withQuery } from "../../paths.ts";

const HOUR_MS = 3_600_000;
export const RANGES = { "1h": HOUR_MS, "12h": 12 * HOUR_MS, "24h": 24 * HOUR_MS, "7d": 168 * HOUR_MS } as const;
export type RangeName = keyof typeof RANGES;
export const RANGE_NAMES = Object.keys(RANGES) as [RangeName];
const DEFAULT_RANGE: RangeName = "24h";
const BUCKETS = 48;
const MAX_RANGE_MS = 92 * 24 * HOUR_MS;

const text = z.string().max(40).catch("");
export const homeQuery = z.object({
  range: z.enum(RANGE_NAMES).catch(DEFAULT_RANGE),
  from: text,
  to: text,
});
export type HomeQuery = z.output<typeof homeQuery>;

export interface Range {
  /** Null for one that was chosen by its bounds. */
  readonly name: RangeName | null;
  readonly from: number;
  readonly to: number;
  readonly bucketMs: number;
}

export function rangeOfHome(query: HomeQuery, now: number, zone: string): Range {
  const from = parseInstant(query.from, zone);
  const to = parseInstant(query.to, zone) ?? now;
  if (typeof from === "number" && from < to) {
    const start = Math.max(from, to - MAX_RANGE_MS);
    return { name: null, from: start, to, bucketMs: Math.ceil((to - start) / BUCKETS) };
  }
  const length = RANGES[query.range];
  const bucketMs = length / BUCKETS;
  // Bars keep their edges while the page is open, so that they do not shimmer with every poll.
  const end = Math.ceil(now / bucketMs) * bucketMs;
  return { name: query.range, from: end - length, to: end, bucketMs };
}

export function homeAddress(query: Partial<HomeQuery>): string {
  const { range, from, to } = query;
  return `${paths.home}${withQuery({ range: range === DEFAULT_RANGE ? null : range, from, to })}`;
}
