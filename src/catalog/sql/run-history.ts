/** Many runs of one DAG in few numbers: for its calendar and its durations. */
import type { DagRunState } from "../../engine/states.ts";
import type { Query } from "../port.ts";
import { integer, runState, text } from "../row.ts";
import { type DagRunBar, dagRunBarColumns, parseDagRunBar } from "./dag-runs.ts";

export interface RunCount {
  /** Begin of a quarter of an hour: every time zone is whole quarters away from UTC. */
  readonly at: number;
  readonly state: DagRunState;
  readonly count: number;
}

export interface DurationRun extends DagRunBar {
  readonly queuedAt: number;
}

export interface TaskDuration {
  readonly taskId: string;
  /** Of those that started and ended. */
  readonly count: number;
  readonly meanMs: number;
  readonly longestMs: number;
  /** How many failed. */
  readonly failedCount: number;
}

const QUARTER_MS = 900_000;
const sameTask = "t.dag_id = recent.dag_id AND t.run_id = recent.run_id AND t.task_id = ?2";

export const runHistory = {
  /** Runs by the quarter of an hour that they were due in; of a range with more than `limit` runs, the latest. */
  counts(options: {
    readonly dagId: string;
    readonly from: number;
    readonly to: number;
    readonly limit: number;
  }): Query<RunCount> {
    return {
      sql: `SELECT run_after_at / ${QUARTER_MS} AS quarter, state, count(*) AS count FROM (
          SELECT run_after_at, state FROM live_dag_run
          WHERE dag_id = ?1 AND run_after_at >= ?2 AND run_after_at < ?3
          ORDER BY run_after_at DESC LIMIT ?4
        ) GROUP BY 1, 2`,
      params: [options.dagId, options.from, options.to, options.limit],
      parse: (row) => ({
        at: integer(row, "quarter") * QUARTER_MS,
        state: runState(row),
        count: integer(row, "count"),
      }),
    };
  },

  /** The latest runs, newest first, with when they were queued. */
  latest(options: { readonly dagId: string; readonly runCount: number }): Query<DurationRun> {
    return {
      sql: `SELECT ${dagRunBarColumns}, queued_at FROM live_dag_run WHERE dag_id = ?1
        ORDER BY run_after_at DESC, run_id DESC LIMIT ?2`,
      params: [options.dagId, options.runCount],
      parse: (row) => ({ ...parseDagRunBar(row), queuedAt: integer(row, "queued_at") }),
    };
  },

  /** One task in the latest runs, newest first, as if it were the run; of a mapped task, from its first start to its last end. */
  ofTask(options: { readonly dagId: string; readonly taskId: string; readonly runCount: number }): Query<DurationRun> {
    const columns = dagRunBarColumns.replace("start_at, state", "first_start AS start_at, shown_state AS state");
    return {
      sql: `SELECT ${columns.replace("end_at", "last_end AS end_at")}, coalesce(first_queued, first_start) AS queued_at FROM (
          SELECT ${dagRunBarColumns
            .split(", ")
            .map((column) => `recent.${column}`)
            .join(", ")}, (
              SELECT min(t.start_at) FROM live_task_instance AS t WHERE ${sameTask}
            ) AS first_start, (
              SELECT CASE WHEN sum(t.state = 'running') > 0 THEN NULL ELSE max(t.end_at) END
              FROM live_task_instance AS t WHERE ${sameTask}
            ) AS last_end, (
              SELECT min(t.queued_at) FROM live_task_instance AS t WHERE ${sameTask}
            ) AS first_queued, (
              SELECT CASE WHEN sum(t.state IN ('failed', 'upstream_failed')) > 0 THEN 'failed'
                WHEN sum(t.state = 'running') > 0 THEN 'running' ELSE 'success' END
              FROM live_task_instance AS t WHERE ${sameTask}
            ) AS shown_state
          FROM (
            SELECT ${dagRunBarColumns} FROM live_dag_run WHERE dag_id = ?1
            ORDER BY run_after_at DESC, run_id DESC LIMIT ?3
          ) AS recent
        ) WHERE first_start IS NOT NULL ORDER BY run_after_at DESC, run_id DESC`,
      params: [options.dagId, options.taskId, options.runCount],
      parse: (row) => ({ ...parseDagRunBar(row), queuedAt: integer(row, "queued_at") }),
    };
  },

  /** The tasks that take longest, over the latest runs. A mapped task counts each of its instances. */
  slowestTasks(options: {
    readonly dagId: string;
    readonly runCount: number;
    readonly limit: number;
  }): Query<TaskDuration> {
    return {
      sql: `SELECT t.task_id, count(*) AS count, cast(avg(t.end_at - t.start_at) AS INTEGER) AS mean_ms,
          max(t.end_at - t.start_at) AS longest_ms, sum(t.state = 'failed') AS failed_count
        FROM (
          SELECT dag_id, run_id FROM live_dag_run WHERE dag_id = ?1 ORDER BY run_after_at DESC, run_id DESC LIMIT ?2
        ) AS recent
        CROSS JOIN live_task_instance AS t ON t.dag_id = recent.dag_id AND t.run_id = recent.run_id
        WHERE t.start_at IS NOT NULL AND t.end_at >= t.start_at
        GROUP BY t.task_id ORDER BY mean_ms DESC, t.task_id LIMIT ?3`,
      params: [options.dagId, options.runCount, options.limit],
      parse: (row) => ({
        taskId: text(row, "task_id"),
        count: integer(row, "count"),
        meanMs: integer(row, "mean_ms"),
        longestMs: integer(row, "longest_ms"),
        failedCount: integer(row, "failed_count"),
      }),
    };
  },
};
