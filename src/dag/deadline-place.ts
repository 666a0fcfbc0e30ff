import { canonicalJson } from "../lib/json.ts";
import type { DeadlineSpec } from "./spec.ts";

/**
 * Where a deadline of one version of a DAG stands among those of another, or of the deployed file: the same one, by what it
 * says, wherever it was moved. One that says otherwise now is the one in its place; null when there is none there either.
 */
export function deadlinePlace(
  deadlines: readonly DeadlineSpec[],
  index: number,
  wanted: DeadlineSpec | undefined,
): number | null {
  const text = canonicalJson(wanted ?? null);
  const isSame = (each: DeadlineSpec | undefined) => canonicalJson(each ?? null) === text;
  const found = isSame(deadlines[index]) ? index : deadlines.findIndex(isSame);
  if (found >= 0 && found < deadlines.length) return found;
  return index < deadlines.length ? index : null;
}
