/** The pieces that shapes and queries are made of, in Airflow's spelling. */
import { z } from "zod";
import { assert } from "../../lib/assert.ts";

export const instant = z.iso.datetime().nullable();
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

/** `<name>_gte` and `<name>_lte`, as Airflow filters by instants. */
export function rangeQuery<const Name extends string>(name: Name) {
  return { [`${name}_gte`]: instantQuery, [`${name}_lte`]: instantQuery } as {
    readonly [Key in `${Name}_gte` | `${Name}_lte`]: typeof instantQuery;
  };
}

export function rangeOf<const Name extends string>(
  name: Name,
  query: { readonly [Key in `${Name}_gte` | `${Name}_lte`]?: number | undefined },
): { readonly from: number | undefined; readonly to: number | undefined } {
  return { from: query[`${name}_gte`], to: query[`${name}_lte`] };
}

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

export const noteInput = z.string().max(1_000).nullable();

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

/** The names a list can be ordered by, each with `-` in front for descending order; they map to what the catalog sorts by. */
export function orderQuery<Orders extends Readonly<Record<string, string>>>(orders: Orders, standard: string) {
  const names = Object.keys(orders).flatMap((name) => [name, `-${name}`]);
  return z.enum(names).default(standard);
}

export function orderOf<Order extends string>(
  orders: Readonly<Record<string, Order>>,
  name: string,
): { readonly order: Order; readonly descending: boolean } {
  const descending = name.startsWith("-");
  const order = orders[descending ? name.slice(1) : name];
  assert(order !== undefined, `the order ${JSON.stringify(name)} passed its schema`);
  return { order, descending };
}

/** Airflow's patterns are SQL's: `%` at the ends is what a search for a part means anyway. */
export function searchOf(pattern: string | undefined): string | undefined {
  return pattern?.replace(/^[%~]+|%+$/g, "");
}

/** Names the fields of a PATCH's body that count; all of them when it is absent. */
export function updateMaskQuery<const Names extends readonly [string, ...string[]]>(names: Names) {
  return listQuery(z.enum(names));
}
