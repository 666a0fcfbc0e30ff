/**
 * What an executor needs of the outside. Each runtime builds one `ExecutorPorts` per invocation and hands it to `runBatch`;
 * tests build one of small fakes. Time and identity come in here and nowhere else.
 */
import type { Env, TaskFunction } from "../dag/context.ts";
import type { DagDefinition } from "../dag/definition.ts";
import type { DagId, TaskId } from "../dag/ids.ts";
import type { Ids, ObjectStore } from "../platform.ts";
import type { SchedulerForExecutor } from "./protocol.ts";

export interface Timer {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`, or at once when the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The functions of the deployed bundle. */
export interface TaskFunctions {
  readonly bundleId: string;
  /** `null` when the bundle has no such task: its DAG changed while a run of the older version was live. */
  find(dagId: DagId, taskId: TaskId): TaskFunction | null;
  /** The deployed definition, for what is beside the functions of tasks; absent: there is nothing but those. */
  definition?(dagId: DagId): DagDefinition | null;
}

/** Something an operator should see. No problem is ever an outcome of a try by itself. */
export interface ExecutorProblem {
  readonly code:
    | "malformed_message"
    | "claim_failed"
    | "report_failed"
    | "heartbeat_failed"
    | "log_lost"
    | "dead_letter";
  readonly message: string;
  readonly dagId: DagId | null;
}

export interface ExecutorPorts {
  /** Asked anew for each call, because on some platforms a stub that threw once stays broken. */
  readonly schedulers: { get(dagId: DagId): SchedulerForExecutor };
  readonly objects: ObjectStore;
  readonly functions: TaskFunctions;
  readonly timer: Timer;
  readonly ids: Ids;
  /** What tasks see as `env`. */
  readonly env: Env;
  readonly onProblem: (problem: ExecutorProblem) => void;
}
