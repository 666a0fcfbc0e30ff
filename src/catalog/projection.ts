/**
 * What a DAG's scheduler writes to the catalog: its rows as they are now, each with its row version. Writing the same
 * rows twice, or older ones after newer ones, changes nothing, so a flush may be repeated after any doubt.
 */
import type { DagId, RunId, TaskId } from "../dag/ids.ts";
import type { TaskInstanceKey } from "../executor/protocol.ts";
import type { Json } from "../lib/json.ts";
import type { BackfillView, DagRunView, TaskInstanceView } from "../platform.ts";
import { utf8Bytes } from "./limits.ts";
import type { SqlValue, Statement } from "./port.ts";
import {
  backfillTable,
  callbackTable,
  columnsOf,
  dagRunTable,
  dagTable,
  eventLogTable,
  jobTable,
  type ProjectedTable,
  taskInstanceHistoryTable,
  taskInstanceTable,
  upsertSql,
  xcomTable,
} from "./projected-tables.ts";
import { dagSlice } from "./sql/dags.ts";

export interface DagProjection {
  readonly dagId: DagId;
  readonly description: string | null;
  readonly owner: string;
  readonly tags: readonly string[];
  /** Human form of the schedule, e.g. `0 6 * * *` or `every 30 min`; null when manual. */
  readonly scheduleText: string | null;
  readonly timezone: string | null;
  readonly isPaused: boolean;
  readonly isRetired: boolean;
  readonly hasImportError: boolean;
  readonly maxActiveRuns: number;
  readonly maxActiveTasks: number | null;
  readonly versionNumber: number;
  readonly filePath: string;
  readonly nextRunAfterAt: number | null;
  readonly nextLogicalAt: number | null;
  /** When the object wants to wake next; the watchdog looks for those in the past. */
  readonly nextWakeAt: number | null;
  readonly version: number;
}

export interface DagVersionProjection {
  readonly dagId: DagId;
  readonly versionNumber: number;
  readonly specJson: string;
  readonly specHash: string;
  readonly sourceHash: string;
  readonly source: string;
  readonly filePath: string;
  readonly bundleId: string;
  readonly createdAt: number;
  readonly version: number;
}

export interface XComProjection extends TaskInstanceKey {
  readonly dagId: DagId;
  readonly key: string;
  /** JSON text cut to 2 KB. */
  readonly preview: string;
  readonly isTruncated: boolean;
  readonly bytes: number;
  /** Key in the object store, for large values. */
  readonly ref: string | null;
  readonly at: number;
  /** The task instance was cleared and the value with it: hidden from every read, swept later. */
  readonly isDeleted?: boolean;
  readonly version: number;
}

export interface CallbackProjection {
  readonly dagId: DagId;
  readonly runId: RunId;
  readonly callbackId: string;
  /** Null for a callback of the run itself, as is the number of the try. */
  readonly taskId: TaskId | null;
  readonly mapIndex: number;
  readonly tryNumber: number | null;
  /** What it answers, e.g. `on_failure` or `deadline`. */
  readonly event: string;
  readonly state: "queued" | "running" | "success" | "failed";
  readonly attemptCount: number;
  readonly createdAt: number;
  readonly endAt: number | null;
  readonly error: string | null;
  readonly version: number;
}

export interface AuditEvent {
  /** Unique: the DAG's sequence number makes a repeat harmless. */
  readonly eventId: string;
  readonly at: number;
  readonly dagId: DagId | null;
  readonly runId: RunId | null;
  readonly taskId: TaskId | null;
  readonly mapIndex: number | null;
  readonly tryNumber: number | null;
  /** Airflow's event name where one exists: `trigger`, `paused`, `clear`, `heartbeat timeout`, … */
  readonly event: string;
  readonly actor: string;
  readonly extra: string | null;
}

export interface JobProjection {
  readonly jobId: string;
  readonly jobType: "SchedulerJob" | "DagProcessorJob" | "WatchdogJob" | "WorkerJob" | "BackfillJob";
  readonly dagId: DagId | null;
  readonly state: "running" | "success" | "failed";
  readonly startAt: number;
  readonly endAt: number | null;
  readonly latestHeartbeatAt: number;
  /** JSON, e.g. parse times per file. */
  readonly extra: string | null;
}

export interface Projection {
  readonly dag: DagProjection | null;
  readonly versions: readonly DagVersionProjection[];
  readonly dagRuns: readonly DagRunView[];
  readonly taskInstances: readonly TaskInstanceView[];
  /** Past tries, keyed by try number. */
  readonly tries: readonly TaskInstanceView[];
  readonly xcoms: readonly XComProjection[];
  readonly events: readonly AuditEvent[];
  readonly jobs: readonly JobProjection[];
  readonly callbacks?: readonly CallbackProjection[];
  readonly backfills?: readonly BackfillView[];
  /** Tombstones: hidden from every read at once, with all that belongs to the run up to that version; swept later. */
  readonly deletedRuns: readonly { readonly dagId: DagId; readonly runId: RunId; readonly version: number }[];
  /** Of a DAG's flush: since when changes wait that are not in it; null when it brings all. */
  readonly behind?: { readonly dagId: DagId; readonly sinceAt: number | null };
  /** Tombstone of the whole DAG: its row, versions, runs and all that belongs to them up to that version. */
  readonly deletedDag?: { readonly dagId: DagId; readonly version: number } | null;
}

