/**
 * What a user does to a DAG and its runs. Each verb is one transaction with its audit event in it, and answers a refusal
 * as a value that says what to do instead.
 */
import { isRunId } from "../dag/ids.ts";
import { validateParams } from "../dag/params.ts";
import { removeRun } from "../engine/dag-run.ts";
import type { Event } from "../engine/event.ts";
import type { RunState } from "../engine/run-state.ts";
import { isFinishedRunState } from "../engine/states.ts";
import type { Actor, DagRunView, SchedulerRefusal, SchedulerReply, TriggerRequest } from "../platform.ts";
import { factsOf, findBackfill, unflushedBackfills } from "./backfills/rows.ts";
import { type Committed, commitEvent, isoSeconds, writeEvent } from "./commit.ts";
import type { Loaded } from "./load.ts";
import { relinkPreviousRuns } from "./previous-run.ts";
import { run as readRunView } from "./reader.ts";
import { dagNotFound, noteProblem, refuse, runNotFound } from "./refusals.ts";
import { deleteRunRows, projectRuns } from "./retention.ts";
import { findRun, findRunByKey, findRunByLogicalDate, insertRuns, letGo, type NewRun, takeRun } from "./runs.ts";
import type { SchedulerObject } from "./scheduler-object.ts";
import { clearWholeRun } from "./task-verbs.ts";

const RESERVED_PREFIXES = ["scheduled__", "backfill__", "asset_triggered__"];

type RunReply = SchedulerReply<{ run: DagRunView }>;

