CREATE INDEX backfill_by_id ON backfill (backfill_id);

CREATE INDEX dag_run_by_backfill ON dag_run (backfill_id, run_after_at) WHERE backfill_id IS NOT NULL;

CREATE INDEX dag_run_by_dag ON dag_run (dag_id, run_after_at);

CREATE INDEX dag_run_by_time ON dag_run (run_after_at);

CREATE INDEX dag_run_deleted ON dag_run (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE INDEX dag_run_live ON dag_run (run_after_at) WHERE state IN ('queued', 'running');

CREATE INDEX dag_tag_by_name ON dag_tag (name);

CREATE INDEX event_log_by_dag ON event_log (dag_id);

CREATE INDEX login_attempt_by_account ON login_attempt (account, at);

CREATE INDEX login_attempt_by_address ON login_attempt (address, at);

CREATE INDEX task_instance_failed ON task_instance (end_at) WHERE state = 'failed';

CREATE INDEX xcom_deleted ON xcom (at) WHERE is_deleted = 1;

CREATE TABLE api_token (
  token_id TEXT NOT NULL PRIMARY KEY,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  name TEXT NOT NULL,
  revoked_at INTEGER,
  -- Looked up with every request that carries a bearer token (apiTokens.find); UNIQUE is its index.
  token_hash TEXT NOT NULL UNIQUE,
  used_at INTEGER,
  user_id TEXT NOT NULL REFERENCES user (user_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE backfill (
  dag_id TEXT NOT NULL,
  backfill_id INTEGER NOT NULL,
  completed_at INTEGER,
  conf TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  is_paused INTEGER NOT NULL,
  is_reverse INTEGER NOT NULL,
  max_active_runs INTEGER NOT NULL,
  reprocess TEXT NOT NULL CHECK (reprocess IN ('none', 'failed', 'completed')),
  to_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (dag_id, backfill_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE callback (
  dag_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  callback_id TEXT NOT NULL,
  attempt_count INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  end_at INTEGER,
  error TEXT,
  event TEXT NOT NULL,
  map_index INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'success', 'failed')),
  -- Null for a callback of the run itself.
  task_id TEXT,
  version INTEGER NOT NULL, try_number INTEGER,
  PRIMARY KEY (dag_id, run_id, callback_id),
  CHECK ((state IN ('success', 'failed')) = (end_at IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE dag (
  dag_id TEXT NOT NULL PRIMARY KEY,
  -- Set with the tombstone, for the sweep; stays set after a come-back until the old rows are gone.
  deleted_at INTEGER,
  deleted_version INTEGER NOT NULL DEFAULT 0,
  description TEXT,
  file_path TEXT NOT NULL,
  has_import_error INTEGER NOT NULL CHECK (has_import_error IN (0, 1)),
  is_paused INTEGER NOT NULL CHECK (is_paused IN (0, 1)),
  is_retired INTEGER NOT NULL CHECK (is_retired IN (0, 1)),
  max_active_runs INTEGER NOT NULL,
  max_active_tasks INTEGER,
  next_logical_at INTEGER,
  next_run_after_at INTEGER,
  -- No index: the watchdog reads the whole table once a minute, which costs less than a thousandth of what two more
  -- billed row writes at every change of the schedule cursor would, and the table has one row per DAG.
  next_wake_at INTEGER,
  owner TEXT NOT NULL,
  schedule_text TEXT,
  -- Hash of the id, for the watchdog's one sixtieth per minute; SQLite has no hash function of its own.
  slice INTEGER NOT NULL CHECK (slice BETWEEN 0 AND 59),
  timezone TEXT,
  version INTEGER NOT NULL,
  version_number INTEGER NOT NULL
, latest_run_at INTEGER, latest_run_state TEXT CHECK (latest_run_state IN ('queued', 'running', 'success', 'failed')), behind_since_at INTEGER) STRICT, WITHOUT ROWID;

CREATE TABLE dag_run (
  dag_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  clear_number INTEGER NOT NULL,
  conf TEXT NOT NULL,
  data_interval_end_at INTEGER,
  data_interval_start_at INTEGER,
  deleted_at INTEGER,
  deleted_version INTEGER NOT NULL DEFAULT 0,
  end_at INTEGER,
  logical_at INTEGER,
  note TEXT,
  queued_at INTEGER NOT NULL,
  reason TEXT,
  run_after_at INTEGER NOT NULL,
  run_type TEXT NOT NULL CHECK (run_type IN ('scheduled', 'manual', 'backfill', 'asset_triggered')),
  start_at INTEGER,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'success', 'failed')),
  triggered_by TEXT NOT NULL,
  version INTEGER NOT NULL,
  version_number INTEGER NOT NULL, backfill_id INTEGER,
  PRIMARY KEY (dag_id, run_id),
  CHECK ((state IN ('success', 'failed')) = (end_at IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE dag_tag (
  dag_id TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (dag_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE dag_version (
  dag_id TEXT NOT NULL,
  version_number INTEGER NOT NULL,
  bundle_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  file_path TEXT NOT NULL,
  source TEXT NOT NULL,
  source_hash TEXT NOT NULL,
  spec_hash TEXT NOT NULL,
  spec_json TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (dag_id, version_number)
) STRICT;

CREATE TABLE default_view (
  user_id TEXT NOT NULL REFERENCES user (user_id) ON DELETE CASCADE,
  page TEXT NOT NULL,
  saved_view_id TEXT NOT NULL REFERENCES saved_view (saved_view_id) ON DELETE CASCADE,
  PRIMARY KEY (user_id, page)
) STRICT, WITHOUT ROWID;

CREATE TABLE event_log (
  event_log_id INTEGER PRIMARY KEY,
  actor TEXT NOT NULL,
  at INTEGER NOT NULL,
  dag_id TEXT,
  event TEXT NOT NULL,
  event_id TEXT NOT NULL UNIQUE,
  extra TEXT,
  map_index INTEGER,
  run_id TEXT,
  task_id TEXT,
  try_number INTEGER
) STRICT;

CREATE TABLE import_error (
  import_error_id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  bundle_id TEXT NOT NULL,
  -- The DAG that the file defined last, if it ever did: who may read that DAG may read the error.
  dag_id TEXT,
  file_path TEXT NOT NULL UNIQUE,
  stacktrace TEXT NOT NULL
) STRICT;

CREATE TABLE job (
  job_id TEXT NOT NULL PRIMARY KEY,
  dag_id TEXT,
  end_at INTEGER,
  extra TEXT,
  job_type TEXT NOT NULL CHECK (job_type IN (
    'SchedulerJob', 'DagProcessorJob', 'WatchdogJob', 'WorkerJob', 'BackfillJob', 'TriggererJob'
  )),
  latest_heartbeat_at INTEGER NOT NULL,
  start_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'success', 'failed')),
  CHECK ((state = 'running') = (end_at IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE login_attempt (
  attempt_id INTEGER PRIMARY KEY,
  account TEXT NOT NULL COLLATE NOCASE,
  address TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE projection_error (
  dag_id TEXT NOT NULL,
  table_name TEXT NOT NULL,
  row_key TEXT NOT NULL,
  at INTEGER NOT NULL,
  message TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (dag_id, table_name, row_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE saved_view (
  saved_view_id TEXT NOT NULL PRIMARY KEY,
  created_at INTEGER NOT NULL,
  is_shared INTEGER NOT NULL CHECK (is_shared IN (0, 1)),
  name TEXT NOT NULL,
  -- Path of the page it belongs to, such as `/dags`.
  page TEXT NOT NULL,
  -- The address's query, without the question mark.
  query TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES user (user_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
  session_hash TEXT NOT NULL PRIMARY KEY,
  address TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  -- Absolute end; the idle limit is counted from `seen_at`.
  expires_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  user_agent TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES user (user_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE task_instance (
  dag_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  task_id TEXT NOT NULL,
  map_index INTEGER NOT NULL,
  bundle_id TEXT,
  end_at INTEGER,
  -- JSON of name, message and stack.
  error TEXT,
  executor TEXT NOT NULL,
  log_chunk_count INTEGER NOT NULL,
  max_tries INTEGER NOT NULL,
  next_retry_at INTEGER,
  pool TEXT NOT NULL,
  pool_slots INTEGER NOT NULL,
  priority_weight INTEGER NOT NULL,
  queue TEXT,
  queued_at INTEGER,
  reason TEXT,
  start_at INTEGER,
  state TEXT NOT NULL CHECK (state IN (
    'none', 'scheduled', 'queued', 'running', 'success', 'restarting', 'failed', 'up_for_retry', 'up_for_reschedule',
    'upstream_failed', 'skipped', 'removed', 'deferred'
  )),
  token INTEGER NOT NULL,
  try_number INTEGER NOT NULL,
  version INTEGER NOT NULL, note TEXT, rendered_map_index TEXT,
  PRIMARY KEY (dag_id, run_id, task_id, map_index),
  -- A finished one always has its end; a waiting one may keep the end of its last try.
  CHECK (end_at IS NOT NULL OR state NOT IN ('success', 'failed', 'skipped', 'upstream_failed', 'removed')),
  CHECK (state <> 'running' OR (start_at IS NOT NULL AND end_at IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE task_instance_history (
  dag_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  task_id TEXT NOT NULL,
  map_index INTEGER NOT NULL,
  try_number INTEGER NOT NULL,
  bundle_id TEXT,
  end_at INTEGER,
  error TEXT,
  executor TEXT NOT NULL,
  log_chunk_count INTEGER NOT NULL,
  max_tries INTEGER NOT NULL,
  next_retry_at INTEGER,
  pool TEXT NOT NULL,
  pool_slots INTEGER NOT NULL,
  priority_weight INTEGER NOT NULL,
  queue TEXT,
  queued_at INTEGER,
  reason TEXT,
  start_at INTEGER,
  state TEXT NOT NULL CHECK (state IN (
    'none', 'scheduled', 'queued', 'running', 'success', 'restarting', 'failed', 'up_for_retry', 'up_for_reschedule',
    'upstream_failed', 'skipped', 'removed', 'deferred'
  )),
  token INTEGER NOT NULL,
  version INTEGER NOT NULL, note TEXT, rendered_map_index TEXT,
  PRIMARY KEY (dag_id, run_id, task_id, map_index, try_number)
) STRICT, WITHOUT ROWID;

CREATE TABLE user (
  user_id TEXT NOT NULL PRIMARY KEY,
  created_at INTEGER NOT NULL,
  is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  password_hash TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('admin', 'op', 'user', 'viewer'))
) STRICT, WITHOUT ROWID;

CREATE TABLE version_display (
  dag_id TEXT NOT NULL,
  source_hash TEXT NOT NULL,
  spec_hash TEXT NOT NULL,
  display TEXT NOT NULL,
  PRIMARY KEY (dag_id, source_hash, spec_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE xcom (
  dag_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  task_id TEXT NOT NULL,
  map_index INTEGER NOT NULL,
  key TEXT NOT NULL,
  at INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  is_deleted INTEGER NOT NULL CHECK (is_deleted IN (0, 1)),
  is_truncated INTEGER NOT NULL CHECK (is_truncated IN (0, 1)),
  preview TEXT NOT NULL,
  ref TEXT,
  version INTEGER NOT NULL,
  PRIMARY KEY (dag_id, run_id, task_id, map_index, key)
) STRICT, WITHOUT ROWID;

CREATE VIEW live_backfill AS
SELECT * FROM backfill AS b
WHERE NOT EXISTS (SELECT 1 FROM dag AS d WHERE d.dag_id = b.dag_id AND d.deleted_version >= b.version);

CREATE VIEW live_callback AS
SELECT * FROM callback AS c
WHERE NOT EXISTS (SELECT 1 FROM dag_run AS r WHERE r.dag_id = c.dag_id AND r.run_id = c.run_id AND r.deleted_version >= c.version)
  AND NOT EXISTS (SELECT 1 FROM dag AS d WHERE d.dag_id = c.dag_id AND d.deleted_version >= c.version);

CREATE VIEW live_dag AS
SELECT * FROM dag WHERE version > deleted_version;

CREATE VIEW live_dag_run AS
SELECT * FROM dag_run AS r
WHERE r.version > r.deleted_version
  AND NOT EXISTS (SELECT 1 FROM dag AS d WHERE d.dag_id = r.dag_id AND d.deleted_version >= r.version);

CREATE VIEW live_dag_version AS
SELECT * FROM dag_version AS v
WHERE NOT EXISTS (SELECT 1 FROM dag AS d WHERE d.dag_id = v.dag_id AND d.deleted_version >= v.version);

CREATE VIEW live_task_instance AS
SELECT * FROM task_instance AS t
WHERE NOT EXISTS (SELECT 1 FROM dag_run AS r WHERE r.dag_id = t.dag_id AND r.run_id = t.run_id AND r.deleted_version >= t.version)
  AND NOT EXISTS (SELECT 1 FROM dag AS d WHERE d.dag_id = t.dag_id AND d.deleted_version >= t.version);

CREATE VIEW live_task_instance_history AS
SELECT * FROM task_instance_history AS t
WHERE NOT EXISTS (SELECT 1 FROM dag_run AS r WHERE r.dag_id = t.dag_id AND r.run_id = t.run_id AND r.deleted_version >= t.version)
  AND NOT EXISTS (SELECT 1 FROM dag AS d WHERE d.dag_id = t.dag_id AND d.deleted_version >= t.version);

CREATE VIEW live_xcom AS
SELECT * FROM xcom AS x
WHERE x.is_deleted = 0
  AND NOT EXISTS (SELECT 1 FROM dag_run AS r WHERE r.dag_id = x.dag_id AND r.run_id = x.run_id AND r.deleted_version >= x.version)
  AND NOT EXISTS (SELECT 1 FROM dag AS d WHERE d.dag_id = x.dag_id AND d.deleted_version >= x.version);
