/**
 * How the rows of a projection map to columns: one list per table, in the order in which the values travel. All upserts are
 * made from these lists, so that the guard by row version cannot be forgotten in one of them.
 */
import type { Json } from "../lib/json.ts";
import type { BackfillView, DagRunView, TaskInstanceView } from "../platform.ts";
import type { AuditEvent, CallbackProjection, DagProjection, JobProjection, XComProjection } from "./projection.ts";
import { dagSlice } from "./sql/dags.ts";

export interface ProjectedTable<T> {
  readonly name: string;
  readonly key: readonly string[];
  /** Assigned only when the row is new, because an index holds them: see `dagRunMoves`. */
  readonly fixed: readonly string[];
  readonly columns: readonly string[];
  /** Columns whose value travels as JSON and is stored as its text, which saves escaping it twice. */
  readonly json: readonly string[];
  /** Which of two rows with one key stays; on a tie, the one that is there. */
  readonly guard: string;
  /** The values of `key`, `fixed` and `columns`, in that order. */
  values(row: T): readonly Json[];
}

const byVersion = "excluded.version > version";
const flag = (value: boolean) => (value ? 1 : 0);

export const dagTable: ProjectedTable<DagProjection> = {
  name: "dag",
  key: ["dag_id"],
  fixed: ["slice"],
  columns: [
    ...[
      "description",
      "file_path",
      "has_import_error",
      "is_paused",
      "is_retired",
      "max_active_runs",
      "max_active_tasks",
    ],
    ...["next_logical_at", "next_run_after_at", "next_wake_at", "owner", "schedule_text", "timezone"],
    ...["version", "version_number"],
  ],
  json: [],
  guard: byVersion,
  values: (row) => [
    ...[row.dagId, dagSlice(row.dagId)],
    ...[row.description, row.filePath, flag(row.hasImportError), flag(row.isPaused), flag(row.isRetired)],
    ...[row.maxActiveRuns, row.maxActiveTasks, row.nextLogicalAt, row.nextRunAfterAt, row.nextWakeAt, row.owner],
    ...[row.scheduleText, row.timezone, row.version, row.versionNumber],
  ],
};

export const dagRunTable: ProjectedTable<DagRunView> = {
  name: "dag_run",
  key: ["dag_id", "run_id"],
  fixed: ["run_after_at"],
  columns: [
    ...["backfill_id", "clear_number", "conf", "data_interval_end_at", "data_interval_start_at", "end_at"],
    ...[
      "logical_at",
      "note",
      "queued_at",
      "reason",
      "run_type",
      "start_at",
      "state",
      "triggered_by",
      "version",
      "version_number",
    ],
  ],
  json: ["conf"],
  guard: byVersion,
  values: (row) => [
    ...[row.dagId, row.runId, row.runAfterAt],
    ...[row.backfillId, row.clearNumber, row.conf, row.dataIntervalEndAt, row.dataIntervalStartAt, row.endAt],
    ...[
      row.logicalAt,
      row.note,
      row.queuedAt,
      row.reason,
      row.runType,
      row.startAt,
      row.state,
      row.triggeredBy,
      row.version,
      row.versionNumber,
    ],
  ],
};

const tryColumns = [
  ...[
    "bundle_id",
    "end_at",
    "error",
    "executor",
    "log_chunk_count",
    "max_tries",
    "next_retry_at",
    "note",
    "pool",
    "pool_slots",
  ],
  ...["priority_weight", "queue", "queued_at", "reason", "rendered_map_index", "start_at", "state", "token", "version"],
];

function tryValues(row: TaskInstanceView): readonly Json[] {
  return [
    ...[
      row.bundleId,
      row.endAt,
      row.error === null ? null : JSON.stringify(row.error),
      row.executor,
      row.logChunkCount,
    ],
    ...[
      row.maxTries,
      row.nextRetryAt,
      row.note,
      row.pool,
      row.poolSlots,
      row.priorityWeight,
      row.queue,
      row.queuedAt,
      row.reason,
    ],
    ...[row.instanceName, row.startAt, row.state, row.token, row.version],
  ];
}

export const taskInstanceTable: ProjectedTable<TaskInstanceView> = {
  name: "task_instance",
  key: ["dag_id", "run_id", "task_id", "map_index"],
  fixed: [],
  columns: ["try_number", ...tryColumns],
  json: [],
  guard: byVersion,
  values: (row) => [row.dagId, row.runId, row.taskId, row.mapIndex, row.tryNumber, ...tryValues(row)],
};

