/** The rows of a run's table: one per task, however many instances it is mapped to, and those of one that is opened. */
import type { RunTask } from "../../../catalog/sql/run-tasks.ts";
import type { DagSpec, TaskSpec } from "../../../dag/spec.ts";
import type { TaskInstanceState } from "../../../engine/states.ts";
import type { TaskInstanceView } from "../../../platform.ts";
import { tryText } from "../../format.ts";
import { aggregateState, byUrgency } from "../../states.ts";
import { orderByTask } from "./order.ts";

export interface RunRow {
  readonly taskId: string;
  /** -1 for the task as a whole. */
  readonly mapIndex: number;
  readonly instanceName: string | null;
  readonly state: TaskInstanceState;
  /** Of its mapped instances; empty for a task that is one. */
  readonly counts: readonly { readonly state: TaskInstanceState; readonly count: number }[];
  readonly isMapped: boolean;
  readonly isRunning: boolean;
  readonly tries: string;
  readonly queuedAt: number | null;
  readonly startAt: number | null;
  readonly endAt: number | null;
  readonly error: string | null;
  readonly reason: string | null;
}

export interface RowsOptions {
  readonly spec: Pick<DagSpec, "tasks"> | null;
  readonly tasks: ReadonlyMap<string, RunTask>;
  readonly failuresFirst: boolean;
}

export function runRows({ spec, tasks, failuresFirst }: RowsOptions): readonly RunRow[] {
  const known = spec?.tasks ?? [];
  const ids = new Set<string>(known.map(({ taskId }) => taskId));
  const rows = [
    ...known.map((task) => rowOf(task.taskId, task, tasks.get(task.taskId))),
    // Those of another version, from before the run was cleared into this one.
    ...[...tasks.values()].filter(({ taskId }) => !ids.has(taskId)).map((task) => rowOf(task.taskId, null, task)),
  ];
  return orderByTask(rows, { taskIds: known.map(({ taskId }) => taskId), failuresFirst });
}

/** Those with an instance in the state. */
export function rowsInState(rows: readonly RunRow[], state: TaskInstanceState): readonly RunRow[] {
  return rows.filter((row) => row.state === state || row.counts.some((one) => one.state === state));
}

function rowOf(taskId: string, spec: TaskSpec | null, task: RunTask | undefined): RunRow {
  const counts = [...(task?.counts ?? [])].sort((a, b) => byUrgency(a.state, b.state));
  const isMapped = task?.isMapped ?? false;
  const isRunning = counts.some(({ state }) => state === "running");
  return {
    taskId,
    mapIndex: -1,
    instanceName: null,
    state: aggregateState(counts.map(({ state }) => state)) ?? "none",
    counts: isMapped ? counts : [],
    isMapped,
    isRunning,
    tries: isMapped ? "" : tryText(task?.tryNumber ?? 0, spec?.retries ?? 0),
    queuedAt: task?.queuedAt ?? null,
    startAt: task?.startAt ?? null,
    endAt: isRunning ? null : (task?.endAt ?? null),
    error: task?.error ?? null,
    reason: task?.reason ?? null,
  };
}

export function instanceRow(instance: TaskInstanceView): RunRow {
  const { taskId, mapIndex, instanceName, state, queuedAt, startAt, endAt, error, reason } = instance;
  return {
    taskId,
    mapIndex,
    instanceName,
    state,
    counts: [],
    isMapped: true,
    isRunning: state === "running",
    tries: tryText(instance.tryNumber, instance.maxTries),
    queuedAt,
    startAt,
    endAt: state === "running" ? null : endAt,
    error: error === null ? null : `${error.name}: ${error.message}`,
    reason,
  };
}

/** Of task instances: each mapped one counts. */
export function instanceCounts(rows: readonly RunRow[]) {
  const counts = new Map<TaskInstanceState, number>();
  for (const row of rows) {
    const parts = row.counts.length > 0 ? row.counts : [{ state: row.state, count: 1 }];
    for (const { state, count } of parts) counts.set(state, (counts.get(state) ?? 0) + count);
  }
  return [...counts].map(([state, count]) => ({ state, count })).sort((a, b) => byUrgency(a.state, b.state));
}
