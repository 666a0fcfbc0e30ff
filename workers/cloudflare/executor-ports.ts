/** What an executor needs, from the bindings of this Worker. */
import type { ExecutorPorts, ExecutorProblem, TaskFunctions } from "../../src/executor/ports.ts";
import { type Env, taskEnv } from "./env.ts";
import { R2ObjectStore } from "./object-store.ts";
import { ids, timer } from "./platform.ts";
import { schedulers } from "./schedulers.ts";

export function executorPorts(env: Env, functions: TaskFunctions): ExecutorPorts {
  return {
    schedulers: schedulers(env),
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
