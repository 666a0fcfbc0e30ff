/**
 * Takes one DAG from its rows into memory: the definition, every run that is running, and every finished run that the
 * catalog does not have whole. Queued runs stay rows until they start; settled runs stay rows until they are cleared.
 */
import type { DagSpec } from "../dag/spec.ts";
import type { RunStart } from "../engine/backfill.ts";
import { withGoneTasks } from "../engine/change-version.ts";
import { addRun } from "../engine/dag-run.ts";
import { type DagState, newDagState } from "../engine/dag-state.ts";
import { compileGraph, type Graph } from "../engine/graph.ts";
import { restoreHolders, restoreRun } from "../engine/restore.ts";
import type { RunState } from "../engine/run-state.ts";
import { restoreSlots } from "../engine/slots.ts";
import { newStep } from "../engine/step.ts";
import { makeTimetable } from "../engine/timetable/make-timetable.ts";
import { manualTimetable } from "../engine/timetable/manual.ts";
import { assert } from "../lib/assert.ts";
import { knowBackfill, restoreBackfills, unflushedBackfills } from "./backfills/rows.ts";
import { readNextCallbackAt, unflushedCallbacks } from "./callbacks/rows.ts";
import { limitsOf } from "./limits-link.ts";
import type { SchedulerPorts, StateRow, StateSql, StateValue } from "./ports.ts";
import { linkPreviousRun } from "./previous-run.ts";
import { instanceRecord, numberOrNull, runRecord } from "./rows.ts";
import { readShape } from "./run-shape.ts";

/**
 * Numbers are taken from the sequence in blocks of this size, so that using one writes nothing. Each start of the object
 * wastes up to a block, and an object made anew begins at the clock's milliseconds: blocks must be so small that the
 * sequence never outruns the clock, or a DAG that was deleted and came back would stay below its own tombstone.
 */
const SEQUENCE_BLOCK = 1_000;

export interface Loaded {
  readonly state: DagState;
  readonly graphs: Map<number, Graph>;
  /** What could not be read; the rest goes on without it. */
  readonly problems: string[];
  sequenceCeiling: number;
  flushedVersion: number;
  /** What waited for its first try when the catalog was told all of it (`told-waiting`); null since something else waits. */
  toldWaiting: number | null;
  /** The wake-up that the catalog shows. */
  projectedWakeAt: number | null;
  /** What the catalog does not have yet: runs with changed task instances, numbers of changed run rows, and the rest. */
  readonly unflushedRuns: Set<RunState>;
  readonly unflushedRows: Set<number>;
  readonly unflushedTries: Set<number>;
  readonly unflushedXComs: Set<number>;
  /** By their ids. */
  readonly unflushedCallbacks: Set<number>;
  readonly unflushedBackfills: Set<number>;
  hasEvents: boolean;
  hasTombstones: boolean;
  /** When the oldest finished run is old enough to go; undefined until it is looked up. */
  retentionAt: number | null | undefined;
  /** When the state was taken into memory, by a clock that does not step back behind its rows. */
  loadedAt: number;
  /** Version of the DAG's own row. */
  dagVersion: number;
  filePath: string;
  /** Somebody deleted the DAG, and the object is not empty yet. */
  isBeingDeleted: boolean;
  /** Slots of limits that other DAGs share were asked for, once or more. */
  usesSlots: boolean;
}

/** A clock that stepped back by less than this since the rows were written is waited for. */
const MAX_STEP_BACK_MS = 600_000;

