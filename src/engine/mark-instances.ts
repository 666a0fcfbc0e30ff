/**
 * The user's word on task instances: they have the state, whatever they did. What failed behind them for want of it starts
 * afresh, and the run is queued again; when nothing has to run again, a finished run is judged anew where it stands.
 */

import { clearInstances, finishByLeaves, hasFailed } from "./dag-run.ts";
import type { RunState } from "./run-state.ts";
import { stateCode } from "./states.ts";
import type { Step } from "./step.ts";
import { setState } from "./transition.ts";

/** What a task instance may be marked as. */
export type Mark = "success" | "failed" | "skipped";

export interface Marking {
  readonly run: RunState;
  readonly places: readonly number[];
  readonly state: Mark;
  /** Places behind the marked ones that start afresh. */
  readonly cleared: readonly number[];
}

export function markInstances(step: Step, { run, places, state, cleared }: Marking): void {
  const code = stateCode(state);
  for (const place of places) {
    if (run.stateOf[place] !== code) setState(step, run, place, code, "marked");
  }
  // By its row a queued run is known to have task instances already.
  if (run.state === "queued") {
    run.reason = "marked";
    run.markRunChanged();
  }
  if (cleared.length > 0) clearInstances(step, run, cleared);
  else judgeAnew(step, run);
  // Also where the run stays as it was: a start of the object looks for what the catalog lacks among runs that changed.
  run.markRunChanged();
  step.touched.add(run);
}

/** Of the places, those that are not as they are to be. */
export function unlike(run: RunState, places: readonly number[], state: Mark): readonly number[] {
  const code = stateCode(state);
  return places.filter((place) => run.stateOf[place] !== code);
}

/**
 * At once, without going on for it: the rules might give a mapped task other instances, of another version's mapping or
 * because a marked source counts no more, and those would run in a run that has its end.
 */
function judgeAnew(step: Step, run: RunState): void {
  if (run.state !== "success" && run.state !== "failed") return;
  if (run.unfinishedCount > 0 || run.state === (hasFailed(run) ? "failed" : "success")) return;
  finishByLeaves(step, run);
}
