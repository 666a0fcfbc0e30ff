import type { DagId, RunId } from "../../dag/ids.ts";
import type { DagRunState, DagRunType } from "../../engine/states.ts";
import type { DagRunView } from "../../platform.ts";
import { type AllowedDagIds, COUNT_LIMIT, Filter, type InstantRange, type Page } from "../filter.ts";
import type { Query, Row } from "../port.ts";
import { dagId, integer, integerOrNull, runId, runState, runType, text, textOrNull } from "../row.ts";

export interface DagRunFilter {
  readonly allowedDagIds: AllowedDagIds;
  readonly dagId?: string | undefined;
  readonly states?: readonly DagRunState[] | undefined;
  readonly runTypes?: readonly DagRunType[] | undefined;
  /** Part of the run id, case aside. */
  readonly search?: string | undefined;
  readonly runAfter?: InstantRange | undefined;
  readonly logical?: InstantRange | undefined;
  readonly start?: InstantRange | undefined;
  readonly end?: InstantRange | undefined;
  readonly versionNumber?: number | undefined;
  /** One backfill's runs, by an index of their own. */
  readonly backfillId?: number | undefined;
}

/** `run_after_at` walks an index; the others sort all that the filter lets through. */
export type DagRunOrder = "run_after_at" | "logical_at" | "start_at" | "end_at" | "run_id" | "state" | "run_type";

/** The last row of a page in the order of `run_after_at`. */
export type DagRunCursor = Pick<DagRunView, "runAfterAt" | "dagId" | "runId">;

/** What a bar or a column header shows of a run. */
export interface DagRunBar {
  readonly dagId: DagId;
  readonly runId: RunId;
  readonly runType: DagRunType;
  readonly state: DagRunState;
  readonly logicalAt: number | null;
  readonly runAfterAt: number;
  readonly startAt: number | null;
  readonly endAt: number | null;
  readonly versionNumber: number;
}

export const dagRunBarColumns =
  "dag_id, run_id, end_at, logical_at, run_after_at, run_type, start_at, state, version_number";
export const dagRunColumns = `dag_id, run_id, backfill_id, clear_number, conf, data_interval_end_at, data_interval_start_at, end_at, logical_at, note,
  queued_at, reason, run_after_at, run_type, start_at, state, triggered_by, version, version_number`;

export function parseDagRunBar(row: Row): DagRunBar {
  return {
    dagId: dagId(row),
    runId: runId(row),
    runType: runType(row),
    state: runState(row),
    logicalAt: integerOrNull(row, "logical_at"),
    runAfterAt: integer(row, "run_after_at"),
    startAt: integerOrNull(row, "start_at"),
    endAt: integerOrNull(row, "end_at"),
    versionNumber: integer(row, "version_number"),
  };
}

export function parseDagRun(row: Row): DagRunView {
  return {
    ...parseDagRunBar(row),
    backfillId: integerOrNull(row, "backfill_id"),
    dataIntervalStartAt: integerOrNull(row, "data_interval_start_at"),
    dataIntervalEndAt: integerOrNull(row, "data_interval_end_at"),
    queuedAt: integer(row, "queued_at"),
    conf: JSON.parse(text(row, "conf")),
    note: textOrNull(row, "note"),
    triggeredBy: text(row, "triggered_by"),
    clearNumber: integer(row, "clear_number"),
    reason: textOrNull(row, "reason"),
    version: integer(row, "version"),
  };
}

function isLive(states: readonly DagRunState[]): boolean {
  return states.length > 0 && states.every((state) => state === "queued" || state === "running");
}

function filterOf(filter: DagRunFilter): Filter {
  const where = new Filter();
  const live = filter.states !== undefined && isLive(filter.states);
  // The text of the partial index dag_run_live, word for word, or SQLite would not use it. Live runs are few, so that index
  // beats the history of one DAG: the plus keeps SQLite from taking the latter.
  if (live) where.add("state IN ('queued', 'running')");
  const dagColumn = live || filter.backfillId !== undefined ? "+dag_id" : "dag_id";
  where.equal("backfill_id", filter.backfillId);
  where.equal(dagColumn, filter.dagId);
  where.allowed(filter.allowedDagIds, dagColumn);
  where.oneOf("state", filter.states);
  where.oneOf("run_type", filter.runTypes);
  where.contains(["run_id"], filter.search);
  where.within("run_after_at", filter.runAfter);
  where.within("logical_at", filter.logical);
  where.within("start_at", filter.start);
  where.within("end_at", filter.end);
  where.equal("version_number", filter.versionNumber);
  return where;
}

