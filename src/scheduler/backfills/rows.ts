/** Backfills as rows: what was asked for, how far it is, and which dates got no run. */
import type { JobProjection } from "../../catalog/projection.ts";
import type { DagId } from "../../dag/ids.ts";
import { type BackfillFacts, setBackfill } from "../../engine/backfill.ts";
import type { DagState } from "../../engine/dag-state.ts";
import type { Json } from "../../lib/json.ts";
import type { BackfillView, ReprocessBehavior } from "../../platform.ts";
import type { Loaded } from "../load.ts";
import type { StateRow, StateSql } from "../ports.ts";
import { numberOrNull } from "../rows.ts";

/** What is still to be done: its runs are made, or its queued ones are cancelled, in parts that outlive the object's memory. */
export type BackfillWork = "create" | "cancel";

export interface NewBackfill {
  readonly id: number;
  readonly fromAt: number;
  readonly toAt: number;
  readonly isReverse: boolean;
  readonly reprocess: ReprocessBehavior;
  readonly maxActiveRuns: number;
  /** JSON text of an object. */
  readonly conf: string;
  /** The version whose schedule has the dates. */
  readonly versionNumber: number;
  readonly createdBy: string;
}

export function insertBackfill(sql: StateSql, loaded: Loaded, backfill: NewBackfill, now: number): void {
  sql.exec(
    `INSERT INTO backfill (id, from_at, to_at, is_reverse, reprocess, max_active_runs, conf, work, version_number,
       created_by, created_at, updated_at, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'create', ?8, ?9, ?10, ?10, ?11)`,
    backfill.id,
    backfill.fromAt,
    backfill.toAt,
    backfill.isReverse ? 1 : 0,
    backfill.reprocess,
    backfill.maxActiveRuns,
    backfill.conf,
    backfill.versionNumber,
    backfill.createdBy,
    now,
    noteChange(loaded, backfill.id),
  );
}

/** A change of a column or more; the catalog is told. */
export function updateBackfill(
  sql: StateSql,
  loaded: Loaded,
  id: number,
  change: {
    readonly isPaused?: boolean;
    readonly work?: BackfillWork | null;
    readonly doneCount?: number;
    readonly completedAt?: number;
  },
  now: number,
): void {
  const { isPaused, work, doneCount, completedAt } = change;
  sql.exec(
    `UPDATE backfill SET is_paused = coalesce(?2, is_paused), work = CASE WHEN ?3 THEN ?4 ELSE work END,
       done_count = coalesce(?5, done_count), completed_at = coalesce(completed_at, ?6), updated_at = ?7, version = ?8
     WHERE id = ?1`,
    id,
    isPaused === undefined ? null : Number(isPaused),
    work === undefined ? 0 : 1,
    work ?? null,
    doneCount ?? null,
    completedAt ?? null,
    now,
    noteChange(loaded, id),
  );
}

function noteChange(loaded: Loaded, id: number): number {
  loaded.state.sequence += 1;
  loaded.unflushedBackfills.add(id);
  return loaded.state.sequence;
}

export function findBackfill(sql: StateSql, id: number): StateRow | null {
  return sql.exec("SELECT * FROM backfill WHERE id = ?", id)[0] ?? null;
}

/** The one that is not completed; a DAG has one at most. */
export function openBackfill(sql: StateSql): StateRow | null {
  return sql.exec("SELECT * FROM backfill WHERE completed_at IS NULL LIMIT 1")[0] ?? null;
}

/** Those with work that is not done. */
export function unfinishedWork(sql: StateSql): readonly StateRow[] {
  return sql.exec("SELECT * FROM backfill WHERE work IS NOT NULL ORDER BY id");
}

/** What the engine must know of it. */
export function factsOf(sql: StateSql, row: StateRow): BackfillFacts {
  const id = Number(row["id"]);
  const [queued] = sql.exec("SELECT count(*) AS count FROM dag_run WHERE state = 'queued' AND backfill_id = ?", id);
  return {
    id,
    maxActiveRuns: Number(row["max_active_runs"]),
    isHeld: row["work"] === "cancel" || (row["is_paused"] === 1 && row["completed_at"] === null),
    isUnderWay: row["work"] !== null,
    isCompleted: row["completed_at"] !== null,
    queuedRunCount: Number(queued?.["count"] ?? 0),
  };
}

/** Before the engine sees a run of a backfill. */
export function knowBackfill(sql: StateSql, state: DagState, id: number): void {
  if (state.backfills.has(id)) return;
  const row = findBackfill(sql, id);
  if (row === null) throw new Error(`Assertion failed: a run belongs to backfill ${id}, which has no row`);
  setBackfill(state, factsOf(sql, row));
}

/** After a start of the object: those that are not completed, or have queued or running runs all the same. */
export function restoreBackfills(sql: StateSql, state: DagState): void {
  const rows = sql.exec(
    `SELECT id FROM backfill WHERE completed_at IS NULL OR work IS NOT NULL
     UNION SELECT backfill_id FROM dag_run WHERE state IN ('queued', 'running') AND backfill_id IS NOT NULL ORDER BY 1`,
  );
  for (const row of rows) knowBackfill(sql, state, Number(row["id"]));
}

export function unflushedBackfills(sql: StateSql, flushedVersion: number): Set<number> {
  return new Set(sql.exec("SELECT id FROM backfill WHERE version > ?", flushedVersion).map((row) => Number(row["id"])));
}

export function readBackfillViews(
  sql: StateSql,
  dagId: DagId,
  ids: readonly number[],
  version: number,
): readonly BackfillView[] {
  if (ids.length === 0) return [];
  const rows = sql.exec("SELECT * FROM backfill WHERE id IN (SELECT value FROM json_each(?1))", JSON.stringify(ids));
  return rows.map((row) => backfillView(dagId, row, version));
}

export function backfillView(dagId: DagId, row: StateRow, version: number): BackfillView {
  return {
    id: Number(row["id"]),
    dagId,
    fromAt: Number(row["from_at"]),
    toAt: Number(row["to_at"]),
    isReverse: row["is_reverse"] === 1,
    reprocess: String(row["reprocess"]) as ReprocessBehavior,
    maxActiveRuns: Number(row["max_active_runs"]),
    conf: JSON.parse(String(row["conf"])) as Json,
    isPaused: row["is_paused"] === 1,
    createdBy: String(row["created_by"]),
    createdAt: Number(row["created_at"]),
    updatedAt: Number(row["updated_at"]),
    completedAt: numberOrNull(row["completed_at"]),
    version,
  };
}

/** Airflow's job of a backfill; its sign of life is the last change. */
export function backfillJob(backfill: BackfillView): JobProjection {
  return {
    jobId: `backfill:${backfill.id}`,
    jobType: "BackfillJob",
    dagId: backfill.dagId,
    state: backfill.completedAt === null ? "running" : "success",
    startAt: backfill.createdAt,
    endAt: backfill.completedAt,
    latestHeartbeatAt: backfill.updatedAt,
    extra: null,
  };
}
