-- What pages show of a version and a build made once: the layout of its graph, its source in colours, its docs. A copy of
-- what spec and source say, so it stands under their hashes, and a version without a row is shown all the same.
CREATE TABLE version_display (
  dag_id TEXT NOT NULL,
  source_hash TEXT NOT NULL,
  spec_hash TEXT NOT NULL,
  display TEXT NOT NULL,
  PRIMARY KEY (dag_id, source_hash, spec_hash)
) STRICT, WITHOUT ROWID;
