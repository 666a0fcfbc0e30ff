/**
 * Rows of the object's SQLite and what they mean in memory. Each kind of row is written by one statement per event, over
 * one JSON parameter, however many rows there are.
 */
import type { RunId } from "../dag/ids.ts";
import type { InstanceRecord } from "../engine/restore.ts";
import type { RunRecord, RunState } from "../engine/run-state.ts";
import type { DagRunState, DagRunType, TaskInstanceState } from "../engine/states.ts";
import type { ClosedTry } from "../engine/step.ts";
import type { TaskError, XComValue } from "../executor/protocol.ts";
import type { StateRow, StateSql, StateValue } from "./ports.ts";

/** What a report brought besides its outcome. */
export interface Payload {
  readonly returnValue: XComValue | null;
  readonly error: TaskError | null;
  readonly xcoms: readonly { readonly key: string; readonly value: XComValue }[];
  readonly logChunkCount: number;
  readonly instanceName: string | null;
}

/** A bound value has at most 1 MB, and a UTF-16 unit at most three bytes of UTF-8. */
const MAX_PARAM_CHARS = 330_000;

/** Runs one statement over a list of rows, each a JSON array, in as few parameters as their size allows. */
export function execMany(sql: StateSql, statement: string, rows: readonly string[], ...rest: StateValue[]): void {
  for (const list of jsonLists(rows)) sql.exec(statement, list, ...rest);
}

/** The rows, each JSON text, as JSON lists that fit into a parameter. */
export function jsonLists(rows: readonly string[]): readonly string[] {
  const lists: string[] = [];
  let start = 0;
  let chars = 0;
  for (let index = 0; index < rows.length; index += 1) {
    chars += (rows[index]?.length ?? 0) + 1;
    const next = rows[index + 1]?.length ?? 0;
    if (index === rows.length - 1 || chars + next > MAX_PARAM_CHARS) {
      lists.push(`[${rows.slice(start, index + 1).join(",")}]`);
      start = index + 1;
      chars = 0;
    }
  }
  return lists;
}

const UPDATE_RUNS = `UPDATE dag_run SET state = new.state, reason = new.reason, queued_at = new.queued_at,
    start_at = new.start_at, end_at = new.end_at, clear_number = new.clear_number, is_settled = 0, version = new.version
  FROM (SELECT value ->> 0 AS seq, value ->> 1 AS state, value ->> 2 AS reason, value ->> 3 AS queued_at,
    value ->> 4 AS start_at, value ->> 5 AS end_at, value ->> 6 AS clear_number, value ->> 7 AS version
    FROM json_each(?1)) AS new
  WHERE dag_run.seq = new.seq`;

export function writeRuns(sql: StateSql, runs: Iterable<RunState>, version: number): void {
  const rows: string[] = [];
  for (const run of runs) {
    if (!run.isChanged) continue;
    run.isChanged = false;
    rows.push(
      JSON.stringify([run.seq, run.state, run.reason, run.queuedAt, run.startAt, run.endAt, run.clearNumber, version]),
    );
  }
  execMany(sql, UPDATE_RUNS, rows);
}

// A left join, so that the list stays outside and each row is looked up by its key.
const UPSERT_HISTORY = `INSERT INTO task_instance_history (run_seq, task_id, map_index, try_number, state, reason, token,
    queued_at, start_at, end_at, version, bundle_id, log_chunk_count, error, instance_name)
  SELECT k.value ->> 0, k.value ->> 1, k.value ->> 2, k.value ->> 3, k.value ->> 4, k.value ->> 5, k.value ->> 6,
    k.value ->> 7, k.value ->> 8, k.value ->> 9, k.value ->> 10, t.bundle_id,
    CASE WHEN k.value ->> 11 THEN k.value ->> 12 ELSE coalesce(t.log_chunk_count, 0) END,
    CASE WHEN k.value ->> 11 THEN k.value ->> 13 ELSE t.error END,
    CASE WHEN k.value ->> 11 THEN k.value ->> 14 ELSE t.instance_name END
  FROM json_each(?1) AS k
  LEFT JOIN task_instance AS t
    ON t.run_seq = k.value ->> 0 AND t.task_id = k.value ->> 1 AND t.map_index = k.value ->> 2
  WHERE true
  ON CONFLICT DO UPDATE SET state = excluded.state, reason = excluded.reason, token = excluded.token,
    end_at = excluded.end_at, log_chunk_count = excluded.log_chunk_count, error = excluded.error,
    instance_name = excluded.instance_name, version = excluded.version`;

