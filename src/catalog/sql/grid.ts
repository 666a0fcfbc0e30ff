import type { TaskId } from "../../dag/ids.ts";
import type { DagRunState, DagRunType, TaskInstanceState } from "../../engine/states.ts";
import { Filter } from "../filter.ts";
import type { Query, Row } from "../port.ts";
import { textOrNull } from "../row.ts";
import { type DagRunBar, type DagRunCursor, dagRunBarColumns, parseDagRunBar } from "./dag-runs.ts";

/** Airflow's order of what a cell of many mapped instances shows: the first of these that one of them is in. */
const STATES_BY_WEIGHT: readonly TaskInstanceState[] = [
  "failed",
  "upstream_failed",
  "up_for_retry",
  "up_for_reschedule",
  "queued",
  "scheduled",
  "deferred",
  "running",
  "restarting",
  "none",
  "success",
  "skipped",
  "removed",
];
const weightOfState = `CASE t.state ${STATES_BY_WEIGHT.map((state, weight) => `WHEN '${state}' THEN ${weight}`).join(" ")} END`;
/** A cell travels as one number: the weight of its state, and above it how many instances it stands for. */
const CELL_BASE = 16;

export interface GridCell {
  readonly state: TaskInstanceState;
  /** 1, or the number of mapped instances. */
  readonly count: number;
}

export interface GridRun extends DagRunBar {
  /** Tasks without a task instance in this run are absent. Null when the DAG has more tasks than `upToTasks`. */
  readonly cells: ReadonlyMap<TaskId, GridCell> | null;
}

export interface GridWindow {
  readonly dagId: string;
  /** How many runs, newest first. */
  readonly runCount: number;
  /** Only runs before this one, for older columns. */
  readonly before?: DagRunCursor | null | undefined;
  readonly runIds?: readonly string[] | undefined;
  readonly states?: readonly DagRunState[] | undefined;
  readonly runTypes?: readonly DagRunType[] | undefined;
  /** The rows in sight, or null for all tasks: with a list, the cost does not grow with the DAG. */
  readonly taskIds: readonly string[] | null;
  /** With all tasks: no cells when the latest version has more than this, so that they can be asked for unseen. */
  readonly upToTasks?: number;
}

function parse(row: Row): GridRun {
  const packedText = textOrNull(row, "cells");
  if (packedText === null) return { ...parseDagRunBar(row), cells: null };
  const cells = new Map<TaskId, GridCell>();
  const packed: Readonly<Record<string, number>> = JSON.parse(packedText);
  for (const id in packed) cells.set(id as TaskId, cellOf(packed[id] ?? 0));
  return { ...parseDagRunBar(row), cells };
}

/** Cells that are alike are one object: a large grid has 125,000 of a dozen kinds. */
const known = new Map<number, GridCell>();
const MAX_KNOWN = 1_000;

function cellOf(packed: number): GridCell {
  const found = known.get(packed);
  if (found !== undefined) return found;
  const cell = { state: STATES_BY_WEIGHT[packed % CELL_BASE] ?? "none", count: Math.floor(packed / CELL_BASE) };
  if (known.size < MAX_KNOWN) known.set(packed, cell);
  return cell;
}

/** Runs by tasks of one DAG. Whether the reader may see the DAG is asked before, with `dags.get`. */
export const grid = {
  /**
   * One row per run with all its cells as one JSON object: a window of 25 runs by 100 tasks is 2,500 look-ups in the primary
   * key and some 30 KB, in one statement. Differs from the other reads in that it applies the tombstones itself: once per
   * run instead of once per task instance.
   */
  window(options: GridWindow): Query<GridRun> {
    const runs = new Filter();
    const dag = runs.bind(options.dagId);
    runs.add(`dag_id = ${dag}`);
    runs.oneOf("run_id", options.runIds);
    runs.oneOf("state", options.states);
    runs.oneOf("run_type", options.runTypes);
    if (options.before) {
      runs.after(["run_after_at", "run_id"], "DESC", [options.before.runAfterAt, options.before.runId]);
    }
    const latest = `SELECT ${dagRunBarColumns}, max(deleted_version, coalesce((
          SELECT d.deleted_version FROM dag AS d WHERE d.dag_id = ${dag}
        ), 0)) AS hidden_version
      FROM live_dag_run ${runs.where()} ORDER BY run_after_at DESC, run_id DESC ${runs.limit({ limit: options.runCount })}`;
    const tasks =
      options.taskIds === null
        ? ""
        : `AND t.task_id IN (SELECT value FROM json_each(${runs.bind(JSON.stringify(options.taskIds))}))`;
    const isSmall =
      options.upToTasks === undefined
        ? "true"
        : `coalesce((SELECT json_array_length(v.spec_json, '$.tasks') FROM live_dag_version AS v WHERE v.dag_id = ${dag}
          ORDER BY v.version_number DESC LIMIT 1), 0) <= ${runs.bind(options.upToTasks)}`;
    const sql = `SELECT ${dagRunBarColumns}, CASE WHEN ${isSmall} THEN (
        SELECT json_group_object(task_id, cell) FROM (
          SELECT t.task_id, min(${weightOfState}) + ${CELL_BASE} * count(*) AS cell
          FROM task_instance AS t
          WHERE t.dag_id = r.dag_id AND t.run_id = r.run_id AND t.version > r.hidden_version ${tasks}
          GROUP BY t.task_id
        )
      ) END AS cells
      FROM (${latest}) AS r ORDER BY run_after_at DESC, run_id DESC`;
    return { sql, params: runs.params, parse };
  },
};
