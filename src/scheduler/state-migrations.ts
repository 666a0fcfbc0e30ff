/**
 * The tables inside each scheduler's own SQLite. Append-only: what was applied must be a prefix of this list. The tables
 * have few indexes, because the platform bills each touched index as a row written.
 */
import { hasTables, migrateTables } from "../lib/migrate-tables.ts";
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
  // What a user wrote down about a task instance.
  `ALTER TABLE task_instance ADD COLUMN note TEXT;`,

  // Lengths of mapped results, numbers of instances, decisions of branches: what task instances do not tell themselves.
  `CREATE TABLE run_shape (
     run_seq INTEGER NOT NULL,
     kind TEXT NOT NULL CHECK (kind IN ('length', 'expansion', 'decision')),
     key TEXT NOT NULL,
     value TEXT NOT NULL,
     PRIMARY KEY (run_seq, kind, key)
   ) STRICT, WITHOUT ROWID;`,
  `-- Callbacks to deliver, and those that were, as long as their run stays.
   CREATE TABLE callback (
     id INTEGER PRIMARY KEY,
     run_seq INTEGER NOT NULL,
     -- Names what it answers, so that an event which is told twice leaves one row.
     cause TEXT NOT NULL,
     order_json TEXT NOT NULL,
     is_local INTEGER NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'success', 'failed')),
     token INTEGER NOT NULL,
     invocation TEXT,
     attempt_count INTEGER NOT NULL DEFAULT 0,
     send_count INTEGER NOT NULL DEFAULT 0,
     -- When a queued one is sent, again or for the first time; when a running one is taken for lost.
     due_at INTEGER,
     created_at INTEGER NOT NULL,
     end_at INTEGER,
     error TEXT,
     log_chunk_count INTEGER NOT NULL DEFAULT 0,
     version INTEGER NOT NULL,
     UNIQUE (run_seq, cause),
     CHECK ((state IN ('success', 'failed')) = (end_at IS NOT NULL)),
     CHECK ((end_at IS NULL) = (due_at IS NOT NULL))
   ) STRICT;
   CREATE INDEX callback_due ON callback (due_at) WHERE due_at IS NOT NULL;
   -- What a start of the object has to flush.
   CREATE INDEX callback_version ON callback (version);

   -- By when runs are to have succeeded; gone once they have, or once it was missed.
   CREATE TABLE deadline (
     run_seq INTEGER NOT NULL,
     deadline_index INTEGER NOT NULL,
     due_at INTEGER NOT NULL,
     PRIMARY KEY (run_seq, deadline_index)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX deadline_due ON deadline (due_at);

   -- Numbers of the runs that failed since the last success, for a DAG that is to pause after so many.
   ALTER TABLE dag ADD COLUMN failed_runs TEXT NOT NULL DEFAULT '[]';`,

  // The pools that other DAGs share, as the `Limits` object told them last.
  `CREATE TABLE shared_limits (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     view TEXT NOT NULL,
     -- 1 once slots were asked for or held, so that a start of the object tells what is left of them.
     is_used INTEGER NOT NULL DEFAULT 0
   ) STRICT;`,

  // What the author's function calls a mapped task instance: of the try that ended last, and of those before it.
  `ALTER TABLE task_instance ADD COLUMN instance_name TEXT;
   ALTER TABLE task_instance_history ADD COLUMN instance_name TEXT;`,

  `CREATE TABLE backfill (
     id INTEGER PRIMARY KEY,
     from_at INTEGER NOT NULL,
     to_at INTEGER NOT NULL,
     is_reverse INTEGER NOT NULL,
     reprocess TEXT NOT NULL CHECK (reprocess IN ('none', 'failed', 'completed')),
     max_active_runs INTEGER NOT NULL,
     conf TEXT NOT NULL,
     is_paused INTEGER NOT NULL DEFAULT 0,
     -- What is still to be done, and how many dates are done: a start of the object goes on from there.
     work TEXT CHECK (work IN ('create', 'cancel')),
     done_count INTEGER NOT NULL DEFAULT 0,
     -- The version whose schedule has the dates.
     version_number INTEGER NOT NULL,
     created_by TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     updated_at INTEGER NOT NULL,
     completed_at INTEGER,
     version INTEGER NOT NULL
   ) STRICT;

   -- Dates of a backfill that got no run.
   CREATE TABLE backfill_skip (
     backfill_id INTEGER NOT NULL,
     sort_ordinal INTEGER NOT NULL,
     logical_at INTEGER NOT NULL,
     reason TEXT NOT NULL,
     PRIMARY KEY (backfill_id, sort_ordinal)
   ) STRICT, WITHOUT ROWID;

   ALTER TABLE dag_run ADD COLUMN backfill_id INTEGER;
   ALTER TABLE dag_run ADD COLUMN sort_ordinal INTEGER;
   -- Which run starts next: of those of no backfill, and of each backfill.
   DROP INDEX dag_run_queued;
   CREATE INDEX dag_run_queued ON dag_run (run_after_at, seq) WHERE state = 'queued' AND backfill_id IS NULL;
   CREATE INDEX dag_run_of_backfill ON dag_run (state, backfill_id, sort_ordinal) WHERE backfill_id IS NOT NULL;`,

  // Numbers of runs are never given again: what was once told of a run is not another's.
  "ALTER TABLE dag ADD COLUMN last_run_seq INTEGER NOT NULL DEFAULT 0;",

  // A deletion that was asked for, and goes on after a crash.
  "ALTER TABLE dag ADD COLUMN is_being_deleted INTEGER NOT NULL DEFAULT 0;",

  // What waited for its first try when the catalog was told all of it, as one number; null since something else waits.
  "ALTER TABLE dag ADD COLUMN told_waiting INTEGER;",
];

export function migrateState(sql: StateSql): void {
  migrateTables(sql, STATE_MIGRATIONS);
}

/** Whether this object was ever migrated; reads only. */
export function hasState(sql: StateSql): boolean {
  return hasTables(sql);
}
