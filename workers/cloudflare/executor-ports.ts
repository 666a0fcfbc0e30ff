/** What an executor needs, from the bindings of this Worker. */
import type { DagId } from "../../src/dag/ids.ts";
import type { ExecutorPorts, ExecutorProblem, TaskFunctions } from "../../src/executor/ports.ts";
import type { SchedulerForExecutor } from "../../src/executor/protocol.ts";
import { PlatformError } from "../../src/platform.ts";
import { type Env, taskEnv } from "./env.ts";
import { R2ObjectStore } from "./object-store.ts";
import { ids, timer } from "./platform.ts";

export function executorPorts(env: Env, functions: TaskFunctions): ExecutorPorts {
  return {
    schedulers: { get: (dagId) => schedulerForExecutor(env, dagId) },
    objects: new R2ObjectStore(env.OBJECTS),
    functions,
    timer,
    ids,
    env: taskEnv(env),
    onProblem: logProblem,
  };
}

/** For operators: Workers Logs keeps these lines, and filters by their fields. */
export function logProblem(problem: ExecutorProblem): void {
  console.error(JSON.stringify({ event: "executor_problem", ...problem }));
}

/** The object is asked for anew with each call: a stub that failed once stays broken. */
function schedulerForExecutor(env: Env, dagId: DagId): SchedulerForExecutor {
  // The namespace is untyped: naming the class of the object here would make this file import the scheduler.
  const stub = env.DAG_SCHEDULER.getByName(dagId) as unknown as SchedulerForExecutor;
  return {
    claim: (request) => plain(stub.claim(request)),
    report: (request) => plain(stub.report(request)),
    heartbeat: (request) => plain(stub.heartbeat(request)),
    readXComs: (items) => plain(stub.readXComs(items)),
  };
}

/** A reply is plain data, yet counts as held in the other isolate until it is disposed of. */
async function plain<Reply extends object>(call: Promise<Reply>): Promise<Reply> {
  try {
    const reply = await call;
    (reply as Partial<Disposable>)[Symbol.dispose]?.();
    return reply;
  } catch (error) {
    // https://developers.cloudflare.com/durable-objects/best-practices/error-handling/
    const isOverloaded = error instanceof Error && "overloaded" in error && error.overloaded === true;
    const message = `Cannot call the scheduler: ${error instanceof Error ? error.message : String(error)}`;
    const code = isOverloaded ? "overloaded" : "scheduler_unreachable";
    throw new PlatformError(code, message, { retryable: true, cause: error });
  }
}
