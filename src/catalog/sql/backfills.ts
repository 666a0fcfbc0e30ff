import type { DagRunState } from "../../engine/states.ts";
import type { Json } from "../../lib/json.ts";
import type { BackfillView, ReprocessBehavior } from "../../platform.ts";
import { type AllowedDagIds, Filter, type KeysetPage, type OffsetPage } from "../filter.ts";
import type { Query, Row } from "../port.ts";
import { dagId, flag, integer, integerOrNull, text } from "../row.ts";

export interface BackfillFilter {
  readonly allowedDagIds: AllowedDagIds;
  readonly dagId?: string | undefined;
  /** Part of the id of the DAG. */
  readonly search?: string | undefined;
  readonly isCompleted?: boolean | undefined;
}

/** How many of a backfill's runs are in each state. */
export type BackfillProgress = Readonly<Record<DagRunState, number>>;

export interface BackfillWithProgress {
  readonly backfill: BackfillView;
  readonly progress: BackfillProgress;
}

const columns = `dag_id, backfill_id, completed_at, conf, created_at, created_by, from_at, is_paused, is_reverse, max_active_runs,
  reprocess, to_at, updated_at, version`;

function parse(row: Row): BackfillView {
  return {
    id: integer(row, "backfill_id"),
    dagId: dagId(row),
    fromAt: integer(row, "from_at"),
    toAt: integer(row, "to_at"),
    isReverse: flag(row, "is_reverse"),
    reprocess: text(row, "reprocess") as ReprocessBehavior,
    maxActiveRuns: integer(row, "max_active_runs"),
    conf: JSON.parse(text(row, "conf")) as Json,
    isPaused: flag(row, "is_paused"),
    createdBy: text(row, "created_by"),
    createdAt: integer(row, "created_at"),
    updatedAt: integer(row, "updated_at"),
    completedAt: integerOrNull(row, "completed_at"),
    version: integer(row, "version"),
  };
}

function filterOf(filter: BackfillFilter): Filter {
  const where = new Filter();
  where.allowed(filter.allowedDagIds);
  where.equal("dag_id", filter.dagId);
  where.contains(["dag_id"], filter.search);
  if (filter.isCompleted !== undefined) where.add(`completed_at IS ${filter.isCompleted ? "NOT " : ""}NULL`);
  return where;
}

const RUN_STATES: readonly DagRunState[] = ["queued", "running", "success", "failed"];
const runCounts = RUN_STATES.map((state) => `coalesce(sum(r.state = '${state}'), 0)`).join(", ");

function parseWithProgress(row: Row): BackfillWithProgress {
  const counts = JSON.parse(text(row, "run_counts")) as readonly number[];
  const progress = Object.fromEntries(RUN_STATES.map((state, place) => [state, counts[place] ?? 0]));
  return { backfill: parse(row), progress: progress as BackfillProgress };
}

export const backfills = {
  /** By their ids, which grow with time. */
  list(filter: BackfillFilter, page: OffsetPage & { readonly descending: boolean }): Query<BackfillView> {
    const where = filterOf(filter);
    const order = page.descending ? "DESC" : "ASC";
    const sql = `SELECT ${columns} FROM live_backfill ${where.where()} ORDER BY backfill_id ${order} ${where.limit(page)}`;
    return { sql, params: where.params, parse };
  },

  /** For the pages, the newest first, each with the counts of its runs: those are walked, so keep a page small. */
  page(filter: BackfillFilter & { readonly id?: number }, page: KeysetPage<number>): Query<BackfillWithProgress> {
    const where = filterOf(filter);
    where.equal("backfill_id", filter.id);
    if (page.after !== null) where.after(["backfill_id"], "DESC", [page.after]);
    const sql = `SELECT ${columns}, (
        SELECT json_array(${runCounts}) FROM live_dag_run AS r WHERE r.backfill_id = b.backfill_id AND +r.dag_id = b.dag_id
      ) AS run_counts
      FROM live_backfill AS b ${where.where()} ORDER BY backfill_id DESC ${where.limit(page)}`;
    return { sql, params: where.params, parse: parseWithProgress };
  },

  count(filter: BackfillFilter): Query<number> {
    const where = filterOf(filter);
    const sql = `SELECT count(*) AS count FROM live_backfill ${where.where()}`;
    return { sql, params: where.params, parse: (row) => integer(row, "count") };
  },

  get(id: number, allowedDagIds: AllowedDagIds): Query<BackfillView> {
    const where = filterOf({ allowedDagIds });
    where.equal("backfill_id", id);
    return { sql: `SELECT ${columns} FROM live_backfill ${where.where()}`, params: where.params, parse };
  },
};
