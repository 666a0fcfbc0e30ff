/**
 * Carries one event out: `advance` decides, and everything it changed is written in one transaction, the wake-up
 * included. Nothing leaves the object before that; when it fails, nothing happened.
 */
import { advance } from "../engine/advance.ts";
import type { Event } from "../engine/event.ts";
import type { RunState } from "../engine/run-state.ts";
import { RESTARTING, RUNNING } from "../engine/states.ts";
import type { Step, StepEvent } from "../engine/step.ts";
import type { ScheduledRun } from "../engine/timetable/timetable.ts";
import type { Actor } from "../platform.ts";
import { assertSound } from "./assert-sound.ts";
import { factsOf, findBackfill, updateBackfill } from "./backfills/rows.ts";
import { type CallbackSend, deliverDue, keepCallbacks } from "./callbacks/deliver.ts";
import { writeInstances } from "./instance-rows.ts";
import { ceilingFor, countQueued, type Loaded, raiseCeiling, readQueuedRuns } from "./load.ts";
import type { SchedulerPorts, StateSql } from "./ports.ts";
import { linkPreviousRun, relinkPreviousRuns } from "./previous-run.ts";
import { emptyXComsOf, execMany, type Payload, writeClosedTries, writeRuns, writeXComs } from "./rows.ts";
import { writeShape } from "./run-shape.ts";
import { failQueuedRuns, insertRuns, type NewRun } from "./runs.ts";

/** Starting queued runs may free room for more; an event follows this so often, and leaves the rest to the next wake. */
const MAX_ROUNDS = 20;

export interface Committed {
  readonly steps: readonly Step[];
  /** The object must be awake by then. */
  readonly wakeAt: number | null;
  /** Messages of callbacks that are to leave. */
  readonly callbackSends?: readonly CallbackSend[];
}

export interface CommitInput {
  readonly payloads?: ReadonlyMap<number, Payload>;
  readonly reported?: readonly { readonly run: RunState; readonly place: number; readonly payload: Payload }[];
  readonly bundleOf?: (invocation: string) => string | null;
  /** Audit of the call that caused the event. */
  readonly audit?: { readonly event: string; readonly actor: Actor; readonly run?: RunState; readonly extra?: unknown };
}

const NO_PAYLOADS: ReadonlyMap<number, Payload> = new Map();