export const dagRuns = {
  /** Newest first unless said otherwise. A page `after` a cursor is always newest first by `run_after_at`. */
  list(
    filter: DagRunFilter,
    options: Page<DagRunCursor> & { readonly order?: DagRunOrder; readonly descending?: boolean },
  ): Query<DagRunView> {
    const where = filterOf(filter);
    const keyset = "after" in options;
    const order = keyset ? "run_after_at" : (options.order ?? "run_after_at");
    const direction = keyset || options.descending !== false ? "DESC" : "ASC";
    if (keyset && options.after !== null) {
      const { runAfterAt, dagId: dag, runId: run } = options.after;
      where.after(["run_after_at", "dag_id", "run_id"], direction, [runAfterAt, dag, run]);
    }
    const sql = `SELECT ${dagRunColumns} FROM live_dag_run ${where.where()}
      ORDER BY ${order} ${direction}, dag_id ${direction}, run_id ${direction} ${where.limit(options)}`;
    return { sql, params: where.params, parse: parseDagRun };
  },

  /** At most `COUNT_LIMIT`. */
  count(filter: DagRunFilter): Query<number> {
    const where = filterOf(filter);
    const sql = `SELECT count(*) AS count FROM (SELECT 1 FROM live_dag_run ${where.where()} LIMIT ${COUNT_LIMIT})`;
    return { sql, params: where.params, parse: (row) => integer(row, "count") };
  },

  /** Give it a range of `runAfter` or live states: without, it walks the whole history of the DAGs it may see. */
  countByState(filter: DagRunFilter): Query<{ readonly state: DagRunState; readonly count: number }> {
    const where = filterOf(filter);
    const sql = `SELECT state, count(*) AS count FROM live_dag_run ${where.where()} GROUP BY state`;
    return { sql, params: where.params, parse: (row) => ({ state: runState(row), count: integer(row, "count") }) };
  },

  get(key: { readonly dagId: string; readonly runId: string }): Query<DagRunView> {
    return {
      sql: `SELECT ${dagRunColumns} FROM live_dag_run WHERE dag_id = ?1 AND run_id = ?2`,
      params: [key.dagId, key.runId],
      parse: parseDagRun,
    };
  },

  exists(key: { readonly dagId: string; readonly runId: string }): Query<true> {
    return {
      sql: "SELECT 1 AS found FROM live_dag_run WHERE dag_id = ?1 AND run_id = ?2",
      params: [key.dagId, key.runId],
      parse: () => true,
    };
  },

  /**
   * The latest runs of each of many DAGs, newest first within each: the bars of the list of DAGs. Per DAG it reads `perDag`
   * entries of the index dag_run_by_dag to find where they begin, and then those runs, whatever lies before.
   */
  latestPerDag(dagIds: readonly string[], perDag: number): Query<DagRunBar> {
    const sql = `WITH recent AS (
        SELECT ${dagRunBarColumns}, row_number() OVER (PARTITION BY dag_id ORDER BY run_after_at DESC, run_id DESC) AS place
        FROM json_each(?1) AS wanted
        CROSS JOIN live_dag_run AS r ON r.dag_id = wanted.value AND r.run_after_at >= coalesce((
          SELECT x.run_after_at FROM live_dag_run AS x WHERE x.dag_id = wanted.value
          ORDER BY x.run_after_at DESC LIMIT 1 OFFSET ?2 - 1
        ), ${Number.MIN_SAFE_INTEGER})
      )
      SELECT ${dagRunBarColumns} FROM recent WHERE place <= ?2 ORDER BY dag_id, place`;
    return { sql, params: [JSON.stringify(dagIds), perDag], parse: parseDagRunBar };
  },

  /** The latest runs of one DAG, newest first, and one more that may be older than they. */
  bars(options: { readonly dagId: string; readonly runCount: number; readonly also: string | null }): Query<DagRunBar> {
    const sql = `SELECT ${dagRunBarColumns} FROM (
        SELECT ${dagRunBarColumns} FROM (
          SELECT ${dagRunBarColumns} FROM live_dag_run WHERE dag_id = ?1 ORDER BY run_after_at DESC, run_id DESC LIMIT ?2
        )
        UNION
        SELECT ${dagRunBarColumns} FROM live_dag_run WHERE dag_id = ?1 AND run_id = ?3
      ) ORDER BY run_after_at DESC, run_id DESC`;
    return { sql, params: [options.dagId, options.runCount, options.also], parse: parseDagRunBar };
  },
};
