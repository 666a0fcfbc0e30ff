/**
 * What a user does to a DAG and its runs. Each verb is one transaction with its audit event in it, and answers a refusal
 * as a value that says what to do instead.
 */
import { isRunId } from "../dag/ids.ts";
import { validateParams } from "../dag/params.ts";
import { addRun, removeRun } from "../engine/dag-run.ts";
import type { RunState } from "../engine/run-state.ts";
import { FAILED, isFinishedRunState, UPSTREAM_FAILED } from "../engine/states.ts";
import { newStep } from "../engine/step.ts";
import type { TaskInstanceKey } from "../executor/protocol.ts";
import type { Actor, DagRunView, SchedulerRefusal, SchedulerReply, TriggerRequest } from "../platform.ts";
import { type Committed, commitEvent, isoSeconds, writeEvent } from "./commit.ts";
import type { DagScheduler } from "./dag-scheduler.ts";
import type { Flush } from "./flush.ts";
import { type Loaded, readRun } from "./load.ts";
import { run as readRunView } from "./reader.ts";
import { deleteRunRows, NO_ROWS, projectRuns } from "./retention.ts";
import { findRun, findRunByKey, findRunByLogicalDate, insertRun } from "./runs.ts";

const MAX_NOTE_CHARS = 1_000;
/** A deletion waits this long by itself. */
const SHORT_WAIT_MS = 5_000;
const RESERVED_PREFIXES = ["scheduled__", "backfill__", "asset_triggered__"];

function refuse(code: SchedulerRefusal["code"], message: string, field: string | null = null): SchedulerRefusal {
  return { ok: false, code, message, field };
}

export function dagNotFound(dagId: string): SchedulerRefusal {
  return refuse("not_found", `The DAG "${dagId}" was not found`);
}

type RunReply = SchedulerReply<{ run: DagRunView }>;

export function trigger(
  scheduler: DagScheduler,
  request: TriggerRequest,
): SchedulerReply<{ run: DagRunView; created: boolean }> {
  const { sql, ids, dagId } = scheduler.ports;
  const loaded = scheduler.loaded();
  const { graph, timetable } = loaded.state;
  if (graph === null || timetable === null) return dagNotFound(dagId);
  if (request.idempotencyKey !== null) {
    const known = findRunByKey(sql, request.idempotencyKey);
    if (known !== null && known["body_hash"] !== request.bodyHash) {
      return refuse(
        "conflict",
        "The Idempotency-Key was used before with another body: use a new key",
        "Idempotency-Key",
      );
    }
    if (known !== null) return { ok: true, run: viewOf(scheduler, String(known["run_id"])), created: false };
  }
  if (loaded.state.isRetired) {
    return refuse("conflict", `The DAG "${dagId}" is not in the bundle any more: deploy its file again to trigger it`);
  }
  const problem = runIdProblem(scheduler, request);
  if (problem !== null) return problem;
  const checked = validateParams(graph.spec.params, request.conf);
  if (!checked.ok) {
    const [first] = checked.errors;
    return refuse("invalid", first?.message ?? "conf does not fit the DAG's params", first?.field ?? "conf");
  }
  const now = scheduler.now();
  const runId = request.runId ?? `manual__${isoSeconds(request.logicalAt ?? now)}_${ids.random(4)}`;
  const interval = request.logicalAt === null ? null : timetable.manualInterval(request.logicalAt);
  scheduler.transact((state, at) => {
    insertRun(sql, state, {
      runId,
      runType: "manual",
      logicalAt: request.logicalAt,
      dataIntervalStartAt: interval?.startAt ?? request.logicalAt,
      dataIntervalEndAt: interval?.endAt ?? request.logicalAt,
      runAfterAt: Math.max(at, request.logicalAt ?? at),
      queuedAt: at,
      conf: JSON.stringify(request.conf ?? {}),
      note: request.note,
      triggeredBy: request.actor.name,
      idempotencyKey: request.idempotencyKey,
      bodyHash: request.bodyHash,
    });
    writeEvent(scheduler.ports, state, { event: "trigger", actor: request.actor.name, runId, extra: null });
    const { queuedRunCount, nextQueuedAt } = state.state;
    const runAfterAt = Math.max(at, request.logicalAt ?? at);
    return commitEvent(
      scheduler.ports,
      state,
      {
        type: "count_queued",
        queuedRunCount: queuedRunCount + 1,
        nextQueuedAt: queuedRunCount === 0 ? runAfterAt : Math.min(nextQueuedAt ?? runAfterAt, runAfterAt),
      },
      at,
      {},
    );
  });
  return { ok: true, run: viewOf(scheduler, runId), created: true };
}

