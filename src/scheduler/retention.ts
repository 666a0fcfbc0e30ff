/**
 * Old runs leave: object, catalog, logs and large results, a chunk per wake-up. The latest finished run always stays, since
 * the next one may depend on it; live runs stay whatever their age.
 */

import type { CallbackProjection, Projection, XComProjection } from "../catalog/projection.ts";
import { removeRun } from "../engine/dag-run.ts";
import { RETENTION_MS } from "../engine/defaults.ts";
import type { RunState } from "../engine/run-state.ts";
import { NONE } from "../engine/states.ts";
import { readCallbackViewsOfRun } from "./callbacks/rows.ts";
import { commitEvent } from "./commit.ts";
import { attempt, type Loaded, readRun } from "./load.ts";
import type { SchedulerPorts, StateRow } from "./ports.ts";
import { instanceViews, tryViews, xcomViews } from "./run-views.ts";
import type { SchedulerObject } from "./scheduler-object.ts";
import { dagRunView } from "./views.ts";

const CHUNK = 50;
/** A rebuild sends about so many rows at once. */
const REBUILD_ROWS = 2_000;
/** An object may hold 10 GB. Above this its oldest runs leave before their time. */
const MAX_OBJECT_BYTES = 8_000_000_000;

/** When the oldest finished run is due to leave; null while there is none that may. */
export function nextRetentionAt(loaded: Loaded, now: number): number | null {
  if (loaded.retentionAt === undefined) return null;
  return loaded.retentionAt === null ? null : Math.max(loaded.retentionAt, now);
}

export function retain(scheduler: SchedulerObject): void {
  const { ports } = scheduler;
  const loaded = scheduler.loaded();
  const now = scheduler.now();
  const isFull = ports.sql.size() > MAX_OBJECT_BYTES;
  loaded.retentionAt ??= dueAt(oldestRuns(ports));
  if (!isFull && (loaded.retentionAt === null || loaded.retentionAt > now)) return;
  const oldest = oldestRuns(ports);
  const before = isFull ? now : now - RETENTION_MS;
  // The last of them may be the latest finished run, which stays.
  const expired = oldest.slice(0, -1).filter((row) => Number(row["end_at"]) < before);
  if (isFull && expired.length > 0) {
    ports.log("warning", "the scheduler's storage is nearly full: its oldest runs leave before the end of retention", {
      dagId: ports.dagId,
    });
  }
  if (expired.length > 0) {
    scheduler.transact((current, at) => {
      for (const row of expired) {
        const live = current.state.runs.get(Number(row["seq"]));
        if (live !== undefined) removeRun(current.state, live);
      }
      deleteRunRows(ports, current, expired);
      ports.sql.exec("DELETE FROM skipped_interval WHERE to_at < ?", before);
      ports.sql.exec(
        "DELETE FROM backfill_skip WHERE backfill_id IN (SELECT id FROM backfill WHERE completed_at < ?)",
        before,
      );
      return commitEvent(ports, current, { type: "tick" }, at, {});
    });
    for (const row of expired) scheduler.deleteObjectsOf(String(row["run_id"]));
  }
  scheduler.loaded().retentionAt = dueAt(oldestRuns(ports));
}

/** The first finished runs by number: the oldest, but for runs that were cleared long after. */
function oldestRuns(ports: SchedulerPorts): readonly StateRow[] {
  return ports.sql.exec(
    `SELECT seq, run_id, end_at FROM dag_run WHERE state IN ('success', 'failed') ORDER BY seq LIMIT ${CHUNK + 1}`,
  );
}

function dueAt(oldest: readonly StateRow[]): number | null {
  const ends = oldest.slice(0, -1).map((row) => Number(row["end_at"]));
  return ends.length === 0 ? null : Math.min(...ends) + RETENTION_MS;
}

