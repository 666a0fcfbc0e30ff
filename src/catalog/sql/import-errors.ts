import type { DagId } from "../../dag/ids.ts";
import { type AllowedDagIds, Filter, type OffsetPage } from "../filter.ts";
import type { Query, Row, Statement } from "../port.ts";
import { dagIdOrNull, integer, text } from "../row.ts";

export interface ImportError {
  readonly filePath: string;
  readonly bundleId: string;
  /** The DAG that the file defined last, if it ever did. */
  readonly dagId: DagId | null;
  readonly at: number;
  readonly stacktrace: string;
}

export interface ImportErrorView extends ImportError {
  readonly importErrorId: number;
}

const columns = "import_error_id, at, bundle_id, dag_id, file_path, stacktrace";

function parse(row: Row): ImportErrorView {
  return {
    importErrorId: integer(row, "import_error_id"),
    at: integer(row, "at"),
    bundleId: text(row, "bundle_id"),
    dagId: dagIdOrNull(row),
    filePath: text(row, "file_path"),
    stacktrace: text(row, "stacktrace"),
  };
}

/** Files that failed to import, one row each. A reader of some DAGs sees the errors of their files alone. */
export const importErrors = {
  list(
    filter: { readonly allowedDagIds: AllowedDagIds; readonly search?: string | undefined },
    page: OffsetPage,
  ): Query<ImportErrorView> {
    const where = new Filter();
    where.allowed(filter.allowedDagIds);
    where.contains(["file_path"], filter.search);
    const sql = `SELECT ${columns} FROM import_error ${where.where()} ORDER BY import_error_id ${where.limit(page)}`;
    return { sql, params: where.params, parse };
  },

  count(filter: { readonly allowedDagIds: AllowedDagIds; readonly search?: string | undefined }): Query<number> {
    const where = new Filter();
    where.allowed(filter.allowedDagIds);
    where.contains(["file_path"], filter.search);
    const sql = `SELECT count(*) AS count FROM import_error ${where.where()}`;
    return { sql, params: where.params, parse: (row) => integer(row, "count") };
  },

  get(importErrorId: number, allowedDagIds: AllowedDagIds): Query<ImportErrorView> {
    const where = new Filter();
    where.equal("import_error_id", importErrorId);
    where.allowed(allowedDagIds);
    return { sql: `SELECT ${columns} FROM import_error ${where.where()}`, params: where.params, parse };
  },

  /** Records the error of one file, in place of its last one. */
  upsert(error: ImportError): Statement {
    return {
      sql: `INSERT INTO import_error (at, bundle_id, dag_id, file_path, stacktrace) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (file_path) DO UPDATE SET at = excluded.at, bundle_id = excluded.bundle_id,
          dag_id = coalesce(excluded.dag_id, dag_id), stacktrace = excluded.stacktrace
        WHERE stacktrace <> excluded.stacktrace OR bundle_id <> excluded.bundle_id`,
      params: [error.at, error.bundleId, error.dagId, error.filePath, error.stacktrace],
    };
  },

  delete(filePath: string): Statement {
    return { sql: "DELETE FROM import_error WHERE file_path = ?1", params: [filePath] };
  },

  /** Makes the table say exactly this: what a sync of a whole bundle found. */
  replaceAll(errors: readonly ImportError[]): readonly Statement[] {
    const paths = JSON.stringify(errors.map((error) => error.filePath));
    return [
      { sql: "DELETE FROM import_error WHERE file_path NOT IN (SELECT value FROM json_each(?1))", params: [paths] },
      ...errors.map((error) => importErrors.upsert(error)),
    ];
  },
};
