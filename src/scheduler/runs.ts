/** Rows of `dag_run` as they are made and looked up. */
import { addRun, removeRun } from "../engine/dag-run.ts";
import type { RunOfBackfill, RunState } from "../engine/run-state.ts";
import type { DagRunType } from "../engine/states.ts";
import { newStep } from "../engine/step.ts";
import { addDeadlinesOfNewRun } from "./callbacks/deadlines.ts";
import { type Loaded, readRun } from "./load.ts";
import type { StateRow, StateSql } from "./ports.ts";
import { jsonLists, numberOrNull } from "./rows.ts";

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
  readonly backfill: RunOfBackfill | null;
}

const COLUMNS = `run_id, run_type, logical_at, data_interval_start_at, data_interval_end_at, run_after_at, queued_at, conf,
  note, triggered_by, idempotency_key, body_hash, backfill_id, sort_ordinal`;
const VALUES = Array.from({ length: 14 }, (_, index) => `value ->> ${index}`).join(", ");
const INSERT_RUNS = `INSERT INTO dag_run (${COLUMNS}, seq, state, version_number, version)
  SELECT ${VALUES}, (SELECT max(last_run_seq, coalesce((SELECT max(seq) FROM dag_run), 0)) FROM dag) + 1 + key,
    'queued', ?2, ?3 FROM json_each(?1) WHERE true
  ON CONFLICT DO NOTHING RETURNING seq, queued_at, logical_at`;

/**
 * Writes queued runs pinned to the present version. A run that is there already, by its id or its logical date, stays as
 * it is and covers the interval.
 */
export function insertRuns(sql: StateSql, loaded: Loaded, runs: readonly NewRun[]): void {
  const { state } = loaded;
  state.sequence += 1;
  const lists = jsonLists(
    runs.map((run) =>
      JSON.stringify([
        ...[run.runId, run.runType, run.logicalAt, run.dataIntervalStartAt, run.dataIntervalEndAt, run.runAfterAt],
        ...[run.queuedAt, run.conf, run.note, run.triggeredBy, run.idempotencyKey, run.bodyHash],
        ...[run.backfill?.id ?? null, run.backfill?.sortOrdinal ?? null],
      ]),
    ),
  );
  for (const list of lists) {
    for (const row of sql.exec(INSERT_RUNS, list, state.graph?.versionNumber ?? 0, state.sequence)) {
      const seq = Number(row["seq"]);
      loaded.unflushedRows.add(seq);
      const logicalAt = numberOrNull(row["logical_at"]);
      addDeadlinesOfNewRun(sql, loaded, { seq, queuedAt: Number(row["queued_at"]), logicalAt });
    }
  }
}

/** Queued runs fail without having started; none of them may be in memory. */
export function failQueuedRuns(
  sql: StateSql,
  loaded: Loaded,
  seqs: readonly number[],
  reason: "version_missing" | "cancelled",
  now: number,
): void {
  loaded.state.sequence += 1;
  sql.exec(
    `UPDATE dag_run SET state = 'failed', reason = ?4, start_at = coalesce(start_at, ?2), end_at = ?2, is_settled = 0,
       version = ?3 WHERE seq IN (SELECT value FROM json_each(?1))`,
    JSON.stringify(seqs),
    now,
    loaded.state.sequence,
    reason,
  );
  for (const seq of seqs) loaded.unflushedRows.add(seq);
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

/**
 * A run that was only looked at leaves again, unless it was in memory before: then it is live, or a flush that is under way
 * has its rows and may have to put them back.
 */
export function letGo(loaded: Loaded, run: RunState, { wasInMemory }: { readonly wasInMemory: boolean }): void {
  if (!wasInMemory) removeRun(loaded.state, run);
}
