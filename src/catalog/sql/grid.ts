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
  /** By prefix; absent where no task of it has an instance. */
  readonly prefixes: ReadonlyMap<string, TaskInstanceState>;
  /** Of the newest run alone: how many tasks show each state. */
  readonly counts: ReadonlyMap<TaskInstanceState, number>;
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
  /** Beginnings of ids, each with its dot: of the tasks behind one, the state that matters most stands for all. */
  readonly prefixes?: readonly string[];
  /** With all tasks: no cells when the latest version has more than this, so that they can be asked for unseen. */
  readonly upToTasks?: number;
}

type Packed = Readonly<Record<string, number>>;

function parse(row: Row): GridRun {
  const cells = packed(row, "cells");
  return {
    ...parseDagRunBar(row),
    cells: cells && new Map(Object.entries(cells).map(([id, cell]) => [id as TaskId, cellOf(cell)])),
    prefixes: new Map(
      Object.entries(packed(row, "prefixes") ?? {}).flatMap(([prefix, weight]) =>
        weight === null ? [] : [[prefix, stateOf(weight)] as const],
      ),
    ),
    counts: new Map(
      Object.entries(packed(row, "counts") ?? {}).map(([weight, count]) => [stateOf(Number(weight)), count]),
    ),
  };
}

function packed(row: Row, column: string): Packed | null {
  const json = textOrNull(row, column);
  return json === null ? null : JSON.parse(json);
}

function stateOf(weight: number): TaskInstanceState {
  return STATES_BY_WEIGHT[weight] ?? "none";
}

/** Cells that are alike are one object: a large grid has 125,000 of a dozen kinds. */
const known = new Map<number, GridCell>();
const MAX_KNOWN = 1_000;

function cellOf(value: number): GridCell {
  const found = known.get(value);
  if (found !== undefined) return found;
  const cell = { state: stateOf(value % CELL_BASE), count: Math.floor(value / CELL_BASE) };
  if (known.size < MAX_KNOWN) known.set(value, cell);
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
    const ofRun = "t.dag_id = r.dag_id AND t.run_id = r.run_id AND t.version > r.hidden_version";
    // The dot's successor ends the range of the ids that begin with the prefix.
    const prefixes =
      (options.prefixes ?? []).length === 0
        ? "NULL"
        : `(SELECT json_group_object(g.value, (
            SELECT min(${weightOfState}) FROM task_instance AS t
            WHERE ${ofRun} AND t.task_id > g.value AND t.task_id < substr(g.value, 1, length(g.value) - 1) || '/'
          )) FROM json_each(${runs.bind(JSON.stringify(options.prefixes))}) AS g)`;
    const sql = `WITH r AS (${latest})
      SELECT ${dagRunBarColumns}, CASE WHEN ${isSmall} THEN (
        SELECT json_group_object(task_id, cell) FROM (
          SELECT t.task_id, min(${weightOfState}) + ${CELL_BASE} * count(*) AS cell
          FROM task_instance AS t WHERE ${ofRun} ${tasks} GROUP BY t.task_id
        )
      ) END AS cells, ${prefixes} AS prefixes, CASE WHEN run_id = (SELECT run_id FROM r LIMIT 1) THEN (
        SELECT json_group_object(weight, amount) FROM (
          SELECT weight, count(*) AS amount FROM (
            SELECT min(${weightOfState}) AS weight FROM task_instance AS t WHERE ${ofRun} GROUP BY t.task_id
          ) GROUP BY weight
        )
      ) END AS counts
      FROM r ORDER BY run_after_at DESC, run_id DESC`;
    return { sql, params: runs.params, parse };
  },
};