export function emptyProjection(): Projection {
  return {
    dag: null,
    versions: [],
    dagRuns: [],
    taskInstances: [],
    tries: [],
    xcoms: [],
    events: [],
    jobs: [],
    deletedRuns: [],
  };
}

/** From so many rows on it pays to look for what they share. */
const MANY_ROWS = 16;

/** Half of what D1 takes in one value: escaping and the client's own copy must fit beside it. */
const CHUNK_BYTES = 1_000_000;

/**
 * The statements that write a projection, in an order that may be cut anywhere: each is guarded by itself and harmless when
 * repeated. Tombstones come last, so that their row stands even if the same flush still carries the run.
 */
export function projectionStatements(projection: Projection, now: number): readonly Statement[] {
  const { dag, deletedDag } = projection;
  return [
    ...(dag === null ? [] : [...upsert(dagTable, [dag]), ...replaceTags(dag)]),
    ...projection.versions.map(upsertVersion),
    ...moveDagRuns(projection.dagRuns),
    ...upsert(dagRunTable, projection.dagRuns),
    ...upsert(taskInstanceTable, projection.taskInstances),
    ...upsert(taskInstanceHistoryTable, projection.tries),
    ...upsert(xcomTable, projection.xcoms),
    ...upsert(callbackTable, projection.callbacks ?? []),
    ...upsert(backfillTable, projection.backfills ?? []),
    ...upsert(eventLogTable, projection.events),
    ...upsert(jobTable, projection.jobs),
    ...deleteRuns(projection.deletedRuns, now),
    ...noteLatestRuns(projection),
    ...noteBehind(projection),
    ...(deletedDag ? deleteDag(deletedDag, now) : []),
  ];
}

function upsert<T>(table: ProjectedTable<T>, rows: readonly T[]): readonly Statement[] {
  if (rows.length === 0) return [];
  const values = rows.map((row) => table.values(row));
  const shared = rows.length < MANY_ROWS ? [] : sharedColumns(table, values);
  const isOwn = (_value: Json, column: number) => !shared.includes(column);
  const sql = upsertSql(table, shared);
  const params = shared.map((column) => values[0]?.[column] as SqlValue);
  const texts = values.map((row) => JSON.stringify(shared.length === 0 ? row : row.filter(isOwn)));
  return chunks(texts).map((list) => ({ sql, params: [list, ...params] }));
}

/** Places of the columns in which all rows say the same: most of a burst has one run, one state, one instant. */
function sharedColumns<T>(table: ProjectedTable<T>, values: readonly (readonly Json[])[]): readonly number[] {
  const [first = []] = values;
  return columnsOf(table).flatMap((name, column) => {
    const value = first[column];
    const isScalar = value === null || typeof value === "string" || typeof value === "number";
    const isShared = isScalar && !table.json.includes(name) && values.every((row) => row[column] === value);
    return isShared ? [column] : [];
  });
}

/** JSON lists of at most `CHUNK_BYTES`; a row that is larger alone travels alone, for the catalog to judge. */
function chunks(rows: readonly string[]): readonly string[] {
  const lists: string[] = [];
  let list: string[] = [];
  let bytes = 0;
  for (const row of rows) {
    const rowBytes = utf8Bytes(row) + 1;
    if (list.length > 0 && bytes + rowBytes > CHUNK_BYTES) {
      lists.push(`[${list.join(",")}]`);
      list = [];
      bytes = 0;
    }
    list.push(row);
    bytes += rowBytes;
  }
  if (list.length > 0) lists.push(`[${list.join(",")}]`);
  return lists;
}

/** The tags of the row that won; nothing is written when they are what they were. */
function replaceTags(dag: DagProjection): readonly Statement[] {
  const params = [dag.dagId, dag.version, JSON.stringify(dag.tags)];
  const won = "EXISTS (SELECT 1 FROM dag WHERE dag_id = ?1 AND version = ?2)";
  return [
    {
      sql: `DELETE FROM dag_tag WHERE dag_id = ?1 AND name NOT IN (SELECT value FROM json_each(?3)) AND ${won}`,
      params,
    },
    {
      sql: `INSERT INTO dag_tag (dag_id, name) SELECT ?1, value FROM json_each(?3) WHERE ${won} ON CONFLICT DO NOTHING`,
      params,
    },
  ];
}

