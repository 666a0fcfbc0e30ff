-- What authors write: DAGs, their tags and versions, and the files that failed to import.
--
-- dag, dag_tag and dag_version are projected: the truth is in the SQLite of each DAG's own object, rows arrive late,
-- twice or out of order, and `version` (one growing sequence per DAG) decides which one stays. So they have no foreign
-- keys, and a delete is a version too: `deleted_version` hides every row of the DAG up to that version, whenever that
-- row arrives. A DAG that comes back has a larger version and is seen again, its old rows are not.

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
) STRICT, WITHOUT ROWID;

CREATE TABLE dag_tag (
  dag_id TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (dag_id, name)
) STRICT, WITHOUT ROWID;

-- With rowids, unlike its neighbours: a row holds the whole spec and source, and a b-tree of large rows is slow to search.
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

-- Written by the bundle's sync, not projected. The number is what Airflow's API calls import_error_id.
CREATE TABLE import_error (
  import_error_id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  bundle_id TEXT NOT NULL,
  -- The DAG that the file defined last, if it ever did: who may read that DAG may read the error.
  dag_id TEXT,
  file_path TEXT NOT NULL UNIQUE,
  stacktrace TEXT NOT NULL
) STRICT;

-- Every read goes through these views, so that no query can forget a tombstone. NOT EXISTS rather than a join: it never
-- changes the order in which a query walks its own index, and a row whose parent has not arrived yet is seen.
CREATE VIEW live_dag AS
SELECT * FROM dag WHERE version > deleted_version;

CREATE VIEW live_dag_version AS
SELECT * FROM dag_version AS v
WHERE NOT EXISTS (SELECT 1 FROM dag AS d WHERE d.dag_id = v.dag_id AND d.deleted_version >= v.version);
