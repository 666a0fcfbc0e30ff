/**
 * The deadlines of runs as rows: written with the run, its start or its clear, gone when the run succeeds in time. One that
 * passes leaves a callback and an audit event in the same transaction, and is gone as well.
 */
import { deadlinePlace } from "../../dag/deadline-place.ts";
import type { DeadlineSpec } from "../../dag/spec.ts";
import { isLocalRun } from "../../engine/callbacks.ts";
import {
  type DueDeadline,
  deadlinesOfClearedRun,
  deadlinesOfNewRun,
  deadlinesOfStartedRun,
  wantedRuntimeCount,
} from "../../engine/deadlines.ts";
import { MAX_CALLBACKS_PER_EVENT } from "../../engine/defaults.ts";
import type { Event } from "../../engine/event.ts";
import type { Graph } from "../../engine/graph.ts";
import type { RunState } from "../../engine/run-state.ts";
import type { Step } from "../../engine/step.ts";
import { graphOf, type Loaded } from "../load.ts";
import type { SchedulerPorts, StateSql } from "../ports.ts";
import { insertCallback } from "./rows.ts";

/** Of a run whose row was just written, under the present version. */
export function addDeadlinesOfNewRun(
  sql: StateSql,
  loaded: Loaded,
  run: { readonly seq: number; readonly queuedAt: number; readonly logicalAt: number | null },
): void {
  const deadlines = loaded.state.graph?.spec.deadlines;
  if (deadlines !== undefined) write(sql, loaded, run.seq, deadlinesOfNewRun(deadlines, run));
}

/** What an event does to the deadlines of the runs that it starts, clears or ends. */
export function followDeadlines(sql: StateSql, loaded: Loaded, event: Event, step: Step): void {
  if (event.type === "start_runs") for (const run of event.runs) addDeadlinesOfStart(sql, loaded, run);
  for (const run of step.requeuedRuns) {
    withDeadlines(run, (deadlines) => write(sql, loaded, run.seq, deadlinesOfClearedRun(deadlines, run)));
  }
  for (const run of step.endedRuns) {
    if (run.state !== "success") continue;
    // What passed before the run's end is a miss, even if nobody was awake to see it.
    withDeadlines(run, () => sql.exec("DELETE FROM deadline WHERE run_seq = ? AND due_at > ?", run.seq, run.endAt));
  }
}

function withDeadlines(run: RunState, then: (deadlines: readonly DeadlineSpec[]) => void): void {
  const { deadlines } = run.graph.spec;
  if (deadlines !== undefined) then(deadlines);
}

function addDeadlinesOfStart(sql: StateSql, loaded: Loaded, run: RunState): void {
  withDeadlines(run, (deadlines) => {
    const count = wantedRuntimeCount(deadlines);
    if (count === 0 || run.startAt === null) return;
    // By number, which is the order in which runs were made: the key, so that only as many rows are read as it takes.
    const rows = sql.exec(
      `SELECT end_at - start_at AS ms FROM dag_run WHERE state = 'success' AND start_at IS NOT NULL AND seq <> ?
       ORDER BY seq DESC LIMIT ?`,
      run.seq,
      count,
    );
    const runtimesMs = rows.map((row) => Number(row["ms"]));
    write(sql, loaded, run.seq, deadlinesOfStartedRun(deadlines, { startAt: run.startAt, runtimesMs }));
  });
}

function write(sql: StateSql, loaded: Loaded, seq: number, deadlines: readonly DueDeadline[]): void {
  const { state } = loaded;
  for (const { index, dueAt } of deadlines) {
    sql.exec(
      `INSERT INTO deadline (run_seq, deadline_index, due_at) VALUES (?1, ?2, ?3)
       ON CONFLICT DO UPDATE SET due_at = excluded.due_at`,
      seq,
      index,
      dueAt,
    );
    state.nextCallbackAt = Math.min(state.nextCallbackAt ?? dueAt, dueAt);
  }
}

function deadlineAtPlace({ spec }: Graph, index: number): { readonly deadline?: DeadlineSpec } {
  const deadline = spec.deadlines?.[index];
  return deadline === undefined ? {} : { deadline };
}

/** The run goes over to another version: its deadlines stand where that has them, and those that it has not are no more. */
export function moveDeadlines(sql: StateSql, run: RunState, { spec }: Graph): void {
  const rows = sql.exec("SELECT deadline_index, due_at FROM deadline WHERE run_seq = ?", run.seq);
  sql.exec("DELETE FROM deadline WHERE run_seq = ?", run.seq);
  for (const row of rows) {
    const index = Number(row["deadline_index"]);
    const place = deadlinePlace(spec.deadlines ?? [], index, run.graph.spec.deadlines?.[index]);
    if (place === null) continue;
    sql.exec(
      "INSERT INTO deadline (run_seq, deadline_index, due_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      run.seq,
      place,
      Number(row["due_at"]),
    );
  }
}

export interface MissedDeadline {
  readonly runId: string;
  readonly index: number;
  readonly deadlineAt: number;
}

/** Those that have passed become callbacks. */
export function missDeadlines(ports: SchedulerPorts, loaded: Loaded, now: number): readonly MissedDeadline[] {
  const { sql } = ports;
  const rows = sql.exec(
    `SELECT d.run_seq, d.deadline_index, d.due_at, r.run_id, r.clear_number, r.version_number
     FROM deadline AS d JOIN dag_run AS r ON r.seq = d.run_seq
     WHERE d.due_at <= ? ORDER BY d.due_at, d.run_seq, d.deadline_index LIMIT ?`,
    now,
    MAX_CALLBACKS_PER_EVENT,
  );
  return rows.map((row) => {
    const graph = graphOf(sql, loaded, Number(row["version_number"]));
    const seq = Number(row["run_seq"]);
    const index = Number(row["deadline_index"]);
    const deadlineAt = Number(row["due_at"]);
    sql.exec("DELETE FROM deadline WHERE run_seq = ? AND deadline_index = ?", seq, index);
    insertCallback(sql, loaded, now, {
      seq,
      cause: `deadline:${index}:${row["clear_number"]}`,
      order: { type: "deadline", index, deadlineAt, ...deadlineAtPlace(graph, index) },
      isLocal: isLocalRun({ graph }),
    });
    return { runId: String(row["run_id"]), index, deadlineAt };
  });
}
