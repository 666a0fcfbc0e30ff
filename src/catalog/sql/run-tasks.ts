/** One run by its tasks: how many task instances of each are in which state, and when. One row, however large the run. */
import type { TaskId } from "../../dag/ids.ts";
import type { TaskInstanceState } from "../../engine/states.ts";
import { Filter } from "../filter.ts";
import type { Query, Row } from "../port.ts";
import { text } from "../row.ts";
import { type DagRunBar, dagRunBarColumns, parseDagRunBar } from "./dag-runs.ts";

export interface RunTask {
  readonly taskId: TaskId;
  readonly counts: readonly { readonly state: TaskInstanceState; readonly count: number }[];
  readonly queuedAt: number | null;
  readonly startAt: number | null;
  readonly endAt: number | null;
  /** The highest. */
  readonly tryNumber: number;
}

export interface RunTasks extends DagRunBar {
  readonly tasks: ReadonlyMap<TaskId, RunTask>;
}

type Packed = readonly [TaskId, TaskInstanceState, number, number | null, number | null, number | null, number];

function parse(row: Row): RunTasks {
  const packed: readonly Packed[] = JSON.parse(text(row, "tasks"));
  const tasks = new Map<TaskId, RunTask>();
  for (const [taskId, state, count, queuedAt, startAt, endAt, tryNumber] of packed) {
    const known = tasks.get(taskId);
    tasks.set(taskId, {
      taskId,
      counts: [...(known?.counts ?? []), { state, count }],
      queuedAt: least(known?.queuedAt, queuedAt),
      startAt: least(known?.startAt, startAt),
      endAt: known?.endAt != null && endAt !== null ? Math.max(known.endAt, endAt) : (endAt ?? known?.endAt ?? null),
      tryNumber: Math.max(known?.tryNumber ?? 0, tryNumber),
    });
  }
  return { ...parseDagRunBar(row), tasks };
}

function least(a: number | null | undefined, b: number | null): number | null {
  return a == null ? b : b === null ? a : Math.min(a, b);
}

export const runTasks = {
  /** Of the named runs, or of the latest one. */
  summary(options: { readonly dagId: string; readonly runIds: readonly string[] | "latest" }): Query<RunTasks> {
    const where = new Filter();
    where.equal("dag_id", options.dagId);
    if (options.runIds !== "latest") where.oneOf("run_id", options.runIds);
    const runs = `SELECT ${dagRunBarColumns}, max(deleted_version, coalesce((
          SELECT d.deleted_version FROM dag AS d WHERE d.dag_id = ?1
        ), 0)) AS hidden_version
      FROM live_dag_run ${where.where()} ORDER BY run_after_at DESC, run_id DESC
      ${where.limit({ limit: options.runIds === "latest" ? 1 : options.runIds.length })}`;
    // The tombstones are applied once per run, as in `grid.window`.
    const sql = `SELECT ${dagRunBarColumns}, (
        SELECT json_group_array(json_array(task_id, state, amount, queued_at, start_at, end_at, try_number)) FROM (
          SELECT t.task_id, t.state, count(*) AS amount, min(t.queued_at) AS queued_at, min(t.start_at) AS start_at,
            max(t.end_at) AS end_at, max(t.try_number) AS try_number
          FROM task_instance AS t
          WHERE t.dag_id = r.dag_id AND t.run_id = r.run_id AND t.version > r.hidden_version
          GROUP BY t.task_id, t.state
        )
      ) AS tasks
      FROM (${runs}) AS r ORDER BY run_after_at DESC, run_id DESC`;
    return { sql, params: where.params, parse };
  },
};