function runIdProblem(scheduler: DagScheduler, request: TriggerRequest): SchedulerRefusal | null {
  const { sql } = scheduler.ports;
  const { runId, logicalAt, note } = request;
  if (runId !== null) {
    if (!isRunId(runId)) {
      return refuse("invalid", `Cannot use run id "${runId}": use 1 to 250 of A-Z a-z 0-9 _ . ~ : + -`, "dag_run_id");
    }
    const prefix = RESERVED_PREFIXES.find((reserved) => runId.startsWith(reserved));
    if (prefix !== undefined) {
      return refuse("invalid", `Cannot use run id "${runId}": "${prefix}" belongs to runs of that type`, "dag_run_id");
    }
    if (findRun(sql, runId) !== null) return refuse("conflict", `The run "${runId}" exists already`, "dag_run_id");
    if (scheduler.leavingRunIds.has(runId)) {
      return refuse("conflict", `A run "${runId}" is being deleted: try again in a moment`, "dag_run_id");
    }
  }
  if (note !== null && note.length > MAX_NOTE_CHARS) {
    return refuse("invalid", `The note is longer than ${MAX_NOTE_CHARS} characters`, "note");
  }
  if (logicalAt === null) return null;
  const other = findRunByLogicalDate(sql, logicalAt);
  return other === null
    ? null
    : refuse("conflict", `The run "${other["run_id"]}" has this logical date already`, "logical_date");
}

function viewOf(scheduler: DagScheduler, runId: string): DagRunView {
  const view = readRunView(scheduler.ports.sql, scheduler.loaded(), runId);
  if (view === null) throw new Error(`Assertion failed: run "${runId}" has no row`);
  return view;
}

export function setPaused(
  scheduler: DagScheduler,
  isPaused: boolean,
  actor: Actor,
): SchedulerReply<{ isPaused: boolean }> {
  const { state } = scheduler.loaded();
  if (state.graph === null) return dagNotFound(state.dagId);
  if (state.isPaused !== isPaused) {
    scheduler.handle({ type: "set_paused", isPaused }, { audit: { event: isPaused ? "paused" : "unpaused", actor } });
  }
  return { ok: true, isPaused };
}

/** Takes a run into memory for a change; it leaves again once the catalog has it. */
function takeRun(scheduler: DagScheduler, loaded: Loaded, runId: string, now: number): RunState | null {
  const live = loaded.state.runsById.get(runId);
  if (live !== undefined) return live;
  const row = findRun(scheduler.ports.sql, runId);
  if (row === null) return null;
  const run = readRun(scheduler.ports.sql, loaded, row);
  addRun(newStep(loaded.state, now), run);
  return run;
}

const NOTHING: Committed = { steps: [], wakeAt: null };

/** Changes a run; when there was nothing to change (null), one that was only taken for that leaves again. */
function changeRun(
  scheduler: DagScheduler,
  loaded: Loaded,
  runId: string,
  now: number,
  change: (run: RunState) => Committed | null,
): Committed {
  const wasLive = loaded.state.runsById.has(runId);
  const run = takeRun(scheduler, loaded, runId, now);
  if (run === null) return NOTHING;
  const committed = change(run);
  if (committed === null && !wasLive) removeRun(loaded.state, run);
  return committed ?? NOTHING;
}

export function markRun(
  scheduler: DagScheduler,
  runId: string,
  state: "success" | "failed" | "queued",
  actor: Actor,
): RunReply {
  if (findRun(scheduler.ports.sql, runId) === null) return runNotFound(scheduler, runId);
  if (state === "queued") {
    const cleared = clearTaskInstances(scheduler, runId, null, { downstream: false, onlyFailed: false }, actor);
    return cleared.ok ? { ok: true, run: viewOf(scheduler, runId) } : cleared;
  }
  scheduler.transact((loaded, now) =>
    changeRun(scheduler, loaded, runId, now, (run) => {
      if (run.state === state) return null;
      const event = state === "failed" && !isFinishedRunState(run.state) ? "cancel" : `mark_${state}`;
      return commitEvent(scheduler.ports, loaded, { type: "mark_run", run, state }, now, {
        audit: { event, actor, run },
      });
    }),
  );
  return { ok: true, run: viewOf(scheduler, runId) };
}

