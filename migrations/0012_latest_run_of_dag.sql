-- What the list of DAGs sorts and filters by, and how far behind each DAG's rows are. Both are written beside the rows that
-- a flush brings, and only when they change. No index: a walk over one row per DAG costs less than a billed write per run.
ALTER TABLE dag ADD COLUMN latest_run_at INTEGER;
ALTER TABLE dag ADD COLUMN latest_run_state TEXT CHECK (latest_run_state IN ('queued', 'running', 'success', 'failed'));

-- Since when changes wait that the last flush could not take along; null when it took all.
ALTER TABLE dag ADD COLUMN behind_since_at INTEGER;

UPDATE dag SET (latest_run_at, latest_run_state) = (
  SELECT r.run_after_at, r.state FROM live_dag_run AS r WHERE r.dag_id = dag.dag_id
  ORDER BY r.run_after_at DESC, r.run_id DESC LIMIT 1
);
