/** Rows of the object as the API and the catalog tell them. */
import type { DagId, RunId } from "../dag/ids.ts";
import { LANES } from "../engine/graph.ts";
import type { RunState } from "../engine/run-state.ts";
import {
  type DagRunState,
  type DagRunType,
  NONE,
  REASONS,
  stateName,
  type TaskInstanceState,
  UP_FOR_RETRY,
} from "../engine/states.ts";
import type { Json } from "../lib/json.ts";
import type { DagRunView, TaskInstanceView } from "../platform.ts";
import type { StateRow } from "./ports.ts";
import { numberOrNull } from "./rows.ts";

export function dagRunView(dagId: DagId, row: StateRow, version: number): DagRunView {
  return {
    dagId,
    runId: String(row["run_id"]) as RunId,
    runType: String(row["run_type"]) as DagRunType,
    backfillId: numberOrNull(row["backfill_id"]),
    state: String(row["state"]) as DagRunState,
    logicalAt: numberOrNull(row["logical_at"]),
    dataIntervalStartAt: numberOrNull(row["data_interval_start_at"]),
    dataIntervalEndAt: numberOrNull(row["data_interval_end_at"]),
    runAfterAt: Number(row["run_after_at"]),
    queuedAt: Number(row["queued_at"]),
    startAt: numberOrNull(row["start_at"]),
    endAt: numberOrNull(row["end_at"]),
    conf: JSON.parse(String(row["conf"])) as Json,
    note: row["note"] == null ? null : String(row["note"]),
    triggeredBy: String(row["triggered_by"]),
    versionNumber: Number(row["version_number"]),
    clearNumber: Number(row["clear_number"]),
    reason: row["reason"] == null ? null : String(row["reason"]),
    version,
  };
}

/** What only the row knows of a task instance. */
export interface InstanceExtras {
  readonly error: string | null;
  readonly bundleId: string | null;
  readonly logChunkCount: number;
  readonly note: string | null;
  readonly instanceName: string | null;
}

export function extrasOf(row: StateRow | undefined): InstanceExtras {
  return {
    error: row?.["error"] == null ? null : String(row["error"]),
    bundleId: row?.["bundle_id"] == null ? null : String(row["bundle_id"]),
    logChunkCount: Number(row?.["log_chunk_count"] ?? 0),
    note: row?.["note"] == null ? null : String(row["note"]),
    instanceName: row?.["instance_name"] == null ? null : String(row["instance_name"]),
  };
}

export function taskInstanceView(
  dagId: DagId,
  run: RunState,
  place: number,
  extras: InstanceExtras,
  version: number,
): TaskInstanceView {
  const { spec } = run.taskAt(place);
  const code = run.stateOf[place] ?? NONE;
  return {
    dagId,
    runId: run.runId,
    taskId: spec.taskId,
    mapIndex: run.mapIndex[place] ?? -1,
    instanceName: extras.instanceName,
    state: stateName(code),
    tryNumber: run.tryNumber[place] ?? 0,
    maxTries: run.maxTries[place] ?? 0,
    queuedAt: instant(run.queuedAtOf[place]),
    startAt: instant(run.startAtOf[place]),
    endAt: instant(run.endAtOf[place]),
    nextRetryAt: code === UP_FOR_RETRY ? instant(run.dueAt[place]) : null,
    pool: spec.pool,
    poolSlots: spec.poolSlots,
    priorityWeight: run.taskAt(place).weight,
    executor: spec.executor,
    queue: LANES[run.laneOf[place] ?? 0] ?? null,
    bundleId: extras.bundleId,
    reason: REASONS[run.reasonOf[place] ?? 0] || null,
    error: parseError(extras.error),
    logChunkCount: extras.logChunkCount,
    note: extras.note,
    token: run.token[place] ?? 0,
    version,
  };
}

/** A past try, from its row of history; what belongs to the task is as the run's version has it. */
export function tryView(dagId: DagId, run: RunState, row: StateRow, version: number): TaskInstanceView | null {
  const place = run.find(String(row["task_id"]), Number(row["map_index"]));
  if (place < 0) return null;
  return {
    ...taskInstanceView(dagId, run, place, extrasOf(row), version),
    state: String(row["state"]) as TaskInstanceState,
    tryNumber: Number(row["try_number"]),
    queuedAt: instant(Number(row["queued_at"])),
    startAt: instant(Number(row["start_at"])),
    endAt: instant(Number(row["end_at"])),
    nextRetryAt: null,
    reason: String(row["reason"]) || null,
    token: Number(row["token"]),
  };
}

function instant(at: number | undefined): number | null {
  return at === undefined || at === 0 ? null : at;
}

function parseError(text: string | null): TaskInstanceView["error"] {
  return text === null ? null : (JSON.parse(text) as TaskInstanceView["error"]);
}
