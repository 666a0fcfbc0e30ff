/** The pieces that shapes and queries are made of, in Airflow's spelling. */
import { z } from "zod";

export const instant = z.iso.datetime().nullable();
export const dagIdField = z.string();

export function isoInstant(at: number): string {
  return new Date(at).toISOString();
}

export function isoOrNull(at: number | null): string | null {
  return at === null ? null : isoInstant(at);
}

export function durationSeconds(startAt: number | null, endAt: number | null): number | null {
  return startAt === null || endAt === null ? null : Math.max(0, endAt - startAt) / 1000;
}

/** An instant with its offset, as Airflow demands; the result is in milliseconds. */
export const instantInput = z.iso
  .datetime({ offset: true, error: "Input should be a datetime with a time zone, such as 2026-01-31T06:00:00Z" })
  .transform((text) => Date.parse(text));

/** In a query a `+` that was not escaped arrives as a space. */
export const instantQuery = z.preprocess(
  (value) => (typeof value === "string" ? value.replace(/ (\d\d:?\d\d)$/, "+$1") : value),
  instantInput.optional(),
);

/** A parameter that may come several times. */
export function listQuery<Item extends z.ZodType>(item: Item) {
  return z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(item).max(100).optional(),
  );
}

export const booleanQuery = z.preprocess(
  (value) => (value === "true" || value === "1" ? true : value === "false" || value === "0" ? false : value),
  z.boolean({ error: "Input should be true or false" }).optional(),
);

export const MAX_LIMIT = 100;
export const DEFAULT_LIMIT = 50;

/** Airflow's paging. More than the maximum is not refused but cut, as Airflow does. */
export const pageQuery = {
  limit: z.coerce
    .number()
    .int()
    .min(0)
    .default(DEFAULT_LIMIT)
    .transform((limit) => Math.min(limit, MAX_LIMIT))
    .meta({ description: `At most ${MAX_LIMIT} rows come back, whatever is asked` }),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
};

/** One of the names, with `-` in front for descending order. */
export function orderQuery<const Name extends string>(names: readonly Name[], standard: Name | `-${Name}`) {
  const all = names.flatMap((name) => [name, `-${name}` as const]);
  return z.enum(all as [Name | `-${Name}`, ...(Name | `-${Name}`)[]]).default(standard as never);
}
