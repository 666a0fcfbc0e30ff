import type { RunId } from "../../dag/ids.ts";
import { isFinishedState, type TaskInstanceState } from "../../engine/states.ts";
import type { TaskInstanceView } from "../../platform.ts";
import { type AllowedDagIds, COUNT_LIMIT, Filter, type InstantRange, type Page } from "../filter.ts";
import type { Query, Row } from "../port.ts";
import { dagId, integer, integerOrNull, runId, taskId, taskState, text, textOrNull } from "../row.ts";

export interface TaskInstanceFilter {
  readonly allowedDagIds: AllowedDagIds;
  readonly dagId?: string | undefined;
  readonly runId?: string | undefined;
  readonly runIds?: readonly string[] | undefined;
  readonly taskId?: string | undefined;
  readonly taskIds?: readonly string[] | undefined;
  readonly mapIndex?: number | undefined;
  readonly states?: readonly TaskInstanceState[] | undefined;
  readonly pools?: readonly string[] | undefined;
  readonly queues?: readonly string[] | undefined;
  readonly executors?: readonly string[] | undefined;
  readonly start?: InstantRange | undefined;
  readonly end?: InstantRange | undefined;
}

/** `key` walks the primary key: DAG, run, task, map index. `end_at` of failed ones walks an index. The others sort. */
export type TaskInstanceOrder = "key" | "start_at" | "end_at" | "state" | "priority_weight";

/** The last row of a page in the order of `key`. */
export type TaskInstanceCursor = Pick<TaskInstanceView, "dagId" | "runId" | "taskId" | "mapIndex">;

export const taskInstanceColumns = `t.dag_id, t.run_id, t.task_id, t.map_index, t.bundle_id, t.end_at, t.error, t.executor, t.log_chunk_count,
  t.max_tries, t.next_retry_at, t.note, t.pool, t.pool_slots, t.priority_weight, t.queue, t.queued_at, t.reason,
  t.rendered_map_index, t.start_at, t.state, t.token, t.try_number, t.version`;

const key = ["t.dag_id", "t.run_id", "t.task_id", "t.map_index"] as const;

export function parseTaskInstance(row: Row): TaskInstanceView {
  const error = textOrNull(row, "error");
  return {
    dagId: dagId(row),
    runId: runId(row),
    taskId: taskId(row),
    mapIndex: integer(row, "map_index"),
    instanceName: textOrNull(row, "rendered_map_index"),
    state: taskState(row),
    tryNumber: integer(row, "try_number"),
    maxTries: integer(row, "max_tries"),
    queuedAt: integerOrNull(row, "queued_at"),
    startAt: integerOrNull(row, "start_at"),
    endAt: integerOrNull(row, "end_at"),
    nextRetryAt: integerOrNull(row, "next_retry_at"),
    pool: text(row, "pool"),
    poolSlots: integer(row, "pool_slots"),
    priorityWeight: integer(row, "priority_weight"),
    executor: text(row, "executor"),
    queue: textOrNull(row, "queue"),
    bundleId: textOrNull(row, "bundle_id"),
    reason: textOrNull(row, "reason"),
    error: error === null ? null : JSON.parse(error),
    logChunkCount: integer(row, "log_chunk_count"),
    note: textOrNull(row, "note"),
    token: integer(row, "token"),
    version: integer(row, "version"),
  };
}

interface Source {
  readonly from: string;
  readonly where: Filter;
  /** True when few rows match, so that sorting them beats walking the primary key until enough of them were met. */
  readonly rare: boolean;
}

/**
 * Where to look, and under which conditions. Without a DAG, rare states are found by the one index that holds them: live
 * task instances through the live runs, failed ones through task_instance_failed. CROSS JOIN keeps the runs outermost.
 */
function sourceOf(filter: TaskInstanceFilter): Source {
  const where = new Filter();
  where.equal("t.dag_id", filter.dagId);
  where.equal("t.run_id", filter.runId);
  where.oneOf("t.run_id", filter.runIds);
  where.equal("t.task_id", filter.taskId);
  where.oneOf("t.task_id", filter.taskIds);
  where.equal("t.map_index", filter.mapIndex);
  where.allowed(filter.allowedDagIds, "t.dag_id");
  where.oneOf("t.pool", filter.pools);
  where.oneOf("t.queue", filter.queues);
  where.oneOf("t.executor", filter.executors);
  where.within("t.start_at", filter.start);
  where.within("t.end_at", filter.end);
  const states = filter.states;
  if (states?.length === 1 && states[0] === "failed") {
    where.add("t.state = 'failed'");
    return { from: "live_task_instance AS t", where, rare: filter.dagId === undefined };
  }
  where.oneOf("t.state", states);
  const isLive =
    states !== undefined && states.length > 0 && !states.some((state) => state === "none" || isFinishedState(state));
  if (!isLive || filter.runId !== undefined) {
    return { from: "live_task_instance AS t", where, rare: false };
  }
  where.add("u.state IN ('queued', 'running')");
  return {
    from: "live_dag_run AS u CROSS JOIN live_task_instance AS t ON t.dag_id = u.dag_id AND t.run_id = u.run_id",
    where,
    rare: true,
  };
}

