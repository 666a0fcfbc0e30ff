/** Rows of `dag_run` as they are made and looked up. */
import { addRun, removeRun } from "../engine/dag-run.ts";
import type { RunState } from "../engine/run-state.ts";
import type { DagRunType } from "../engine/states.ts";
import { newStep } from "../engine/step.ts";
import { addDeadlinesOfNewRun } from "./callbacks/deadlines.ts";
import { type Loaded, readRun } from "./load.ts";
import type { StateRow, StateSql } from "./ports.ts";

export interface NewRun {
  readonly runId: string;
  readonly runType: DagRunType;
  readonly logicalAt: number | null;
  readonly dataIntervalStartAt: number | null;
  readonly dataIntervalEndAt: number | null;
  readonly runAfterAt: number;
  readonly queuedAt: number;
  /** JSON text of an object. */
  readonly conf: string;
  readonly note: string | null;
  readonly triggeredBy: string;
  readonly idempotencyKey: string | null;
  readonly bodyHash: string | null;
}

/**
 * Writes a queued run pinned to the present version. A run that is there already, by its id or its logical date, stays as
 * it is and covers the interval.
 */
export function insertRun(sql: StateSql, loaded: Loaded, run: NewRun): void {
  const { state } = loaded;
  state.sequence += 1;
  const [row] = sql.exec(
    `INSERT INTO dag_run (run_id, run_type, state, version_number, logical_at, data_interval_start_at,
       data_interval_end_at, run_after_at, queued_at, conf, note, triggered_by, idempotency_key, body_hash, version)
     VALUES (?1, ?2, 'queued', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT DO NOTHING RETURNING seq`,
    run.runId,
    run.runType,
    state.graph?.versionNumber ?? 0,
    run.logicalAt,
    run.dataIntervalStartAt,
    run.dataIntervalEndAt,
    run.runAfterAt,
    run.queuedAt,
    run.conf,
    run.note,
    run.triggeredBy,
    run.idempotencyKey,
    run.bodyHash,
    state.sequence,
  );
  if (row === undefined) return;
  const seq = Number(row["seq"]);
  loaded.unflushedRows.add(seq);
  addDeadlinesOfNewRun(sql, loaded, { ...run, seq });
}

export function findRun(sql: StateSql, runId: string): StateRow | null {
  return sql.exec("SELECT * FROM dag_run WHERE run_id = ?", runId)[0] ?? null;
}

export function findRunByLogicalDate(sql: StateSql, logicalAt: number): StateRow | null {
  return sql.exec("SELECT * FROM dag_run WHERE logical_at = ?", logicalAt)[0] ?? null;
}

export function findRunByKey(sql: StateSql, idempotencyKey: string): StateRow | null {
  return sql.exec("SELECT * FROM dag_run WHERE idempotency_key = ?", idempotencyKey)[0] ?? null;
}

/** Takes a run into memory for a change; it leaves again once the catalog has it. */
export function takeRun(sql: StateSql, loaded: Loaded, runId: string, now: number): RunState | null {
  const live = loaded.state.runsById.get(runId);
  if (live !== undefined) return live;
  const row = findRun(sql, runId);
  if (row === null) return null;
  const run = readRun(sql, loaded, row);
  addRun(newStep(loaded.state, now), run);
  return run;
}

/** A run that was only looked at. */
export function letGo(loaded: Loaded, run: RunState): void {
  const isUnflushed = loaded.unflushedRuns.has(run) || loaded.unflushedRows.has(run.seq);
  if (run.state !== "running" && run.followers.size === 0 && !isUnflushed) removeRun(loaded.state, run);
}