export function loadDag(ports: SchedulerPorts, now: number): Loaded {
  const { sql, dagId, settings } = ports;
  let row = readDag(sql);
  if (row === null) {
    // A sequence that starts at the present is above any that an object of this name had before it was deleted.
    sql.exec("INSERT INTO dag (id, dag_id, sequence_ceiling) VALUES (1, ?, ?)", dagId, now);
    row = readDag(sql);
  }
  assert(row !== null, `scheduler of "${dagId}" has no row of its DAG`);
  assert(row["dag_id"] === dagId, `scheduler of "${dagId}" holds the DAG "${row["dag_id"]}"`);
  const has = (what: string) => row[`has_${what}`] === 1;
  const ceiling = Number(row["sequence_ceiling"]);
  // A little: time that stands still until a clock far ahead is reached would be worse than a negative duration.
  const latestAt = has("unsettled_runs") ? latestInstant(sql) : 0;
  const loadedAt = latestAt < now + MAX_STEP_BACK_MS ? Math.max(now, latestAt) : now;
  const state = newDagState(dagId, ceiling, settings);
  const loaded: Loaded = {
    state,
    graphs: new Map(),
    problems: [],
    unflushedRuns: new Set(),
    unflushedRows: new Set(),
    unflushedTries: new Set(),
    unflushedXComs: new Set(),
    unflushedCallbacks: has("callbacks") ? unflushedCallbacks(sql, Number(row["flushed_version"])) : new Set(),
    unflushedBackfills: has("backfills") ? unflushedBackfills(sql, Number(row["flushed_version"])) : new Set(),
    retentionAt: undefined,
    loadedAt,
    hasEvents: has("events"),
    hasTombstones: has("tombstones"),
    sequenceCeiling: ceiling,
    flushedVersion: Number(row["flushed_version"]),
    toldWaiting: numberOrNull(row["told_waiting"]),
    projectedWakeAt: numberOrNull(row["projected_wake_at"]),
    dagVersion: Number(row["version"]),
    filePath: String(row["file_path"]),
    isBeingDeleted: row["is_being_deleted"] === 1,
    usesSlots: false,
  };
  state.isPaused = row["is_paused"] === 1;
  state.isRetired = row["is_retired"] === 1;
  state.hasImportError = row["has_import_error"] === 1;
  state.cursor.lastStartAt = numberOrNull(row["last_start_at"]);
  state.cursor.lastEndAt = numberOrNull(row["last_end_at"]);
  state.cursor.sinceAt = numberOrNull(row["since_at"]);
  state.failedRuns = JSON.parse(String(row["failed_runs"])) as number[];
  const versionNumber = Number(row["version_number"]);
  if (versionNumber > 0) {
    const graph = attempt(loaded, () => graphOf(sql, loaded, versionNumber, row["spec"]));
    state.graph = graph;
    if (graph !== null) {
      const made = attempt(loaded, () => makeTimetable(graph.spec.schedule, ports.customTimetable()));
      state.timetable = made ?? manualTimetable;
    }
  }
  if (has("backfills")) restoreBackfills(sql, state);
  if (has("unsettled_runs")) loadRuns(sql, loaded, loadedAt);
  const told = loaded.toldWaiting ?? 0;
  if (told > 0) state.loadedWaiting = { told, found: [] };
  const limits = limitsOf(row);
  if (limits !== null) restoreSlots(state, limits.view, limits.isUsed);
  // What holds slots got new tickets: a start that follows without a commit must not give them again.
  if (state.sequence > ceiling) raiseCeiling(sql, loaded);
  loaded.usesSlots = limits?.isUsed ?? false;
  if (has("callbacks") || has("deadlines")) state.nextCallbackAt = readNextCallbackAt(sql);
  return loaded;
}

/** What is running, what waits to run, and what the catalog does not have. */
function loadRuns(sql: StateSql, loaded: Loaded, now: number): void {
  const { state } = loaded;
  const step = newStep(state, now);
  for (const runRow of sql.exec(UNSETTLED_RUNS, loaded.flushedVersion)) {
    // It waits in its rows for a release that understands its version.
    const run = attempt(loaded, () => readRun(sql, loaded, runRow));
    if (run === null) continue;
    addRun(step, run);
    markUnflushed(sql, loaded, run);
  }
  for (const run of [...state.runs.values()]) {
    if (run.state === "running") linkPreviousRun(sql, loaded, run, { now, starting: [] });
  }
  const rows = "SELECT seq FROM dag_run WHERE is_settled = 0 AND version > ?";
  for (const runRow of sql.exec(rows, loaded.flushedVersion)) loaded.unflushedRows.add(Number(runRow["seq"]));
  countQueued(sql, state);
}

