/**
 * What waits for its first try has no row in the object, so that a start of it does not know what the catalog was told of it:
 * that it is ready, and what holds it. Where many wait, one number for the DAG answers that, made of all of them. When the
 * same waits again, nothing is told; else all of it is. Each start would bill 100,000 rows otherwise.
 */
import type { DagState } from "./dag-state.ts";
import type { RunState } from "./run-state.ts";
import { SCHEDULED } from "./states.ts";
import type { Place, Step } from "./step.ts";

/** From a start of the object until what was loaded is judged. */
export interface LoadedWaiting {
  /** Of what waited when the catalog had been told all. */
  readonly told: number;
  readonly found: Place[];
}

/** A ready task instance is held by something, or by something else than before. */
export function noteWaiting(step: Step, run: RunState, place: number): void {
  const { loadedWaiting } = step.state;
  // One that had a try has a row, whose version tells.
  const isFirstTry = run.queuedAtOf[place] === 0;
  if (isFirstTry && loadedWaiting !== null) loadedWaiting.found.push({ run, place });
  else tell(step, run, place, isFirstTry);
}

/** What was loaded is judged. */
export function settleLoadedWaiting(step: Step): void {
  const { state } = step;
  const { loadedWaiting } = state;
  if (loadedWaiting === null) return;
  state.loadedWaiting = null;
  if (fingerprintWaiting(state) === loadedWaiting.told) return;
  for (const { run, place } of loadedWaiting.found) tell(step, run, place, true);
}

function tell(step: Step, run: RunState, place: number, isFirstTry: boolean): void {
  run.markUnflushed(place);
  // The event may be about another run.
  step.touched.add(run);
  if (isFirstTry) step.isWaitingNew = true;
}

/** Of fewer, all are told: that costs less than an event more at each start. */
const LEAST_WAITING = 1_000;

/** A number below 2^52 that differs when something else waits for its first try, or for something else; 0 when few do. */
export function fingerprintWaiting(state: DagState): number {
  let sum = 0;
  let count = 0;
  for (const run of state.runs.values()) {
    if (run.state !== "running" || run.stateCounts[SCHEDULED] === 0) continue;
    for (let place = 0; place < run.length; place += 1) {
      const reason = run.reasonOf[place] ?? 0;
      if (run.stateOf[place] !== SCHEDULED || reason === 0 || run.queuedAtOf[place] !== 0) continue;
      count += 1;
      // Added up, since what was expanded later lies elsewhere after a start.
      sum = (sum + mix(run.seq, run.task[place] ?? 0, run.mapIndex[place] ?? -1, reason)) % 2 ** 52;
    }
  }
  return count < LEAST_WAITING ? 0 : sum;
}

/** Spreads four numbers over 1 to 2^32. */
function mix(...numbers: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const number of numbers) {
    hash = Math.imul(hash ^ number, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return (hash >>> 0) + 1;
}
