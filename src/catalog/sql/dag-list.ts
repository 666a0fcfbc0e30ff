/** The list of DAGs as its page shows it: rows with the bars of their runs, and what there is to filter by. */
import type { AllowedDagIds, Filter } from "../filter.ts";
import type { Query } from "../port.ts";
import type { DagProjection } from "../projection.ts";
import { integer, text } from "../row.ts";
import { type DagRunBar, dagRunBarColumns } from "./dag-runs.ts";
import { type DagFilter, dagColumns, dagFilter, parseDag } from "./dags.ts";

export const DAG_SORTS = ["name", "next_run", "latest_run", "state"] as const;
export type DagSort = (typeof DAG_SORTS)[number];

/** The last row of a page: what it was sorted by, and its id. */
export interface DagListCursor {
  readonly key: string | number;
  readonly dagId: string;
}

export interface ListedDag {
  readonly dag: DagProjection;
  /** Newest first. */
  readonly runs: readonly DagRunBar[];
  readonly key: string | number;
}

export interface DagFacets {
  /** All that match, counted up to `MAX_COUNTED`. */
  readonly count: number;
  readonly tags: readonly string[];
  readonly owners: readonly string[];
}

export const MAX_COUNTED_DAGS = 1_000;
const MAX_FACETS = 200;

/** Keys are never null, so that a page can go on behind one. Trouble sorts before rest. */
const keys: Readonly<Record<DagSort, string>> = {
  name: "d.dag_id",
  next_run: `coalesce(d.next_run_after_at, ${Number.MAX_SAFE_INTEGER})`,
  latest_run: "coalesce(d.latest_run_at, 0)",
  state:
    "CASE d.latest_run_state WHEN 'failed' THEN 0 WHEN 'running' THEN 1 WHEN 'queued' THEN 2 WHEN 'success' THEN 3 ELSE 4 END",
};

export const dagList = {
  page(
    filter: DagFilter,
    options: {
      readonly limit: number;
      readonly barCount: number;
      readonly sort: DagSort;
      readonly descending: boolean;
      readonly after: DagListCursor | null;
    },
  ): Query<ListedDag> {
    const where = dagFilter(filter);
    const key = keys[options.sort];
    if (options.after !== null) {
      const bound = where.bind(options.after.key);
      const behind = options.descending ? "<" : ">";
      where.add(`(${key} ${behind} ${bound} OR (${key} = ${bound} AND d.dag_id > ${where.bind(options.after.dagId)}))`);
    }
    const bars = `(SELECT json_group_array(json_object('runId', run_id, 'endAt', end_at, 'logicalAt', logical_at,
        'runAfterAt', run_after_at, 'runType', run_type, 'startAt', start_at, 'state', state, 'versionNumber', version_number))
      FROM (SELECT ${dagRunBarColumns} FROM live_dag_run AS r WHERE r.dag_id = d.dag_id
        ORDER BY r.run_after_at DESC, r.run_id DESC LIMIT ${where.bind(options.barCount)}))`;
    const direction = options.descending ? "DESC" : "ASC";
    // Chosen first: in one go each DAG that the sort looks at would be given its bars.
    const sql = `SELECT ${dagColumns}, page.sort_key, ${bars} AS bars
      FROM (SELECT d.dag_id, ${key} AS sort_key FROM live_dag AS d ${where.where()}
        ORDER BY sort_key ${direction}, d.dag_id ${where.limit(options)}) AS page
      CROSS JOIN live_dag AS d ON d.dag_id = page.dag_id ORDER BY page.sort_key ${direction}, d.dag_id`;
    return {
      sql,
      params: where.params,
      parse: (row) => {
        const dag = parseDag(row);
        const runs = JSON.parse(text(row, "bars")) as readonly Omit<DagRunBar, "dagId">[];
        return { dag, key: row["sort_key"] ?? "", runs: runs.map((run) => ({ ...run, dagId: dag.dagId })) };
      },
    };
  },

  facets(filter: DagFilter): Query<DagFacets> {
    const where = dagFilter(filter);
    const count = `(SELECT count(*) FROM (SELECT 1 FROM live_dag AS d ${where.where()} LIMIT ${MAX_COUNTED_DAGS + 1}))`;
    const seen = allowedSql(where, filter.allowedDagIds);
    // From one name to the next through the index, however many DAGs have it.
    const sql = `WITH RECURSIVE tag (name) AS (
        SELECT (SELECT min(g.name) FROM dag_tag AS g)
        UNION ALL
        SELECT (SELECT min(g.name) FROM dag_tag AS g WHERE g.name > tag.name) FROM tag WHERE tag.name IS NOT NULL
        LIMIT ${MAX_FACETS}
      )
      SELECT ${count} AS count,
      (SELECT json_group_array(name) FROM tag WHERE EXISTS (
        SELECT 1 FROM dag_tag AS g CROSS JOIN live_dag AS d ON d.dag_id = g.dag_id
        WHERE g.name = tag.name AND d.is_retired = 0 ${seen})) AS tags,
      (SELECT json_group_array(owner) FROM (SELECT DISTINCT d.owner FROM live_dag AS d
        WHERE d.is_retired = 0 ${seen} ORDER BY d.owner LIMIT ${MAX_FACETS})) AS owners`;
    return {
      sql,
      params: where.params,
      parse: (row) => ({
        count: integer(row, "count"),
        tags: JSON.parse(text(row, "tags")),
        owners: JSON.parse(text(row, "owners")),
      }),
    };
  },

  /** The ids that match, by name: what an action on all of them is about. */
  ids(filter: DagFilter, limit: number): Query<Pick<DagProjection, "dagId" | "isPaused">> {
    const where = dagFilter(filter);
    const sql = `SELECT ${dagColumns} FROM live_dag AS d ${where.where()} ORDER BY d.dag_id ${where.limit({ limit })}`;
    return { sql, params: where.params, parse: parseDag };
  },
};

function allowedSql(where: Filter, allowedDagIds: AllowedDagIds): string {
  if (allowedDagIds === null) return "";
  return `AND d.dag_id IN (SELECT value FROM json_each(${where.bind(JSON.stringify(allowedDagIds))}))`;
}
