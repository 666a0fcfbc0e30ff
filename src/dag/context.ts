/**
 * What a task's function receives: one object that holds this context and, beside it, the task's inputs by name.
 * Instants are `Date` objects, each task's own, so that changing one changes nothing for anybody else.
 */
import type { Json } from "../lib/json.ts";

/**
 * The run that a task belongs to.
 *
 * @example
 * ```ts
 * import { dag, type RunContext } from "updraft";
 *
 * const nameOf = (run: RunContext) => `${run.dagId} of ${run.logicalAt?.toISOString() ?? "no date"}`;
 *
 * export default dag("named_run", {}, ({ task }) => {
 *   task("name", ({ run }) => nameOf(run));
 * });
 * ```
 */
export interface RunContext {
  readonly dagId: string;
  readonly runId: string;
  readonly runType: "scheduled" | "manual" | "backfill" | "asset_triggered";
  /** Airflow's logical date: the instant the run stands for, however late it runs. `null` for a run that stands for none. */
  readonly logicalAt: Date | null;
  /** When the run itself started. */
  readonly startAt: Date;
}

/**
 * The span of data a run covers: from `startAt` up to, and not including, `endAt`. The two are equal for a schedule whose
 * runs stand for instants.
 *
 * @example
 * ```ts
 * import { cron, type DataInterval, dag } from "updraft";
 *
 * const hoursIn = ({ startAt, endAt }: DataInterval) => (endAt.getTime() - startAt.getTime()) / 3_600_000;
 *
 * export default dag("yesterday", { schedule: cron("@daily", { dataInterval: true }) }, ({ task }) => {
 *   task("measure", ({ interval }) => (interval === null ? 0 : hoursIn(interval)));
 * });
 * ```
 */
export interface DataInterval {
  readonly startAt: Date;
  readonly endAt: Date;
}

/**
 * Which try this is.
 *
 * @example
 * ```ts
 * import { type AttemptContext, dag } from "updraft";
 *
 * const isLast = (attempt: AttemptContext) => attempt.tryNumber === attempt.maxTries;
 *
 * export default dag("last_resort", {}, ({ task }) => {
 *   task("fetch", { retries: 2 }, ({ attempt }) => (isLast(attempt) ? "from the archive" : "from the source"));
 * });
 * ```
 */
export interface AttemptContext {
  /** Counts from 1. */
  readonly tryNumber: number;
  /** The number of tries there will be at most: the task's `retries` + 1, more after a clear. */
  readonly maxTries: number;
  /**
   * Grows with every order to run anything in this DAG. A try may run more than once, so write it beside outside
   * effects and refuse older ones there: that fences a try that was lost and came back.
   */
  readonly token: number;
}

/**
 * Named values between tasks, beyond what a task returns.
 *
 * @example
 * ```ts
 * import { dag } from "updraft";
 *
 * export default dag("side_results", {}, ({ task }) => {
 *   const count = task("count", ({ xcom }) => {
 *     xcom.push("unit", "quakes");
 *     return 12;
 *   });
 *   task("say", { inputs: { count } }, async ({ count, xcom }) => `${count} ${await xcom.get("count", "unit")}`);
 * });
 * ```
 */
export interface XComContext {
  /** Keeps a JSON value under a key of this task. It commits together with the result of the try, never before. */
  push(key: string, value: unknown): void;
  /**
   * Reads a value of another task of this run: `key` is `"return_value"` (what the task returned) unless given.
   * Resolves to `undefined` if there is none.
   */
  get(taskId: string, key?: string, options?: { readonly mapIndex?: number }): Promise<unknown>;
}

/**
 * Writes structured lines to the log of this try, visible while it runs. Fields must be JSON.
 *
 * @example
 * ```ts
 * import { dag, type Log } from "updraft";
 *
 * function countDown(log: Log) {
 *   for (const left of [3, 2, 1]) log.info("still counting", { left });
 *   log.warn("done early");
 * }
 *
 * export default dag("talkative", {}, ({ task }) => {
 *   task("count_down", ({ log }) => countDown(log));
 * });
 * ```
 */
