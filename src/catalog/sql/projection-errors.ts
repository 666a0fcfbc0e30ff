import { type AllowedDagIds, Filter, type OffsetPage } from "../filter.ts";
import type { Query, Statement } from "../port.ts";
import { integer, text } from "../row.ts";

export interface ProjectionError {
  /** Empty for a row that belongs to no DAG. */
  readonly dagId: string;
  readonly tableName: string;
  /** The row's key as JSON. */
  readonly rowKey: string;
  readonly at: number;
  readonly message: string;
  readonly version: number;
}

/** Rows that the catalog refused for good, so that somebody can see that a page is incomplete, and why. */
export const projectionErrors = {
  list(allowedDagIds: AllowedDagIds, page: OffsetPage): Query<ProjectionError> {
    const where = new Filter();
    where.allowed(allowedDagIds);
    const sql = `SELECT dag_id, table_name, row_key, at, message, version FROM projection_error ${where.where()}
      ORDER BY dag_id, table_name, row_key ${where.limit(page)}`;
    return {
      sql,
      params: where.params,
      parse: (row) => ({
        dagId: text(row, "dag_id"),
        tableName: text(row, "table_name"),
        rowKey: text(row, "row_key"),
        at: integer(row, "at"),
        message: text(row, "message"),
        version: integer(row, "version"),
      }),
    };
  },

  count(allowedDagIds: AllowedDagIds): Query<number> {
    const where = new Filter();
    where.allowed(allowedDagIds);
    const sql = `SELECT count(*) AS count FROM projection_error ${where.where()}`;
    return { sql, params: where.params, parse: (row) => integer(row, "count") };
  },

  upsert(error: ProjectionError): Statement {
    return {
      sql: `INSERT INTO projection_error (dag_id, table_name, row_key, at, message, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT DO UPDATE SET at = excluded.at, message = excluded.message, version = excluded.version
        WHERE excluded.version >= version`,
      params: [error.dagId, error.tableName, error.rowKey, error.at, error.message, error.version],
    };
  },

  /** Before the catalog is rebuilt from the DAG's object: what is still refused comes back by itself. */
  deleteAllOfDag(id: string): Statement {
    return { sql: "DELETE FROM projection_error WHERE dag_id = ?1", params: [id] };
  },
};
