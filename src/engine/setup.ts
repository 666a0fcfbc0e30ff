/**
 * The setup constraint: a task two or more steps behind a setup never runs unless that setup succeeded, whatever its trigger
 * rule. It is decided as soon as one of the setups cannot succeed any more. Teardowns are not bound by it.
 */

import { forEachRelevant } from "./relevance.ts";
import type { UpstreamCounts } from "./rules/trigger-rule.ts";
import type { RunState } from "./run-state.ts";
import { FAILED, NONE, REMOVED, SKIPPED, SUCCESS, UPSTREAM_FAILED } from "./states.ts";

/** A state that the setups force on the task, `NONE` when they hold nothing back, or null while it must wait for them. */
export function stateBySetups(run: RunState, place: number): number | null {
  const { scope } = run.taskAt(place);
  if (scope.length === 0) return NONE;
  const counts = { total: 0, success: 0, skipped: 0, failed: 0, removed: 0 };
  for (const setup of scope) forEachRelevant(run, place, setup, (at) => countState(counts, run.stateOf[at] ?? NONE));
  const mapIndex = run.mapIndex[place] ?? -1;
  if (counts.failed > 0) return UPSTREAM_FAILED;
  if (counts.skipped > 0) return SKIPPED;
  if (mapIndex >= 0 && counts.removed > 0 && counts.success > 0 && mapIndex >= counts.success) return REMOVED;
  const removed = mapIndex >= 0 ? counts.removed : 0;
  return counts.total - counts.success - removed > 0 ? null : NONE;
}

interface Counts {
  total: number;
  success: number;
  skipped: number;
  failed: number;
  removed: number;
}

function countState(counts: Counts, code: number): void {
  counts.total += 1;
  if (code === SUCCESS) counts.success += 1;
  else if (code === SKIPPED) counts.skipped += 1;
  else if (code === FAILED || code === UPSTREAM_FAILED) counts.failed += 1;
  else if (code === REMOVED) counts.removed += 1;
}

/** What a teardown's rule asks of the setups directly above it. */
export function setupCounts(
  run: RunState,
  place: number,
): Pick<UpstreamCounts, "setups" | "setupSuccess" | "setupSkipped"> {
  let setups = 0;
  let setupSuccess = 0;
  let setupSkipped = 0;
  for (const setup of run.taskAt(place).setups) {
    forEachRelevant(run, place, setup, (at) => {
      setups += 1;
      if (run.stateOf[at] === SUCCESS) setupSuccess += 1;
      else if (run.stateOf[at] === SKIPPED) setupSkipped += 1;
    });
  }
  return { setups, setupSuccess, setupSkipped };
}
