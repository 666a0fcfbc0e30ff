/**
 * Instances of a mapped task that become ready together stand in one line: only the first has an entry among the ready or
 * the parked, the others a flag. When the first has left, the next takes its place. They are alike but for their index, so
 * that none loses its turn, and 100,000 of them cost one entry in the heap.
 */
import type { DagState, Ready } from "./dag-state.ts";
import { LANES } from "./graph.ts";
import { FLAG_IN_LINE, type RunState } from "./run-state.ts";

/** Whether somebody of its task stands before it in the same lane; else it is the first, and needs an entry. */
export function standInLine(run: RunState, place: number): boolean {
  const task = run.task[place] ?? 0;
  const first = run.firstInLine[task] ?? -1;
  if (first >= 0 && first < place && run.laneOf[first] === run.laneOf[place]) {
    run.setFlag(place, FLAG_IN_LINE);
    run.lineLength[task] = (run.lineLength[task] ?? 0) + 1;
    return true;
  }
  if (first < 0) run.firstInLine[task] = place;
  return false;
}

/** The entry is gone for good: if it was the first of a line, the next comes forward. */
export function callNext(state: DagState, { run, place, weight }: Ready): void {
  const task = run.task[place] ?? 0;
  if (run.firstInLine[task] !== place) return;
  run.firstInLine[task] = -1;
  if ((run.lineLength[task] ?? 0) === 0) return;
  let next = place + 1;
  while (!run.hasFlag(next, FLAG_IN_LINE) || run.task[next] !== task) next += 1;
  run.clearFlag(next, FLAG_IN_LINE);
  run.lineLength[task] = (run.lineLength[task] ?? 0) - 1;
  run.firstInLine[task] = next;
  state.lanes[LANES[run.laneOf[next] ?? 0] ?? "tasks"].ready.push({ weight, run, place: next });
}
