/**
 * A run goes over to another version of its DAG, when the user clears it that way. Here, in the version that it leaves, what
 * the other one makes invalid is put right: the rows then say all that is needed, and the caller builds the run from them
 * anew. Nothing is judged meanwhile.
 *
 * A task that the other version does not have is removed with its instances; its rows stay, so that the run goes on having
 * it, without edges (`withGoneTasks`). When it returns, it starts without a state.
 */
import type { TaskId } from "../dag/ids.ts";
import type { TaskSpec } from "../dag/spec.ts";
import { noteFitted } from "./expansion.ts";
import { compileGraph, type Graph, type GraphTask } from "./graph.ts";
import { DEFAULT_POOL } from "./limits/messages.ts";
import type { InstanceRecord } from "./restore.ts";
import type { RunState } from "./run-state.ts";
import { FIRST_FINISHED, isFinishedRunState, NONE, REMOVED, SCHEDULED } from "./states.ts";
import type { Step } from "./step.ts";
import { setState } from "./transition.ts";
import { closeAndReset } from "./try-end.ts";

/** The first task of which the run has instances by index that the other version has no place for; null to go on. */
export function unmappedTask(run: RunState, graph: Graph): string | null {
  const found = graph.tasks.find((task) => {
    const old = taskNamed(run.graph, task.spec.taskId);
    return old?.isMapped === true && !task.isMapped && !run.isUnexpanded(old);
  });
  return found?.spec.taskId ?? null;
}

export function changeVersion(step: Step, run: RunState, graph: Graph): void {
  for (const task of run.graph.tasks) {
    run.forEachPlace(task.index, (place) => waitAgain(step, run, place));
    const next = taskNamed(graph, task.spec.taskId);
    if (next === undefined) removeTask(step, run, task);
    else if (task.isGone) restoreTask(step, run, task);
    else if (next.isMapped) changeMapping(step, run, task, next, graph);
  }
  // It may have task instances without a state now, until it is cleared.
  if (isFinishedRunState(run.state)) run.reason = "cleared";
  run.markRunChanged();
  step.touched.add(run);
}

/** What is ready by the rules of one version is judged by those of the other; its try has not begun. */
function waitAgain(step: Step, run: RunState, place: number): void {
  if (run.stateOf[place] !== SCHEDULED) return;
  run.tryNumber[place] = (run.tryNumber[place] ?? 1) - 1;
  setState(step, run, place, NONE, "");
}

function taskNamed(graph: Graph, taskId: string): GraphTask | undefined {
  return graph.tasks[graph.indexOf.get(taskId) ?? -1];
}

function removeTask(step: Step, run: RunState, task: GraphTask): void {
  run.forEachPlace(task.index, (place) => {
    if (run.stateOf[place] !== REMOVED) setState(step, run, place, REMOVED, "not_in_version");
  });
}

function restoreTask(step: Step, run: RunState, task: GraphTask): void {
  run.forEachPlace(task.index, (place) => closeAndReset(step, run, place));
  if (task.isMapped && !run.isUnexpanded(task)) noteFitted(step, run, task, -1);
}

function changeMapping(step: Step, run: RunState, old: GraphTask, next: GraphTask, graph: Graph): void {
  if (mappingOf(run.graph, old) === mappingOf(graph, next)) return;
  if (old.isMapped && !run.isUnexpanded(old)) {
    // Its length is looked up when it is judged next.
    noteFitted(step, run, old, -1);
    return;
  }
  // One instance stood for the task, and the number of its instances is known now.
  const place = run.first[old.index] ?? 0;
  const code = run.stateOf[place] ?? NONE;
  if (next.mapSources.length === 0 && code >= FIRST_FINISHED) closeAndReset(step, run, place);
}

function mappingOf({ spec }: Graph, { spec: task, mapGroups }: GraphTask): string {
  return JSON.stringify([mapGroups.map((group) => spec.groups[group]?.mapped), task.mapped ?? null]);
}

function goneTask(taskId: TaskId, length: number): TaskSpec {
  return {
    taskId,
    upstream: [],
    groupId: null,
    description: null,
    docs: null,
    owner: "",
    inputs: {},
    triggerRule: "all_success",
    retries: 0,
    retryDelayMs: 0,
    retryExponentialBackoff: 0,
    maxRetryDelayMs: null,
    executionTimeoutMs: null,
    pool: DEFAULT_POOL,
    poolSlots: 1,
    priorityWeight: 1,
    executor: "queue",
    queue: null,
    ...(length > 0 && {
      mapped: { type: "each" as const, source: { type: "literal" as const, length } },
    }),
  };
}

/** The version with the tasks that it does not have and a run still has rows of: without edges, and never to run. */
export function withGoneTasks(graph: Graph, instances: readonly InstanceRecord[]): Graph {
  const lengths = new Map<string, number>();
  for (const { taskId, mapIndex } of instances) {
    if (!graph.indexOf.has(taskId)) lengths.set(taskId, Math.max(lengths.get(taskId) ?? 0, mapIndex + 1));
  }
  if (lengths.size === 0) return graph;
  const gone = [...lengths].map(([taskId, length]) => goneTask(taskId as TaskId, length));
  const spec = { ...graph.spec, tasks: [...graph.spec.tasks, ...gone] };
  return compileGraph(spec, graph.versionNumber, new Set(lengths.keys()));
}
