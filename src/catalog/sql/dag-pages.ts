/** What every page of a DAG begins with, in one statement: the DAG, one of its versions, and what the shell tells. */
import { type AllowedDagIds, Filter } from "../filter.ts";
import type { Query } from "../port.ts";
import type { DagProjection } from "../projection.ts";
import { integer } from "../row.ts";
import { type DagVersionView, joinedVersion, versionDisplayJoin } from "./dag-versions.ts";
import { dagColumns, parseDag } from "./dags.ts";

/** Which version: the latest, one by its number, that of a run, or that of the latest run. */
export type VersionChoice =
  | { readonly type: "latest" }
  | { readonly type: "number"; readonly versionNumber: number }
  | { readonly type: "of_run"; readonly runId: string }
  | { readonly type: "of_latest_run" };

export interface DagHead {
  readonly dag: DagProjection;
  readonly version: DagVersionView | null;
  readonly importErrorCount: number;
}

const latest = "(SELECT max(x.version_number) FROM live_dag_version AS x WHERE x.dag_id = d.dag_id)";

function numberOf(choice: VersionChoice, where: Filter): string {
  switch (choice.type) {
    case "latest":
      return latest;
    case "number":
      return where.bind(choice.versionNumber);
    case "of_run":
      return `coalesce((SELECT r.version_number FROM live_dag_run AS r WHERE r.dag_id = d.dag_id AND r.run_id = ${where.bind(choice.runId)}), ${latest})`;
    case "of_latest_run":
      return `coalesce((SELECT r.version_number FROM live_dag_run AS r WHERE r.dag_id = d.dag_id
        ORDER BY r.run_after_at DESC, r.run_id DESC LIMIT 1), ${latest})`;
  }
}

export const dagPages = {
  /** `allowedDagIds` is for the count of import errors; whether the reader may see the DAG was asked before. */
  head(options: {
    readonly dagId: string;
    readonly allowedDagIds: AllowedDagIds;
    readonly version: VersionChoice;
  }): Query<DagHead> {
    const where = new Filter();
    const dag = where.bind(options.dagId);
    const number = numberOf(options.version, where);
    const version = joinedVersion(options.dagId, where);
    // The one term of this filter; what was bound above stands elsewhere in the text.
    where.allowed(options.allowedDagIds, "i.dag_id");
    const sql = `SELECT ${dagColumns}, ${version.columns},
        (SELECT count(*) FROM import_error AS i ${where.where()}) AS import_error_count
      FROM live_dag AS d
      LEFT JOIN live_dag_version AS v ON v.dag_id = d.dag_id AND v.version_number = ${number}
      ${versionDisplayJoin}
      WHERE d.dag_id = ${dag}`;
    return {
      sql,
      params: where.params,
      parse: (row) => ({
        dag: parseDag(row),
        version: version.parse(row),
        importErrorCount: integer(row, "import_error_count"),
      }),
    };
  },
};
