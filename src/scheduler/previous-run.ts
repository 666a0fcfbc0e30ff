/**
 * The run before a run, for tasks that depend on the past. It is taken into memory with the run that looks at it, and stays
 * as long as that one is live.
 */
import { addRun, linkPrevious } from "../engine/dag-run.ts";
import { looksAtPast } from "../engine/past.ts";
import type { RunState } from "../engine/run-state.ts";
import { newStep, reconsiderLater } from "../engine/step.ts";
import { type Loaded, readRun } from "./load.ts";
import type { StateRow, StateSql } from "./ports.ts";

/** `starting` are about to come into memory in the same event: one of them may be the run before another. */
export function linkPreviousRun(
  sql: StateSql,
  loaded: Loaded,
  run: RunState,
  { now, starting }: { readonly now: number; readonly starting: readonly RunState[] },
): void {
  if (!run.graph.hasPast || run.logicalAt === null || run.previous !== null) return;
  const row = previousRow(sql, run);
  if (row === null) return;
  const seq = Number(row["seq"]);
  const known = loaded.state.runs.get(seq) ?? starting.find((other) => other.seq === seq);
  const previous = known ?? readRun(sql, loaded, row);
  if (known === undefined) addRun(newStep(loaded.state, now), previous);
  linkPrevious(run, previous, earlierTasks(sql, run, previous));
}

/** Runs were inserted or deleted: another one may be the run before one that is running. The next event judges that anew. */
export function relinkPreviousRuns(sql: StateSql, loaded: Loaded, now: number): void {
  const { state } = loaded;
  const step = newStep(state, now);
  for (const run of [...state.runs.values()]) {
    if (run.state !== "running" || !run.graph.hasPast || run.logicalAt === null) continue;
    const row = previousRow(sql, run);
    if ((row === null ? null : Number(row["seq"])) === (run.previous?.seq ?? null)) continue;
    forgetPrevious(loaded, run);
    linkPreviousRun(sql, loaded, run, { now, starting: [] });
    for (const task of run.graph.tasks) if (looksAtPast(task)) reconsiderLater(step, run, task.index);
  }
}

/** It leaves memory with the next flush, unless another run looks at it, or it was deleted. */
function forgetPrevious({ state, unflushedRuns }: Loaded, run: RunState): void {
  const { previous } = run;
  if (previous === null) return;
  previous.followers.delete(run);
  if (state.runs.get(previous.seq) === previous) unflushedRuns.add(previous);
  run.previous = null;
}

function previousRow(sql: StateSql, run: RunState): StateRow | null {
  // With catch-up, manual runs do not count: they are not part of the series.
  const types = run.graph.spec.catchup ? "AND run_type <> 'manual'" : "";
  const [row] = sql.exec(
    `SELECT * FROM dag_run WHERE logical_at < ? ${types} ORDER BY logical_at DESC LIMIT 1`,
    run.logicalAt,
  );
  return row ?? null;
}

/** Tasks that look at the past, have no instance in the previous run, and had one before it. */
function earlierTasks(sql: StateSql, run: RunState, previous: RunState): ReadonlySet<string> {
  const missing = run.graph.tasks
    .filter((task) => looksAtPast(task) && previous.find(task.spec.taskId, -1) < 0)
    .filter((task) => previous.find(task.spec.taskId, 0) < 0)
    .map((task) => task.spec.taskId);
  if (missing.length === 0 || previous.logicalAt === null) return new Set();
  const rows = sql.exec(
    `SELECT DISTINCT t.task_id FROM dag_run AS r JOIN task_instance AS t ON t.run_seq = r.seq
     WHERE r.logical_at < ?1 AND t.task_id IN (SELECT value FROM json_each(?2))`,
    previous.logicalAt,
    JSON.stringify(missing),
  );
  return new Set(rows.map((row) => String(row["task_id"])));
}
