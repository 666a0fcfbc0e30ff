/** What each box of the graph says of a run: the state of its task, or of all that a closed group holds. */
import type { RunTask } from "../../../catalog/sql/run-tasks.ts";
import type { TaskSpec } from "../../../dag/spec.ts";
import type { TaskInstanceState } from "../../../engine/states.ts";
import { counted, formatCount, formatDuration } from "../../format.ts";
import { type GraphSpec, groupPath, groupsById } from "../../graph/graph-view.ts";
import { aggregateState, byUrgency, stateLabel } from "../../states.ts";

export interface StateCount {
  readonly state: TaskInstanceState;
  readonly count: number;
}

export interface BoxStates {
  readonly state: TaskInstanceState | null;
  readonly counts: readonly StateCount[];
  readonly note: string;
}

/** What a task is, where it is not an ordinary one. */
export function kindOf(task: TaskSpec): string {
  if (task.mapped !== undefined) return "mapped";
  if (task.isSetup) return "setup";
  if (task.isTeardown) return "teardown";
  if (task.decision !== undefined) return task.decision.type.replaceAll("_", " ");
  return "task";
}

/** What is to be known of it before it runs. */
function planNote(task: TaskSpec): string {
  const kind = kindOf(task);
  return kind !== "task" || task.triggerRule === "all_success" ? kind : task.triggerRule.replaceAll("_", " ");
}

export function taskStates(task: TaskSpec, inRun: RunTask | undefined, hasRun: boolean): BoxStates {
  if (!hasRun) return { state: null, counts: [], note: planNote(task) };
  const counts = sorted(inRun?.counts ?? [{ state: "none", count: 1 }]);
  const state = aggregateState(counts.map((one) => one.state)) ?? "none";
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const time =
    inRun?.startAt != null && inRun.endAt !== null && inRun.endAt >= inRun.startAt && state !== "running"
      ? formatDuration(inRun.endAt - inRun.startAt)
      : null;
  const many = task.mapped === undefined && total < 2 ? null : `${formatCount(total)} mapped`;
  return { state, counts: total > 1 ? counts : [], note: `${stateLabel(state)}${joined(many ?? time)}` };
}

function joined(text: string | null): string {
  return text === null ? "" : ` · ${text}`;
}

/** By group: the tasks in it, at any depth. */
export function membersByGroup(spec: GraphSpec): ReadonlyMap<string, readonly TaskSpec[]> {
  const groups = groupsById(spec);
  const members = new Map<string, TaskSpec[]>();
  for (const task of spec.tasks) {
    for (const groupId of groupPath(task.groupId, groups)) {
      const list = members.get(groupId);
      if (list === undefined) members.set(groupId, [task]);
      else list.push(task);
    }
  }
  return members;
}

export function groupStates(
  members: readonly TaskSpec[],
  options: { readonly tasks: ReadonlyMap<string, RunTask>; readonly hasRun: boolean },
): BoxStates {
  const size = counted(members.length, "task");
  if (!options.hasRun) return { state: null, counts: [], note: size };
  const totals = new Map<TaskInstanceState, number>();
  for (const task of members) {
    for (const { state, count } of options.tasks.get(task.taskId)?.counts ?? [{ state: "none" as const, count: 1 }]) {
      totals.set(state, (totals.get(state) ?? 0) + count);
    }
  }
  const counts = sorted([...totals].map(([state, count]) => ({ state, count })));
  const state = aggregateState(counts.map((one) => one.state)) ?? "none";
  return { state, counts, note: `${size} · ${stateLabel(state)}` };
}

function sorted(counts: readonly StateCount[]): readonly StateCount[] {
  return [...counts].sort((a, b) => byUrgency(a.state, b.state));
}

/** The task that a reader has most likely come for. */
export function likelyFocus(spec: GraphSpec, tasks: ReadonlyMap<string, RunTask>): string | null {
  for (const wanted of ["failed", "up_for_retry", "running"] as const) {
    const found = spec.tasks.find((task) => tasks.get(task.taskId)?.counts.some(({ state }) => state === wanted));
    if (found !== undefined) return found.taskId;
  }
  return null;
}