export function trigger(
  scheduler: SchedulerObject,
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
  const problem = runIdProblem(scheduler, request) ?? intervalProblem(request);
  if (problem !== null) return problem;
  const checked = validateParams(graph.spec.params, request.conf);
  if (!checked.ok) {
    const [first] = checked.errors;
    return refuse("invalid", first?.message ?? "conf does not fit the DAG's params", first?.field ?? "conf");
  }
  const now = scheduler.now();
  const runId = request.runId ?? `manual__${isoSeconds(request.logicalAt ?? now)}_${ids.random(4)}`;
  const usual = request.logicalAt === null ? null : timetable.manualInterval(request.logicalAt);
  const interval = request.dataInterval ?? usual;
  scheduler.transact((state, at) => {
    const runAfterAt = request.runAfterAt ?? Math.max(at, request.logicalAt ?? at);
    const run: NewRun = {
      runId,
      runType: "manual",
      logicalAt: request.logicalAt,
      dataIntervalStartAt: interval?.startAt ?? request.logicalAt,
      dataIntervalEndAt: interval?.endAt ?? request.logicalAt,
      runAfterAt,
      queuedAt: at,
      conf: JSON.stringify(request.conf ?? {}),
      note: request.note,
      triggeredBy: request.actor.name,
      idempotencyKey: request.idempotencyKey,
      bodyHash: request.bodyHash,
      backfill: null,
    };
    insertRuns(sql, state, [run]);
    relinkPreviousRuns(sql, state, at);
    writeEvent(scheduler.ports, state, { event: "trigger", actor: request.actor.name, runId, extra: null });
    const { queuedRunCount, nextQueuedAt } = state.state;
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

function runIdProblem(scheduler: SchedulerObject, request: TriggerRequest): SchedulerRefusal | null {
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
  const problem = noteProblem(note);
  if (problem !== null || logicalAt === null) return problem;
  const other = findRunByLogicalDate(sql, logicalAt);
  return other === null
    ? null
    : refuse("conflict", `The run "${other["run_id"]}" has this logical date already`, "logical_date");
}

function intervalProblem({ dataInterval }: TriggerRequest): SchedulerRefusal | null {
  if (dataInterval === undefined || dataInterval.startAt <= dataInterval.endAt) return null;
  return refuse("invalid", "The data interval ends before it starts", "data_interval_end");
}

function viewOf(scheduler: SchedulerObject, runId: string): DagRunView {
  const view = readRunView(scheduler.ports.sql, scheduler.loaded(), runId);
  if (view === null) throw new Error(`Assertion failed: run "${runId}" has no row`);
  return view;
}

export function setPaused(
  scheduler: SchedulerObject,
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

const NOTHING: Committed = { steps: [], wakeAt: null };

/** Changes a run; when there was nothing to change (null), one that was only taken for that leaves again. */
function changeRun(
  scheduler: SchedulerObject,
  loaded: Loaded,
  runId: string,
  now: number,
  change: (run: RunState) => Committed | null,
): Committed {
  const wasInMemory = loaded.state.runsById.has(runId);
  const run = takeRun(scheduler.ports.sql, loaded, runId, now);
  if (run === null) return NOTHING;
  const committed = change(run);
  if (committed === null) letGo(loaded, run, { wasInMemory });
  return committed ?? NOTHING;
}

export function markRun(
  scheduler: SchedulerObject,
  runId: string,
  state: "success" | "failed" | "queued",
  actor: Actor,
): RunReply {
  if (findRun(scheduler.ports.sql, runId) === null) return runNotFound(scheduler.ports.dagId, runId);
  if (state === "queued") {
    clearWholeRun(scheduler, runId, actor);
    return { ok: true, run: viewOf(scheduler, runId) };
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

export function setRunNote(scheduler: SchedulerObject, runId: string, note: string | null, actor: Actor): RunReply {
  const row = findRun(scheduler.ports.sql, runId);
  if (row === null) return runNotFound(scheduler.ports.dagId, runId);
  const problem = noteProblem(note);
  if (problem !== null) return problem;
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
    takeRun(scheduler.ports.sql, loaded, runId, now);
    writeEvent(scheduler.ports, loaded, { event: "note", actor: actor.name, runId, extra: null });
    return commitEvent(scheduler.ports, loaded, { type: "tick" }, now, {});
  });
  return { ok: true, run: viewOf(scheduler, runId) };
}

export function deleteRun(scheduler: SchedulerObject, runId: string, actor: Actor): SchedulerReply<object> {
  const { sql } = scheduler.ports;
  const row = findRun(sql, runId);
  if (row === null) return runNotFound(scheduler.ports.dagId, runId);
  if (row["state"] === "running") {
    return refuse("conflict", `The run "${runId}" is running: cancel it first (mark it failed), then delete it`);
  }
  scheduler.transact((loaded, now) => {
    const live = loaded.state.runsById.get(runId);
    if (live !== undefined) removeRun(loaded.state, live);
    deleteRunRows(scheduler.ports, loaded, [row]);
    relinkPreviousRuns(sql, loaded, now);
    writeEvent(scheduler.ports, loaded, { event: "delete_dag_run", actor: actor.name, runId, extra: null });
    const { queuedRunCount, nextQueuedAt } = loaded.state;
    const left = row["state"] === "queued" ? Math.max(0, queuedRunCount - 1) : queuedRunCount;
    const [scheduled] = sql.exec(
      "SELECT count(*) AS count FROM dag_run WHERE state = 'queued' AND run_type = 'scheduled'",
    );
    const queuedScheduledCount = Number(scheduled?.["count"] ?? 0);
    const recounted = { type: "count_queued", queuedRunCount: left, queuedScheduledCount, nextQueuedAt } as const;
    const backfill = row["backfill_id"] === null ? null : findBackfill(sql, Number(row["backfill_id"]));
    const event: Event = backfill === null ? recounted : { type: "set_backfill", backfill: factsOf(sql, backfill) };
    return commitEvent(scheduler.ports, loaded, event, now, {});
  });
  scheduler.deleteObjectsOf(runId);
  return { ok: true };
}

/** Writes every row of the DAG to the catalog again, e.g. after the catalog went back in time. */
export async function rebuildCatalog(scheduler: SchedulerObject): Promise<{ rowCount: number }> {
  const { sql } = scheduler.ports;
  scheduler.transact((loaded, now) => {
    sql.exec("UPDATE dag SET flushed_version = 0 WHERE id = 1");
    loaded.flushedVersion = 0;
    for (const id of unflushedBackfills(sql, 0)) loaded.unflushedBackfills.add(id);
    scheduler.flush.resume(loaded);
    return commitEvent(scheduler.ports, loaded, { type: "tick" }, now, {});
  });
  const rowCount = await projectRuns(scheduler);
  await scheduler.flush.settled(30_000);
  return { rowCount };
}
