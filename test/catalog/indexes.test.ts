/**
 * What each list costs must not grow with the history. The plans are made without statistics (no ANALYZE), because D1 has
 * none either; `SCAN t` without an index is a walk over a whole table.
 */
import { beforeAll, expect, test } from "vitest";
import type { Statement } from "../../src/catalog/port.ts";
import { apiTokens } from "../../src/catalog/sql/api-tokens.ts";
import { backfills } from "../../src/catalog/sql/backfills.ts";
import { dagList } from "../../src/catalog/sql/dag-list.ts";
import { dagPages } from "../../src/catalog/sql/dag-pages.ts";
import { dagRuns } from "../../src/catalog/sql/dag-runs.ts";
import { dagVersions } from "../../src/catalog/sql/dag-versions.ts";
import { dags } from "../../src/catalog/sql/dags.ts";
import { eventLog } from "../../src/catalog/sql/event-log.ts";
import { gantt } from "../../src/catalog/sql/gantt.ts";
import { grid } from "../../src/catalog/sql/grid.ts";
import { home } from "../../src/catalog/sql/home.ts";
import { loginAttempts } from "../../src/catalog/sql/login-attempts.ts";
import { poolUse } from "../../src/catalog/sql/pool-use.ts";
import { recent } from "../../src/catalog/sql/recent.ts";
import { runHistory } from "../../src/catalog/sql/run-history.ts";
import { runPages } from "../../src/catalog/sql/run-pages.ts";
import { runTasks } from "../../src/catalog/sql/run-tasks.ts";
import { sessions } from "../../src/catalog/sql/sessions.ts";
import { sweep } from "../../src/catalog/sql/sweep.ts";
import { taskInstances } from "../../src/catalog/sql/task-instances.ts";
import { versionDisplays } from "../../src/catalog/sql/version-displays.ts";
import { xcoms } from "../../src/catalog/sql/xcoms.ts";
import { dagId, runId, taskId } from "../fixtures/projections.ts";
import { queryPlan } from "../fixtures/query-plan.ts";
import { makeSeededCatalog, seedDagId, seedRunId } from "../fixtures/seeded-catalog.ts";
import type { SqliteCatalog } from "../fixtures/sqlite-catalog.ts";

let catalog: SqliteCatalog;

beforeAll(async () => {
  catalog = await makeSeededCatalog();
});

const all = { allowedDagIds: null };
const page = { limit: 25, offset: 0 };
const next = { limit: 25, after: null };
const run = { dagId: dagId(seedDagId(1)), runId: runId(seedRunId(399)) };
const instance = { ...run, taskId: taskId("task_1"), mapIndex: -1 };
const someDags = [seedDagId(1), seedDagId(2)];

interface Case {
  readonly query: string;
  readonly statement: Statement;
  /** The step that finds the rows. */
  readonly by: string;
  /** Whether the rows come in order from the index, so that a page costs its rows alone. */
  readonly sorts?: boolean;
}

