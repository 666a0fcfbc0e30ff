/**
 * The tables inside each scheduler's own SQLite. Append-only: what was applied must be a prefix of this list. The tables
 * have few indexes, because the platform bills each touched index as a row written.
 */
import { assert } from "../lib/assert.ts";
import type { StateSql } from "./ports.ts";

export const STATE_MIGRATIONS: readonly string[] = [
  `CREATE TABLE dag (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     dag_id TEXT NOT NULL,
     is_paused INTEGER NOT NULL DEFAULT 0,
     is_retired INTEGER NOT NULL DEFAULT 0,
     has_import_error INTEGER NOT NULL DEFAULT 0,
     version_number INTEGER NOT NULL DEFAULT 0,
     file_path TEXT NOT NULL DEFAULT '',
     last_start_at INTEGER,
     last_end_at INTEGER,
     since_at INTEGER,
     -- No token or version is ever issued at or above this without raising it first, so that a start resumes above all.
     sequence_ceiling INTEGER NOT NULL,
     -- The catalog has every row up to this version.
     flushed_version INTEGER NOT NULL DEFAULT 0,
     version INTEGER NOT NULL DEFAULT 0
   ) STRICT;

   CREATE TABLE dag_version (
     version_number INTEGER PRIMARY KEY,
     spec TEXT NOT NULL,
     spec_hash TEXT NOT NULL,
     source TEXT NOT NULL,
     source_hash TEXT NOT NULL,
     bundle_id TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     version INTEGER NOT NULL
   ) STRICT;

   CREATE TABLE dag_run (
     seq INTEGER PRIMARY KEY,
     run_id TEXT NOT NULL UNIQUE,
     run_type TEXT NOT NULL CHECK (run_type IN ('scheduled', 'manual', 'backfill', 'asset_triggered')),
     state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'success', 'failed')),
     reason TEXT,
     version_number INTEGER NOT NULL,
     logical_at INTEGER,
     data_interval_start_at INTEGER,
     data_interval_end_at INTEGER,
     run_after_at INTEGER NOT NULL,
     queued_at INTEGER NOT NULL,
     start_at INTEGER,
     end_at INTEGER,
     clear_number INTEGER NOT NULL DEFAULT 0,
     conf TEXT NOT NULL,
     note TEXT,
     triggered_by TEXT NOT NULL,
     idempotency_key TEXT,
     body_hash TEXT,
     -- 1 once the catalog has the finished run whole; the others are flushed again after a start.
     is_settled INTEGER NOT NULL DEFAULT 0,
     version INTEGER NOT NULL,
     CHECK ((state IN ('success', 'failed')) = (end_at IS NOT NULL))
   ) STRICT;
   CREATE UNIQUE INDEX dag_run_logical_at ON dag_run (logical_at) WHERE logical_at IS NOT NULL;
   CREATE UNIQUE INDEX dag_run_idempotency_key ON dag_run (idempotency_key) WHERE idempotency_key IS NOT NULL;
   -- Which queued run starts next.
   CREATE INDEX dag_run_queued ON dag_run (run_after_at, seq) WHERE state = 'queued';
   -- What a start of the object takes into memory.
   CREATE INDEX dag_run_unsettled ON dag_run (seq) WHERE is_settled = 0;

   CREATE TABLE task_instance (
     run_seq INTEGER NOT NULL,
     task_id TEXT NOT NULL,
     map_index INTEGER NOT NULL,
     state TEXT NOT NULL,
     reason TEXT NOT NULL,
     try_number INTEGER NOT NULL,
     max_tries INTEGER NOT NULL,
     token INTEGER NOT NULL,
     lane TEXT NOT NULL,
     losses INTEGER NOT NULL,
     flags INTEGER NOT NULL,
     invocation TEXT,
     bundle_id TEXT,
     due_at INTEGER NOT NULL,
     queued_at INTEGER NOT NULL,
     start_at INTEGER NOT NULL,
     end_at INTEGER NOT NULL,
     log_chunk_count INTEGER NOT NULL DEFAULT 0,
     return_json TEXT,
     return_ref TEXT,
     error TEXT,
     version INTEGER NOT NULL,
     PRIMARY KEY (run_seq, task_id, map_index)
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE task_instance_history (
     run_seq INTEGER NOT NULL,
     task_id TEXT NOT NULL,
     map_index INTEGER NOT NULL,
     try_number INTEGER NOT NULL,
     state TEXT NOT NULL,
     reason TEXT NOT NULL,
     token INTEGER NOT NULL,
     bundle_id TEXT,
     queued_at INTEGER NOT NULL,
     start_at INTEGER NOT NULL,
     end_at INTEGER NOT NULL,
     log_chunk_count INTEGER NOT NULL,
     error TEXT,
     version INTEGER NOT NULL,
     PRIMARY KEY (run_seq, task_id, map_index, try_number)
   ) STRICT, WITHOUT ROWID;

   -- Values pushed under other keys than return_value, which lies in the task instance's own row.
   CREATE TABLE xcom (
     run_seq INTEGER NOT NULL,
     task_id TEXT NOT NULL,
     map_index INTEGER NOT NULL,
     key TEXT NOT NULL,
     json TEXT,
     ref TEXT,
     at INTEGER NOT NULL,
     version INTEGER NOT NULL,
     PRIMARY KEY (run_seq, task_id, map_index, key)
   ) STRICT, WITHOUT ROWID;

   -- Due intervals that got no run on purpose. With dag_run it covers every due interval exactly once.
   CREATE TABLE skipped_interval (
     seq INTEGER PRIMARY KEY,
     from_at INTEGER NOT NULL,
     to_at INTEGER NOT NULL,
     count INTEGER,
     reason TEXT NOT NULL
   ) STRICT;

   -- Audit events on their way to the catalog; gone once they are there.
   CREATE TABLE event (
     seq INTEGER PRIMARY KEY,
     body TEXT NOT NULL
   ) STRICT;

   -- Deleted runs of which the catalog still has to learn.
   CREATE TABLE tombstone (
     run_id TEXT PRIMARY KEY,
     version INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,

  // The wake-up that the catalog shows to the watchdog: a start of the object must know whether it tells wrongly.
  `ALTER TABLE dag ADD COLUMN projected_wake_at INTEGER;`,
];

/** Brings the tables up to date; does nothing but one read when they are. */
export function migrateState(sql: StateSql): void {
  sql.transaction(() => {
    sql.exec("CREATE TABLE IF NOT EXISTS _migration (number INTEGER PRIMARY KEY, sql TEXT NOT NULL) STRICT");
    const applied = sql.exec("SELECT number, sql FROM _migration ORDER BY number");
    applied.forEach((row, index) => {
      assert(row["sql"] === STATE_MIGRATIONS[index], `state migration ${index} was changed after it was applied`);
    });
    for (let number = applied.length; number < STATE_MIGRATIONS.length; number += 1) {
      const text = STATE_MIGRATIONS[number] ?? "";
      for (const statement of text.split(/;\s*(?:\n|$)/)) {
        if (statement.trim() !== "") sql.exec(statement);
      }
      sql.exec("INSERT INTO _migration (number, sql) VALUES (?, ?)", number, text);
    }
  });
}

/** Whether this object was ever migrated; reads only. */
export function hasState(sql: StateSql): boolean {
  return sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_migration'").length > 0;
}
