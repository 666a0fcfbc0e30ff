-- What runs the deployment: jobs and their heartbeats, the audit log, and rows that could not be projected.

-- Projected, but guarded by the heartbeat instead of a row version: a job is not a part of one DAG's sequence. One row per
-- DAG that ever woke plus one per sync of the bundle, so reads may walk it all and it needs no index.
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

-- Airflow's `log`. The number is the order of arrival: reads and the sweep go by it. The text id makes a repeat harmless.
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

-- The audit log of one DAG, newest first: the index ends in the row's number by itself (eventLog.list with a DAG).
CREATE INDEX event_log_by_dag ON event_log (dag_id);

-- A row that the catalog refused for good: the rest of its batch went on without it.
CREATE TABLE projection_error (
  dag_id TEXT NOT NULL,
  table_name TEXT NOT NULL,
  row_key TEXT NOT NULL,
  at INTEGER NOT NULL,
  message TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (dag_id, table_name, row_key)
) STRICT, WITHOUT ROWID;
