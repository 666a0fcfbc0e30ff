/** What the pages of a run begin with, in one statement: its version, its neighbours, its callbacks, the shell's number. */
import { type AllowedDagIds, Filter } from "../filter.ts";
import type { Query, Row } from "../port.ts";
import type { CallbackProjection } from "../projection.ts";
import { integer, text } from "../row.ts";
import { callbackColumns, parseCallback } from "./callbacks.ts";
import { type DagRunBar, dagRunBarColumns, parseDagRunBar } from "./dag-runs.ts";
import { type DagVersionView, joinedVersion, versionDisplayJoin } from "./dag-versions.ts";

export interface RunHead {
  readonly version: DagVersionView | null;
  readonly callbacks: readonly CallbackProjection[];
  /** Newest first. */
  readonly before: readonly DagRunBar[];
  readonly after: DagRunBar | null;
  readonly importErrorCount: number;
}

/** Enough for a mean of what a run takes. */
const RUNS_BEFORE = 15;
const MAX_CALLBACKS = 1_000;

function objectOf(columns: readonly string[], alias: string): string {
  return `json_object(${columns.map((column) => `'${column}', ${alias}.${column}`).join(", ")})`;
}

const barColumns = dagRunBarColumns.split(", ");

function barsOf(row: Row, name: string): readonly DagRunBar[] {
  return rowsOf(row, name).map(parseDagRunBar);
}

function rowsOf(row: Row, name: string): readonly Row[] {
  return JSON.parse(text(row, name));
}

export const runPages = {
  /** No row until the run's first flush. `allowedDagIds` is for the count of import errors. */
  head(options: {
    readonly dagId: string;
    readonly runId: string;
    readonly allowedDagIds: AllowedDagIds;
  }): Query<RunHead> {
    const where = new Filter();
    const dag = where.bind(options.dagId);
    const run = where.bind(options.runId);
    const version = joinedVersion(options.dagId, where);
    // The one term of this filter; what was bound above stands elsewhere in the text.
    where.allowed(options.allowedDagIds, "i.dag_id");
    const neighbours = (direction: "ASC" | "DESC", limit: number) => `(
        SELECT json_group_array(${objectOf(barColumns, "n")}) FROM (
          SELECT ${dagRunBarColumns} FROM live_dag_run AS r
          WHERE r.dag_id = me.dag_id AND (r.run_after_at, r.run_id) ${direction === "ASC" ? ">" : "<"} (me.run_after_at, me.run_id)
          ORDER BY r.run_after_at ${direction}, r.run_id ${direction} LIMIT ${limit}
        ) AS n)`;
    const callbackNames = callbackColumns.split(",").map((column) => column.trim());
    const sql = `SELECT ${version.columns},
        (SELECT count(*) FROM import_error AS i ${where.where()}) AS import_error_count,
        (SELECT json_group_array(${objectOf(callbackNames, "c")}) FROM (
          SELECT ${callbackColumns} FROM live_callback
          WHERE dag_id = ${dag} AND run_id = ${run} ORDER BY created_at, callback_id LIMIT ${MAX_CALLBACKS}
        ) AS c) AS callbacks,
        ${neighbours("DESC", RUNS_BEFORE)} AS before,
        ${neighbours("ASC", 1)} AS after
      FROM live_dag_run AS me
      LEFT JOIN live_dag_version AS v ON v.dag_id = me.dag_id AND v.version_number = me.version_number
      ${versionDisplayJoin}
      WHERE me.dag_id = ${dag} AND me.run_id = ${run}`;
    return {
      sql,
      params: where.params,
      parse: (row) => ({
        version: version.parse(row),
        callbacks: rowsOf(row, "callbacks").map(parseCallback),
        before: barsOf(row, "before"),
        after: barsOf(row, "after")[0] ?? null,
        importErrorCount: integer(row, "import_error_count"),
      }),
    };
  },
};
