/**
 * The files of migrations/ as text inside the Worker, in order. A migration that is not listed here is not applied;
 * test/bundle/migrations.test.ts compares the list with the folder.
 */

import dags from "../../migrations/0001_dags.sql";
import runs from "../../migrations/0002_runs.sql";
import operations from "../../migrations/0003_operations.sql";
import access from "../../migrations/0004_access.sql";
import taskNotes from "../../migrations/0005_task_notes.sql";
import callbackTries from "../../migrations/0006_callback_tries.sql";
import instanceNames from "../../migrations/0007_instance_names.sql";
import backfills from "../../migrations/0008_backfills.sql";
import versionDisplays from "../../migrations/0009_version_displays.sql";
import savedViews from "../../migrations/0010_saved_views.sql";
import runsOfBackfills from "../../migrations/0011_runs_of_backfills.sql";
import latestRunOfDag from "../../migrations/0012_latest_run_of_dag.sql";
import dagTagByName from "../../migrations/0013_dag_tag_by_name.sql";
import defaultViews from "../../migrations/0014_default_views.sql";
import type { Migration } from "../../src/catalog/migrate.ts";

export const migrations: readonly Migration[] = [
  { name: "0001_dags.sql", sql: dags },
  { name: "0002_runs.sql", sql: runs },
  { name: "0003_operations.sql", sql: operations },
  { name: "0004_access.sql", sql: access },
  { name: "0005_task_notes.sql", sql: taskNotes },
  { name: "0006_callback_tries.sql", sql: callbackTries },
  { name: "0007_instance_names.sql", sql: instanceNames },
  { name: "0008_backfills.sql", sql: backfills },
  { name: "0009_version_displays.sql", sql: versionDisplays },
  { name: "0010_saved_views.sql", sql: savedViews },
  { name: "0011_runs_of_backfills.sql", sql: runsOfBackfills },
  { name: "0012_latest_run_of_dag.sql", sql: latestRunOfDag },
  { name: "0013_dag_tag_by_name.sql", sql: dagTagByName },
  { name: "0014_default_views.sql", sql: defaultViews },
];
