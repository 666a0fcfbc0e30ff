/**
 * The runs and task instances that a clear or a mark is about: which runs, oldest first and a part at a time, and which
 * places of one of them. Reading only; each run is judged by the version of the DAG that it is pinned to.
 */
import { type Named, selectPlaces } from "../engine/clear-selection.ts";
import type { RunState } from "../engine/run-state.ts";
import { FAILED, RUNNING, UPSTREAM_FAILED } from "../engine/states.ts";
import type { SchedulerReply, TaskSelection } from "../platform.ts";
import type { StateRow } from "./ports.ts";
import { refuse, runNotFound } from "./refusals.ts";
import { numberOrNull } from "./rows.ts";
import { findRun } from "./runs.ts";
import type { SchedulerObject } from "./scheduler-object.ts";

/** Runs read at once. How many of them fit one transaction, their sizes decide. */
const RUNS_PER_PART = 20;

export interface RunsOf {
  /** The next rows of runs after the one with this number. */
  readonly after: (seq: number) => readonly StateRow[];
  /** One run was named, and not others beside it: what it does not have is a mistake of the caller. */
  readonly isOne: boolean;
}

export function runsOf(
  scheduler: SchedulerObject,
  selection: TaskSelection,
): SchedulerReply<{ readonly runs: RunsOf }> {
  const { sql, dagId } = scheduler.ports;
  const { runId, past, future } = selection;
  if (runId === null) return { ok: true, runs: between(scheduler, selection.fromAt, selection.toAt) };
  const row = findRun(sql, runId);
  if (row === null) return runNotFound(dagId, runId);
  if (!past && !future) return { ok: true, runs: { after: (seq) => (seq === 0 ? [row] : []), isOne: true } };
  const at = numberOrNull(row["logical_at"]);
  if (at === null) {
    const message = `The run "${runId}" has no logical date, so that no run lies before or after it`;
    return refuse("invalid", message, past ? "include_past" : "include_future");
  }
  return { ok: true, runs: between(scheduler, past ? null : at, future ? null : at) };
}

function between(scheduler: SchedulerObject, fromAt: number | null, toAt: number | null): RunsOf {
  const after = (seq: number) =>
    scheduler.ports.sql.exec(
      `SELECT * FROM dag_run WHERE seq > ?1 AND (?2 IS NULL OR logical_at >= ?2) AND (?3 IS NULL OR logical_at <= ?3)
       ORDER BY seq LIMIT ${RUNS_PER_PART}`,
      seq,
      fromAt,
      toAt,
    );
  return { after, isOne: false };
}

export interface PlacesOf {
  readonly places: readonly number[];
  /** The first task or index that the run does not have. */
  readonly unknown: string | null;
}

/** In the order of the graph, and of the index within a task. */
export function placesOf(run: RunState, selection: TaskSelection): PlacesOf {
  const { named, unknown } = namedOf(run, selection.tasks);
  const places = selectPlaces(run, named, selection);
  return { places: places.filter((place) => isAskedFor(run, place, selection.only)), unknown };
}

export function allPlaces(run: RunState): readonly number[] {
  return selectPlaces(run, namedOf(run, null).named, { upstream: false, downstream: false });
}

/** What lies behind the named tasks, without what the selection itself reaches. */
export function placesBehind(run: RunState, selection: TaskSelection, reached: readonly number[]): readonly number[] {
  const { named } = namedOf(run, selection.tasks);
  const itself = new Set(reached);
  const places = selectPlaces(run, named, { upstream: false, downstream: true });
  return places.filter((place) => !itself.has(place) && isAskedFor(run, place, "failed"));
}

function namedOf(run: RunState, tasks: TaskSelection["tasks"]): { named: readonly Named[]; unknown: string | null } {
  const { graph } = run;
  if (tasks === null)
    return {
      named: graph.tasks.flatMap((task) => (task.isGone ? [] : [{ task: task.index, mapIndex: null }])),
      unknown: null,
    };
  const named: Named[] = [];
  let unknown: string | null = null;
  for (const name of tasks) {
    const [taskId, mapIndex] = typeof name === "string" ? [name, null] : name;
    const task = graph.indexOf.get(taskId);
    if (task === undefined || graph.tasks[task]?.isGone === true) unknown ??= `task "${taskId}"`;
    else if (mapIndex !== null && run.find(taskId, mapIndex) < 0)
      unknown ??= `instance ${mapIndex} of task "${taskId}"`;
    else named.push({ task, mapIndex });
  }
  return { named, unknown };
}

function isAskedFor(run: RunState, place: number, only: TaskSelection["only"]): boolean {
  const code = run.stateOf[place];
  if (only === null) return true;
  return only === "running" ? code === RUNNING : code === FAILED || code === UPSTREAM_FAILED;
}
