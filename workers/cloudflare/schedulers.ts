/**
 * The schedulers as everything but an executor calls them: Durable Object RPC by the DAG's id. A stub that failed once
 * stays broken, so each call asks for one anew; and a reply counts as held in the other isolate until it is disposed of.
 */
import type { DagId } from "../../src/dag/ids.ts";
import { PlatformError, type SchedulerClient, type Schedulers } from "../../src/platform.ts";
import type { Env } from "./env.ts";

type Method = keyof SchedulerClient;

const METHODS: readonly Method[] = [
  "claim",
  "report",
  "heartbeat",
  "readXComs",
  "sync",
  "setImportError",
  "retire",
  "trigger",
  "createBackfill",
  "previewBackfill",
  "changeBackfill",
  "backfill",
  "coverage",
  "setPaused",
  "markRun",
  "setRunNote",
  "clearTaskInstances",
  "markTaskInstances",
  "setTaskInstanceNote",
  "deleteTaskInstance",
  "deleteRun",
  "deleteDag",
  "dag",
  "run",
  "taskInstances",
  "taskInstance",
  "explain",
  "xcomEntries",
  "setLimits",
  "takeSlots",
  "poke",
  "rebuildCatalog",
];

export function schedulers(env: Env): Schedulers {
  return { get: (dagId) => schedulerClient(env, dagId) };
}

function schedulerClient(env: Env, dagId: DagId): SchedulerClient {
  const methods = METHODS.map((method) => [method, (...args: unknown[]) => call(env, dagId, method, args)]);
  return Object.fromEntries(methods) as unknown as SchedulerClient;
}

async function call(env: Env, dagId: DagId, method: Method, args: readonly unknown[]): Promise<unknown> {
  // The namespace is untyped: naming the class of the object here would make this file import the scheduler.
  const stub = env.DAG_SCHEDULER.getByName(dagId) as unknown as Record<
    Method,
    (...args: readonly unknown[]) => Promise<unknown>
  >;
  try {
    const reply = await stub[method](...args);
    if (typeof reply === "object" && reply !== null) (reply as Partial<Disposable>)[Symbol.dispose]?.();
    return reply;
  } catch (error) {
    // https://developers.cloudflare.com/durable-objects/best-practices/error-handling/
    const isOverloaded = error instanceof Error && "overloaded" in error && error.overloaded === true;
    const message = `Cannot call the scheduler of "${dagId}": ${error instanceof Error ? error.message : String(error)}`;
    throw new PlatformError(isOverloaded ? "overloaded" : "scheduler_unreachable", message, {
      retryable: true,
      cause: error,
    });
  }
}
