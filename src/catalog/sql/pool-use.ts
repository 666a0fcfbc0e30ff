import type { TaskInstanceState } from "../../engine/states.ts";
import type { Query } from "../port.ts";
import { integer, taskState, text } from "../row.ts";

export interface PoolUse {
  readonly pool: string;
  readonly state: TaskInstanceState;
  readonly slots: number;
}

/** What a page shows of it: counted over the task instances of live runs, oldest runs first, up to a bound. */
export interface CountedPoolUse {
  readonly uses: readonly PoolUse[];
  /** Otherwise there are more than were looked at, and every number is at least so large. */
  readonly isWhole: boolean;
}

/** As many rows as a page can look at in 5 ms; a live run with 100,000 mapped instances has more. */
const MAX_LOOKED_AT = 10_000;
const MAX_RUNS = 10_000;

/** Differs from the other reads in that it applies the tombstones itself: once per run instead of once per row. */
export const countedPoolUseSql = `(SELECT json_object('rows', total(amount), 'uses', json_group_array(
    json_object('pool', pool, 'state', state, 'slots', slots))) FROM (
  SELECT pool, state, sum(pool_slots) AS slots, count(*) AS amount FROM (
    SELECT t.pool, t.state, t.pool_slots
    FROM (
      SELECT dag_id, run_id, max(deleted_version, coalesce((
          SELECT d.deleted_version FROM dag AS d WHERE d.dag_id = u.dag_id
        ), 0)) AS hidden_version
      FROM live_dag_run AS u WHERE u.state IN ('queued', 'running') LIMIT ${MAX_RUNS}
    ) AS r
    CROSS JOIN task_instance AS t ON t.dag_id = r.dag_id AND t.run_id = r.run_id AND t.version > r.hidden_version
    LIMIT ${MAX_LOOKED_AT}
  ) GROUP BY pool, state))`;

const OCCUPYING: readonly TaskInstanceState[] = ["scheduled", "queued", "running", "restarting", "deferred"];

export function parseCountedPoolUse(json: string): CountedPoolUse {
  const { rows, uses }: { readonly rows: number; readonly uses: readonly PoolUse[] } = JSON.parse(json);
  return { uses: uses.filter(({ state }) => OCCUPYING.includes(state)), isWhole: rows < MAX_LOOKED_AT };
}

/**
 * Slots of the task instances that wait or run, by pool and state. Reads the live runs through their own index and their
 * instances by key, so that it costs what is live and not what ever was. The truth about who may start is the `Limits`
 * object's; this also knows the pools that nobody counts, because they are unlimited.
 */
export const poolUse = {
  counted(): Query<CountedPoolUse> {
    return {
      sql: `SELECT ${countedPoolUseSql} AS pool_use`,
      params: [],
      parse: (row) => parseCountedPoolUse(text(row, "pool_use")),
    };
  },

  byState(pools: readonly string[] | null): Query<PoolUse> {
    const only = pools === null ? "" : "AND t.pool IN (SELECT value FROM json_each(?1))";
    return {
      sql: `SELECT t.pool, t.state, sum(t.pool_slots) AS slots
        FROM dag_run AS r INDEXED BY dag_run_live CROSS JOIN task_instance AS t ON t.dag_id = r.dag_id AND t.run_id = r.run_id
        WHERE r.state IN ('queued', 'running') AND r.deleted_at IS NULL
          AND t.state IN ('scheduled', 'queued', 'running', 'restarting', 'deferred') ${only}
        GROUP BY t.pool, t.state`,
      params: pools === null ? [] : [JSON.stringify(pools)],
      parse: (row) => ({ pool: text(row, "pool"), state: taskState(row), slots: integer(row, "slots") }),
    };
  },
};
