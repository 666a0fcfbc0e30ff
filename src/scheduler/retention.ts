/**
 * Old runs leave: object, catalog, logs and large results, a chunk per wake-up. The latest finished run always stays, since
 * the next one may depend on it; live runs stay whatever their age.
 */

import type { XComProjection } from "../catalog/projection.ts";
import type { TaskId } from "../dag/ids.ts";
import { removeRun } from "../engine/dag-run.ts";
import { RETENTION_MS } from "../engine/defaults.ts";
import { readCallbackViewsOfRun } from "./callbacks/rows.ts";
import { commitEvent } from "./commit.ts";
import type { DagScheduler } from "./dag-scheduler.ts";
import { type Loaded, readRun } from "./load.ts";
import type { SchedulerPorts, StateRow } from "./ports.ts";
import { dagRunView, extrasOf, taskInstanceView, tryView } from "./views.ts";

const CHUNK = 50;
/** An object may hold 10 GB. Above this its oldest runs leave before their time. */
const MAX_OBJECT_BYTES = 8_000_000_000;

/** When the oldest finished run is due to leave; null while there is none that may. */
export function nextRetentionAt(loaded: Loaded, now: number): number | null {
  if (loaded.retentionAt === undefined) return null;
  return loaded.retentionAt === null ? null : Math.max(loaded.retentionAt, now);
}

export function retain(scheduler: DagScheduler): void {
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

/** Every run of the object, chunk by chunk, as the catalog should have it. */
export async function projectRuns(scheduler: DagScheduler): Promise<number> {
  const { ports } = scheduler;
  let rowCount = 0;
  for (let after = 0; ; ) {
    const loaded = scheduler.loaded();
    const rows = ports.sql.exec("SELECT * FROM dag_run WHERE seq > ? ORDER BY seq LIMIT 100", after);
    const last = rows.at(-1);
    if (last === undefined) return rowCount;
    after = Number(last["seq"]);
    const parts = rows.map((row) => runProjection(ports, loaded, row));
    const taskInstances = parts.flatMap((part) => part.taskInstances);
    await ports.project({
      dag: null,
      versions: [],
      dagRuns: parts.map((part) => part.dagRun),
      taskInstances,
      tries: parts.flatMap((part) => part.tries),
      xcoms: parts.flatMap((part) => part.xcoms),
      callbacks: parts.flatMap((part) => part.callbacks),
      events: [],
      jobs: [],
      deletedRuns: [],
    });
    rowCount += rows.length + taskInstances.length;
  }
}

function runProjection(ports: SchedulerPorts, loaded: Loaded, row: StateRow) {
  const { state } = loaded;
  const version = state.sequence;
  const run = state.runs.get(Number(row["seq"])) ?? readRun(ports.sql, loaded, row);
  const rows = ports.sql.exec("SELECT * FROM task_instance WHERE run_seq = ?", run.seq);
  const placed = rows.map((instance) => ({
    instance,
    place: run.find(String(instance["task_id"]), Number(instance["map_index"])),
  }));
  const history = ports.sql.exec("SELECT * FROM task_instance_history WHERE run_seq = ?", run.seq);
  return {
    dagRun: dagRunView(state.dagId, row, version),
    taskInstances: placed
      .filter(({ place }) => place >= 0)
      .map(({ instance, place }) => taskInstanceView(state.dagId, run, place, extrasOf(instance), version)),
    tries: history.flatMap((one) => tryView(state.dagId, run, one, version) ?? []),
    callbacks: readCallbackViewsOfRun(ports.sql, state.dagId, run.seq, version),
    xcoms: placed.flatMap(({ instance, place }): XComProjection[] => {
      const text = instance["return_json"];
      if (place < 0 || typeof text !== "string") return [];
      return [
        {
          dagId: state.dagId,
          runId: run.runId,
          taskId: String(instance["task_id"]) as TaskId,
          mapIndex: Number(instance["map_index"]),
          key: "return_value",
          preview: text.slice(0, 2_048),
          isTruncated: text.length > 2_048,
          bytes: text.length,
          ref: null,
          at: Number(instance["end_at"]),
          version,
        },
      ];
    }),
  };
}