/** Removes runs from the object and leaves a tombstone for the catalog. */
export function deleteRunRows(ports: SchedulerPorts, loaded: Loaded, rows: readonly StateRow[]): void {
  const { sql } = ports;
  loaded.state.sequence += 1;
  const seqs = JSON.stringify(rows.map((row) => Number(row["seq"])));
  sql.exec("UPDATE dag SET last_run_seq = max(last_run_seq, (SELECT max(seq) FROM dag_run)) WHERE id = 1");
  for (const table of ["task_instance", "task_instance_history", "xcom", "run_shape", "callback", "deadline"]) {
    sql.exec(`DELETE FROM ${table} WHERE run_seq IN (SELECT value FROM json_each(?1))`, seqs);
  }
  sql.exec("DELETE FROM dag_run WHERE seq IN (SELECT value FROM json_each(?1))", seqs);
  sql.exec(
    `INSERT INTO tombstone (run_id, version) SELECT value, ?2 FROM json_each(?1) WHERE true
     ON CONFLICT DO UPDATE SET version = excluded.version`,
    JSON.stringify(rows.map((row) => String(row["run_id"]))),
    loaded.state.sequence,
  );
  for (const row of rows) {
    loaded.unflushedRows.delete(Number(row["seq"]));
    loaded.unflushedTries.delete(Number(row["seq"]));
    loaded.unflushedXComs.delete(Number(row["seq"]));
    for (const run of loaded.unflushedRuns) if (run.seq === Number(row["seq"])) loaded.unflushedRuns.delete(run);
  }
  loaded.hasTombstones = true;
}

/** Every run of the object as the catalog should have it, in projections of bounded size. */
export async function projectRuns(scheduler: SchedulerObject): Promise<number> {
  let rowCount = 0;
  for (let after = { seq: 0, place: 0 }; ; ) {
    const { projection, count, next } = nextChunk(scheduler.ports, scheduler.loaded(), after);
    if (count === 0) return rowCount;
    await scheduler.ports.project(projection);
    rowCount += count;
    after = next;
  }
}

interface Progress {
  /** Runs up to this one are done, but for its places from `place` on, if that is not 0. */
  readonly seq: number;
  readonly place: number;
}

function nextChunk(ports: SchedulerPorts, loaded: Loaded, after: Progress) {
  const { state } = loaded;
  const version = state.sequence;
  const dagRuns: Projection["dagRuns"][number][] = [];
  const taskInstances: Projection["taskInstances"][number][] = [];
  const tries: Projection["tries"][number][] = [];
  const xcoms: XComProjection[] = [];
  const callbacks: CallbackProjection[] = [];
  let next = after;
  while (dagRuns.length + taskInstances.length + tries.length + xcoms.length < REBUILD_ROWS) {
    const first = next.place > 0 ? next.seq : next.seq + 1;
    const [row] = ports.sql.exec("SELECT * FROM dag_run WHERE seq >= ? ORDER BY seq LIMIT 1", first);
    if (row === undefined) break;
    const seq = Number(row["seq"]);
    const from = seq === next.seq ? next.place : 0;
    const run = state.runs.get(seq) ?? attempt(loaded, () => readRun(ports.sql, loaded, row));
    const length = run?.length ?? 0;
    const to = Math.min(length, from + REBUILD_ROWS);
    next = { seq, place: to < length ? to : 0 };
    if (from === 0) {
      dagRuns.push(dagRunView(state.dagId, row, version));
      tries.push(...tryViews(ports, loaded, run, version, 0));
      xcoms.push(...xcomViews(ports, loaded, run, version, 0));
      callbacks.push(...readCallbackViewsOfRun(ports.sql, state.dagId, seq, version));
    }
    if (run === null) continue;
    const views = instanceViews(ports, loaded, [{ run, places: knownPlaces(run, from, to) }], version);
    taskInstances.push(...views.taskInstances);
    xcoms.push(...views.xcoms);
  }
  const projection = { ...NO_ROWS, dagRuns, taskInstances, tries, xcoms, callbacks };
  return { projection, count: dagRuns.length + taskInstances.length, next };
}

/** What never had a state is nothing to tell. */
function knownPlaces(run: RunState, from: number, to: number): number[] {
  const places: number[] = [];
  for (let place = from; place < to; place += 1) {
    if (run.stateOf[place] !== NONE || (run.tryNumber[place] ?? 0) > 0) places.push(place);
  }
  return places;
}

/** A projection without anything in it. */
export const NO_ROWS: Projection = {
  dag: null,
  versions: [],
  dagRuns: [],
  taskInstances: [],
  tries: [],
  xcoms: [],
  events: [],
  jobs: [],
  deletedRuns: [],
};
