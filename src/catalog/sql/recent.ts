/**
 * Runs, task instances and XComs of all DAGs, those of the latest runs first. Conditions that no index knows would walk a
 * whole history, so a page looks at a span of runs at most and says how far back it came.
 */
import type { DagRunState, DagRunType, TaskInstanceState } from "../../engine/states.ts";
import type { DagRunView, TaskInstanceView } from "../../platform.ts";
import { type AllowedDagIds, Filter, type InstantRange } from "../filter.ts";
import type { Query } from "../port.ts";
import type { XComProjection } from "../projection.ts";
import { integer, integerOrNull } from "../row.ts";
import { type DagRunCursor, dagRunColumns, parseDagRun } from "./dag-runs.ts";
import { parseTaskInstance, taskInstanceColumns } from "./task-instances.ts";
import { parseXCom, xcomColumns } from "./xcoms.ts";

export interface RecentFilter {
  readonly allowedDagIds: AllowedDagIds;
  readonly dagId?: string | undefined;
  /** Part of the id of the run. */
  readonly run?: string | undefined;
  readonly runAfter?: InstantRange | undefined;
}

export interface RecentRunFilter extends RecentFilter {
  readonly states?: readonly DagRunState[] | undefined;
  readonly runTypes?: readonly DagRunType[] | undefined;
  /** Part of the id of the run or of its DAG. */
  readonly search?: string | undefined;
  readonly versionNumber?: number | undefined;
}

export interface RecentTaskInstanceFilter extends RecentFilter {
  readonly states?: readonly TaskInstanceState[] | undefined;
  /** Part of the id of the task. */
  readonly search?: string | undefined;
  readonly pool?: string | undefined;
}

export interface RecentXComFilter extends RecentFilter {
  /** Part of the key or of the id of the task. */
  readonly search?: string | undefined;
}

/** The last row of a page of what belongs to a task. `key` orders the XComs of one. */
export interface RecentCursor extends DagRunCursor {
  readonly taskId: string;
  readonly mapIndex: number;
  readonly key?: string;
}

export interface RecentPage<Cursor> {
  readonly limit: number;
  readonly after: Cursor | null;
}

/** How many runs one page may look at. */
export const RUN_SPAN = 10_000;
export const TASK_RUN_SPAN = 300;

/** The instant from which on a page looks; index entries alone are counted off. */
function floorSql(where: Filter, filter: RecentFilter, after: DagRunCursor | null, span: number): string {
  const terms = [
    ...(filter.dagId === undefined ? [] : [`x.dag_id = ${where.bind(filter.dagId)}`]),
    ...(after === null ? [] : [`x.run_after_at <= ${where.bind(after.runAfterAt)}`]),
    ...(filter.runAfter?.to === undefined ? [] : [`x.run_after_at <= ${where.bind(filter.runAfter.to)}`]),
  ];
  const condition = terms.length === 0 ? "" : `WHERE ${terms.join(" AND ")}`;
  return `(SELECT x.run_after_at FROM dag_run AS x ${condition} ORDER BY x.run_after_at DESC LIMIT 1 OFFSET ${where.bind(span)})`;
}

function runsWhere(filter: RecentFilter, after: DagRunCursor | null, span: number): Filter {
  const where = new Filter();
  where.equal("r.dag_id", filter.dagId);
  where.allowed(filter.allowedDagIds, "r.dag_id");
  where.within("r.run_after_at", filter.runAfter);
  where.contains(["r.run_id"], filter.run);
  where.add(`r.run_after_at >= coalesce(${floorSql(where, filter, after, span)}, ${Number.MIN_SAFE_INTEGER})`);
  return where;
}

const newestFirst = "r.run_after_at DESC, r.dag_id DESC, r.run_id DESC";

