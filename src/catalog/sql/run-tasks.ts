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
  /** The first and the last of the builds that its tries ran with, by id: two mean that the code changed on the way. */
  readonly bundleIds: readonly string[];
}

/**
 * As it travels: by place, times from the start of the run on, and the last two only where there is one, since a run of
 * 5,000 tasks would else spend most of its bytes on names and nulls.
 */
type Packed = readonly [
  taskId: TaskId,
  /** A letter per task instance, or, when there are many of them, how many times each letter stands for one. */
  states: string,
  tryNumber: number,
  mapIndex: number,
  queuedAt: number | null,
  startAt: number | null,
  endAt: number | null,
  error?: string | null,
  reason?: string | null,
];

type PackedRun = readonly [firstBundle: string | null, lastBundle: string | null, ...tasks: readonly Packed[]];

function parse(row: Row): RunTasks {
  const bar = parseDagRunBar(row);
  const begin = bar.startAt ?? bar.runAfterAt;
  const at = (after: number | null) => (after === null ? null : begin + after);
  const [firstBundle, lastBundle, ...packed]: PackedRun = JSON.parse(text(row, "tasks"));
  const tasks = packed.map(
    ([taskId, states, tryNumber, mapIndex, queued, start, end, error = null, reason = null]): RunTask => ({
      taskId,
      counts: /^\d/.test(states) ? countsOf(states.split(" ").map(Number)) : countLetters(states),
      queuedAt: at(queued),
      startAt: at(start),
      endAt: at(end),
      tryNumber,
      error,
      reason,
      isMapped: mapIndex >= 0,
    }),
  );
  return {
    ...bar,
    tasks: new Map(tasks.map((task) => [task.taskId, task])),
    bundleIds: [...new Set([firstBundle, lastBundle].filter((id) => id !== null))],
  };
}

function countsOf(counts: readonly number[]): RunTask["counts"] {
  return TASK_INSTANCE_STATES.flatMap((state, place) => {
    const count = counts[place] ?? 0;
    return count === 0 ? [] : [{ state, count }];
  });
}

function countLetters(states: string): RunTask["counts"] {
  if (states.length === 1) return ALONE[letters.indexOf(states)] ?? [];
  return countsOf(letters.map((letter) => states.split(letter).length - 1));
}

const letters = TASK_INSTANCE_STATES.map((_, place) => String.fromCharCode("a".charCodeAt(0) + place));
/** Nearly all tasks are one task instance. */
const ALONE = TASK_INSTANCE_STATES.map((state) => [{ state, count: 1 }]);

/**
 * A letter each, and then counting letters: a count per state would compare every state of every row, which takes twice as
 * long for 100,000 mapped instances. The common states are compared first. Letters are one byte, and counting bytes reads nothing.
 */
const COMMON: readonly TaskInstanceState[] = ["success", "scheduled", "running", "queued", "none"];
const letterOfState = `CASE t.state ${[...new Set([...COMMON, ...TASK_INSTANCE_STATES])]
  .map((state) => `WHEN '${state}' THEN '${letters[TASK_INSTANCE_STATES.indexOf(state)]}'`)
  .join(" ")} END`;
const MANY = 100;
const countedLetters = letters
  .map((letter) => `(octet_length(states) - octet_length(replace(states, '${letter}', '')))`)
  .join(" || ' ' || ");
const packedColumns = `task_id, CASE WHEN length(states) > ${MANY} THEN ${countedLetters} ELSE states END,
          try_number, map_index, queued_after, start_after, end_after`;

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
    const after = (time: string) => `${time} - coalesce(r.start_at, r.run_after_at)`;
    const sql = `SELECT ${dagRunBarColumns}, (
        SELECT '[' || json_quote(min(first_bundle)) || ',' || json_quote(max(last_bundle)) || coalesce(',' || group_concat(
          CASE WHEN error IS NULL AND reason IS NULL THEN json_array(${packedColumns})
          ELSE json_array(${packedColumns}, error, reason) END
        ), '') || ']' FROM (
          SELECT t.task_id, group_concat(${letterOfState}, '') AS states, max(t.try_number) AS try_number,
            max(t.map_index) AS map_index, ${after("min(t.queued_at)")} AS queued_after,
            ${after("min(t.start_at)")} AS start_after, ${after("max(t.end_at)")} AS end_after, max(t.reason) AS reason,
            min(t.bundle_id) AS first_bundle, max(t.bundle_id) AS last_bundle,
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