/** The numbers used so far lie below a ceiling that is on disk; a start of the object goes on above it. */
export function raiseCeiling(sql: StateSql, loaded: Loaded): void {
  if (loaded.state.sequence < loaded.sequenceCeiling) return;
  sql.exec("UPDATE dag SET sequence_ceiling = ? WHERE id = 1", ceilingFor(loaded));
}

/** For whoever writes the DAG's row anyway. */
export function ceilingFor(loaded: Loaded): number {
  if (loaded.state.sequence >= loaded.sequenceCeiling) loaded.sequenceCeiling = loaded.state.sequence + SEQUENCE_BLOCK;
  return loaded.sequenceCeiling;
}

/** The latest instant that the rows of unfinished, or not yet told, runs tell of. */
function latestInstant(sql: StateSql): number {
  const [row] = sql.exec(
    `SELECT max(at) AS at FROM (
       SELECT max(queued_at, coalesce(start_at, 0), coalesce(end_at, 0)) AS at FROM dag_run WHERE is_settled = 0
       UNION ALL SELECT max(queued_at, start_at, end_at) FROM task_instance
         WHERE run_seq IN (SELECT seq FROM dag_run WHERE is_settled = 0))`,
  );
  return Number(row?.["at"] ?? 0);
}

const MAX_GRAPHS = 16;

/** A queued run has nothing but its row, unless it was cleared or marked and the catalog has not heard of that. */
const UNSETTLED_RUNS = `SELECT * FROM dag_run
  WHERE is_settled = 0 AND (state <> 'queued' OR (version > ?
    AND (clear_number > 0 OR EXISTS (SELECT 1 FROM task_instance WHERE run_seq = dag_run.seq)))) ORDER BY seq`;

/**
 * The DAG's own row, and what else there is to read: most objects that wake have nothing under way, and each statement costs
 * a start more to prepare than to run.
 */
const DAG = `SELECT *, EXISTS (SELECT 1 FROM dag_run WHERE is_settled = 0) AS has_unsettled_runs,
    EXISTS (SELECT 1 FROM event) AS has_events, EXISTS (SELECT 1 FROM tombstone) AS has_tombstones,
    EXISTS (SELECT 1 FROM callback) AS has_callbacks, EXISTS (SELECT 1 FROM deadline) AS has_deadlines,
    EXISTS (SELECT 1 FROM backfill) AS has_backfills,
    (SELECT spec FROM dag_version WHERE dag_version.version_number = dag.version_number) AS spec,
    (SELECT view FROM shared_limits) AS limits, (SELECT is_used FROM shared_limits) AS uses_slots
  FROM dag WHERE id = 1`;

function readDag(sql: StateSql): StateRow | null {
  return sql.exec(DAG)[0] ?? null;
}

/** `spec`: its JSON, when whoever asks has it. */
export function graphOf(sql: StateSql, loaded: Loaded, versionNumber: number, spec?: StateValue): Graph {
  const known = loaded.graphs.get(versionNumber);
  if (known !== undefined) return known;
  const text = spec === undefined ? readSpec(sql, versionNumber) : spec;
  assert(typeof text === "string", `DAG "${loaded.state.dagId}" has no version ${versionNumber}`);
  const graph = compileGraph(JSON.parse(text) as DagSpec, versionNumber);
  if (loaded.graphs.size >= MAX_GRAPHS) forgetGraphs(loaded);
  loaded.graphs.set(versionNumber, graph);
  return graph;
}

function readSpec(sql: StateSql, versionNumber: number): StateValue | undefined {
  return sql.exec("SELECT spec FROM dag_version WHERE version_number = ?", versionNumber)[0]?.["spec"];
}

/** Whoever reads through old runs would fill the memory with their versions. */
function forgetGraphs({ state, graphs }: Loaded): void {
  const used = new Set([state.graph, ...[...state.runs.values()].map(({ graph }) => graph)]);
  for (const [versionNumber, graph] of graphs) if (!used.has(graph)) graphs.delete(versionNumber);
}

