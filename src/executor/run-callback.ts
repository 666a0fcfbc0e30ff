/**
 * Runs a callback that the scheduler delivers by itself: of a try that nobody reported, of a DAG run, of a deadline. Like a try it
 * is claimed, and its end reported as data; unlike one it decides nothing.
 */
import type { CallbackError, DagCallbackContext, TaskCallbackContext } from "../dag/context.ts";
import { deadlinePlace } from "../dag/deadline-place.ts";
import type { DagDefinition } from "../dag/definition.ts";
import type { DagId } from "../dag/ids.ts";
import { callbackLogKey } from "./log-lines.ts";
import { LogWriter } from "./log-writer.ts";
import type { ExecutorPorts } from "./ports.ts";
import type { CallbackGrant, CallbackOrder, CallbackReport, RunFacts, TaskError } from "./protocol.ts";
import { runCallbacks } from "./run-callbacks.ts";
import { intervalContext, logContext, runContext, tryContext } from "./task-context.ts";

export interface CallbackToRun {
  readonly dagId: DagId;
  readonly grant: CallbackGrant;
  readonly run: RunFacts;
}

/** Never rejects. */
export async function runCallback(ports: ExecutorPorts, { dagId, grant, run }: CallbackToRun): Promise<CallbackReport> {
  const { runId, callbackId, token, order, timeoutMs } = grant;
  const log = new LogWriter(ports, callbackLogKey(dagId, grant));
  const definition = ports.functions.definition?.(dagId) ?? null;
  const base = {
    params: run.params,
    conf: run.conf,
    run: runContext(dagId, run),
    env: ports.env,
    log: logContext(log, { callback: nameOf(order) }),
  };
  const functions = functionsOf(definition, order).map((callback) => (signal: AbortSignal) => {
    // The union of the two kinds is the caller's knowledge: a DAG's functions are found for a DAG's order alone.
    return callback({ ...base, interval: intervalContext(run), ...detailsOf(order), signal } as never);
  });
  const error =
    functions.length === 0
      ? missing(nameOf(order), ports.functions.bundleId)
      : await runCallbacks(ports, { name: nameOf(order), timeoutMs, log, functions });
  const logChunkCount = await log.close();
  const outcome = error === null ? ({ type: "success" } as const) : ({ type: "failed", error } as const);
  return { runId, callbackId, token, outcome, logChunkCount };
}

function nameOf(order: CallbackOrder): string {
  return order.type === "deadline" ? "deadline" : order.callback;
}

function functionsOf(definition: DagDefinition | null, order: CallbackOrder): readonly ((context: never) => unknown)[] {
  if (definition === null) return [];
  const { tasks, callbacks } = definition.hooks;
  switch (order.type) {
    case "task":
      return (Object.hasOwn(tasks, order.taskId) ? tasks[order.taskId]?.callbacks?.[order.callback] : undefined) ?? [];
    case "dag":
      return callbacks[order.callback] ?? [];
    case "deadline":
      return deadlinesAt(definition, order);
  }
}

function deadlinesAt({ spec, hooks }: DagDefinition, order: Extract<CallbackOrder, { type: "deadline" }>) {
  const place = deadlinePlace(spec.deadlines ?? [], order.index, order.deadline);
  return place === null ? [] : hooks.deadlines.slice(place, place + 1);
}

function detailsOf(
  order: CallbackOrder,
):
  | Pick<TaskCallbackContext, "task" | "attempt" | "callback" | "error" | "reason">
  | Pick<DagCallbackContext, "callback" | "reason" | "deadlineAt"> {
  switch (order.type) {
    case "task":
      return {
        ...tryContext({ ...order, token: order.tryToken }),
        callback: order.callback,
        error: order.error === null ? null : textsOf(order.error),
        reason: order.reason,
      };
    case "dag":
      return { callback: order.callback, reason: order.reason, deadlineAt: null };
    case "deadline":
      return { callback: "deadline", reason: null, deadlineAt: new Date(order.deadlineAt) };
  }
}

function textsOf({ name, message, stack }: TaskError): CallbackError {
  return { name, message, stack };
}

function missing(name: string, bundleId: string): TaskError {
  return {
    name: "VersionMissing",
    message: `Cannot call the callback ${name}: the deployed bundle ${bundleId} has none. Deploy it again`,
    stack: null,
    causes: [],
  };
}
