/**
 * The bindings of wrangler.toml as types. What is ours stays ours: tasks see everything else that a deployment binds,
 * so a workflow's own buckets, secrets and services arrive in its `env` by adding them to wrangler.toml.
 */
import type { Env as TaskEnv } from "../../src/dag/context.ts";

export interface Env {
  readonly DAG_SCHEDULER: DurableObjectNamespace;
  readonly BUNDLE: DurableObjectNamespace;
  readonly LIMITS: DurableObjectNamespace;
  readonly DB: D1Database;
  readonly OBJECTS: R2Bucket;
  readonly TASKS: Queue;
  readonly TASKS_LONG: Queue;
  readonly TASKS_DLQ: Queue;
  readonly TASKS_LONG_DLQ: Queue;
  readonly ASSETS: Fetcher;
  /** Where this deployment is served, without a path. `npm start` and the deploy script set it. */
  readonly ORIGIN?: string;
  /** Shown in the dashboard's head. */
  readonly INSTANCE_NAME?: string;
  /** Lets the first user be made, once. */
  readonly SETUP_TOKEN?: string;
  /** "1" under `npm start`: deliveries run beside each other although the local queue waits for each. */
  readonly LOCAL_PARALLEL?: string;
}

const OWN_BINDINGS = [
  "DAG_SCHEDULER",
  "BUNDLE",
  "LIMITS",
  "DB",
  "OBJECTS",
  "TASKS",
  "TASKS_LONG",
  "TASKS_DLQ",
  "TASKS_LONG_DLQ",
  "ASSETS",
  "INSTANCE_NAME",
  "SETUP_TOKEN",
  "LOCAL_PARALLEL",
] as const satisfies readonly (keyof Env)[];

const taskEnvs = new WeakMap<Env, TaskEnv>();

/** What tasks see as `env`: all bindings that are not Updraft's own. */
export function taskEnv(env: Env): TaskEnv {
  const known = taskEnvs.get(env);
  if (known !== undefined) return known;
  const own: ReadonlySet<string> = new Set(OWN_BINDINGS);
  const bindings = Object.entries(env).filter(([name]) => !own.has(name) && name !== "ORIGIN");
  const visible: TaskEnv = {
    ...Object.fromEntries(bindings),
    get ORIGIN() {
      return originOf(env);
    },
  };
  taskEnvs.set(env, visible);
  return visible;
}

function originOf(env: Env): string {
  if (env.ORIGIN !== undefined && env.ORIGIN !== "") return env.ORIGIN.replace(/\/+$/, "");
  throw new Error(
    "Cannot read env.ORIGIN: the deployment does not know its address; " +
      "deploy again with the address in the environment, as in UPDRAFT_ORIGIN=https://… npm run deploy",
  );
}