/** Rows behind the cursor: of older runs, or of the same run behind the same task. */
function behind(where: Filter, after: RecentCursor | null, columns: readonly string[]): void {
  if (after === null) return;
  const run = [after.runAfterAt, after.dagId, after.runId].map((value) => where.bind(value)).join(", ");
  const place = [after.taskId, after.mapIndex, ...(after.key === undefined ? [] : [after.key])]
    .map((value) => where.bind(value))
    .join(", ");
  const runOf = "(r.run_after_at, r.dag_id, r.run_id)";
  where.add(`r.run_after_at <= ${where.bind(after.runAfterAt)}`);
  where.add(`(${runOf} < (${run}) OR (${runOf} = (${run}) AND (${columns.join(", ")}) > (${place})))`);
}

export const recent = {
  runs(filter: RecentRunFilter, page: RecentPage<DagRunCursor>): Query<DagRunView> {
    const where = runsWhere(filter, page.after, RUN_SPAN);
    if (page.after !== null) {
      const { runAfterAt, dagId, runId } = page.after;
      where.after(["r.run_after_at", "r.dag_id", "r.run_id"], "DESC", [runAfterAt, dagId, runId]);
    }
    where.oneOf("r.state", filter.states);
    where.oneOf("r.run_type", filter.runTypes);
    where.equal("r.version_number", filter.versionNumber);
    where.contains(["r.run_id", "r.dag_id"], filter.search);
    const sql = `SELECT ${dagRunColumns} FROM live_dag_run AS r ${where.where()} ORDER BY ${newestFirst} ${where.limit(page)}`;
    return { sql, params: where.params, parse: parseDagRun };
  },

  taskInstances(
    filter: RecentTaskInstanceFilter,
    page: RecentPage<RecentCursor>,
  ): Query<TaskInstanceView & { readonly runAfterAt: number }> {
    const where = runsWhere(filter, page.after, TASK_RUN_SPAN);
    // Of one run no more than fill the page, by key: sorting all instances of one that has 100,000 costs 100 ms.
    const first = new Filter(where.params);
    first.add("f.dag_id = r.dag_id AND f.run_id = r.run_id");
    behind(first, page.after, ["f.task_id", "f.map_index"]);
    first.oneOf("f.state", filter.states);
    first.equal("f.pool", filter.pool);
    first.contains(["f.task_id"], filter.search);
    where.add(`(t.task_id, t.map_index) IN (SELECT f.task_id, f.map_index FROM live_task_instance AS f
      ${first.where()} ORDER BY f.task_id, f.map_index ${first.limit(page)})`);
    const sql = `SELECT ${taskInstanceColumns}, r.run_after_at
      FROM live_dag_run AS r CROSS JOIN live_task_instance AS t ON t.dag_id = r.dag_id AND t.run_id = r.run_id
      ${where.where()} ORDER BY ${newestFirst}, t.task_id, t.map_index ${where.limit(page)}`;
    const parse = (row: Parameters<typeof parseTaskInstance>[0]) => ({
      ...parseTaskInstance(row),
      runAfterAt: integer(row, "run_after_at"),
    });
    return { sql, params: where.params, parse };
  },

  xcoms(
    filter: RecentXComFilter,
    page: RecentPage<RecentCursor>,
  ): Query<XComProjection & { readonly runAfterAt: number }> {
    const where = runsWhere(filter, page.after, TASK_RUN_SPAN);
    behind(where, page.after, ["v.task_id", "v.map_index", "v.key"]);
    where.contains(["v.key", "v.task_id"], filter.search);
    const sql = `SELECT ${xcomColumns("v")}, r.run_after_at
      FROM live_dag_run AS r CROSS JOIN live_xcom AS v ON v.dag_id = r.dag_id AND v.run_id = r.run_id
      ${where.where()} ORDER BY ${newestFirst}, v.task_id, v.map_index, v.key ${where.limit(page)}`;
    return {
      sql,
      params: where.params,
      parse: (row) => ({ ...parseXCom(row), runAfterAt: integer(row, "run_after_at") }),
    };
  },

  /** How far back a page looked; null when it came to the end of the history. */
  floor(filter: RecentFilter, after: DagRunCursor | null, span: number): Query<number | null> {
    const where = new Filter();
    const sql = `SELECT ${floorSql(where, filter, after, span)} AS floor`;
    return { sql, params: where.params, parse: (row) => integerOrNull(row, "floor") };
  },
};
