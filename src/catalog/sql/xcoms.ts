import { Filter, type OffsetPage } from "../filter.ts";
import type { Query, Row } from "../port.ts";
import type { XComProjection } from "../projection.ts";
import { dagId, flag, integer, runId, taskId, text, textOrNull } from "../row.ts";

export interface XComFilter {
  readonly dagId: string;
  readonly runId: string;
  /** All tasks of the run, or all of the DAG's, when absent. */
  readonly taskId?: string | undefined;
  readonly mapIndex?: number | undefined;
  readonly key?: string | undefined;
}

const names = [
  "dag_id",
  "run_id",
  "task_id",
  "map_index",
  "key",
  "at",
  "bytes",
  "is_truncated",
  "preview",
  "ref",
  "version",
];
const columns = names.join(", ");

/** The columns of a row, where the table has another name. */
export function xcomColumns(table: string): string {
  return names.map((name) => `${table}.${name}`).join(", ");
}

export function parseXCom(row: Row): XComProjection {
  return {
    dagId: dagId(row),
    runId: runId(row),
    taskId: taskId(row),
    mapIndex: integer(row, "map_index"),
    key: text(row, "key"),
    at: integer(row, "at"),
    bytes: integer(row, "bytes"),
    isTruncated: flag(row, "is_truncated"),
    preview: text(row, "preview"),
    ref: textOrNull(row, "ref"),
    version: integer(row, "version"),
  };
}

function filterOf(filter: XComFilter): Filter {
  const where = new Filter();
  where.equal("dag_id", filter.dagId);
  where.equal("run_id", filter.runId);
  where.equal("task_id", filter.taskId);
  where.equal("map_index", filter.mapIndex);
  where.equal("key", filter.key);
  return where;
}

/** Previews of results. Whether the reader may see the DAG is asked before, with `dags.get`. */
export const xcoms = {
  list(filter: XComFilter, page: OffsetPage): Query<XComProjection> {
    const where = filterOf(filter);
    const sql = `SELECT ${columns} FROM live_xcom ${where.where()} ORDER BY task_id, map_index, key ${where.limit(page)}`;
    return { sql, params: where.params, parse: parseXCom };
  },

  count(filter: XComFilter): Query<number> {
    const where = filterOf(filter);
    const sql = `SELECT count(*) AS count FROM live_xcom ${where.where()}`;
    return { sql, params: where.params, parse: (row) => integer(row, "count") };
  },

  get(key: Required<XComFilter>): Query<XComProjection> {
    const where = filterOf(key);
    return { sql: `SELECT ${columns} FROM live_xcom ${where.where()}`, params: where.params, parse: parseXCom };
  },
};