/** Must run within `sql.transaction`. */
export function commitEvent(
  ports: SchedulerPorts,
  loaded: Loaded,
  event: Event,
  now: number,
  input: CommitInput,
): Committed {
  const { state } = loaded;
  const steps: Step[] = [];
  let next: Event | null = event;
  for (let round = 0; next !== null; round += 1) {
    const step: Step = advance(state, next, now);
    steps.push(step);
    // What goes over to another version is whole again once it is read anew from its rows.
    if (next.type !== "change_version") assertSound(step);
    writeStep(ports, loaded, step, round === 0 ? input : {});
    keepCallbacks(ports.sql, loaded, next, step);
    next = round < MAX_ROUNDS ? followUp(ports, loaded, step, now) : null;
  }
  if (input.audit !== undefined) {
    writeEvent(ports, loaded, {
      event: input.audit.event,
      actor: input.audit.actor.name,
      runId: input.audit.run?.runId ?? null,
      extra: input.audit.extra === undefined ? null : JSON.stringify(input.audit.extra),
    });
  }
  const due = deliverDue(ports, loaded, now);
  for (const { runId, index, deadlineAt } of due.missed) {
    const extra = `deadline ${index} was at ${new Date(deadlineAt).toISOString()}`;
    writeEvent(ports, loaded, { event: "deadline missed", actor: "scheduler", runId, extra });
  }
  raiseCeiling(ports.sql, loaded);
  const last = steps.at(-1);
  const isUnfinished = last !== undefined && last.start !== null;
  const wakeAt = isUnfinished ? now + 1 : earlier(last?.wakeAt ?? null, state.nextCallbackAt);
  return { steps, wakeAt, callbackSends: due.sends };
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

/** New rows of queued runs, and the start of those that may run, belong to the same transaction. */
function followUp(ports: SchedulerPorts, loaded: Loaded, step: Step, now: number): Event | null {
  const { sql } = ports;
  if (step.newRuns.length > 0) {
    const runs = step.newRuns.map((scheduled) => scheduledRun(scheduled, now));
    insertRuns(sql, loaded, runs);
    relinkPreviousRuns(sql, loaded, now);
    return recountQueued(sql, loaded);
  }
  if (step.start === null) return null;
  const { runs, unreadable } = readQueuedRuns(sql, loaded, step.start, now);
  // A queued run whose version this release does not understand would stand before all others for ever.
  if (unreadable.length > 0) failQueuedRuns(sql, loaded, unreadable, "version_missing", now);
  for (const run of runs) linkPreviousRun(sql, loaded, run, { now, starting: runs });
  if (runs.length > 0) return { type: "start_runs", runs };
  return step.start.backfillId === null ? recountQueued(sql, loaded) : recountBackfill(sql, step.start.backfillId);
}

function recountQueued(sql: StateSql, { state }: Loaded): Event {
  countQueued(sql, state);
  const { queuedRunCount, nextQueuedAt } = state;
  return { type: "count_queued", queuedRunCount, nextQueuedAt };
}

function recountBackfill(sql: StateSql, id: number): Event | null {
  const row = findBackfill(sql, id);
  return row === null ? null : { type: "set_backfill", backfill: factsOf(sql, row) };
}

function scheduledRun(scheduled: ScheduledRun, now: number): NewRun {
  return {
    // Not the jittered instant, at which two of them may meet.
    runId: `scheduled__${isoSeconds(scheduled.dueAt ?? scheduled.runAfterAt)}`,
    runType: "scheduled",
    logicalAt: scheduled.logicalAt,
    dataIntervalStartAt: scheduled.dataIntervalStartAt,
    dataIntervalEndAt: scheduled.dataIntervalEndAt,
    runAfterAt: scheduled.runAfterAt,
    queuedAt: now,
    conf: "{}",
    note: null,
    triggeredBy: "timetable",
    idempotencyKey: null,
    bodyHash: null,
    backfill: null,
  };
}

/** Airflow's form of an instant in a run id. */
export function isoSeconds(at: number): string {
  const text = new Date(at).toISOString();
  return `${text.endsWith(".000Z") ? text.slice(0, -5) : text.slice(0, -1)}+00:00`;
}

function writeStep(ports: SchedulerPorts, loaded: Loaded, step: Step, input: CommitInput): void {
  const { sql } = ports;
  const { state } = loaded;
  const version = state.sequence;
  const payloads = input.payloads ?? NO_PAYLOADS;
  writeClosedTries(sql, step.closedTries, version, payloads);
  const emptied = emptyXComsOf(sql, [...step.sends, ...step.grants], version);
  for (const run of emptied) loaded.unflushedXComs.add(run.seq);
  writeInstances(sql, step.touched, version, {
    payloads,
    invocationOf: (run, place) => {
      const code = run.stateOf[place];
      if (code !== RUNNING && code !== RESTARTING) return null;
      return state.holderById.get(run.holder[place] ?? 0)?.invocation ?? null;
    },
    bundleOf: (invocation) => (invocation === null ? null : (input.bundleOf?.(invocation) ?? null)),
  });
  if (input.reported !== undefined) writeXComs(sql, input.reported, step.now, version);
  writeShape(sql, step);
  writeRuns(sql, step.touched, version);
  for (const run of step.touched) {
    loaded.unflushedRuns.add(run);
    if (!run.isUnflushed) continue;
    run.isUnflushed = false;
    loaded.unflushedRows.add(run.seq);
  }
  if (step.isWaitingNew && (loaded.toldWaiting ?? 0) > 0) {
    sql.exec("UPDATE dag SET told_waiting = NULL WHERE id = 1");
    loaded.toldWaiting = null;
  }
  for (const { run } of step.closedTries) loaded.unflushedTries.add(run.seq);
  for (const { run, payload } of input.reported ?? []) {
    if (payload.xcoms.length > 0) loaded.unflushedXComs.add(run.seq);
  }
  for (const skip of step.skips) {
    sql.exec(
      "INSERT INTO skipped_interval (from_at, to_at, count, reason) VALUES (?, ?, ?, ?)",
      skip.fromAt,
      skip.toAt,
      skip.count,
      skip.reason,
    );
  }
  writeEvents(ports, loaded, step.events.map(schedulerEvent));
  for (const id of step.completedBackfills) updateBackfill(sql, loaded, id, { completedAt: step.now }, step.now);
  if (step.isDagChanged || step.isCursorChanged) writeDag(ports, loaded, version);
}

export interface EventBody {
  readonly event: string;
  readonly actor: string;
  readonly runId: string | null;
  readonly taskId?: string | null;
  readonly mapIndex?: number | null;
  readonly tryNumber?: number | null;
  readonly extra: string | null;
}

function schedulerEvent({ event, run, place, detail }: StepEvent): EventBody {
  const isOfTask = run !== undefined && place !== undefined;
  return {
    event,
    actor: "scheduler",
    runId: run?.runId ?? null,
    taskId: isOfTask ? run.taskAt(place).spec.taskId : null,
    mapIndex: isOfTask ? (run.mapIndex[place] ?? -1) : null,
    tryNumber: isOfTask ? (run.tryNumber[place] ?? 0) : null,
    extra: detail,
  };
}

/** An audit event is a row of the same transaction; the flush takes it to the catalog. */
export function writeEvent(ports: SchedulerPorts, loaded: Loaded, body: EventBody): void {
  writeEvents(ports, loaded, [body]);
}

function writeEvents(ports: SchedulerPorts, loaded: Loaded, bodies: readonly EventBody[]): void {
  if (bodies.length === 0) return;
  const at = ports.clock.now();
  loaded.hasEvents = true;
  const rows = bodies.map((body) => {
    loaded.state.sequence += 1;
    return JSON.stringify([loaded.state.sequence, JSON.stringify({ ...body, at })]);
  });
  execMany(ports.sql, "INSERT INTO event (seq, body) SELECT value ->> 0, value ->> 1 FROM json_each(?1)", rows);
}

export function writeDag(ports: SchedulerPorts, loaded: Loaded, version: number): void {
  const { state } = loaded;
  loaded.dagVersion = version;
  ports.sql.exec(
    `UPDATE dag SET is_paused = ?, is_retired = ?, has_import_error = ?, version_number = ?, file_path = ?,
       last_start_at = ?, last_end_at = ?, since_at = ?, failed_runs = ?, version = ?, sequence_ceiling = ? WHERE id = 1`,
    state.isPaused ? 1 : 0,
    state.isRetired ? 1 : 0,
    state.hasImportError ? 1 : 0,
    state.graph?.versionNumber ?? 0,
    loaded.filePath,
    state.cursor.lastStartAt,
    state.cursor.lastEndAt,
    state.cursor.sinceAt,
    JSON.stringify(state.failedRuns),
    version,
    ceilingFor(loaded),
  );
}