/** Keeps an ended try: what the report brought, or else what the row still holds of it. Comes before the row is reused. */
export function writeClosedTries(
  sql: StateSql,
  tries: readonly ClosedTry[],
  version: number,
  payloads: ReadonlyMap<number, Payload>,
): void {
  const rows = tries.map(({ run, place, tryNumber, state, reason, token, queuedAt, startAt, endAt }) => {
    const payload = payloads.get(token);
    const error = payload?.error ?? null;
    return JSON.stringify([
      run.seq,
      run.taskAt(place).spec.taskId,
      run.mapIndex[place] ?? -1,
      ...[tryNumber, state, reason, token, queuedAt, startAt, endAt, version],
      payload === undefined ? 0 : 1,
      payload?.logChunkCount ?? 0,
      error === null ? null : JSON.stringify(error),
      payload?.instanceName ?? null,
    ]);
  });
  execMany(sql, UPSERT_HISTORY, rows);
}

const UPSERT_XCOMS = `INSERT INTO xcom (run_seq, task_id, map_index, key, json, ref, at, version)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
  FROM json_each(?1) WHERE true
  ON CONFLICT DO UPDATE SET json = excluded.json, ref = excluded.ref, at = excluded.at, version = excluded.version`;

export function writeXComs(
  sql: StateSql,
  reported: readonly { readonly run: RunState; readonly place: number; readonly payload: Payload }[],
  at: number,
  version: number,
): void {
  const rows = reported.flatMap(({ run, place, payload }) =>
    payload.xcoms.map(({ key, value }) =>
      JSON.stringify([
        run.seq,
        run.taskAt(place).spec.taskId,
        run.mapIndex[place] ?? -1,
        key,
        value.type === "inline" ? value.json : null,
        value.type === "ref" ? JSON.stringify(value) : null,
        at,
        version,
      ]),
    ),
  );
  execMany(sql, UPSERT_XCOMS, rows);
}

/**
 * A new try must not see what one before a clear had pushed (only a success pushes anything). The rows stay, empty, for the
 * catalog to learn of it. Returns the runs concerned.
 */
export function emptyXComsOf(
  sql: StateSql,
  places: readonly { readonly run: RunState; readonly place: number }[],
  version: number,
): readonly RunState[] {
  const cleared = places.filter(({ run, place }) => run.clearNumber > 0 && (run.tryNumber[place] ?? 0) > 1);
  execMany(
    sql,
    `UPDATE xcom SET json = NULL, ref = NULL, version = ?2 WHERE (run_seq, task_id, map_index) IN
       (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?1))`,
    cleared.map(({ run, place }) =>
      JSON.stringify([run.seq, run.taskAt(place).spec.taskId, run.mapIndex[place] ?? -1]),
    ),
    version,
  );
  return cleared.map(({ run }) => run);
}

export function runRecord(row: StateRow): RunRecord {
  return {
    seq: Number(row["seq"]),
    runId: String(row["run_id"]) as RunId,
    runType: String(row["run_type"]) as DagRunType,
    state: String(row["state"]) as DagRunState,
    logicalAt: numberOrNull(row["logical_at"]),
    runAfterAt: Number(row["run_after_at"]),
    queuedAt: Number(row["queued_at"]),
    startAt: numberOrNull(row["start_at"]),
    endAt: numberOrNull(row["end_at"]),
    clearNumber: Number(row["clear_number"]),
    reason: row["reason"] == null ? null : String(row["reason"]),
    backfill:
      row["backfill_id"] == null ? null : { id: Number(row["backfill_id"]), sortOrdinal: Number(row["sort_ordinal"]) },
  };
}

export function instanceRecord(row: StateRow): InstanceRecord {
  return {
    taskId: String(row["task_id"]),
    mapIndex: Number(row["map_index"]),
    state: String(row["state"]) as TaskInstanceState,
    reason: String(row["reason"]),
    tryNumber: Number(row["try_number"]),
    maxTries: Number(row["max_tries"]),
    token: Number(row["token"]),
    lane: String(row["lane"]),
    losses: Number(row["losses"]),
    flags: Number(row["flags"]),
    invocation: row["invocation"] == null ? "" : String(row["invocation"]),
    dueAt: Number(row["due_at"]),
    queuedAt: Number(row["queued_at"]),
    startAt: Number(row["start_at"]),
    endAt: Number(row["end_at"]),
  };
}

export function numberOrNull(value: StateValue | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

/** A row's value as it went in: inline JSON, or the place of a large one. */
export function xcomValue(json: StateValue | undefined, ref: StateValue | undefined): XComValue | null {
  if (typeof ref === "string") return JSON.parse(ref) as XComValue;
  return typeof json === "string" ? { type: "inline", json } : null;
}
