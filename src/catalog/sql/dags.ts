import type { DagId } from "../../dag/ids.ts";
import type { DagRunState } from "../../engine/states.ts";
import type { AllowedDagIds } from "../filter.ts";
import { Filter, type OffsetPage } from "../filter.ts";
import type { Query, Row } from "../port.ts";
import type { DagProjection } from "../projection.ts";
import { dagId, flag, integer, integerOrNull, text, textOrNull } from "../row.ts";

export interface DagFilter {
  readonly allowedDagIds: AllowedDagIds;
  /** Part of the id, case aside. */
  readonly search?: string | undefined;
  /** Only these. */
  readonly dagIds?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Whether a DAG needs one of the tags or all of them; one is enough by default. */
  readonly tagsMatch?: "any" | "all" | undefined;
  readonly owners?: readonly string[] | undefined;
  readonly isPaused?: boolean | undefined;
  readonly hasImportError?: boolean | undefined;
  /** State of the latest run. */
  readonly latestRunStates?: readonly DagRunState[] | undefined;
  /** DAGs that are not in the bundle any more are left out unless asked for. */
  readonly withRetired?: boolean | undefined;
}

export type DagOrder = "dag_id" | "next_run_after_at" | "latest_run_state" | "latest_run_start_at";

const orders: Readonly<Record<DagOrder, string>> = {
  dag_id: "d.dag_id",
  next_run_after_at: "d.next_run_after_at",
  latest_run_state: "d.latest_run_state",
  // Looks for the latest run of each DAG: it may start without becoming another one.
  latest_run_start_at: `(SELECT r.start_at FROM live_dag_run AS r WHERE r.dag_id = d.dag_id
    ORDER BY r.run_after_at DESC, r.run_id DESC LIMIT 1)`,
};

export const dagColumns = `d.dag_id, d.description, d.file_path, d.has_import_error, d.is_paused, d.is_retired, d.max_active_runs,
  d.max_active_tasks, d.next_logical_at, d.next_run_after_at, d.next_wake_at, d.owner, d.schedule_text, d.timezone,
  d.version, d.version_number,
  (SELECT json_group_array(name) FROM (SELECT name FROM dag_tag AS g WHERE g.dag_id = d.dag_id ORDER BY name)) AS tags`;

export function parseDag(row: Row): DagProjection {
  return {
    dagId: dagId(row),
    description: textOrNull(row, "description"),
    owner: text(row, "owner"),
    tags: JSON.parse(text(row, "tags")),
    scheduleText: textOrNull(row, "schedule_text"),
    timezone: textOrNull(row, "timezone"),
    isPaused: flag(row, "is_paused"),
    isRetired: flag(row, "is_retired"),
    hasImportError: flag(row, "has_import_error"),
    maxActiveRuns: integer(row, "max_active_runs"),
    maxActiveTasks: integerOrNull(row, "max_active_tasks"),
    versionNumber: integer(row, "version_number"),
    filePath: text(row, "file_path"),
    nextRunAfterAt: integerOrNull(row, "next_run_after_at"),
    nextLogicalAt: integerOrNull(row, "next_logical_at"),
    nextWakeAt: integerOrNull(row, "next_wake_at"),
    version: integer(row, "version"),
  };
}

export function dagFilter(filter: DagFilter): Filter {
  const where = new Filter();
  where.allowed(filter.allowedDagIds, "d.dag_id");
  where.oneOf("d.dag_id", filter.dagIds);
  where.contains(["d.dag_id"], filter.search);
  where.oneOf("d.owner", filter.owners);
  where.flag("d.is_paused", filter.isPaused);
  where.flag("d.has_import_error", filter.hasImportError);
  where.oneOf("d.latest_run_state", filter.latestRunStates);
  if (filter.withRetired !== true) where.add("d.is_retired = 0");
  if (filter.tags !== undefined && filter.tags.length > 0) {
    const tags = where.bind(JSON.stringify([...new Set(filter.tags)]));
    const count = `(SELECT count(*) FROM dag_tag AS g WHERE g.dag_id = d.dag_id AND g.name IN (SELECT value FROM json_each(${tags})))`;
    where.add(filter.tagsMatch === "all" ? `${count} = json_array_length(${tags})` : `${count} > 0`);
  }
  return where;
}

export interface DagTotals {
  readonly total: number;
  readonly active: number;
  readonly paused: number;
  readonly withImportError: number;
}

