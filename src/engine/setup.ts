/**
 * The setup constraint: a task two or more steps behind a setup never runs unless that setup succeeded, whatever its trigger
 * rule. It is decided as soon as one of the setups cannot succeed any more. Teardowns are not bound by it.
 */
import { forEachRelevant, sharesElements } from "./relevance.ts";
import type { UpstreamCounts } from "./rules/trigger-rule.ts";
import type { RunState } from "./run-state.ts";
import { FAILED, NONE, REMOVED, SKIPPED, SUCCESS, UPSTREAM_FAILED } from "./states.ts";

interface Counts {
  total: number;
  success: number;
  skipped: number;
  failed: number;
  removed: number;
}

/** A state that the setups force on the task, `NONE` when they hold nothing back, or null while it must wait for them. */
export function stateBySetups(run: RunState, place: number): number | null {
  const { scope } = run.taskAt(place);
  if (scope.length === 0) return NONE;
  const counts = countSetups(run, place, scope);
  const mapIndex = run.mapIndex[place] ?? -1;
  if (counts.failed > 0) return UPSTREAM_FAILED;
  if (counts.skipped > 0) return SKIPPED;
  // What was removed held nothing up, and is waited for by nobody.
  if (counts.total - counts.success - counts.removed > 0) return null;
  return mapIndex >= 0 && counts.removed > 0 && counts.success > 0 && mapIndex >= counts.success ? REMOVED : NONE;
}

/** What a teardown's rule asks of the setups directly above it. */
export function setupCounts(
  run: RunState,
  place: number,
): Pick<UpstreamCounts, "setups" | "setupSuccess" | "setupSkipped"> {
  const counts = countSetups(run, place, run.taskAt(place).setups);
  return { setups: counts.total, setupSuccess: counts.success, setupSkipped: counts.skipped };
}

function countSetups(run: RunState, place: number, setups: readonly number[]): Counts {
  const task = run.taskAt(place);
  const isSummary = run.isUnexpanded(task);
  const counts: Counts = { total: 0, success: 0, skipped: 0, failed: 0, removed: 0 };
  for (const index of setups) {
    const setup = run.graph.tasks[index];
    if (setup === undefined) continue;
    if (!sharesElements(task, setup)) countTask(counts, run, index);
    // A task of a mapped group gets its instances whatever the others in it do; each asks its own then.
    else if (!isSummary) forEachRelevant(run, place, index, (at) => countState(counts, run.stateOf[at] ?? NONE));
  }
  return counts;
}

function countTask(counts: Counts, run: RunState, task: number): void {
  counts.total += run.instanceCount(task);
  counts.success += run.tally(task, SUCCESS);
  counts.skipped += run.tally(task, SKIPPED);
  counts.failed += run.tally(task, FAILED) + run.tally(task, UPSTREAM_FAILED);
  counts.removed += run.tally(task, REMOVED);
}

function countState(counts: Counts, code: number): void {
  counts.total += 1;
  if (code === SUCCESS) counts.success += 1;
  else if (code === SKIPPED) counts.skipped += 1;
  else if (code === FAILED || code === UPSTREAM_FAILED) counts.failed += 1;
  else if (code === REMOVED) counts.removed += 1;
}
