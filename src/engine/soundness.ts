/**
 * Cheap checks of what an event has left, run on every step before it is committed: whatever broke one of them is a bug of
 * ours, and stopping one run is better than going on with a state that is wrong. They look only at what the step touched,
 * and at each grant once, so that they cost no more than the step itself. The simulation checks far more, and slowly.
 */
import type { RunState } from "./run-state.ts";
import { isFinishedRunState, QUEUED, RESTARTING, RUNNING, UP_FOR_RETRY } from "./states.ts";
import type { GrantedPlace, Step } from "./step.ts";

export interface BrokenRun {
  readonly run: RunState;
  readonly problem: string;
}

/** The first run of the step that must not be committed as it is; null when all are sound. */
export function brokenRun(step: Step): BrokenRun | null {
  for (const granted of step.grants) {
    const problem = grantProblem(step, granted);
    if (problem !== null) return { run: granted.run, problem };
  }
  for (const run of step.touched) {
    const problem = limitProblem(step, run) ?? runProblem(run) ?? wakeProblem(step, run);
    if (problem !== null) return { run, problem };
  }
  return null;
}

/** One live grant per task instance: its own token, held by the one invocation that its row will name. */
function grantProblem({ state }: Step, { run, place, token }: GrantedPlace): string | null {
  const holder = state.holderById.get(run.holder[place] ?? 0);
  const isOne = run.token[place] === token && run.stateOf[place] === RUNNING && holder?.grants.get(token)?.run === run;
  return isOne ? null : `the grant ${token} of "${run.taskAt(place).spec.taskId}" is not the one that is live`;
}

/** More may be active than the run allows when it went over to a version that allows fewer; then nothing new is sent. */
function limitProblem({ sends }: Step, run: RunState): string | null {
  const most = run.graph.spec.maxActiveTasks;
  const active = run.activeCount;
  if (most === null || active <= most) return null;
  const isFirst = (place: number) => run.resends[place] === 0 && run.losses[place] === 0;
  const isNew = sends.some((sent) => sent.run === run && isFirst(sent.place));
  return isNew ? `${active} task instances are active, of at most ${most}` : null;
}

function runProblem(run: RunState): string | null {
  const active = run.activeCount;
  if (run.stateCounts.some((count) => count < 0)) return "its task instances are miscounted";
  if (isFinishedRunState(run.state) && active + (run.stateCounts[UP_FOR_RETRY] ?? 0) > 0) {
    return `it is ${run.state}, and has task instances that are not over`;
  }
  if (run.state === "running" && run.unfinishedCount === 0) return "all its task instances are over, and it is not";
  return null;
}

function wakeProblem({ wakeAt }: Step, run: RunState): string | null {
  if (run.state !== "running" || wakeAt !== null) return null;
  const due = [QUEUED, RUNNING, RESTARTING, UP_FOR_RETRY].some((code) => (run.stateCounts[code] ?? 0) > 0);
  return due ? "something of it is due later, and nothing would wake for it" : null;
}
