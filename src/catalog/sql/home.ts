/**
 * The home page in three statements: everything that is one number, the runs it lists, and the history it draws. Each is
 * bounded whatever the catalog holds.
 */
import type { DagId } from "../../dag/ids.ts";
import type { DagRunState } from "../../engine/states.ts";
import type { DagRunView } from "../../platform.ts";
import { type AllowedDagIds, Filter } from "../filter.ts";
import type { Query } from "../port.ts";
import { integer, integerOrNull, runState, text, textOrNull } from "../row.ts";
import { dagRunColumns, parseDagRun } from "./dag-runs.ts";
import { type CountedPoolUse, countedPoolUseSql, parseCountedPoolUse } from "./pool-use.ts";

export interface UpcomingRun {
  readonly dagId: DagId;
  readonly at: number;
  readonly scheduleText: string | null;
}

export interface HomeNumbers {
  readonly dagCount: number;
  readonly pausedCount: number;
  readonly importErrorCount: number;
  readonly runningRunCount: number;
  readonly queuedRunCount: number;
  readonly overdueDagIds: readonly DagId[];
  readonly projectionErrorCount: number;
  /**
   * Since when the catalog lacks something that a scheduler told it of, or the watchdog, who asks a sixtieth of all DAGs each
   * minute and those that are overdue. Null when nobody knows of anything.
   */
  readonly behindSinceAt: number | null;
  readonly bundleSyncedAt: number | null;
  readonly bundleState: string | null;
  readonly watchdogAt: number | null;
  readonly upcoming: readonly UpcomingRun[];
  readonly poolUse: CountedPoolUse;
}

/** Live runs are counted up to here. */
const MAX_LIVE_RUNS = 10_000;
const MAX_OVERDUE = 20;
/** A history counts the latest so many runs of its range. */
export const MAX_HISTORY_RUNS = 5_000;

function dagCounts(json: string): Pick<HomeNumbers, "dagCount" | "pausedCount"> {
  const [dagCount, pausedCount]: readonly [number, number] = JSON.parse(json);
  return { dagCount, pausedCount };
}