/** DAGs as their schedulers last told them. The table has one row per DAG, so a list may walk it all. */
export const dags = {
  list(
    filter: DagFilter,
    options: OffsetPage & { readonly order?: DagOrder; readonly descending?: boolean },
  ): Query<DagProjection> {
    const where = dagFilter(filter);
    const direction = options.descending === true ? "DESC" : "ASC";
    const sql = `SELECT ${dagColumns} FROM live_dag AS d ${where.where()}
      ORDER BY ${orders[options.order ?? "dag_id"]} ${direction} NULLS LAST, d.dag_id ${where.limit(options)}`;
    return { sql, params: where.params, parse: parseDag };
  },

  count(filter: DagFilter): Query<number> {
    const where = dagFilter(filter);
    const sql = `SELECT count(*) AS count FROM live_dag AS d ${where.where()}`;
    return { sql, params: where.params, parse: (row) => integer(row, "count") };
  },

  get(id: string, allowedDagIds: AllowedDagIds): Query<DagProjection> {
    const where = new Filter();
    where.equal("d.dag_id", id);
    where.allowed(allowedDagIds, "d.dag_id");
    return { sql: `SELECT ${dagColumns} FROM live_dag AS d ${where.where()}`, params: where.params, parse: parseDag };
  },

  /** Numbers for the home page and the tabs of the list. Paused and active leave retired DAGs out. */
  totals(allowedDagIds: AllowedDagIds): Query<DagTotals> {
    const where = new Filter();
    where.allowed(allowedDagIds);
    where.add("is_retired = 0");
    const sql = `SELECT count(*) AS total, coalesce(sum(is_paused), 0) AS paused,
        coalesce(sum(has_import_error), 0) AS with_import_error
      FROM live_dag ${where.where()}`;
    return {
      sql,
      params: where.params,
      parse: (row) => ({
        total: integer(row, "total"),
        active: integer(row, "total") - integer(row, "paused"),
        paused: integer(row, "paused"),
        withImportError: integer(row, "with_import_error"),
      }),
    };
  },

  /** How many DAGs have a latest run in each state; DAGs without runs are left out. */
  countByLatestRunState(filter: DagFilter): Query<{ readonly state: DagRunState; readonly count: number }> {
    const where = dagFilter(filter);
    where.add("d.latest_run_state IS NOT NULL");
    const sql = `SELECT d.latest_run_state AS state, count(*) AS count FROM live_dag AS d ${where.where()}
      GROUP BY d.latest_run_state`;
    return {
      sql,
      params: where.params,
      parse: (row) => ({ state: text(row, "state") as DagRunState, count: integer(row, "count") }),
    };
  },

  /** All tags in use, by name. */
  tags(allowedDagIds: AllowedDagIds): Query<string> {
    const where = new Filter();
    where.allowed(allowedDagIds, "d.dag_id");
    where.add("d.is_retired = 0");
    const sql = `SELECT DISTINCT g.name FROM live_dag AS d JOIN dag_tag AS g ON g.dag_id = d.dag_id ${where.where()} ORDER BY g.name`;
    return { sql, params: where.params, parse: (row) => text(row, "name") };
  },

  /** For the watchdog: DAGs that wanted to wake before `before`, the longest overdue first. */
  overdue(options: { readonly before: number; readonly limit: number }): Query<{
    readonly dagId: DagId;
    readonly nextWakeAt: number;
  }> {
    return {
      sql: "SELECT dag_id, next_wake_at FROM live_dag WHERE next_wake_at < ?1 ORDER BY next_wake_at LIMIT ?2",
      params: [options.before, options.limit],
      parse: (row) => ({ dagId: dagId(row), nextWakeAt: integer(row, "next_wake_at") }),
    };
  },

  /** For the watchdog: one sixtieth of all DAGs, so that each is looked at once an hour whatever its row says. */
  slice(minute: number): Query<DagId> {
    return {
      sql: "SELECT dag_id FROM live_dag WHERE slice = ?1",
      params: [minute % DAG_SLICES],
      parse: dagId,
    };
  },

  /** Every DAG of the catalog, retired ones too: what `rebuildCatalog` and the bundle's sync walk. */
  ids(): Query<{ readonly dagId: DagId; readonly isRetired: boolean }> {
    return {
      sql: "SELECT dag_id, is_retired FROM live_dag ORDER BY dag_id",
      params: [],
      parse: (row) => ({ dagId: dagId(row), isRetired: flag(row, "is_retired") }),
    };
  },
};

export const DAG_SLICES = 60;

/** FNV-1a of the id: any hash would do, as long as it never changes. */
export function dagSlice(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % DAG_SLICES;
}