export function setRunNote(scheduler: DagScheduler, runId: string, note: string | null, actor: Actor): RunReply {
  const row = findRun(scheduler.ports.sql, runId);
  if (row === null) return runNotFound(scheduler, runId);
  if (note !== null && note.length > MAX_NOTE_CHARS) {
    return refuse("invalid", `The note is longer than ${MAX_NOTE_CHARS} characters`, "note");
  }
  scheduler.transact((loaded, now) => {
    loaded.state.sequence += 1;
    // Not settled, so that a start of the object before the flush does not forget it.
    scheduler.ports.sql.exec(
      "UPDATE dag_run SET note = ?, version = ?, is_settled = 0 WHERE run_id = ?",
      note,
      loaded.state.sequence,
      runId,
    );
    loaded.unflushedRows.add(Number(row["seq"]));
    takeRun(scheduler, loaded, runId, now);
    writeEvent(scheduler.ports, loaded, { event: "note", actor: actor.name, runId, extra: null });
    return commitEvent(scheduler.ports, loaded, { type: "tick" }, now, {});
  });
  return { ok: true, run: viewOf(scheduler, runId) };
}

export function clearTaskInstances(
  scheduler: DagScheduler,
  runId: string,
  taskIds: readonly string[] | null,
  options: { readonly downstream: boolean; readonly onlyFailed: boolean },
  actor: Actor,
): SchedulerReply<{ cleared: readonly TaskInstanceKey[] }> {
  const { sql } = scheduler.ports;
  const row = findRun(sql, runId);
  if (row === null) return runNotFound(scheduler, runId);
  const cleared: TaskInstanceKey[] = [];
  let unknown: string | undefined;
  scheduler.transact((loaded, now) =>
    changeRun(scheduler, loaded, runId, now, (run) => {
      unknown = taskIds?.find((taskId) => !run.graph.indexOf.has(taskId));
      if (unknown !== undefined) return null;
      const places = placesToClear(run, taskIds, options);
      if (places.length === 0) return null;
      for (const place of places) {
        cleared.push({ runId: run.runId, taskId: run.taskAt(place).spec.taskId, mapIndex: run.mapIndex[place] ?? -1 });
      }
      const extra = { tasks: cleared.slice(0, 50).map((key) => key.taskId), count: cleared.length };
      return commitEvent(scheduler.ports, loaded, { type: "clear", run, places }, now, {
        audit: { event: "clear", actor, run, extra },
      });
    }),
  );
  if (unknown !== undefined) return refuse("not_found", `The task "${unknown}" is not in the run's version of the DAG`);
  return { ok: true, cleared };
}

function placesToClear(
  run: RunState,
  taskIds: readonly string[] | null,
  options: { readonly downstream: boolean; readonly onlyFailed: boolean },
): number[] {
  const chosen = new Set<number>();
  const add = (task: number): void => {
    if (chosen.has(task)) return;
    chosen.add(task);
    if (options.downstream) for (const child of run.graph.tasks[task]?.downstream ?? []) add(child);
  };
  if (taskIds === null) for (const task of run.graph.tasks) add(task.index);
  else for (const taskId of taskIds) add(run.graph.indexOf.get(taskId) ?? -1);
  const places: number[] = [];
  for (let place = 0; place < run.length; place += 1) {
    if (!chosen.has(run.task[place] ?? -1)) continue;
    const code = run.stateOf[place];
    if (!options.onlyFailed || code === FAILED || code === UPSTREAM_FAILED) places.push(place);
  }
  return places;
}

export function deleteRun(scheduler: DagScheduler, runId: string, actor: Actor): SchedulerReply<object> {
  const row = findRun(scheduler.ports.sql, runId);
  if (row === null) return runNotFound(scheduler, runId);
  if (row["state"] === "running") {
    return refuse("conflict", `The run "${runId}" is running: cancel it first (mark it failed), then delete it`);
  }
  scheduler.transact((loaded, now) => {
    const live = loaded.state.runsById.get(runId);
    if (live !== undefined) removeRun(loaded.state, live);
    deleteRunRows(scheduler.ports, loaded, [row]);
    writeEvent(scheduler.ports, loaded, { event: "delete_dag_run", actor: actor.name, runId, extra: null });
    const { queuedRunCount, nextQueuedAt } = loaded.state;
    const left = row["state"] === "queued" ? Math.max(0, queuedRunCount - 1) : queuedRunCount;
    return commitEvent(scheduler.ports, loaded, { type: "count_queued", queuedRunCount: left, nextQueuedAt }, now, {});
  });
  scheduler.deleteObjectsOf(runId);
  return { ok: true };
}