const cases: readonly Case[] = [
  {
    query: "the latest backfills of all DAGs",
    statement: backfills.list(all, { ...page, descending: true }),
    by: "SCAN b USING INDEX backfill_by_id",
  },
  {
    query: "the latest backfills of one DAG",
    statement: backfills.list({ ...all, dagId: run.dagId }, { ...page, descending: true }),
    by: "SEARCH b USING PRIMARY KEY (dag_id=?)",
  },
  {
    query: "the latest backfills of all DAGs with the counts of their runs",
    statement: backfills.page(all, next),
    by: "SEARCH r USING INDEX dag_run_by_backfill (backfill_id=?)",
  },
  {
    query: "a page of the runs of one backfill, newest first",
    statement: dagRuns.list({ ...all, dagId: run.dagId, backfillId: 1 }, next),
    by: "SEARCH r USING INDEX dag_run_by_backfill (backfill_id=?)",
    sorts: true,
  },
  {
    query: "a backfill of whatever DAG",
    statement: backfills.get(1, null),
    by: "SEARCH b USING INDEX backfill_by_id (backfill_id=?)",
  },
  {
    query: "the latest 14 runs of each of many DAGs",
    statement: dagRuns.latestPerDag(someDags, 14),
    by: "SEARCH r USING INDEX dag_run_by_dag (dag_id=? AND run_after_at>?)",
    sorts: true,
  },
  {
    query: "a page of the runs of one DAG",
    statement: dagRuns.list({ ...all, dagId: run.dagId }, { limit: 25, after: { ...run, runAfterAt: 1 } }),
    by: "SEARCH r USING INDEX dag_run_by_dag (dag_id=? AND run_after_at<?)",
  },
  {
    query: "the first page of the runs of all DAGs",
    statement: dagRuns.list(all, next),
    by: "SCAN r USING INDEX dag_run_by_time",
  },
  {
    query: "a later page of the runs of all DAGs",
    statement: dagRuns.list(all, { limit: 25, after: { ...run, runAfterAt: 1 } }),
    by: "SEARCH r USING INDEX dag_run_by_time ((run_after_at,dag_id,run_id)<(?,?,?))",
  },
  {
    query: "the runs of the last day by state",
    statement: dagRuns.countByState({ ...all, runAfter: { from: 1 } }),
    by: "SEARCH r USING INDEX dag_run_by_time (run_after_at>?)",
    sorts: true,
  },
  {
    query: "the live runs of all DAGs",
    statement: dagRuns.list({ ...all, states: ["running"] }, next),
    by: "SCAN r USING INDEX dag_run_live",
  },
  {
    query: "the live runs of one DAG",
    statement: dagRuns.list({ ...all, dagId: run.dagId, states: ["queued", "running"] }, next),
    by: "SCAN r USING INDEX dag_run_live",
  },
  {
    query: "the live task instances of all DAGs",
    statement: taskInstances.list({ ...all, states: ["running", "deferred"] }, page),
    by: "SCAN r USING INDEX dag_run_live",
    sorts: true,
  },
  {
    query: "the slots of pools by state",
    statement: poolUse.byState(["default_pool"]),
    by: "SCAN r USING INDEX dag_run_live",
    sorts: true,
  },
  {
    query: "the latest failed task instances",
    statement: taskInstances.list({ ...all, states: ["failed"] }, { ...page, order: "end_at", descending: true }),
    by: "SCAN t USING INDEX task_instance_failed",
    sorts: true,
  },
  {
    query: "how many task instances failed lately",
    statement: taskInstances.count({ ...all, states: ["failed"], end: { from: 1 } }),
    by: "SEARCH t USING INDEX task_instance_failed (end_at>?)",
  },
  {
    query: "the task instances of one run",
    statement: taskInstances.list({ ...all, ...run }, page),
    by: "SEARCH t USING PRIMARY KEY (dag_id=? AND run_id=?)",
  },
  {
    query: "a later page of all task instances",
    statement: taskInstances.list(all, { limit: 25, after: instance }),
    by: "SEARCH t USING PRIMARY KEY ((dag_id,run_id,task_id,map_index)>(?,?,?,?))",
  },
  {
    query: "the states of the task instances of some runs",
    statement: taskInstances.countByState({ dagId: run.dagId, runIds: [run.runId] }),
    by: "SEARCH t USING PRIMARY KEY (dag_id=? AND run_id=?)",
    sorts: true,
  },
  {
    query: "the tries of a task instance",
    statement: taskInstances.tries(instance),
    by: "SEARCH t USING PRIMARY KEY (dag_id=? AND run_id=? AND task_id=? AND map_index=?)",
  },
  {
    query: "the grid of all tasks",
    statement: grid.window({ dagId: run.dagId, runCount: 25, taskIds: null }),
    by: "SEARCH t USING PRIMARY KEY (dag_id=? AND run_id=?)",
  },
  {
    query: "the grid of the tasks in sight",
    statement: grid.window({ dagId: run.dagId, runCount: 25, taskIds: ["task_1"] }),
    by: "SEARCH t USING PRIMARY KEY (dag_id=? AND run_id=? AND task_id=?)",
  },
  {
    query: "a run by its tasks",
    statement: runTasks.summary({ dagId: run.dagId, runIds: [run.runId] }),
    by: "SEARCH t USING PRIMARY KEY (dag_id=? AND run_id=?)",
  },
  {
    query: "the latest run by its tasks",
    statement: runTasks.summary({ dagId: run.dagId, runIds: "latest" }),
    by: "SEARCH r USING INDEX dag_run_by_dag (dag_id=?)",
  },
  {
    query: "what a page of a run begins with",
    statement: runPages.head({ ...run, ...all }),
    by: "SEARCH r USING INDEX dag_run_by_dag (dag_id=? AND run_after_at>?)",
    // Its callbacks, which are few.
    sorts: true,
  },
  {
    query: "the tries of a run",
    statement: gantt.spans({ ...run, limit: 100 }),
    by: "SEARCH t USING PRIMARY KEY (dag_id=? AND run_id=?)",
  },
  {
    query: "the latest runs of one DAG, and an older one",
    statement: dagRuns.bars({ dagId: run.dagId, runCount: 25, also: run.runId }),
    by: "SEARCH r USING INDEX dag_run_by_dag (dag_id=?)",
    sorts: true,
  },
  {
    query: "the runs of a year by the quarter of an hour",
    statement: runHistory.counts({ dagId: run.dagId, from: 1, to: 2, limit: 100 }),
    by: "SEARCH r USING INDEX dag_run_by_dag (dag_id=? AND run_after_at>? AND run_after_at<?)",
  },
  {
    query: "the latest runs of one DAG with when they were queued",
    statement: runHistory.latest({ dagId: run.dagId, runCount: 50 }),
    by: "SEARCH r USING INDEX dag_run_by_dag (dag_id=?)",
  },
  {
    query: "the slowest tasks of the latest runs of one DAG",
    statement: runHistory.slowestTasks({ dagId: run.dagId, runCount: 10, limit: 25 }),
    by: "SEARCH t USING PRIMARY KEY (dag_id=? AND run_id=?)",
    sorts: true,
  },
  {
    query: "one task in the latest runs of a DAG",
    statement: runHistory.ofTask({ dagId: run.dagId, taskId: "task_1", runCount: 50 }),
    by: "SEARCH t USING PRIMARY KEY (dag_id=? AND run_id=? AND task_id=?)",
    sorts: true,
  },
  {
    query: "a version with its display",
    statement: dagVersions.get(run.dagId, 1),
    by: "SEARCH s USING PRIMARY KEY (dag_id=? AND source_hash=? AND spec_hash=?) LEFT-JOIN",
  },
  {
    query: "what a page of a DAG begins with",
    statement: dagPages.head({ dagId: run.dagId, version: { type: "of_latest_run" }, ...all }),
    by: "SEARCH v USING INDEX sqlite_autoindex_dag_version_1 (dag_id=? AND version_number=?) LEFT-JOIN",
  },
  {
    query: "the displays of some DAGs",
    statement: versionDisplays.keys(someDags),
    by: "SEARCH p USING PRIMARY KEY (dag_id=?)",
  },
  {
    query: "the XComs of a run",
    statement: xcoms.list(run, page),
    by: "SEARCH x USING PRIMARY KEY (dag_id=? AND run_id=?)",
  },
  {
    query: "the latest version of a DAG",
    statement: dagVersions.latest(run.dagId),
    by: "SEARCH v USING INDEX sqlite_autoindex_dag_version_1 (dag_id=?)",
  },
  {
    query: "the audit log of all DAGs",
    statement: eventLog.list(all, { limit: 25, after: 100 }),
    by: "SEARCH event_log USING INTEGER PRIMARY KEY (rowid<?)",
  },
  {
    query: "the audit log of one DAG",
    statement: eventLog.list({ ...all, dagId: run.dagId }, { limit: 25, after: 100 }),
    by: "SEARCH event_log USING INDEX event_log_by_dag (dag_id=? AND rowid<?)",
  },
  {
    query: "the latest runs of all DAGs that a condition lets through",
    statement: recent.runs({ ...all, states: ["failed"], search: "x" }, next),
    by: "SEARCH r USING INDEX dag_run_by_time (run_after_at>?)",
  },
  {
    query: "the task instances of the latest runs",
    statement: recent.taskInstances({ ...all, search: "x" }, next),
    by: "SEARCH r USING INDEX dag_run_by_time (run_after_at>?)",
  },
  {
    query: "the task instances of one DAG in a pool and in runs of a name",
    statement: recent.taskInstances({ ...all, dagId: run.dagId, run: "manual", pool: "default_pool" }, next),
    by: "SEARCH r USING INDEX dag_run_by_dag (dag_id=? AND run_after_at>?)",
  },
  {
    query: "the XComs of the latest runs of one DAG",
    statement: recent.xcoms({ ...all, dagId: run.dagId }, next),
    by: "SEARCH r USING INDEX dag_run_by_dag (dag_id=? AND run_after_at>?)",
  },
  {
    query: "the XComs of the latest runs",
    statement: recent.xcoms(all, next),
    by: "SEARCH x USING PRIMARY KEY (dag_id=? AND run_id=?)",
  },
  {
    query: "the history of the start page",
    statement: home.history({ ...all, from: 1, to: 2, bucketMs: 1 }),
    by: "SEARCH r USING INDEX dag_run_by_time (run_after_at>? AND run_after_at<?)",
    sorts: true,
  },
  {
    query: "the list of DAGs with the bars of its runs",
    statement: dagList.page(all, { limit: 25, barCount: 14, sort: "name", descending: false, after: null }),
    by: "SEARCH r USING INDEX dag_run_by_dag (dag_id=?)",
  },
  {
    query: "the audit log, as far as one page looks",
    statement: eventLog.list({ ...all, search: "x", span: { after: null, size: 10 } }, next),
    by: "SEARCH event_log USING INTEGER PRIMARY KEY (rowid>?)",
  },
  {
    query: "a session",
    statement: sessions.find({ sessionHash: "hash", now: 1, seenAfter: 0 }),
    by: "SEARCH s USING PRIMARY KEY (session_hash=?)",
  },
  {
    query: "the tags in use",
    statement: dagList.facets(all),
    by: "SEARCH g USING COVERING INDEX dag_tag_by_name (name=?)",
    sorts: true,
  },
  {
    query: "a token",
    statement: apiTokens.find({ tokenHash: "hash", now: 1 }),
    by: "SEARCH k USING INDEX sqlite_autoindex_api_token_2 (token_hash=?)",
  },
  {
    query: "the log-ins of an account",
    statement: loginAttempts.count({ account: "ada", address: "192.0.2.1", since: 0 }),
    by: "SEARCH login_attempt USING COVERING INDEX login_attempt_by_account (account=? AND at>?)",
  },
  {
    query: "the log-ins from an address",
    statement: loginAttempts.count({ account: "ada", address: "192.0.2.1", since: 0 }),
    by: "SEARCH login_attempt USING COVERING INDEX login_attempt_by_address (address=? AND at>?)",
  },
];