const INSTANCES = "SELECT * FROM task_instance WHERE run_seq = ?";

/** A run of `dag_run` with its task instances. */
export function readRun(sql: StateSql, loaded: Loaded, row: StateRow): RunState {
  // A run that has not started has rows only of what a user marked: whoever reads many asks with them whether there are any.
  return runWith(sql, loaded, row, row["has_rows"] === 0 ? [] : sql.exec(INSTANCES, Number(row["seq"])));
}

/** A run of `dag_run` with these of its task instances: all of them, or those that an answer is about. */
export function runWith(sql: StateSql, loaded: Loaded, row: StateRow, rows: readonly StateRow[]): RunState {
  const version = graphOf(sql, loaded, Number(row["version_number"]));
  const records = rows.map((instance) => instanceRecord(instance));
  const isFresh = row["state"] === "queued" && row["clear_number"] === 0;
  const graph = withGoneTasks(version, records);
  const shape = isFresh ? undefined : readShape(sql, Number(row["seq"]));
  const record = runRecord(row);
  if (record.backfill !== null) knowBackfill(sql, loaded.state, record.backfill.id);
  const run = restoreRun(record, graph, records, shape);
  restoreHolders(loaded.state, run, records);
  return run;
}

/** What the catalog may not have: rows that changed after its last complete flush. */
function markUnflushed(sql: StateSql, loaded: Loaded, run: RunState): void {
  const since = loaded.flushedVersion;
  const rows = sql.exec(
    "SELECT task_id, map_index FROM task_instance WHERE run_seq = ? AND version > ?",
    run.seq,
    since,
  );
  for (const row of rows) {
    const place = run.placeOfRow(String(row["task_id"]), Number(row["map_index"]));
    if (place >= 0) run.markUnflushed(place);
  }
  loaded.unflushedRuns.add(run);
  loaded.unflushedTries.add(run.seq);
  loaded.unflushedXComs.add(run.seq);
}

/** Those of no backfill. */
export function countQueued(sql: StateSql, state: DagState): void {
  const [row] = sql.exec(
    `SELECT count(*) AS count, count(*) FILTER (WHERE run_type = 'scheduled') AS scheduled, min(run_after_at) AS at
     FROM dag_run WHERE state = 'queued' AND backfill_id IS NULL`,
  );
  state.queuedRunCount = Number(row?.["count"] ?? 0);
  state.queuedScheduledCount = Number(row?.["scheduled"] ?? 0);
  state.nextQueuedAt = numberOrNull(row?.["at"]);
}

const QUEUED_RUNS = `SELECT *, EXISTS (SELECT 1 FROM task_instance WHERE run_seq = dag_run.seq) AS has_rows
  FROM dag_run WHERE state = 'queued'`;

/** The queued runs to start next, in their order, and the numbers of those among them that cannot be read. */
export function readQueuedRuns(
  sql: StateSql,
  loaded: Loaded,
  { backfillId, count }: RunStart,
  now: number,
): { readonly runs: readonly RunState[]; readonly unreadable: readonly number[] } {
  const rows =
    backfillId === null
      ? sql.exec(
          `${QUEUED_RUNS} AND backfill_id IS NULL AND run_after_at <= ? ORDER BY run_after_at, seq LIMIT ?`,
          now,
          count,
        )
      : sql.exec(`${QUEUED_RUNS} AND backfill_id = ? ORDER BY sort_ordinal LIMIT ?`, backfillId, count);
  const runs: RunState[] = [];
  const unreadable: number[] = [];
  for (const row of rows) {
    const seq = Number(row["seq"]);
    const run = loaded.state.runs.get(seq) ?? attempt(loaded, () => readRun(sql, loaded, row));
    if (run === null) unreadable.push(seq);
    else runs.push(run);
  }
  return { runs, unreadable };
}

/**
 * A specification that was stored by another release may be none to this one. Whatever needs it is left out, with a line
 * for the operator: an object that cannot be loaded could not even be mended by the next definition.
 */
export function attempt<T>(loaded: Loaded, read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    loaded.problems.push(String(error));
    return null;
  }
}
