-- Which backfill a run belongs to, so that a backfill's page shows its own runs and how far they are. Older rows learn it with
-- their next change, or when the catalog is rebuilt.
ALTER TABLE dag_run ADD COLUMN backfill_id INTEGER;

-- The runs of a backfill (backfills.page, dagRuns.list by backfill). Runs of no backfill have no entry and cost no write.
CREATE INDEX dag_run_by_backfill ON dag_run (backfill_id, run_after_at) WHERE backfill_id IS NOT NULL;