export const taskInstanceHistoryTable: ProjectedTable<TaskInstanceView> = {
  ...taskInstanceTable,
  name: "task_instance_history",
  key: [...taskInstanceTable.key, "try_number"],
  columns: tryColumns,
};

export const xcomTable: ProjectedTable<XComProjection> = {
  name: "xcom",
  key: ["dag_id", "run_id", "task_id", "map_index", "key"],
  fixed: [],
  columns: ["at", "bytes", "is_deleted", "is_truncated", "preview", "ref", "version"],
  json: [],
  guard: byVersion,
  values: (row) => [
    ...[row.dagId, row.runId, row.taskId, row.mapIndex, row.key],
    ...[row.at, row.bytes, flag(row.isDeleted === true), flag(row.isTruncated), row.preview, row.ref, row.version],
  ],
};

export const backfillTable: ProjectedTable<BackfillView> = {
  name: "backfill",
  key: ["dag_id", "backfill_id"],
  fixed: [],
  columns: [
    ...["completed_at", "conf", "created_at", "created_by", "from_at", "is_paused", "is_reverse", "max_active_runs"],
    ...["reprocess", "to_at", "updated_at", "version"],
  ],
  json: ["conf"],
  guard: byVersion,
  values: (row) => [
    ...[row.dagId, row.id],
    ...[row.completedAt, row.conf, row.createdAt, row.createdBy, row.fromAt, flag(row.isPaused), flag(row.isReverse)],
    ...[row.maxActiveRuns, row.reprocess, row.toAt, row.updatedAt, row.version],
  ],
};

export const callbackTable: ProjectedTable<CallbackProjection> = {
  name: "callback",
  key: ["dag_id", "run_id", "callback_id"],
  fixed: [],
  columns: [
    "attempt_count",
    "created_at",
    "end_at",
    "error",
    "event",
    "map_index",
    "state",
    "task_id",
    "try_number",
    "version",
  ],
  json: [],
  guard: byVersion,
  values: (row) => [
    ...[row.dagId, row.runId, row.callbackId],
    ...[
      row.attemptCount,
      row.createdAt,
      row.endAt,
      row.error,
      row.event,
      row.mapIndex,
      row.state,
      row.taskId,
      row.tryNumber,
      row.version,
    ],
  ],
};

/** An event never changes, so its first row stays. */
export const eventLogTable: ProjectedTable<AuditEvent> = {
  name: "event_log",
  key: ["event_id"],
  fixed: ["actor", "at", "dag_id", "event", "extra", "map_index", "run_id", "task_id", "try_number"],
  columns: [],
  json: [],
  guard: "false",
  values: (row) => [
    row.eventId,
    ...[row.actor, row.at, row.dagId, row.event, row.extra, row.mapIndex, row.runId, row.taskId, row.tryNumber],
  ],
};

export const jobTable: ProjectedTable<JobProjection> = {
  name: "job",
  key: ["job_id"],
  fixed: ["dag_id", "job_type"],
  columns: ["end_at", "extra", "latest_heartbeat_at", "start_at", "state"],
  json: [],
  guard: "excluded.latest_heartbeat_at >= latest_heartbeat_at",
  values: (row) => [
    ...[row.jobId, row.dagId, row.jobType],
    ...[row.endAt, row.extra, row.latestHeartbeatAt, row.startAt, row.state],
  ],
};

export function columnsOf<T>({ key, fixed, columns }: ProjectedTable<T>): readonly string[] {
  return [...key, ...fixed, ...columns];
}

/**
 * One statement for many rows: they come as the first parameter, a JSON list of lists. What all of them share (by place in
 * `columnsOf`) is left out there and follows as parameters, because taking a value out of JSON costs more than writing it.
 */
export function upsertSql<T>(table: ProjectedTable<T>, shared: readonly number[] = []): string {
  const names = columnsOf(table);
  let own = 0;
  const values = names.map((name, index) => {
    const place = shared.indexOf(index);
    return place < 0 ? `value ${table.json.includes(name) ? "->" : "->>"} ${own++}` : `?${place + 2}`;
  });
  const conflict =
    table.columns.length === 0
      ? "NOTHING"
      : `UPDATE SET ${table.columns.map((name) => `${name} = excluded.${name}`).join(", ")} WHERE ${table.guard}`;
  // "WHERE true" because SQLite would otherwise read ON CONFLICT as the ON of a join.
  return `INSERT INTO ${table.name} (${names.join(", ")}) SELECT ${values.join(", ")} FROM json_each(?1) WHERE true
ON CONFLICT (${table.key.join(", ")}) DO ${conflict}`;
}
