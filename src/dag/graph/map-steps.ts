/**
 * What becomes of a value that is mapped over: its items, and the changes and filters on the way to an instance. The same code
 * counts (in the try that returned the value) and takes (in the try of an instance), so that the two cannot disagree.
 */
import type { MapStep } from "../hooks.ts";

/** An item on its way. One whose change threw `Skip` keeps its place: its instance is skipped. */
export type SteppedItem =
  | { readonly type: "item"; readonly value: unknown }
  | { readonly type: "skip"; readonly error: Error };

/** The items of a list, or the `[key, value]` pairs of an object; `null` for anything else. */
export function itemsIn(value: unknown): readonly unknown[] | null {
  if (Array.isArray(value)) return value;
  return typeof value === "object" && value !== null ? Object.entries(value) : null;
}

export function hasFilter(steps: readonly MapStep[]): boolean {
  return steps.some(({ type }) => type === "filter");
}

/** `null` when a filter leaves the item out. */
export function stepItem(value: unknown, steps: readonly MapStep[]): SteppedItem | null {
  let current = value;
  for (const { type, fn } of steps) {
    if (type === "filter") {
      if (!fn(current)) return null;
      continue;
    }
    try {
      current = fn(current);
    } catch (error) {
      if (error instanceof Error && error.name === "Skip") return { type: "skip", error };
      throw error;
    }
  }
  return { type: "item", value: current };
}

export function countItems(items: readonly unknown[], steps: readonly MapStep[]): number {
  return items.reduce<number>((count, item) => count + (stepItem(item, steps) === null ? 0 : 1), 0);
}
