import type { TaskInstanceState } from "../../engine/states.ts";
import type { Query } from "../port.ts";
import { integer, taskState, text } from "../row.ts";

export interface PoolUse {
  readonly pool: string;
  readonly state: TaskInstanceState;
  readonly slots: number;
}

/**
 * Slots of the task instances that wait or run, by pool and state. Reads the live runs through their own index and their
 * instances by key, so that it costs what is live and not what ever was. The truth about who may start is the `Limits`
 * object's; this also knows the pools that nobody counts, because they are unlimited.
 */
export const poolUse = {
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
