/** The tries of one run as spans of time: the current ones and those before them. */
import type { TaskId } from "../../dag/ids.ts";
import type { TaskInstanceState } from "../../engine/states.ts";
import type { Query, Row } from "../port.ts";
import { text } from "../row.ts";

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

/** As it travels: thousands of rows cost the reader more as rows than as one text. */
type Packed = readonly [
  taskId: TaskId,
  mapIndex: number,
  instanceName: string | null,
  tryNumber: number,
  state: TaskInstanceState,
  queuedAt: number | null,
  startAt: number | null,
  endAt: number | null,
];

function parse(row: Row): readonly TrySpan[] {
  const packed: readonly Packed[] = JSON.parse(text(row, "spans"));
  return packed.map(([taskId, mapIndex, instanceName, tryNumber, state, queuedAt, startAt, endAt]) => ({
    taskId,
    mapIndex,
    instanceName,
    tryNumber,
    state,
    queuedAt,
    startAt,
    endAt,
  }));
}

export const gantt = {
  /** At most `limit`, in one row. A try that waits for its retry is in the history as well: `ganttRows` takes it once. */
  spans(options: {
    readonly dagId: string;
    /** Null for the latest run. */
    readonly runId: string | null;
    readonly limit: number;
  }): Query<readonly TrySpan[]> {
    const run = `coalesce(?2, (SELECT r.run_id FROM live_dag_run AS r WHERE r.dag_id = ?1
      ORDER BY r.run_after_at DESC, r.run_id DESC LIMIT 1))`;
    const same = `t.dag_id = ?1 AND t.run_id = ${run} AND (t.queued_at IS NOT NULL OR t.start_at IS NOT NULL)`;
    const sql = `SELECT json_group_array(json_array(${columns})) AS spans FROM (
        SELECT ${columns} FROM live_task_instance AS t WHERE ${same}
        UNION ALL
        SELECT ${columns} FROM live_task_instance_history AS t WHERE ${same}
        LIMIT ?3
      )`;
    return { sql, params: [options.dagId, options.runId, options.limit], parse };
  },
};