/**
 * The catalog learns of it before the object forgets; a DAG whose file is still deployed comes back with the next sync.
 * That sync and a trigger may come at any await here: then the object stays, since what it accepted is never lost.
 */
export async function deleteDag(scheduler: DagScheduler, actor: Actor): Promise<SchedulerReply<object>> {
  const { ports, flush } = scheduler;
  const { graph, dagId } = scheduler.loaded().state;
  if (graph === null) return dagNotFound(dagId);
  const waitMs = aheadMs(scheduler);
  if (waitMs > 0 && waitMs < SHORT_WAIT_MS) await ports.sleep(waitMs + 100);
  // Asked first, so that a deletion which cannot be done changes nothing.
  const refusal = deletionProblem(scheduler) ?? (await untold(flush)) ?? deletionProblem(scheduler);
  if (refusal !== null) return refusal;
  scheduler.transact((loaded, now) => {
    writeEvent(ports, loaded, { event: "delete_dag", actor: actor.name, runId: null, extra: null });
    return commitEvent(ports, loaded, { type: "retire" }, now, {});
  });
  const late = await untold(flush);
  if (late !== null) return late;
  await ports.deleteObjectsOf(null);
  if (!scheduler.loaded().state.isRetired) return changedMeanwhile(dagId);
  await ports.project({ ...NO_ROWS, deletedDag: { dagId, version: takeVersion(scheduler) } });
  // From here to the end nothing is awaited that lets another call in.
  const { state } = scheduler.loaded();
  if (!state.isRetired || state.runningRunCount + state.queuedRunCount > 0 || flush.hasRows()) {
    ports.background(rebuildCatalog(scheduler).then(() => {}));
    return changedMeanwhile(dagId);
  }
  scheduler.end();
  await ports.destroy();
  return { ok: true };
}

function deletionProblem(scheduler: DagScheduler): SchedulerRefusal | null {
  const { state } = scheduler.loaded();
  if (state.runningRunCount + state.queuedRunCount > 0) {
    return refuse("conflict", `The DAG "${state.dagId}" has live runs: cancel them first, then delete it`);
  }
  // An object made anew counts versions from the clock: they must not lie below those of the deleted DAG.
  const leftMs = aheadMs(scheduler);
  if (leftMs <= 0) return null;
  return refuse(
    "conflict",
    `The DAG "${state.dagId}" was too busy to be deleted at once: try again in ${Math.ceil(leftMs / 1_000)} s`,
  );
}

/** How long the clock needs to pass the sequence, and what a deletion takes of it. */
function aheadMs(scheduler: DagScheduler): number {
  return scheduler.loaded().state.sequence + 20 - scheduler.ports.clock.now();
}

async function untold(flush: Flush): Promise<SchedulerRefusal | null> {
  if (await flush.settled(10_000)) return null;
  return refuse("conflict", "The catalog does not answer, and a DAG is deleted there first: try again later");
}

function changedMeanwhile(dagId: string): SchedulerRefusal {
  return refuse("conflict", `The DAG "${dagId}" was changed while it was being deleted: look at it, then try again`);
}

/** A version of its own, so that whatever comes later is above it. */
function takeVersion(scheduler: DagScheduler): number {
  scheduler.handle({ type: "tick" });
  return scheduler.loaded().state.sequence;
}

/** Writes every row of the DAG to the catalog again, e.g. after the catalog went back in time. */
export async function rebuildCatalog(scheduler: DagScheduler): Promise<{ rowCount: number }> {
  const { sql } = scheduler.ports;
  scheduler.transact((loaded, now) => {
    sql.exec("UPDATE dag SET flushed_version = 0 WHERE id = 1");
    loaded.flushedVersion = 0;
    scheduler.flush.resume(loaded);
    return commitEvent(scheduler.ports, loaded, { type: "tick" }, now, {});
  });
  const rowCount = await projectRuns(scheduler);
  await scheduler.flush.settled(30_000);
  return { rowCount };
}

function runNotFound(scheduler: DagScheduler, runId: string): SchedulerRefusal {
  return refuse("not_found", `The run "${runId}" of DAG "${scheduler.ports.dagId}" was not found`);
}
