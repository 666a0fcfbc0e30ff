/** One run by its tasks: how many task instances of each are in which state, and when. One row, however large the run. */
import type { TaskId } from "../../dag/ids.ts";
import { TASK_INSTANCE_STATES, type TaskInstanceState } from "../../engine/states.ts";
import { Filter } from "../filter.ts";
import type { Query, Row } from "../port.ts";
import { text } from "../row.ts";
import { type DagRunBar, dagRunBarColumns, parseDagRunBar } from "./dag-runs.ts";

export interface RunTask {
  readonly taskId: TaskId;
  readonly counts: readonly { readonly state: TaskInstanceState; readonly count: number }[];
  readonly queuedAt: number | null;
  readonly startAt: number | null;
  readonly endAt: number | null;
  /** The highest. */
  readonly tryNumber: number;
  /** Of one of those that failed, or wait for a retry: its name and message. */
  readonly error: string | null;
  readonly reason: string | null;
  /** Whether it is mapped: its instances have indexes. */
  readonly isMapped: boolean;
}

export interface RunTasks extends DagRunBar {
  readonly tasks: ReadonlyMap<TaskId, RunTask>;
  /** The builds that its tries ran with: more than one means that the code changed on the way. */
  readonly bundleIds: readonly string[];
}

interface Packed {
  readonly id: TaskId;
  /** In the order of `TASK_INSTANCE_STATES`. */
  readonly counts: readonly number[];
  readonly queued: number | null;
  readonly start: number | null;
  readonly end: number | null;
  readonly try: number;
  readonly index: number;
  readonly error: string | null;
  readonly reason: string | null;
  readonly bundles: readonly (string | null)[];
}

function parse(row: Row): RunTasks {
  const packed: readonly Packed[] = JSON.parse(text(row, "tasks"));
  const bundleIds = new Set(packed.flatMap(({ bundles }) => bundles.filter((id) => id !== null)));
  return {
    ...parseDagRunBar(row),
    tasks: new Map(packed.map((task) => [task.id, runTask(task)])),
    bundleIds: [...bundleIds],
  };
}

function runTask(packed: Packed): RunTask {
  return {
    taskId: packed.id,
    counts: TASK_INSTANCE_STATES.flatMap((state, place) => {
      const count = packed.counts[place] ?? 0;
      return count === 0 ? [] : [{ state, count }];
    }),
    queuedAt: packed.queued,
    startAt: packed.start,
    endAt: packed.end,
    tryNumber: packed.try,
    error: packed.error,
    reason: packed.reason,
    isMapped: packed.index >= 0,
  };
}

/** One group per task comes in the order of the key; one per task and state would be sorted first, which takes longer. */
const COUNTS = TASK_INSTANCE_STATES.map((state) => `count(*) FILTER (WHERE t.state = '${state}')`).join(", ");

export const runTasks = {
  /** Of the named runs, or of the latest one. */
  summary(options: { readonly dagId: string; readonly runIds: readonly string[] | "latest" }): Query<RunTasks> {
    const where = new Filter();
    where.equal("dag_id", options.dagId);
    if (options.runIds !== "latest") where.oneOf("run_id", options.runIds);
    const runs = `SELECT ${dagRunBarColumns}, max(deleted_version, coalesce((
          SELECT d.deleted_version FROM dag AS d WHERE d.dag_id = ?1
        ), 0)) AS hidden_version
      FROM live_dag_run ${where.where()} ORDER BY run_after_at DESC, run_id DESC
      ${where.limit({ limit: options.runIds === "latest" ? 1 : options.runIds.length })}`;
    // The tombstones are applied once per run, as in `grid.window`.
    const sql = `SELECT ${dagRunBarColumns}, (
        SELECT json_group_array(json_object('id', task_id, 'counts', json(counts), 'queued', queued_at,
          'start', start_at, 'end', end_at, 'try', try_number, 'index', map_index, 'error', error, 'reason', reason,
          'bundles', json_array(first_bundle, last_bundle))) FROM (
          SELECT t.task_id, json_array(${COUNTS}) AS counts, min(t.queued_at) AS queued_at, min(t.start_at) AS start_at,
            max(t.end_at) AS end_at, max(t.try_number) AS try_number, max(t.map_index) AS map_index,
            min(t.bundle_id) AS first_bundle, max(t.bundle_id) AS last_bundle, max(t.reason) AS reason,
            substr(max(CASE WHEN t.error IS NOT NULL
              THEN (t.error ->> 'name') || ': ' || (t.error ->> 'message') END), 1, 300) AS error
          FROM task_instance AS t
          WHERE t.dag_id = r.dag_id AND t.run_id = r.run_id AND t.version > r.hidden_version
          GROUP BY t.task_id
        )
      ) AS tasks
      FROM (${runs}) AS r ORDER BY run_after_at DESC, run_id DESC`;
    return { sql, params: where.params, parse };
  },
};