/** Tables that hold a history. The others have a row per DAG, user or job. */
const longTables = /SCAN (r|t|x|h|u|dag_run|task_instance|task_instance_history|xcom|event_log)$/;

test.each(cases)("$query: $by", ({ statement, by, sorts = false }) => {
  const plan = queryPlan(catalog, statement);
  expect(plan).toContain(by);
  expect(plan.filter((step) => longTables.test(step) && !isSubqueryOf(plan, step))).toEqual([]);
  if (!sorts) expect(plan).not.toContain("USE TEMP B-TREE FOR ORDER BY");
});

/** `SCAN r` also names the few rows of a subquery that was computed before. */
function isSubqueryOf(plan: readonly string[], step: string): boolean {
  return ["CO-ROUTINE", "MATERIALIZE"].some((made) => plan.includes(step.replace("SCAN", made)));
}

test("each index of the schema is in one of the plans above, or in the sweep's", () => {
  const statements = [...cases.map((it) => it.statement), ...sweep.tombstones({ before: 1, limit: 1 })];
  const plans = statements.flatMap((statement) => queryPlan(catalog, statement)).join("\n");
  const indexes = catalog.database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
    .all();
  expect(indexes.length).toBeGreaterThan(0);
  for (const { name } of indexes) expect(plans).toContain(` ${name}`);
});

test("the sweep finds tombstones without walking over what lives", () => {
  for (const statement of sweep.tombstones({ before: 1, limit: 100 })) {
    expect(queryPlan(catalog, statement).filter((step) => longTables.test(step))).toEqual([]);
  }
});

test("the watchdog may walk the DAGs, which are few", () => {
  expect(queryPlan(catalog, dags.overdue({ before: 1, limit: 1 }))).toContain("SCAN dag");
});
