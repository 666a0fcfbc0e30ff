import type { DagId } from "../../dag/ids.ts";
import type { DagSpec } from "../../dag/spec.ts";
import { assert } from "../../lib/assert.ts";
import { Filter, type OffsetPage } from "../filter.ts";
import { knownVersions, type VersionContent } from "../known-versions.ts";
import type { Query, Row } from "../port.ts";
import { dagId, integer, text, textOrNull } from "../row.ts";

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

export interface DagVersionView extends DagVersionSummary, VersionContent {}

const summaryNames = [
  ...["dag_id", "version_number", "bundle_id", "created_at", "file_path", "source_hash", "spec_hash", "version"],
] as const;
const summaryColumns = summaryNames.join(", ");

/** Of the version `v`, to be joined behind it. */
export const versionDisplayJoin = `LEFT JOIN version_display AS s
  ON s.dag_id = v.dag_id AND s.source_hash = v.source_hash AND s.spec_hash = v.spec_hash`;

/** Names the content of the version `v` with its display `s`: one that is written over gets another row version. */
const token = "v.version_number || ' ' || v.version || ' ' || v.spec_hash || v.source_hash || (s.display IS NULL)";

/**
 * The version `v` and its display `s` as columns beside those of another table. Of what this isolate knows the token
 * comes alone.
 */
export function joinedVersion(id: string, where: Pick<Filter, "bind">) {
  const known = knownVersions.of(id);
  const isKnown = `${token} IN (SELECT value FROM json_each(${where.bind(JSON.stringify([...known.keys()]))}))`;
  const content = [
    ["v.spec_json", "v_spec_json"],
    ["v.source", "v_source"],
    ["s.display", "v_display"],
  ].map(([column, name]) => `CASE WHEN ${isKnown} THEN NULL ELSE ${column} END AS ${name}`);
  const columns = [
    ...summaryNames.map((column) => `v.${column} AS v_${column}`),
    ...[`${token} AS v_token`, ...content],
  ].join(", ");
  /** Null where there was no version to join. */
  const parse = (row: Row): DagVersionView | null => {
    if (row["v_dag_id"] === null) return null;
    const summary = parseSummary(Object.fromEntries(summaryNames.map((name) => [name, row[`v_${name}`] ?? null])));
    return { ...summary, ...(known.get(text(row, "v_token")) ?? readContent(row)) };
  };
  return { columns, parse };
}

/** What is read once is known from then on. */
function readContent(row: Row): VersionContent {
  const [specJson, source, display] = [text(row, "v_spec_json"), text(row, "v_source"), textOrNull(row, "v_display")];
  const content = { spec: JSON.parse(specJson) as DagSpec, source, display };
  const length = specJson.length + source.length + (display?.length ?? 0);
  knownVersions.remember(text(row, "v_dag_id"), text(row, "v_token"), content, length);
  return content;
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

function one(id: string, which: (where: Filter) => string): Query<DagVersionView> {
  const where = new Filter();
  const version = joinedVersion(id, where);
  const sql = `SELECT ${version.columns} FROM live_dag_version AS v ${versionDisplayJoin}
    WHERE v.dag_id = ${where.bind(id)} ${which(where)}`;
  return {
    sql,
    params: where.params,
    parse: (row) => {
      const view = version.parse(row);
      assert(view !== null, "a version that was found has an id");
      return view;
    },
  };
}

/** Specs and sources of a DAG over time. Whether the reader may see the DAG is asked before, with `dags.get`. */
export const dagVersions = {
  latest(id: string): Query<DagVersionView> {
    return one(id, () => "ORDER BY v.version_number DESC LIMIT 1");
  },

  get(id: string, versionNumber: number): Query<DagVersionView> {
    return one(id, (where) => `AND v.version_number = ${where.bind(versionNumber)}`);
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
