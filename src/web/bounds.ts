/** The two bounds of time that lists are narrowed by: what they mean, how a field shows them, which of them cannot be read. */
import type { InstantRange } from "../catalog/filter.ts";
import { zonedInstant } from "../lib/time-zone.ts";
import { domId } from "./dom-id.ts";
import { formatInstantInput } from "./instant-input.ts";

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
  return BOUNDS.filter((name) => boundOf(bounds[name], zone) === null).map((name) => ({ name, text: bounds[name] }));
}

/** A bound that cannot be read is left open. */
export function rangeOf(bounds: Bounds, zone: string): InstantRange | undefined {
  const from = boundOf(bounds.from, zone) ?? undefined;
  const to = boundOf(bounds.to, zone) ?? undefined;
  return from === undefined && to === undefined ? undefined : { from, to };
}

/** The reading of the reader's clock, whatever offset an address named; null for what cannot be read. */
export function boundText(text: string, zone: string): string | null {
  const at = boundOf(text, zone);
  if (at === undefined) return "";
  return at === null ? null : formatInstantInput(at, zone);
}

/** Undefined where nothing is written, null for what is no date. */
function boundOf(text: string, zone: string): number | null | undefined {
  if (text.trim() === "") return undefined;
  try {
    return zonedInstant(text, zone);
  } catch {
    // What is wrong with it the page says by its name, and the same for all of them.
    return null;
  }
}
