-- What happens: DAG runs, task instances and their past tries, XComs, callbacks. All projected (see 0001): guarded by
-- `version`, no foreign keys, and `dag_run.deleted_version` hides whatever belongs to a deleted run.
--
-- Each index that a write touches is one more billed row write, also when the new value equals the old one: assigning
-- an indexed column is enough. So the upserts never assign `run_after_at`, and the tables of tasks have one narrow index.
-- The state lists name every state from the first day on: adding one to a CHECK means copying the table.

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
  version_number INTEGER NOT NULL,
  PRIMARY KEY (dag_id, run_id),
  CHECK ((state IN ('success', 'failed')) = (end_at IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- The latest runs of one DAG or of each of many (dagRuns.latestPerDag, the grid, the DAG's page of runs).
CREATE INDEX dag_run_by_dag ON dag_run (dag_id, run_after_at);

-- The latest runs of all DAGs, and those of the last day (dagRuns.list and countByState without a DAG).
CREATE INDEX dag_run_by_time ON dag_run (run_after_at);

-- Live runs of all DAGs, and through them every live task instance (dagRuns.list, taskInstances.list by live states).
CREATE INDEX dag_run_live ON dag_run (run_after_at) WHERE state IN ('queued', 'running');

-- Finds tombstones to sweep; holds only those.
CREATE INDEX dag_run_deleted ON dag_run (deleted_at) WHERE deleted_at IS NOT NULL;

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
  version INTEGER NOT NULL,
  PRIMARY KEY (dag_id, run_id, task_id, map_index),
  -- A finished one always has its end; a waiting one may keep the end of its last try.
  CHECK (end_at IS NOT NULL OR state NOT IN ('success', 'failed', 'skipped', 'upstream_failed', 'removed')),
  CHECK (state <> 'running' OR (start_at IS NOT NULL AND end_at IS NULL))
) STRICT, WITHOUT ROWID;

-- The latest failures of all DAGs (taskInstances.list and countByState by state `failed`). Only failures: an index over
-- live states would be written two or three times per task; those are found through their live runs instead.
CREATE INDEX task_instance_failed ON task_instance (end_at) WHERE state = 'failed';

-- Past tries, as each ended. The current try is in task_instance.
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
  version INTEGER NOT NULL,
  PRIMARY KEY (dag_id, run_id, task_id, map_index, try_number)
) STRICT, WITHOUT ROWID;

-- Previews of results and where the large ones lie; the values themselves are in the DAG's object or the object store.
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

-- Finds values of cleared task instances to sweep; holds only those.
CREATE INDEX xcom_deleted ON xcom (at) WHERE is_deleted = 1;

-- Deliveries of callbacks that have no task of their own to run in: of DAGs, of deadlines, of lost tries.
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
  version INTEGER NOT NULL,
  PRIMARY KEY (dag_id, run_id, callback_id),
  CHECK ((state IN ('success', 'failed')) = (end_at IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE VIEW live_dag_run AS
SELECT * FROM dag_run AS r
WHERE r.version > r.deleted_version
  AND NOT EXISTS (SELECT 1 FROM dag AS d WHERE d.dag_id = r.dag_id AND d.deleted_version >= r.version);

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

CREATE VIEW live_callback AS
SELECT * FROM callback AS c
WHERE NOT EXISTS (SELECT 1 FROM dag_run AS r WHERE r.dag_id = c.dag_id AND r.run_id = c.run_id AND r.deleted_version >= c.version)
  AND NOT EXISTS (SELECT 1 FROM dag AS d WHERE d.dag_id = c.dag_id AND d.deleted_version >= c.version);
