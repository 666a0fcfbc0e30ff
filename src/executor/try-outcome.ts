/**
 * How a try ended, as data. What an author throws to steer it is known by its name, not by its class: the executor and a
 * DAG file may each have been bundled with a copy of `src/dag` of their own.
 */
import type { TryOutcome } from "./protocol.ts";
import { describeError } from "./task-error.ts";
import { XComError } from "./xcom-error.ts";

export type FailedOutcome = Extract<TryOutcome, { type: "failed" }>;

/** Why a try was stopped from outside. The scheduler refuses the report of a cancelled one; it then knows that it ended. */
export type StopReason = "timeout" | "cancelled" | "wall_time";

export function thrownOutcome(thrown: unknown): TryOutcome {
  switch (thrown instanceof Error ? thrown.name : null) {
    case "Skip":
      return { type: "skipped", message: describeError(thrown).message || null };
    case "FailWithoutRetry":
      return { ...failed(thrown, null), retry: { type: "forbidden" } };
    case "RetryAfter": {
      const ms = delayOf(thrown);
      return ms === null ? failed(thrown, null) : { ...failed(thrown, null), retry: { type: "after", ms } };
    }
    default:
      return failed(thrown, thrown instanceof XComError ? thrown.reason : null);
  }
}

export function stoppedOutcome(reason: StopReason, timeoutMs: number | null): FailedOutcome {
  return failed(stopError(reason, timeoutMs), reason);
}

/** What the abort signal of a stopped try carries. */
export function stopError(reason: StopReason, timeoutMs: number | null): Error {
  switch (reason) {
    case "timeout":
      return namedError("TimeoutError", `The task ran longer than its execution timeout of ${timeoutMs} ms`);
    case "cancelled":
      return namedError("AbortError", "The try was cancelled, or another one took its place");
    case "wall_time":
      return namedError(
        "TimeoutError",
        "The platform ends every consumer after 15 minutes: split the task, or set a shorter executionTimeout",
      );
  }
}

export function missingFunctionOutcome(dagId: string, taskId: string, bundleId: string): FailedOutcome {
  const message =
    `Cannot run task "${taskId}" of DAG "${dagId}": the deployed bundle ${bundleId} has no such task. ` +
    "The run belongs to an older version of the DAG: deploy the task again, or start a new run";
  return failed(namedError("VersionMissing", message), "version_missing");
}

export function failed(thrown: unknown, reason: string | null): FailedOutcome {
  return { type: "failed", error: describeError(thrown), retry: { type: "allowed" }, reason };
}

function delayOf(thrown: unknown): number | null {
  const ms = (thrown as { readonly delayMs?: unknown }).delayMs;
  return typeof ms === "number" && Number.isFinite(ms) && ms >= 0 ? ms : null;
}

/** Without a stack: it would lead into the executor, where the author has nothing to look for. */
function namedError(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  delete (error as { stack?: string }).stack;
  return error;
}
