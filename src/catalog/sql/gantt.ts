/** The tries of one run as spans of time: the current ones and those before them. */
import type { TaskId } from "../../dag/ids.ts";
import type { TaskInstanceState } from "../../engine/states.ts";
import type { Query } from "../port.ts";
import { integer, integerOrNull, taskId, taskState, textOrNull } from "../row.ts";

export interface TrySpan {
  readonly taskId: TaskId;
  readonly mapIndex: number;
  readonly instanceName: string | null;
  readonly tryNumber: number;
  readonly state: TaskInstanceState;
  readonly queuedAt: number | null;
  readonly startAt: number | null;
  readonly endAt: number | null;
}

const columns = "task_id, map_index, rendered_map_index, try_number, state, queued_at, start_at, end_at";

export const gantt = {
  /** At most `limit`. A try that waits for its retry is in the history as well: `mergeTries` of the page takes it once. */
  spans(options: {
    readonly dagId: string;
    /** Null for the latest run. */
    readonly runId: string | null;
    readonly limit: number;
  }): Query<TrySpan> {
    const run = `coalesce(?2, (SELECT r.run_id FROM live_dag_run AS r WHERE r.dag_id = ?1
      ORDER BY r.run_after_at DESC, r.run_id DESC LIMIT 1))`;
    const same = `t.dag_id = ?1 AND t.run_id = ${run} AND (t.queued_at IS NOT NULL OR t.start_at IS NOT NULL)`;
    return {
      sql: `SELECT ${columns} FROM live_task_instance AS t WHERE ${same}
        UNION ALL
        SELECT ${columns} FROM live_task_instance_history AS t WHERE ${same}
        LIMIT ?3`,
      params: [options.dagId, options.runId, options.limit],
      parse: (row) => ({
        taskId: taskId(row),
        mapIndex: integer(row, "map_index"),
        instanceName: textOrNull(row, "rendered_map_index"),
        tryNumber: integer(row, "try_number"),
        state: taskState(row),
        queuedAt: integerOrNull(row, "queued_at"),
        startAt: integerOrNull(row, "start_at"),
        endAt: integerOrNull(row, "end_at"),
      }),
    };
  },
};
