/**
 * What a DAG's scheduler writes to the catalog: its rows as they are now, each with its row version. Writing the same
 * rows twice, or older ones after newer ones, changes nothing, so a flush may be repeated after any doubt.
 */
import type { DagId, RunId, TaskId } from "../dag/ids.ts";
import type { TaskInstanceKey } from "../executor/protocol.ts";
import type { DagRunView, TaskInstanceView } from "../platform.ts";

export interface DagProjection {
  readonly dagId: DagId;
  readonly description: string | null;
  readonly owner: string;
  readonly tags: readonly string[];
  /** Human form of the schedule, e.g. `0 6 * * *` or `every 30 min`; null when manual. */
  readonly scheduleText: string | null;
  readonly timezone: string | null;
  readonly isPaused: boolean;
  readonly isRetired: boolean;
  readonly hasImportError: boolean;
  readonly maxActiveRuns: number;
  readonly maxActiveTasks: number | null;
  readonly versionNumber: number;
  readonly filePath: string;
  readonly nextRunAfterAt: number | null;
  readonly nextLogicalAt: number | null;
  /** When the object wants to wake next; the watchdog looks for those in the past. */
  readonly nextWakeAt: number | null;
  readonly version: number;
}

export interface DagVersionProjection {
  readonly dagId: DagId;
  readonly versionNumber: number;
  readonly specJson: string;
  readonly specHash: string;
  readonly sourceHash: string;
  readonly source: string;
  readonly filePath: string;
  readonly bundleId: string;
  readonly createdAt: number;
  readonly version: number;
}

export interface XComProjection extends TaskInstanceKey {
  readonly dagId: DagId;
  readonly key: string;
  /** JSON text cut to 2 KB. */
  readonly preview: string;
  readonly isTruncated: boolean;
  readonly bytes: number;
  /** Key in the object store, for large values. */
  readonly ref: string | null;
  readonly at: number;
  /** The task instance was cleared and the value with it: hidden from every read, swept later. */
  readonly isDeleted?: boolean;
  readonly version: number;
}

export interface CallbackProjection extends TaskInstanceKey {
  readonly callbackId: string;
  readonly dagId: DagId;
  /** What it answers, e.g. `on_failure` or `deadline`. */
  readonly event: string;
  readonly state: "queued" | "running" | "success" | "failed";
  readonly attemptCount: number;
  readonly createdAt: number;
  readonly endAt: number | null;
  readonly error: string | null;
  readonly version: number;
}

export interface AuditEvent {
  /** Unique: the DAG's sequence number makes a repeat harmless. */
  readonly eventId: string;
  readonly at: number;
  readonly dagId: DagId | null;
  readonly runId: RunId | null;
  readonly taskId: TaskId | null;
  readonly mapIndex: number | null;
  readonly tryNumber: number | null;
  /** Airflow's event name where one exists: `trigger`, `paused`, `clear`, `heartbeat timeout`, … */
  readonly event: string;
  readonly actor: string;
  readonly extra: string | null;
}

export interface JobProjection {
  readonly jobId: string;
  readonly jobType: "SchedulerJob" | "DagProcessorJob" | "WatchdogJob" | "WorkerJob" | "BackfillJob";
  readonly dagId: DagId | null;
  readonly state: "running" | "success" | "failed";
  readonly startAt: number;
  readonly endAt: number | null;
  readonly latestHeartbeatAt: number;
  /** JSON, e.g. parse times per file. */
  readonly extra: string | null;
}

export interface Projection {
  readonly dag: DagProjection | null;
  readonly versions: readonly DagVersionProjection[];
  readonly dagRuns: readonly DagRunView[];
  readonly taskInstances: readonly TaskInstanceView[];
  /** Past tries, keyed by try number. */
  readonly tries: readonly TaskInstanceView[];
  readonly xcoms: readonly XComProjection[];
  readonly events: readonly AuditEvent[];
  readonly jobs: readonly JobProjection[];
  readonly callbacks?: readonly CallbackProjection[];
  /** Tombstones: hidden from every read at once, with all that belongs to the run up to that version; swept later. */
  readonly deletedRuns: readonly { readonly dagId: DagId; readonly runId: RunId; readonly version: number }[];
  /** Tombstone of the whole DAG: its row, versions, runs and all that belongs to them up to that version. */
  readonly deletedDag?: { readonly dagId: DagId; readonly version: number } | null;
}