export const taskInstances = {
  list(
    filter: TaskInstanceFilter,
    options: Page<TaskInstanceCursor> & { readonly order?: TaskInstanceOrder; readonly descending?: boolean },
  ): Query<TaskInstanceView> {
    const { from, where, rare } = sourceOf(filter);
    // A plus before a column keeps SQLite from choosing the primary key for it.
    const sorted = rare ? key.map((column) => `+${column}`) : key;
    const keyset = "after" in options;
    if (keyset && options.after !== null) {
      const { dagId: dag, runId: run, taskId: task, mapIndex } = options.after;
      where.after(sorted, "ASC", [dag, run, task, mapIndex]);
    }
    const order = keyset ? "key" : (options.order ?? "key");
    const direction = !keyset && options.descending === true ? "DESC" : "ASC";
    const terms = (order === "key" ? sorted : [`t.${order}`, ...key]).map((term) => `${term} ${direction}`).join(", ");
    const sql = `SELECT ${taskInstanceColumns} FROM ${from} ${where.where()} ORDER BY ${terms} ${where.limit(options)}`;
    return { sql, params: where.params, parse: parseTaskInstance };
  },

  /** At most `COUNT_LIMIT`. */
  count(filter: TaskInstanceFilter): Query<number> {
    const { from, where } = sourceOf(filter);
    const sql = `SELECT count(*) AS count FROM (SELECT 1 FROM ${from} ${where.where()} LIMIT ${COUNT_LIMIT})`;
    return { sql, params: where.params, parse: (row) => integer(row, "count") };
  },

  get(key: {
    readonly dagId: string;
    readonly runId: string;
    readonly taskId: string;
    readonly mapIndex: number;
  }): Query<TaskInstanceView> {
    return {
      sql: `SELECT ${taskInstanceColumns} FROM live_task_instance AS t
        WHERE t.dag_id = ?1 AND t.run_id = ?2 AND t.task_id = ?3 AND t.map_index = ?4`,
      params: [key.dagId, key.runId, key.taskId, key.mapIndex],
      parse: parseTaskInstance,
    };
  },

  /**
   * The current try and the past ones, oldest first. A try that waits for its retry is in the history already, so the
   * current row is left out while the history has its number.
   */
  tries(key: {
    readonly dagId: string;
    readonly runId: string;
    readonly taskId: string;
    readonly mapIndex: number;
  }): Query<TaskInstanceView> {
    const same = "t.dag_id = ?1 AND t.run_id = ?2 AND t.task_id = ?3 AND t.map_index = ?4";
    return {
      sql: `SELECT ${taskInstanceColumns} FROM live_task_instance_history AS t WHERE ${same}
        UNION ALL
        SELECT ${taskInstanceColumns} FROM live_task_instance AS t WHERE ${same} AND NOT EXISTS (
          SELECT 1 FROM live_task_instance_history AS h
          WHERE h.dag_id = ?1 AND h.run_id = ?2 AND h.task_id = ?3 AND h.map_index = ?4 AND h.try_number = t.try_number
        )
        ORDER BY try_number`,
      params: [key.dagId, key.runId, key.taskId, key.mapIndex],
      parse: parseTaskInstance,
    };
  },

  getTry(key: {
    readonly dagId: string;
    readonly runId: string;
    readonly taskId: string;
    readonly mapIndex: number;
    readonly tryNumber: number;
  }): Query<TaskInstanceView> {
    const same = "t.dag_id = ?1 AND t.run_id = ?2 AND t.task_id = ?3 AND t.map_index = ?4 AND t.try_number = ?5";
    return {
      sql: `SELECT ${taskInstanceColumns} FROM live_task_instance_history AS t WHERE ${same}
        UNION ALL
        SELECT ${taskInstanceColumns} FROM live_task_instance AS t WHERE ${same}
        LIMIT 1`,
      params: [key.dagId, key.runId, key.taskId, key.mapIndex, key.tryNumber],
      parse: parseTaskInstance,
    };
  },

  /** How many task instances of each run are in each state. */
  countByState(options: { readonly dagId: string; readonly runIds: readonly string[] }): Query<{
    readonly runId: RunId;
    readonly state: TaskInstanceState;
    readonly count: number;
  }> {
    return {
      sql: `SELECT t.run_id, t.state, count(*) AS count
        FROM json_each(?2) AS wanted
        CROSS JOIN live_task_instance AS t ON t.dag_id = ?1 AND t.run_id = wanted.value
        GROUP BY t.run_id, t.state`,
      params: [options.dagId, JSON.stringify(options.runIds)],
      parse: (row) => ({ runId: runId(row), state: taskState(row), count: integer(row, "count") }),
    };
  },
};
