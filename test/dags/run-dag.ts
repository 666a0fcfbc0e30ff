/**
 * Runs a DAG in this process, one task after the other, for tests of what its tasks compute: results make the round trip through
 * JSON, retries follow at once, and of the trigger rules there are those that the examples use. How tasks are scheduled is
 * the engine's business, and tested there.
 */
import type { DagDefinition, TaskContext } from "updraft";
import { FailWithoutRetry, Skip } from "updraft";
import { validateParams } from "../../src/dag/params.ts";
import type { TaskSpec } from "../../src/dag/spec.ts";
import type { Json } from "../../src/lib/json.ts";

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface TaskRun {
  readonly state: "success" | "failed" | "skipped" | "upstream_failed";
  readonly tryCount: number;
  readonly result: unknown;
  readonly error: unknown;
  readonly log: readonly LogLine[];
}

export interface DagRun {
  readonly state: "success" | "failed";
  readonly tasks: ReadonlyMap<string, TaskRun>;
  of(taskId: string): TaskRun;
}

export interface RunOptions {
  readonly origin?: string;
  readonly conf?: { readonly [key: string]: Json };
  readonly logicalAt?: Date;
  /** Runs these tasks and leaves the others out. */
  readonly only?: readonly string[];
  readonly signalFor?: (taskId: string) => AbortSignal;
  /** Bindings beside `ORIGIN`. */
  readonly env?: Readonly<Record<string, unknown>>;
}

export async function runDag(definition: DagDefinition, options: RunOptions = {}): Promise<DagRun> {
  const { spec } = definition;
  const params = validateParams(spec.params, options.conf ?? {});
  if (!params.ok) throw new Error(params.errors.map((error) => `${error.field}: ${error.message}`).join("; "));
  const tasks = new Map<string, TaskRun>();
  const pushed = new Map<string, unknown>();
  for (const task of spec.tasks) {
    if (options.only?.includes(task.taskId) === false) continue;
    const blocked = stateWithoutRunning(task, tasks);
    const run =
      blocked === null
        ? await runTask(definition, task, { ...options, params: params.params, tasks, pushed })
        : { state: blocked, tryCount: 0, result: undefined, error: undefined, log: [] };
    tasks.set(task.taskId, run);
  }
  const leaves = spec.tasks.filter((task) => !spec.tasks.some((other) => other.upstream.includes(task.taskId)));
  const hasFailed = leaves.some((task) => /failed/.test(tasks.get(task.taskId)?.state ?? ""));
  return {
    state: hasFailed ? "failed" : "success",
    tasks,
    of: (taskId) => {
      const run = tasks.get(taskId);
      if (run === undefined) throw new Error(`There is no task "${taskId}": ${[...tasks.keys()].join(", ")}`);
      return run;
    },
  };
}

function stateWithoutRunning(task: TaskSpec, tasks: ReadonlyMap<string, TaskRun>): TaskRun["state"] | null {
  const states = task.upstream.map((id) => tasks.get(id)?.state);
  const hasFailed = states.some((state) => state === "failed" || state === "upstream_failed");
  switch (task.triggerRule) {
    case "all_success":
      return hasFailed ? "upstream_failed" : states.includes("skipped") ? "skipped" : null;
    case "all_done":
      return null;
    case "one_failed":
      return hasFailed ? null : "skipped";
    default:
      throw new Error(`The test runner does not know the trigger rule ${task.triggerRule}`);
  }
}

interface Surroundings extends RunOptions {
  readonly params: Readonly<Record<string, Json>>;
  readonly tasks: ReadonlyMap<string, TaskRun>;
  readonly pushed: Map<string, unknown>;
}

async function runTask(definition: DagDefinition, task: TaskSpec, around: Surroundings): Promise<TaskRun> {
  const body = definition.functions[task.taskId];
  if (body === undefined) throw new Error(`There is no function for "${task.taskId}"`);
  const log: LogLine[] = [];
  for (let tryNumber = 1; ; tryNumber += 1) {
    try {
      const context = contextOf(definition, task, { ...around, tryNumber, log });
      const inputs = Object.entries(task.inputs).map(([name, id]) => [name, around.tasks.get(id)?.result]);
      const result = throughJson(await body({ ...context, ...Object.fromEntries(inputs) }));
      return { state: "success", tryCount: tryNumber, result, error: undefined, log };
    } catch (error) {
      if (error instanceof Skip) return { state: "skipped", tryCount: tryNumber, result: undefined, error, log };
      if (error instanceof FailWithoutRetry || tryNumber > task.retries) {
        return { state: "failed", tryCount: tryNumber, result: undefined, error, log };
      }
    }
  }
}

function contextOf(
  { spec }: DagDefinition,
  task: TaskSpec,
  around: Surroundings & { readonly tryNumber: number; readonly log: LogLine[] },
): TaskContext {
  const startAt = around.logicalAt ?? new Date("2026-01-05T12:00:00Z");
  const write =
    (level: LogLine["level"]) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
      void around.log.push({ level, message, fields });
  return {
    params: around.params,
    conf: around.conf ?? {},
    run: { dagId: spec.dagId, runId: "test", runType: "manual", logicalAt: startAt, startAt },
    interval: null,
    task: { taskId: task.taskId, mapIndex: -1 },
    attempt: { tryNumber: around.tryNumber, maxTries: task.retries + 1, token: around.tryNumber },
    xcom: {
      push: (key, value) => void around.pushed.set(`${task.taskId} ${key}`, throughJson(value)),
      get: async (taskId, key = "return_value") =>
        key === "return_value" ? around.tasks.get(taskId)?.result : around.pushed.get(`${taskId} ${key}`),
    },
    log: { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") },
    signal: around.signalFor?.(task.taskId) ?? new AbortController().signal,
    env: { ...around.env, ORIGIN: around.origin ?? "http://127.0.0.1:9" },
  };
}

function throughJson(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
