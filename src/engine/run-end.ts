/** What the end of a run leads to besides the run itself: its callback, its deadlines, and a DAG that fails too often. */
import { isDecidedByUser, orderRunCallback } from "./callbacks.ts";
import type { RunState } from "./run-state.ts";
import type { Step } from "./step.ts";

/** `isNew`: the run ends now. Otherwise a user changed how it had ended before. */
export function noteRunEnd(step: Step, run: RunState, isNew: boolean): void {
  step.endedRuns.push(run);
  if (isNew) orderRunCallback(step, run);
  countFailures(step, run, isNew);
}

/** A run that runs again has no end, and so is none of the last ones. */
export function noteRequeue(step: Step, run: RunState): void {
  const { state } = step;
  step.requeuedRuns.push(run);
  if (!state.failedRuns.includes(run.seq)) return;
  state.failedRuns = state.failedRuns.filter((seq) => seq !== run.seq);
  step.isDagChanged = true;
}

/**
 * `maxConsecutiveFailedDagRuns`: a DAG whose last runs all failed pauses itself, so that it fails no more until somebody
 * looked. Last by their ends. What a user decided counts, but never pauses by itself.
 */
function countFailures(step: Step, run: RunState, isNew: boolean): void {
  const { state } = step;
  const limit = state.graph?.spec.maxConsecutiveFailedDagRuns ?? 0;
  const failed = limit === 0 ? [] : failedSince(state.failedRuns, run, isNew).slice(-limit);
  if (failed.join() !== state.failedRuns.join()) {
    state.failedRuns = failed;
    step.isDagChanged = true;
  }
  if (limit === 0 || failed.length < limit || state.isPaused) return;
  if (run.state !== "failed" || isDecidedByUser(run)) return;
  state.isPaused = true;
  state.next = undefined;
  step.isDagChanged = true;
  step.events.push({ event: "paused", run, detail: `the last ${limit} runs failed (maxConsecutiveFailedDagRuns)` });
}

/** Numbers of the runs that failed since the last success, in order of their ends. */
function failedSince(before: readonly number[], run: RunState, isNew: boolean): readonly number[] {
  if (run.state === "failed") return isNew ? [...before.filter((seq) => seq !== run.seq), run.seq] : before;
  if (isNew) return [];
  // A run that ended long ago says nothing about those that failed after it.
  const at = before.indexOf(run.seq);
  return at < 0 ? before : before.slice(at + 1);
}