export interface Log {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/**
 * Bindings and settings of the deployment. A project adds its own by declaration merging, and every task's `env` then
 * knows them:
 *
 * @example
 * ```ts
 * import { dag } from "updraft";
 *
 * declare module "updraft" {
 *   interface Env {
 *     readonly REPORT_TITLE: string;
 *   }
 * }
 *
 * export default dag("titled", {}, ({ task }) => {
 *   task("title", ({ env }) => env.REPORT_TITLE.toUpperCase());
 * });
 * ```
 */
export interface Env {
  /** Base URL of this deployment, without a path, such as `https://updraft.example.com`. */
  readonly ORIGIN: string;
}

/**
 * Everything a task may ask for beside its inputs. Instants are `Date` objects.
 *
 * @example
 * ```ts
 * import { dag, type TaskContext } from "updraft";
 *
 * async function fetchList({ env, signal, log }: TaskContext): Promise<string> {
 *   const response = await fetch(new URL("/data/list.json", env.ORIGIN), { signal });
 *   log.info("fetched", { status: response.status });
 *   return response.text();
 * }
 *
 * export default dag("plain_functions", {}, ({ task }) => {
 *   task("fetch", fetchList);
 * });
 * ```
 */
export interface TaskContext<Params = Readonly<Record<string, Json>>> {
  /** The run's parameters: the trigger's `conf` over the defaults, validated. */
  readonly params: Params;
  /** What the trigger gave, as it gave it. */
  readonly conf: Readonly<Record<string, Json>>;
  readonly run: RunContext;
  /** `null` for a run that covers none. */
  readonly interval: DataInterval | null;
  readonly task: {
    readonly taskId: string;
    /** -1 for a task that is not mapped. */
    readonly mapIndex: number;
  };
  readonly attempt: AttemptContext;
  readonly xcom: XComContext;
  readonly log: Log;
  /** Aborts when the try must stop: cancelled, timed out, or taken over by another. Pass it to `fetch`. */
  readonly signal: AbortSignal;
  readonly env: Env;
}

/**
 * What a callback of a task receives: the context of the try it is about, and how that try ended. It has no `xcom` to push to,
 * because the result is already kept.
 *
 * @example
 * ```ts
 * import { dag, type TaskCallbackContext } from "updraft";
 *
 * const tell = ({ task, error, log }: TaskCallbackContext) => log.warn(`${task.taskId} failed: ${error?.message}`);
 *
 * export default dag("watched", {}, ({ task }) => {
 *   task("work", { onFailure: tell }, () => "worked");
 * });
 * ```
 */
export interface TaskCallbackContext extends Omit<TaskContext, "xcom" | "interval"> {
  readonly interval: DataInterval | null;
  readonly callback: "execute" | "success" | "failure" | "retry" | "skipped";
  /** Of a failed try. A plain object, because it may come from another process than the one that threw it. */
  readonly error: CallbackError | null;
  /** Why the scheduler ended the try or the run, for what was not the task's own doing: `heartbeat_lost`, `timed_out`, … */
  readonly reason: string | null;
}

/**
 * An error as callbacks see it: its texts.
 *
 * @example
 * ```ts
 * import { type CallbackError, dag } from "updraft";
 *
 * const firstLine = (error: CallbackError | null) => error?.message.split("\n")[0] ?? "no error";
 *
 * export default dag("short_errors", {}, ({ task }) => {
 *   task("work", { onFailure: ({ error, log }) => log.error(firstLine(error)) }, () => "worked");
 * });
 * ```
 */
export interface CallbackError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
}

/**
 * What a callback of a DAG or of a deadline receives.
 *
 * @example
 * ```ts
 * import { dag, type DagCallbackContext } from "updraft";
 *
 * const announce = ({ run, log }: DagCallbackContext) => log.info(`${run.dagId} is done: ${run.runId}`);
 *
 * export default dag("announced", { onSuccess: announce }, ({ task }) => {
 *   task("work", () => "worked");
 * });
 * ```
 */
export interface DagCallbackContext {
  readonly callback: "success" | "failure" | "deadline";
  readonly params: Readonly<Record<string, Json>>;
  readonly conf: Readonly<Record<string, Json>>;
  readonly run: RunContext;
  readonly interval: DataInterval | null;
  /** Why the run ended, as the dashboard says it: `task_failure`, `timed_out`, … */
  readonly reason: string | null;
  /** When the deadline was; `null` for the others. */
  readonly deadlineAt: Date | null;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly env: Env;
}

/** Names in the context; an input may not be called like one of them. */
export const CONTEXT_KEYS = [
  "params",
  "conf",
  "run",
  "interval",
  "task",
  "attempt",
  "xcom",
  "log",
  "signal",
  "env",
] as const satisfies readonly (keyof TaskContext)[];
export type ContextKey = (typeof CONTEXT_KEYS)[number];

/** A task's function without its types: the scope is the context and the inputs in one object. */
export type TaskFunction = (scope: Readonly<Record<string, unknown>>) => unknown | Promise<unknown>;
