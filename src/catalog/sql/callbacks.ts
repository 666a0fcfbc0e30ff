import type { TaskId } from "../../dag/ids.ts";
import type { Query, Row } from "../port.ts";
import type { CallbackProjection } from "../projection.ts";
import { dagId, integer, integerOrNull, runId, text, textOrNull } from "../row.ts";

export const callbackColumns = `dag_id, run_id, callback_id, attempt_count, created_at, end_at, error, event, map_index, state, task_id,
  try_number, version`;

export function parseCallback(row: Row): CallbackProjection {
  return {
    dagId: dagId(row),
    runId: runId(row),
    callbackId: text(row, "callback_id"),
    attemptCount: integer(row, "attempt_count"),
    createdAt: integer(row, "created_at"),
    endAt: integerOrNull(row, "end_at"),
    error: textOrNull(row, "error"),
    event: text(row, "event"),
    mapIndex: integer(row, "map_index"),
    state: text(row, "state") as CallbackProjection["state"],
    tryNumber: integerOrNull(row, "try_number"),
    taskId: textOrNull(row, "task_id") as TaskId | null,
    version: integer(row, "version"),
  };
}

/** Deliveries of callbacks. Whether the reader may see the DAG is asked before, with `dags.get`. */
export const callbacks = {
  list(key: { readonly dagId: string; readonly runId: string }): Query<CallbackProjection> {
    return {
      sql: `SELECT ${callbackColumns}
        FROM live_callback WHERE dag_id = ?1 AND run_id = ?2 ORDER BY created_at, callback_id LIMIT 1000`,
      params: [key.dagId, key.runId],
      parse: parseCallback,
    };
  },
};
