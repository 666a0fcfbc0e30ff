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

/** As it travels: by place, since a run of 5,000 tasks would else spend half of its bytes on names. */
type Packed = readonly [
  taskId: TaskId,
  /** A letter per task instance, or, when there are many of them, how many times each letter stands for one. */
  states: string | readonly number[],
  queuedAt: number | null,
  startAt: number | null,
  endAt: number | null,
  tryNumber: number,
  mapIndex: number,
  error: string | null,
  reason: string | null,
  firstBundle: string | null,
  /** Null when it is the first. */
  lastBundle: string | null,
];

function parse(row: Row): RunTasks {
  const packed: readonly Packed[] = JSON.parse(text(row, "tasks"));
  const bundleIds = new Set<string>();
  const tasks = new Map<TaskId, RunTask>();
  for (const one of packed) {
    const [taskId, states, queuedAt, startAt, endAt, tryNumber, mapIndex, error, reason, first, last] = one;
    for (const bundleId of [first, last]) if (bundleId !== null) bundleIds.add(bundleId);
    const counts = typeof states === "string" ? countLetters(states) : countsOf(states);
    tasks.set(taskId, { taskId, counts, queuedAt, startAt, endAt, tryNumber, error, reason, isMapped: mapIndex >= 0 });
  }
  return { ...parseDagRunBar(row), tasks, bundleIds: [...bundleIds] };
}

function countsOf(counts: readonly number[]): RunTask["counts"] {
  return TASK_INSTANCE_STATES.flatMap((state, place) => {
    const count = counts[place] ?? 0;
    return count === 0 ? [] : [{ state, count }];
  });
}

function countLetters(states: string): RunTask["counts"] {
  const [only = ""] = states;
  if (states.length === 1) return ALONE[letters.indexOf(only)] ?? [];
  return countsOf(letters.map((letter) => states.split(letter).length - 1));
}

const letters = TASK_INSTANCE_STATES.map((_, place) => String.fromCharCode("a".charCodeAt(0) + place));
/** Nearly all tasks are one task instance. */
const ALONE = TASK_INSTANCE_STATES.map((state) => [{ state, count: 1 }]);

/**
 * A letter each, and then counting letters: a count per state would compare every state of every row, which takes twice as
 * long for 100,000 mapped instances. The common states are compared first.
 */
const COMMON: readonly TaskInstanceState[] = ["success", "scheduled", "running", "queued", "none"];
const letterOfState = `CASE t.state ${[...new Set([...COMMON, ...TASK_INSTANCE_STATES])]
  .map((state) => `WHEN '${state}' THEN '${letters[TASK_INSTANCE_STATES.indexOf(state)]}'`)
  .join(" ")} END`;
const MANY = 100;
const countedLetters = `json_array(${letters
  .map((letter) => `length(states) - length(replace(states, '${letter}', ''))`)
  .join(", ")})`;

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
        SELECT json_group_array(json_array(task_id,
          json(CASE WHEN length(states) > ${MANY} THEN ${countedLetters} ELSE json_quote(states) END),
          queued_at, start_at, end_at, try_number, map_index, error, reason, first_bundle, last_bundle)) FROM (
          SELECT t.task_id, group_concat(${letterOfState}, '') AS states, min(t.queued_at) AS queued_at,
            min(t.start_at) AS start_at, max(t.end_at) AS end_at, max(t.try_number) AS try_number,
            max(t.map_index) AS map_index, max(t.reason) AS reason, min(t.bundle_id) AS first_bundle,
            nullif(max(t.bundle_id), min(t.bundle_id)) AS last_bundle,
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
