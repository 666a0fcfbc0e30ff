/** The two bounds of time that lists are narrowed by: what they mean, how a field shows them, which of them cannot be read. */
import type { InstantRange } from "../catalog/filter.ts";
import { domId } from "./dom-id.ts";
import { formatInstantInput, parseInstant } from "./instant-input.ts";

const BOUNDS = ["from", "to"] as const;
type Bound = (typeof BOUNDS)[number];

/** As people or links write them. */
export type Bounds = Readonly<Record<Bound, string>>;

/** A bound that is no date. The list is not narrowed by it. */
export interface MisreadBound {
  readonly name: Bound;
  readonly text: string;
}

/** Where a page says which bounds it cannot read. */
export const MISREAD_BOUNDS = domId("bounds", "misread");

export function misreadBounds(bounds: Bounds, zone: string): readonly MisreadBound[] {
  return BOUNDS.filter((name) => parseInstant(bounds[name], zone) === undefined).map((name) => ({
    name,
    text: bounds[name],
  }));
}

/** A bound that cannot be read is left open. */
export function rangeOf(bounds: Bounds, zone: string): InstantRange | undefined {
  const from = parseInstant(bounds.from, zone) ?? undefined;
  const to = parseInstant(bounds.to, zone) ?? undefined;
  return from === undefined && to === undefined ? undefined : { from, to };
}

/** The reading of the reader's clock, whatever offset an address named; null for what cannot be read. */
export function boundText(text: string, zone: string): string | null {
  const at = parseInstant(text, zone);
  if (at === null) return "";
  return at === undefined ? null : formatInstantInput(at, zone);
}