export const home = {
  numbers(options: {
    readonly allowedDagIds: AllowedDagIds;
    readonly overdueBefore: number;
    readonly now: number;
    readonly upcomingCount: number;
  }): Query<HomeNumbers> {
    const where = new Filter();
    const seen = (column: string) =>
      options.allowedDagIds === null
        ? ""
        : `AND ${column} IN (SELECT value FROM json_each(${where.bind(JSON.stringify(options.allowedDagIds))}))`;
    const live = (state: string) => `(SELECT count(*) FROM (SELECT 1 FROM live_dag_run
      WHERE state IN ('queued', 'running') AND state = '${state}' ${seen("+dag_id")} LIMIT ${MAX_LIVE_RUNS}))`;
    const job = (column: string, type: string) =>
      `(SELECT ${column} FROM job WHERE job_type = '${type}' ORDER BY latest_heartbeat_at DESC LIMIT 1)`;
    const sql = `SELECT
      (SELECT json_array(count(*), coalesce(sum(is_paused), 0)) FROM live_dag
        WHERE is_retired = 0 ${seen("dag_id")}) AS dag_counts,
      (SELECT count(*) FROM import_error WHERE 1 = 1 ${seen("dag_id")}) AS import_error_count,
      ${live("running")} AS running_count,
      ${live("queued")} AS queued_count,
      (SELECT json_group_array(dag_id) FROM (SELECT dag_id FROM live_dag
        WHERE next_wake_at < ${where.bind(options.overdueBefore)} ${seen("dag_id")}
        ORDER BY next_wake_at LIMIT ${MAX_OVERDUE})) AS overdue,
      (SELECT count(*) FROM projection_error) AS projection_error_count,
      ${job("latest_heartbeat_at", "DagProcessorJob")} AS bundle_at,
      ${job("state", "DagProcessorJob")} AS bundle_state,
      ${job("latest_heartbeat_at", "WatchdogJob")} AS watchdog_at,
      (SELECT min(at) FROM (
        SELECT behind_since_at AS at FROM live_dag WHERE behind_since_at IS NOT NULL ${seen("dag_id")}
        UNION ALL SELECT ${job("extra ->> 'behindSinceAt'", "WatchdogJob")})) AS behind_since_at,
      (SELECT json_group_array(json_object('dagId', dag_id, 'at', next_run_after_at, 'scheduleText', schedule_text))
        FROM (SELECT dag_id, next_run_after_at, schedule_text FROM live_dag
          WHERE is_retired = 0 AND is_paused = 0 AND next_run_after_at >= ${where.bind(options.now)} ${seen("dag_id")}
          ORDER BY next_run_after_at, dag_id LIMIT ${where.bind(options.upcomingCount)})) AS upcoming,
      ${countedPoolUseSql} AS pool_use`;
    return {
      sql,
      params: where.params,
      parse: (row) => ({
        ...dagCounts(text(row, "dag_counts")),
        importErrorCount: integer(row, "import_error_count"),
        runningRunCount: integer(row, "running_count"),
        queuedRunCount: integer(row, "queued_count"),
        overdueDagIds: JSON.parse(text(row, "overdue")),
        projectionErrorCount: integer(row, "projection_error_count"),
        behindSinceAt: integerOrNull(row, "behind_since_at"),
        bundleSyncedAt: integerOrNull(row, "bundle_at"),
        bundleState: textOrNull(row, "bundle_state"),
        watchdogAt: integerOrNull(row, "watchdog_at"),
        upcoming: JSON.parse(text(row, "upcoming")),
        poolUse: parseCountedPoolUse(text(row, "pool_use")),
      }),
    };
  },

  /** Failed runs since an instant and the latest runs of all, told apart by `isFailedList`. */
  runs(options: {
    readonly allowedDagIds: AllowedDagIds;
    readonly failedSince: number;
    readonly failedCount: number;
    readonly latestCount: number;
  }): Query<{ readonly run: DagRunView; readonly isFailedList: boolean }> {
    const where = new Filter();
    const seen =
      options.allowedDagIds === null
        ? ""
        : `AND dag_id IN (SELECT value FROM json_each(${where.bind(JSON.stringify(options.allowedDagIds))}))`;
    const newest = "ORDER BY run_after_at DESC, dag_id DESC, run_id DESC LIMIT";
    // Failures are looked for among the runs that the history counts, so that a day without any costs no more.
    const within = `SELECT dag_id, run_id, state FROM live_dag_run WHERE run_after_at >= ${where.bind(options.failedSince)} ${seen}
      ${newest} ${MAX_HISTORY_RUNS}`;
    const failed = `SELECT f.dag_id, f.run_id FROM (${within}) AS f WHERE f.state = 'failed'
      LIMIT ${where.bind(options.failedCount)}`;
    const sql = `SELECT * FROM (SELECT 1 AS is_failed_list, ${dagRunColumns} FROM live_dag_run
        WHERE (dag_id, run_id) IN (${failed}) ${newest} ${where.bind(options.failedCount)})
      UNION ALL SELECT * FROM (SELECT 0 AS is_failed_list, ${dagRunColumns} FROM live_dag_run WHERE 1 = 1 ${seen}
        ${newest} ${where.bind(options.latestCount)})`;
    return {
      sql,
      params: where.params,
      parse: (row) => ({ run: parseDagRun(row), isFailedList: integer(row, "is_failed_list") === 1 }),
    };
  },

  /** How many runs of each part of a range are in each state. */
  history(options: {
    readonly allowedDagIds: AllowedDagIds;
    readonly from: number;
    readonly to: number;
    readonly bucketMs: number;
  }): Query<{ readonly bucket: number; readonly state: DagRunState; readonly count: number }> {
    const where = new Filter();
    where.within("run_after_at", { from: options.from, to: options.to });
    where.allowed(options.allowedDagIds);
    // Cast, because D1 binds every number as a real one.
    const from = where.bind(options.from);
    const size = where.bind(options.bucketMs);
    const sql = `SELECT CAST((run_after_at - ${from}) / ${size} AS INTEGER) AS bucket, state, count(*) AS count
      FROM (SELECT run_after_at, state FROM live_dag_run ${where.where()}
        ORDER BY run_after_at DESC LIMIT ${MAX_HISTORY_RUNS})
      GROUP BY bucket, state`;
    return {
      sql,
      params: where.params,
      parse: (row) => ({ bucket: integer(row, "bucket"), state: runState(row), count: integer(row, "count") }),
    };
  },
};
