/**
 * The schedulers as everything but an executor calls them: Durable Object RPC by the DAG's id. A stub that failed once
 * stays broken, so each call asks for one anew; and a reply counts as held in the other isolate until it is disposed of.
 */
import type { DagId } from "../../src/dag/ids.ts";
import { PlatformError, type SchedulerClient, type Schedulers } from "../../src/platform.ts";
import type { Env } from "./env.ts";

type Method = keyof SchedulerClient;

/** The compiler sees to it that none is left out. */
const METHODS = Object.keys({
  claim: true,
  report: true,
  heartbeat: true,
  readXComs: true,
  sync: true,
  setImportError: true,
  retire: true,
  trigger: true,
  createBackfill: true,
  previewBackfill: true,
  changeBackfill: true,
  backfill: true,
  coverage: true,
  plannedRuns: true,
  setPaused: true,
  markRun: true,
  setRunNote: true,
  clearTaskInstances: true,
  markTaskInstances: true,
  setTaskInstanceNote: true,
  deleteTaskInstance: true,
  deleteRun: true,
  deleteDag: true,
  dag: true,
  run: true,
  taskInstances: true,
  taskInstance: true,
  explain: true,
  xcomEntries: true,
  setLimits: true,
  takeSlots: true,
  poke: true,
  rebuildCatalog: true,
} satisfies Record<Method, true>) as readonly Method[];

export function schedulers(env: Env): Schedulers {
  return { get: (dagId) => new Client(env, dagId) as unknown as SchedulerClient };
}

/** Its methods stand in the prototype: one is made for every call. */
class Client {
  readonly env: Env;
  readonly dagId: DagId;

  constructor(env: Env, dagId: DagId) {
    this.env = env;
    this.dagId = dagId;
  }
}

for (const method of METHODS) {
  const value = function (this: Client, ...args: unknown[]) {
    return call(this.env, this.dagId, method, args);
  };
  Object.defineProperty(Client.prototype, method, { value });
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
