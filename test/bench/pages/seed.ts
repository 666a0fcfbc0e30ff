/**
 * Fills the catalog of a running deployment: 10,000 DAGs with a million runs, and 25 runs of the DAGs with many tasks. What
 * an object answers for is not made up: a run of each of those DAGs, and one of 100,000 instances that wait, are real.
 */
import { makeDisplay } from "../../../workers/node/manifest-display.ts";
import { runPath, until } from "../../e2e/api.ts";
import { LARGE, largeCatalogSql } from "../../fixtures/large-catalog.ts";
import type { Deployment } from "../deployment.ts";
import { manifest } from "../manifest-pages.ts";
import { CLOSED_POOL, GRID_SIZES, nameOfGrid, WAITING } from "./dags.ts";

export const GRID_RUNS = 25;
export const WAITING_INSTANCES = 100_000;
const LIMIT_MS = 240_000;

export interface SeededRuns {
  /** The real run of each grid, by its number of tasks. */
  readonly grids: Readonly<Record<number, string>>;
  readonly waiting: string;
}

export async function seed(updraft: Deployment): Promise<SeededRuns> {
  const execute = async (sql: string) => {
    const response = await fetch(`${updraft.url}/bench/catalog`, { method: "POST", body: sql });
    if (!response.ok) throw new Error(`Cannot seed: ${response.status} ${await response.text()}\n${sql.slice(0, 300)}`);
  };
  // Up to now: on another day the pages would show other parts of it, and all of its DAGs would be overdue.
  for (const sql of largeCatalogSql(Date.now())) await execute(sql);
  for (const sql of displaySql()) await execute(sql);
  const grids: Record<number, string> = {};
  for (const tasks of GRID_SIZES) {
    const { runId } = await updraft.run(nameOfGrid(tasks));
    grids[tasks] = runId;
    await instancesInCatalog(updraft, { dagId: nameOfGrid(tasks), runId, count: tasks });
    for (const sql of earlierRunsSql(nameOfGrid(tasks), runId)) await execute(sql);
  }
  return { grids, waiting: await makeWaitingRun(updraft) };
}

async function makeWaitingRun(updraft: Deployment): Promise<string> {
  await updraft.api.post("/api/v2/pools", { name: CLOSED_POOL, slots: 0, description: null, include_deferred: false });
  const runId = await updraft.api.trigger(WAITING, { conf: { count: WAITING_INSTANCES } });
  await instancesInCatalog(updraft, { dagId: WAITING, runId, count: WAITING_INSTANCES });
  return runId;
}

async function instancesInCatalog(
  updraft: Deployment,
  { dagId, runId, count }: { readonly dagId: string; readonly runId: string; readonly count: number },
): Promise<void> {
  const page = `${runPath(dagId, runId)}/taskInstances?limit=1`;
  const total = async () => Number((await updraft.api.read(page))["total_entries"]);
  await until(`the ${count} task instances of "${dagId}"`, LIMIT_MS, total, (found) => found >= count);
}

/** What the generator would have put into the manifest. */
function displaySql(): readonly string[] {
  return manifest.entries.flatMap((entry) => {
    if (!entry.ok) return [];
    const { spec, sourceHash, specHash, source } = entry;
    const quoted = [spec.dagId, sourceHash, specHash, makeDisplay(spec, source)].map(
      (text) => `'${text.replaceAll("'", "''")}'`,
    );
    return [`INSERT INTO version_display (dag_id, source_hash, spec_hash, display) VALUES (${quoted.join(", ")})`];
  });
}

/** The real run again and again, an hour earlier each time, with states as mixed as they are in bad weeks. */
function earlierRunsSql(dagId: string, runId: string): readonly string[] {
  const numbers = `(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${GRID_RUNS - 1}) SELECT i FROM n)`;
  const state = `CASE (length(t.task_id) * 31 + unicode(substr(t.task_id, -1)) * 7 + n.i * 13) % 11
    WHEN 0 THEN 'failed' WHEN 1 THEN 'upstream_failed' WHEN 2 THEN 'skipped' ELSE 'success' END`;
  const from = `WHERE t.dag_id = '${dagId}' AND t.run_id = '${runId}'`;
  return [
    `INSERT INTO dag_run (dag_id, run_id, clear_number, conf, end_at, queued_at, run_after_at, run_type, start_at, state,
        triggered_by, version, version_number)
      SELECT dag_id, printf('earlier_%02d', n.i), 0, '{}', end_at - n.i * ${LARGE.everyMs}, queued_at - n.i * ${LARGE.everyMs},
        run_after_at - n.i * ${LARGE.everyMs}, 'scheduled', start_at - n.i * ${LARGE.everyMs}, 'failed', 'timetable', version,
        version_number FROM dag_run AS t CROSS JOIN ${numbers} AS n ${from}`,
    `INSERT INTO task_instance (dag_id, run_id, task_id, map_index, end_at, executor, log_chunk_count, max_tries, pool,
        pool_slots, priority_weight, start_at, queued_at, state, token, try_number, version)
      SELECT dag_id, printf('earlier_%02d', n.i), task_id, map_index, end_at - n.i * ${LARGE.everyMs}, executor, 0, 0, pool,
        pool_slots, priority_weight, start_at - n.i * ${LARGE.everyMs}, queued_at - n.i * ${LARGE.everyMs}, ${state}, 1, 1, version
      FROM task_instance AS t CROSS JOIN ${numbers} AS n ${from}`,
  ];
}
