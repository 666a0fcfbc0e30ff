-- Backfills, projected from the schedulers (see 0001). Their runs are rows of dag_run like all others.
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

-- One of any DAG, and the latest of all DAGs (backfills.get, backfills.list): ids grow with time.
CREATE INDEX backfill_by_id ON backfill (backfill_id);

CREATE VIEW live_backfill AS
SELECT * FROM backfill AS b
WHERE NOT EXISTS (SELECT 1 FROM dag AS d WHERE d.dag_id = b.dag_id AND d.deleted_version >= b.version);