/** One by one and with plain parameters: spec and source are large, and there is seldom more than one. */
function upsertVersion(version: DagVersionProjection): Statement {
  return {
    sql: `INSERT INTO dag_version (dag_id, version_number, bundle_id, created_at, file_path, source, source_hash, spec_hash,
        spec_json, version)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
      ON CONFLICT (dag_id, version_number) DO UPDATE SET bundle_id = excluded.bundle_id, created_at = excluded.created_at,
        file_path = excluded.file_path, source = excluded.source, source_hash = excluded.source_hash,
        spec_hash = excluded.spec_hash, spec_json = excluded.spec_json, version = excluded.version
      WHERE excluded.version > version`,
    params: [
      version.dagId,
      version.versionNumber,
      version.bundleId,
      version.createdAt,
      version.filePath,
      version.source,
      version.sourceHash,
      version.specHash,
      version.specJson,
      version.version,
    ],
  };
}

/**
 * A run that was deleted and made again under its old id comes with another `run_after_at`, which the upsert never assigns:
 * two indexes hold it, and assigning it would bill their rows at every change of state. This writes nothing but then.
 */
function moveDagRuns(runs: readonly DagRunView[]): readonly Statement[] {
  const rows = runs.map((run) => JSON.stringify([run.dagId, run.runId, run.runAfterAt, run.version]));
  return chunks(rows).map((list) => ({
    sql: `UPDATE dag_run SET run_after_at = moved.value ->> 2 FROM json_each(?1) AS moved
      WHERE dag_run.dag_id = moved.value ->> 0 AND dag_run.run_id = moved.value ->> 1
        AND dag_run.run_after_at <> moved.value ->> 2 AND dag_run.version < moved.value ->> 3`,
    params: [list],
  }));
}

/** A run that was never projected gets a row all the same: it must meet those that are still on their way. */
function deleteRuns(runs: Projection["deletedRuns"], now: number): readonly Statement[] {
  const rows = runs.map((run) => JSON.stringify([run.dagId, run.runId, run.version]));
  return chunks(rows).map((list) => ({
    sql: `INSERT INTO dag_run (dag_id, run_id, clear_number, conf, deleted_at, deleted_version, end_at, queued_at,
        run_after_at, run_type, state, triggered_by, version, version_number)
      SELECT value ->> 0, value ->> 1, 0, '{}', ?2, value ->> 2, ?2, ?2, ?2, 'manual', 'failed', '', value ->> 2, 0
      FROM json_each(?1) WHERE true
      ON CONFLICT (dag_id, run_id) DO UPDATE SET deleted_at = excluded.deleted_at,
        deleted_version = excluded.deleted_version, version = max(version, excluded.version)
      WHERE excluded.deleted_version > deleted_version`,
    params: [list, now],
  }));
}

/**
 * Finding the latest run of each of 10,000 DAGs costs 50 ms, so their rows name it. What is told of runs in any order, and
 * however often, ends in the same: the latest of those that are there by then.
 */
function noteLatestRuns({ dag, dagRuns, deletedRuns }: Projection): readonly Statement[] {
  const ids = new Set([...(dag === null ? [] : [dag]), ...dagRuns, ...deletedRuns].map(({ dagId }) => dagId));
  if (ids.size === 0) return [];
  const latest = `(SELECT r.run_after_at, r.state FROM live_dag_run AS r WHERE r.dag_id = dag.dag_id
      ORDER BY r.run_after_at DESC, r.run_id DESC LIMIT 1)`;
  const sql = `UPDATE dag SET (latest_run_at, latest_run_state) = ${latest}
    WHERE dag_id IN (SELECT value FROM json_each(?1)) AND (latest_run_at, latest_run_state) IS NOT ${latest}`;
  return [{ sql, params: [JSON.stringify([...ids])] }];
}

function noteBehind({ behind }: Projection): readonly Statement[] {
  if (behind === undefined) return [];
  const sql = "UPDATE dag SET behind_since_at = ?2 WHERE dag_id = ?1 AND behind_since_at IS NOT ?2";
  return [{ sql, params: [behind.dagId, behind.sinceAt] }];
}

function deleteDag(tombstone: { readonly dagId: DagId; readonly version: number }, now: number): readonly Statement[] {
  return [
    {
      sql: `INSERT INTO dag (dag_id, deleted_at, deleted_version, file_path, has_import_error, is_paused, is_retired,
          max_active_runs, owner, slice, version, version_number)
        VALUES (?1, ?3, ?2, '', 0, 1, 1, 0, '', ?4, ?2, 0)
        ON CONFLICT (dag_id) DO UPDATE SET deleted_at = excluded.deleted_at, deleted_version = excluded.deleted_version,
          version = max(version, excluded.version)
        WHERE excluded.deleted_version > deleted_version`,
      params: [tombstone.dagId, tombstone.version, now, dagSlice(tombstone.dagId)],
    },
    // What has no version of its own goes at once, unless the DAG came back meanwhile.
    ...["dag_tag", "job", "projection_error", "version_display"].map((table) => ({
      sql: `DELETE FROM ${table} WHERE dag_id = ?1
        AND EXISTS (SELECT 1 FROM dag WHERE dag_id = ?1 AND version <= deleted_version)`,
      params: [tombstone.dagId],
    })),
  ];
}
