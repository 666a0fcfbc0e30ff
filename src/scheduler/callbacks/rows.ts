/** Rows of `callback`, which is the truth about what is to be delivered: written once per cause, and moved on from there. */
import type { CallbackProjection } from "../../catalog/projection.ts";
import type { DagId, RunId, TaskId } from "../../dag/ids.ts";
import type { CallbackChange, LiveCallback } from "../../engine/callbacks.ts";
import type { CallbackOrder } from "../../executor/protocol.ts";
import { never } from "../../lib/never.ts";
import type { Loaded } from "../load.ts";
import type { StateRow, StateSql } from "../ports.ts";
import { numberOrNull } from "../rows.ts";

const MAX_ERROR_CHARS = 2_000;

export interface NewCallback {
  readonly seq: number;
  readonly cause: string;
  readonly order: CallbackOrder;
  readonly isLocal: boolean;
}

/** A cause that has its row already leaves it as it is. */
export function insertCallback(sql: StateSql, loaded: Loaded, now: number, callback: NewCallback): void {
  const { state } = loaded;
  state.sequence += 1;
  const [row] = sql.exec(
    `INSERT INTO callback (run_seq, cause, order_json, is_local, state, token, due_at, created_at, version)
     VALUES (?1, ?2, ?3, ?4, 'queued', ?5, ?6, ?6, ?5) ON CONFLICT DO NOTHING RETURNING id`,
    callback.seq,
    callback.cause,
    JSON.stringify(callback.order),
    callback.isLocal ? 1 : 0,
    state.sequence,
    now,
  );
  if (row === undefined) return;
  loaded.unflushedCallbacks.add(Number(row["id"]));
  state.nextCallbackAt = now;
}

export function liveCallback(row: StateRow): LiveCallback {
  return {
    state: row["state"] === "running" ? "running" : "queued",
    attemptCount: Number(row["attempt_count"]),
    sendCount: Number(row["send_count"]),
    createdAt: Number(row["created_at"]),
  };
}

export function changeCallback(sql: StateSql, loaded: Loaded, id: number, change: CallbackChange, now: number): void {
  const { state } = loaded;
  state.sequence += 1;
  const version = state.sequence;
  switch (change.type) {
    case "send":
      sql.exec(
        "UPDATE callback SET send_count = send_count + 1, due_at = ?2, version = ?3 WHERE id = ?1",
        id,
        change.dueAt,
        version,
      );
      break;
    case "retry":
      // Under a new token, so that whatever the last executor still says of it is not heard.
      sql.exec(
        `UPDATE callback SET state = 'queued', token = ?3, invocation = NULL, send_count = 0, due_at = ?2, error = ?4,
           version = ?3 WHERE id = ?1`,
        id,
        change.dueAt,
        version,
        change.error.slice(0, MAX_ERROR_CHARS),
      );
      break;
    case "failed":
      sql.exec(
        "UPDATE callback SET state = 'failed', due_at = NULL, end_at = ?2, error = ?4, version = ?3 WHERE id = ?1",
        id,
        now,
        version,
        change.error.slice(0, MAX_ERROR_CHARS),
      );
      break;
    default:
      never(change);
  }
  loaded.unflushedCallbacks.add(id);
}

export function grantCallback(
  sql: StateSql,
  loaded: Loaded,
  id: number,
  grant: { readonly invocation: string; readonly leaseEndAt: number },
): void {
  loaded.state.sequence += 1;
  sql.exec(
    `UPDATE callback SET state = 'running', invocation = ?2, due_at = ?3, attempt_count = attempt_count + 1, version = ?4
     WHERE id = ?1`,
    id,
    grant.invocation,
    grant.leaseEndAt,
    loaded.state.sequence,
  );
  loaded.unflushedCallbacks.add(id);
}

/** The instant that memory knows of may then be early, which costs one look. */
export function renewCallbacks(
  sql: StateSql,
  tokens: readonly number[],
  { now, leaseMs }: { readonly now: number; readonly leaseMs: number },
): void {
  sql.exec(
    `UPDATE callback SET due_at = ?2 WHERE due_at < ?3 AND state = 'running'
       AND token IN (SELECT value FROM json_each(?1))`,
    JSON.stringify(tokens),
    now + leaseMs,
    now + leaseMs / 2,
  );
}

export function finishCallback(sql: StateSql, loaded: Loaded, id: number, now: number): void {
  loaded.state.sequence += 1;
  sql.exec(
    "UPDATE callback SET state = 'success', due_at = NULL, end_at = ?2, error = NULL, version = ?3 WHERE id = ?1",
    id,
    now,
    loaded.state.sequence,
  );
  loaded.unflushedCallbacks.add(id);
}

/** When something of the rows is due next. */
export function readNextCallbackAt(sql: StateSql): number | null {
  const [row] = sql.exec(
    `SELECT min(at) AS at FROM (SELECT min(due_at) AS at FROM callback WHERE due_at IS NOT NULL
       UNION ALL SELECT min(due_at) FROM deadline)`,
  );
  return numberOrNull(row?.["at"]);
}

/** What the catalog does not have, as a start of the object finds it. */
export function unflushedCallbacks(sql: StateSql, flushedVersion: number): Set<number> {
  const rows = sql.exec("SELECT id FROM callback WHERE version > ?", flushedVersion);
  return new Set(rows.map((row) => Number(row["id"])));
}

const SELECT_VIEWS = "SELECT c.*, r.run_id FROM callback AS c JOIN dag_run AS r ON r.seq = c.run_seq";

export function readCallbackViews(
  sql: StateSql,
  dagId: DagId,
  ids: readonly number[],
  version: number,
): CallbackProjection[] {
  if (ids.length === 0) return [];
  const rows = sql.exec(`${SELECT_VIEWS} WHERE c.id IN (SELECT value FROM json_each(?1))`, JSON.stringify(ids));
  return rows.map((row) => callbackView(dagId, row, version));
}

export function readCallbackViewsOfRun(
  sql: StateSql,
  dagId: DagId,
  seq: number,
  version: number,
): CallbackProjection[] {
  return sql.exec(`${SELECT_VIEWS} WHERE c.run_seq = ?`, seq).map((row) => callbackView(dagId, row, version));
}

function callbackView(dagId: DagId, row: StateRow, version: number): CallbackProjection {
  const order = JSON.parse(String(row["order_json"])) as CallbackOrder;
  return {
    dagId,
    runId: String(row["run_id"]) as RunId,
    callbackId: String(row["id"]),
    taskId: order.type === "task" ? (order.taskId as TaskId) : null,
    mapIndex: order.type === "task" ? order.mapIndex : -1,
    tryNumber: order.type === "task" ? order.tryNumber : null,
    event: order.type === "deadline" ? "deadline" : `on_${order.callback}`,
    state: String(row["state"]) as CallbackProjection["state"],
    attemptCount: Number(row["attempt_count"]),
    createdAt: Number(row["created_at"]),
    endAt: numberOrNull(row["end_at"]),
    error: row["error"] == null ? null : String(row["error"]),
    version,
  };
}
