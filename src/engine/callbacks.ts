/**
 * Callbacks that no executor is there to run: of a try that ended without a report, of a run, of a missed deadline. The
 * engine orders each once per cause; the shell keeps the order as a row and delivers it like a try. What becomes of it
 * never touches a run, a try or a limit.
 *
 * A row: queued → running → success, or back to queued for the next attempt, or failed. `dueAt` of a queued one is when its
 * message leaves (again), of a running one when its executor is taken for lost.
 */
import type { CallbackOrder } from "../executor/protocol.ts";
import {
  CALLBACK_GIVE_UP_MS,
  CALLBACK_RETRY_MS,
  type EngineSettings,
  MAX_CALLBACK_ATTEMPTS,
  MAX_CALLBACK_RESEND_MS,
} from "./defaults.ts";
import type { RunState } from "./run-state.ts";
import { type Reason, UP_FOR_RETRY } from "./states.ts";
import type { Step } from "./step.ts";
import { failTry } from "./try-end.ts";

export interface CallbackCause {
  readonly run: RunState;
  /** Unique within the run, and the same whenever the same thing is told again. */
  readonly cause: string;
  readonly order: CallbackOrder;
  /** Goes to the executor of the same Worker, not to a queue. */
  readonly isLocal: boolean;
}

/** A failed try that no report told of, so that its author has to be told by another executor. */
export function failLostTry(step: Step, run: RunState, place: number, reason: Reason): void {
  const tryToken = run.token[place] ?? 0;
  const tryNumber = run.tryNumber[place] ?? 0;
  if (reason === "heartbeat_lost") {
    const detail = `no sign of life from the executor: try ${tryNumber} has failed`;
    step.events.push({ event: "heartbeat timeout", run, place, detail });
  }
  failTry(step, run, place, { type: "allowed" }, reason);
  const callback = run.stateOf[place] === UP_FOR_RETRY ? "retry" : "failure";
  const { spec } = run.taskAt(place);
  if (spec.callbacks?.includes(callback) !== true) return;
  const mapIndex = run.mapIndex[place] ?? -1;
  step.callbacks.push({
    run,
    cause: `${callback}:${tryToken}:${spec.taskId}:${mapIndex}`,
    order: {
      type: "task",
      callback,
      taskId: spec.taskId,
      mapIndex,
      tryNumber,
      maxTries: (run.maxTries[place] ?? 0) + 1,
      tryToken,
      error: null,
      reason,
    },
    isLocal: spec.executor !== "queue",
  });
}

/** Of a run that has just ended. What a user decided is silent, as in Airflow: who did it knows. */
export function orderRunCallback(step: Step, run: RunState): void {
  if (isDecidedByUser(run)) return;
  const callback = run.state === "success" ? "success" : "failure";
  if (run.graph.spec.callbacks?.includes(callback) !== true) return;
  step.callbacks.push({
    run,
    cause: `dag_${callback}:${run.clearNumber}`,
    order: { type: "dag", callback, reason: run.reason },
    isLocal: isLocalRun(run),
  });
}

export function isDecidedByUser(run: RunState): boolean {
  return run.reason === "cancelled" || run.reason === "marked";
}

/** What belongs to no task goes where the first task goes. */
export function isLocalRun(run: Pick<RunState, "graph">): boolean {
  return (run.graph.tasks[0]?.spec.executor ?? "queue") !== "queue";
}

export interface LiveCallback {
  readonly state: "queued" | "running";
  /** Grants so far. */
  readonly attemptCount: number;
  /** Messages sent for the present attempt. */
  readonly sendCount: number;
  readonly createdAt: number;
}

export type CallbackChange =
  /** A message leaves now. */
  | { readonly type: "send"; readonly dueAt: number }
  /** Another attempt, under a new token. */
  | { readonly type: "retry"; readonly dueAt: number; readonly error: string }
  | { readonly type: "failed"; readonly error: string };

/** What follows when the due time of a callback has come. */
export function whenCallbackIsDue(callback: LiveCallback, now: number, settings: EngineSettings): CallbackChange {
  if (callback.state === "running") {
    return afterFailedAttempt(callback, now, "Its executor gave no sign of life: the worker was lost or took too long");
  }
  if (now - callback.createdAt >= CALLBACK_GIVE_UP_MS) {
    return { type: "failed", error: `No executor claimed it within ${CALLBACK_GIVE_UP_MS / 3_600_000} h` };
  }
  const delayMs = settings.firstResendMs * 2 ** Math.min(callback.sendCount, 20);
  return { type: "send", dueAt: now + Math.min(delayMs, MAX_CALLBACK_RESEND_MS) };
}

export function afterFailedAttempt(callback: LiveCallback, now: number, error: string): CallbackChange {
  if (callback.attemptCount >= MAX_CALLBACK_ATTEMPTS) return { type: "failed", error };
  const delayMs = CALLBACK_RETRY_MS * 6 ** Math.max(0, callback.attemptCount - 1);
  return { type: "retry", dueAt: now + delayMs, error };
}
