import type { DagId } from "../../dag/ids.ts";
import type { DagSpec } from "../../dag/spec.ts";
import type { OffsetPage } from "../filter.ts";
import type { Query, Row } from "../port.ts";
import { dagId, integer, text } from "../row.ts";

export interface DagVersionSummary {
  readonly dagId: DagId;
  readonly versionNumber: number;
  readonly bundleId: string;
  readonly createdAt: number;
  readonly filePath: string;
  readonly sourceHash: string;
  readonly specHash: string;
  readonly version: number;
}

export interface DagVersionView extends DagVersionSummary {
  readonly spec: DagSpec;
  readonly source: string;
  /** What the build made of it for pages, as JSON; null where none did, and where it was not asked for. */
  readonly display: string | null;
}

const summaryColumns = "dag_id, version_number, bundle_id, created_at, file_path, source_hash, spec_hash, version";
const columns = `${summaryColumns}, source, spec_json`;
const joined = [...columns.split(", "), "display"].map((column) => [column, column === "display" ? "s" : "v"] as const);

/** The version `v` and its display `s` as columns beside those of another table. */
export const joinedVersionColumns = joined.map(([column, table]) => `${table}.${column} AS v_${column}`).join(", ");
/** Of the version `v`, to be joined behind it. */
export const versionDisplayJoin = `LEFT JOIN version_display AS s
  ON s.dag_id = v.dag_id AND s.source_hash = v.source_hash AND s.spec_hash = v.spec_hash`;

/** Null where there was no version to join. */
export function parseJoinedVersion(row: Row): DagVersionView | null {
  if (row["v_dag_id"] === null) return null;
  return parseDagVersion(Object.fromEntries(joined.map(([column]) => [column, row[`v_${column}`] ?? null])));
}

function parseSummary(row: Row): DagVersionSummary {
  return {
    dagId: dagId(row),
    versionNumber: integer(row, "version_number"),
    bundleId: text(row, "bundle_id"),
    createdAt: integer(row, "created_at"),
    filePath: text(row, "file_path"),
    sourceHash: text(row, "source_hash"),
    specHash: text(row, "spec_hash"),
    version: integer(row, "version"),
  };
}

function parseDagVersion(row: Row): DagVersionView {
  const display = row["display"];
  return {
    ...parseSummary(row),
    spec: JSON.parse(text(row, "spec_json")),
    source: text(row, "source"),
    display: typeof display === "string" ? display : null,
  };
}

/** Specs and sources of a DAG over time. Whether the reader may see the DAG is asked before, with `dags.get`. */
export const dagVersions = {
  latest(id: string): Query<DagVersionView> {
    return {
      sql: `SELECT ${columns} FROM live_dag_version WHERE dag_id = ?1 ORDER BY version_number DESC LIMIT 1`,
      params: [id],
      parse: parseDagVersion,
    };
  },

  get(id: string, versionNumber: number): Query<DagVersionView> {
    return {
      sql: `SELECT ${columns} FROM live_dag_version WHERE dag_id = ?1 AND version_number = ?2`,
      params: [id, versionNumber],
      parse: parseDagVersion,
    };
  },

  /** As `get`, with what the build made of it for pages. */
  withDisplay(id: string, versionNumber: number): Query<DagVersionView> {
    return {
      sql: `SELECT ${joined.map(([column, table]) => `${table}.${column}`).join(", ")}
        FROM live_dag_version AS v ${versionDisplayJoin}
        WHERE v.dag_id = ?1 AND v.version_number = ?2`,
      params: [id, versionNumber],
      parse: parseDagVersion,
    };
  },

  /** Newest first, without spec and source. */
  list(id: string, page: OffsetPage): Query<DagVersionSummary> {
    return {
      sql: `SELECT ${summaryColumns} FROM live_dag_version WHERE dag_id = ?1
        ORDER BY version_number DESC LIMIT ?2 OFFSET ?3`,
      params: [id, page.limit, page.offset],
      parse: parseSummary,
    };
  },

  count(id: string): Query<number> {
    return {
      sql: "SELECT count(*) AS count FROM live_dag_version WHERE dag_id = ?1",
      params: [id],
      parse: (row) => integer(row, "count"),
    };
  },
};
