/**
 * `depends_on_past` and `wait_for_downstream`: a task instance waits for its own task in the run before, and, if asked, for
 * the tasks directly behind that one.
 */
import type { GraphTask } from "./graph.ts";
import type { RunState } from "./run-state.ts";
import { NONE, REMOVED, SKIPPED, SUCCESS } from "./states.ts";

export function looksAtPast({ spec }: GraphTask): boolean {
  return spec.dependsOnPast === true || spec.waitForDownstream === true;
}

export function isPastMet(run: RunState, task: GraphTask): boolean {
  if (!looksAtPast(task)) return true;
  const { previous } = run;
  // The first of a backfill begins a series of its own.
  if (previous === null || run.backfill?.sortOrdinal === 1) return true;
  const { taskId, startAt } = task.spec;
  const isBeforeTask = startAt !== undefined && previous.logicalAt !== null && previous.logicalAt < startAt;
  if (run.graph.spec.catchup && isBeforeTask) return true;
  const index = previous.graph.indexOf.get(taskId);
  if (index === undefined || previous.instanceCount(index) === 0) {
    return task.spec.ignoreFirstDependsOnPast !== false && !run.earlierTasks.has(taskId);
  }
  if (wasCalledOff(previous, index)) return true;
  if (!isTaskDone(previous, index)) return false;
  if (task.spec.waitForDownstream !== true) return true;
  return (previous.graph.tasks[index]?.downstream ?? []).every((next) => isTaskDone(previous, next));
}

/** Nothing of a running run can go on before the run before it has, and that is queued. */
export function waitsForQueuedRun(run: RunState): boolean {
  if (run.state !== "running" || run.previous?.state !== "queued") return false;
  return run.stateCounts[NONE] === run.unfinishedCount;
}

/** Cancelled in the queue: what never came into being counts like what a cancel skips in a live run. */
function wasCalledOff(run: RunState, task: number): boolean {
  return run.state === "failed" && run.reason === "cancelled" && (run.openCount[task] ?? 0) > 0;
}

/** All instances succeeded or were skipped. Those that a mapped task lost when it shrank are waited for by nobody. */
export function isTaskDone(run: RunState, task: number): boolean {
  const lost = run.graph.tasks[task]?.isMapped === true ? run.tally(task, REMOVED) : 0;
  return run.tally(task, SUCCESS) + run.tally(task, SKIPPED) + lost === run.instanceCount(task);
}
