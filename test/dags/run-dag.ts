/**
 * Runs a DAG in this process, one task after the other, for tests of what its tasks compute: results make the round trip through
 * JSON, retries follow at once, items and decisions come from the executor's own code, and of the trigger rules there are those
 * that the examples use. How tasks are scheduled is the engine's business, and tested there.
 */
import type { DagDefinition, TaskContext } from "updraft";
import { FailWithoutRetry, Skip } from "updraft";
import type { TaskHooks } from "../../src/dag/hooks.ts";
import type { TaskId } from "../../src/dag/ids.ts";
import { validateParams } from "../../src/dag/params.ts";
import type { GroupSpec, TaskCallback, TaskSpec } from "../../src/dag/spec.ts";
import { decide } from "../../src/executor/decision.ts";
import { mapInputs } from "../../src/executor/map-inputs.ts";
import { PagedResults } from "../../src/executor/mapped-results.ts";
import type { Decision } from "../../src/executor/protocol.ts";
import type { Json } from "../../src/lib/json.ts";
import { runFacts } from "../executor/fake-scheduler.ts";
import { instanceCount } from "./map-lengths.ts";
import { type EndState, stateByRule } from "./trigger-rules.ts";

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface TaskRun {
  readonly state: EndState;
  readonly tryCount: number;
  /** Of a mapped task: the results of its instances that have one. */
  readonly result: unknown;
  readonly error: unknown;
  readonly log: readonly LogLine[];
  /** Of a mapped task: one per index. */
  readonly instances?: readonly TaskRun[];
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
  readonly interval?: { readonly startAt: Date; readonly endAt: Date };
  readonly runType?: TaskContext["run"]["runType"];
  /** Runs these tasks and leaves the others out. */
  readonly only?: readonly string[];
  readonly signalFor?: (taskId: string) => AbortSignal;
  /** Bindings beside `ORIGIN`. */
  readonly env?: Readonly<Record<string, unknown>>;
}

interface Surroundings extends RunOptions {
  readonly params: Readonly<Record<string, Json>>;
  readonly tasks: ReadonlyMap<string, TaskRun>;
  readonly pushed: Map<string, unknown>;
}

export async function runDag(definition: DagDefinition, options: RunOptions = {}): Promise<DagRun> {
  const { spec } = definition;
  const params = validateParams(spec.params, options.conf ?? {});
  if (!params.ok) throw new Error(params.errors.map((error) => `${error.field}: ${error.message}`).join("; "));
  const tasks = new Map<string, TaskRun>();
  const around = { ...options, params: params.params, tasks, pushed: new Map<string, unknown>() };
  const skipped = new Set<string>();
  for (const task of spec.tasks) {
    if (options.only?.includes(task.taskId) === false) continue;
    const run = skipped.has(task.taskId) ? ended("skipped") : await runInstances(definition, task, around);
    tasks.set(task.taskId, run);
    if (run.decision !== undefined) for (const id of skippedBy(definition, task, run.decision)) skipped.add(id);
  }
  const isLeaf = ({ taskId }: TaskSpec) =>
    !spec.tasks.some((other) => other.upstream.includes(taskId as TaskId) && other.isTeardown !== true);
  const leaves = spec.tasks.filter(
    (task) => isLeaf(task) && (task.isTeardown !== true || task.onFailureFailDagRun === true),
  );
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

interface Ended extends TaskRun {
  readonly decision?: Decision;
}

function ended(state: EndState): Ended {
  return { state, tryCount: 0, result: undefined, error: undefined, log: [] };
}

function mappedGroup({ spec }: DagDefinition, task: TaskSpec): GroupSpec | null {
  for (let id = task.groupId; id !== null; ) {
    const group = spec.groups.find(({ groupId }) => groupId === id);
    if (group?.mapped !== undefined) return group;
    id = group?.parentId ?? null;
  }
  return null;
}

async function runInstances(definition: DagDefinition, task: TaskSpec, around: Surroundings): Promise<Ended> {
  const group = mappedGroup(definition, task);
  const mapped = task.mapped ?? group?.mapped;
  if (mapped === undefined) {
    const blocked = stateWithoutRunning(definition, task, around, -1);
    return blocked === null ? runTask(definition, task, around, -1) : ended(blocked);
  }
  const sources = JSON.stringify(mapped).matchAll(/"taskId":"([^"]*)"/g);
  const ends = [...sources].map(([, id = ""]) => around.tasks.get(id)?.state ?? "success");
  if (ends.some((state) => state !== "success")) return ended(ends.includes("skipped") ? "skipped" : "upstream_failed");
  const count = instanceCount(definition, mapped, (id) => resultsOf(around, id));
  const instances: Ended[] = [];
  for (let index = 0; index < count; index++) {
    const blocked = stateWithoutRunning(definition, task, around, group === null ? -1 : index);
    instances.push(blocked === null ? await runTask(definition, task, around, index) : ended(blocked));
  }
  const states = instances.map(({ state }) => state);
  const state = (["failed", "upstream_failed", "success"] as const).find((each) => states.includes(each)) ?? "skipped";
  return {
    state,
    tryCount: instances.reduce((sum, { tryCount }) => sum + tryCount, 0),
    result: instances.filter(hasValue).map(({ result }) => result),
    error: instances.find(({ error }) => error !== undefined && error !== null)?.error,
    log: instances.flatMap(({ log }) => log),
    instances,
  };
}

function hasValue({ state, result }: TaskRun): boolean {
  return state === "success" && result !== undefined;
}

function resultsOf(around: Surroundings, taskId: string): { readonly value: unknown } | { readonly values: unknown[] } {
  const run = around.tasks.get(taskId);
  return run?.instances === undefined ? { value: run?.result } : { values: run.result as unknown[] };
}

/** `index` is that of a task in a mapped group, whose tasks wait for each other by index. */
function stateWithoutRunning(
  definition: DagDefinition,
  task: TaskSpec,
  around: Surroundings,
  index: number,
): EndState | null {
  const group = mappedGroup(definition, task);
  const statesOf = (id: string): readonly EndState[] => {
    const run = around.tasks.get(id);
    if (run === undefined) return [];
    const source = definition.spec.tasks.find(({ taskId }) => taskId === id);
    const isBeside = group !== null && source !== undefined && mappedGroup(definition, source) === group;
    const instance = isBeside ? run.instances?.[index] : undefined;
    if (instance !== undefined) return [instance.state];
    return run.instances?.map(({ state }) => state) ?? [run.state];
  };
  const isSetup = (id: string) => definition.spec.tasks.some((each) => each.taskId === id && each.isSetup === true);
  const setups = task.upstream.filter(isSetup).flatMap(statesOf);
  return stateByRule(task.triggerRule, task.upstream.flatMap(statesOf), setups);
}

function skippedBy({ spec }: DagDefinition, task: TaskSpec, decision: Decision): readonly string[] {
  const direct = spec.tasks.filter(({ upstream }) => upstream.includes(task.taskId)).map(({ taskId }) => taskId);
  const behind = (ids: readonly string[]): Set<string> => {
    const all = new Set(ids);
    // Tasks are in topological order, so one pass reaches all.
    for (const { taskId, upstream } of spec.tasks) if (upstream.some((id) => all.has(id))) all.add(taskId);
    return all;
  };
  switch (decision.type) {
    case "pass":
      return [];
    case "skip": {
      const all = decision.scope === "direct" ? direct : [...behind([task.taskId])].filter((id) => id !== task.taskId);
      return all.filter((id) => spec.tasks.find(({ taskId }) => taskId === id)?.isTeardown !== true);
    }
    case "follow": {
      const inGroups = spec.tasks.filter(({ groupId }) => groupId !== null && decision.ids.includes(groupId));
      const followed = behind([...decision.ids, ...inGroups.map(({ taskId }) => taskId)]);
      return direct.filter((id) => !followed.has(id));
    }
  }
}

async function runTask(definition: DagDefinition, task: TaskSpec, around: Surroundings, index: number): Promise<Ended> {
  const body = definition.functions[task.taskId];
  if (body === undefined) throw new Error(`There is no function for "${task.taskId}"`);
  const hooks: TaskHooks = definition.hooks.tasks[task.taskId] ?? {};
  const log: LogLine[] = [];
  for (let tryNumber = 1; ; tryNumber += 1) {
    const context = contextOf(definition, task, { ...around, tryNumber, log, index });
    const callBack = async (callback: TaskCallback, error: unknown = null) => {
      for (const each of hooks.callbacks?.[callback] ?? []) {
        await each({ ...context, callback, error: error as Error & { stack: null }, reason: null });
      }
    };
    try {
      const scope = {
        ...inputsOf(definition, task, around, index),
        ...(await itemsOf(definition, hooks, around, index)),
      };
      hooks.instanceName?.(scope);
      const refusal = await hooks.condition?.({ ...scope, ...context });
      if (typeof refusal === "string") throw new Skip(refusal);
      await callBack("execute");
      const returned = await body({ ...scope, ...context });
      const decided = decisionOf(definition, task, hooks, returned, around);
      const result = throughJson(decided === null ? returned : decided.value);
      await callBack("success");
      const end = { state: "success", tryCount: tryNumber, result, error: undefined, log } as const;
      return decided === null ? end : { ...end, decision: decided.decision };
    } catch (error) {
      if (error instanceof Skip) {
        await callBack("skipped");
        return { state: "skipped", tryCount: tryNumber, result: undefined, error, log };
      }
      const answer = error instanceof Error ? await hooks.retryPolicy?.(error as never, context.attempt) : undefined;
      const isLast = error instanceof FailWithoutRetry || tryNumber > task.retries || answer === "fail";
      await callBack(isLast ? "failure" : "retry", error);
      if (isLast) return { state: "failed", tryCount: tryNumber, result: undefined, error, log };
    }
  }
}

function decisionOf(
  definition: DagDefinition,
  task: TaskSpec,
  hooks: TaskHooks,
  returned: unknown,
  around: Surroundings,
): ReturnType<typeof decide> | null {
  if (hooks.decision === undefined) return null;
  const { interval, runType = "manual" } = around;
  const facts = {
    ...runFacts("run" as never),
    runType,
    dataIntervalStartAt: interval?.startAt.getTime() ?? null,
    dataIntervalEndAt: interval?.endAt.getTime() ?? null,
  };
  return decide(hooks.decision, returned, { definition, taskId: task.taskId, run: facts, now: 0 });
}

function inputsOf(
  definition: DagDefinition,
  task: TaskSpec,
  around: Surroundings,
  index: number,
): Record<string, unknown> {
  const group = mappedGroup(definition, task);
  const entries = Object.entries(task.inputs).map(([name, id]) => {
    const source = definition.spec.tasks.find(({ taskId }) => taskId === id);
    const run = around.tasks.get(id);
    const isBeside = group !== null && source !== undefined && mappedGroup(definition, source) === group;
    if (isBeside) return [name, run?.instances?.[index]?.result];
    const isMapped = source?.mapped !== undefined || (source !== undefined && mappedGroup(definition, source) !== null);
    return [name, isMapped ? paged(id, run) : run?.result];
  });
  return Object.fromEntries(entries);
}

function paged(taskId: TaskId, run: TaskRun | undefined): PagedResults {
  const values = (run?.instances ?? []).map((each) =>
    hasValue(each) ? ({ type: "inline", json: JSON.stringify(each.result) } as const) : null,
  );
  const source = {
    readPage: async (from: number, to: number) => values.slice(from, to),
    open: async (value: { readonly type: string }) => JSON.parse((value as { readonly json?: string }).json ?? "null"),
  };
  return new PagedResults(source, { type: "mapped", taskId, count: values.length, items: values });
}

async function itemsOf(
  definition: DagDefinition,
  hooks: TaskHooks,
  around: Surroundings,
  index: number,
): Promise<Readonly<Record<string, unknown>>> {
  const read = async (id: string) => {
    const run = around.tasks.get(id);
    return run?.instances === undefined ? run?.result : paged(id as TaskId, run);
  };
  const itemsIn = async (map: NonNullable<TaskHooks["map"]>) => {
    const inputs = await mapInputs(map, index, read);
    if (inputs.type === "skip") throw inputs.error;
    return inputs.values;
  };
  const items: Record<string, unknown> = hooks.map === undefined ? {} : { ...(await itemsIn(hooks.map)) };
  for (const [parameter, { groupId, name }] of Object.entries(hooks.groupInputs ?? {})) {
    const map = definition.hooks.groups[groupId]?.map;
    if (map !== undefined) items[parameter] = (await itemsIn(map))[name];
  }
  return items;
}

function contextOf(
  { spec }: DagDefinition,
  task: TaskSpec,
  around: Surroundings & { readonly tryNumber: number; readonly log: LogLine[]; readonly index: number },
): TaskContext {
  const startAt = around.logicalAt ?? new Date("2026-01-05T12:00:00Z");
  const write =
    (level: LogLine["level"]) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
      void around.log.push({ level, message, fields });
  return {
    params: around.params,
    conf: around.conf ?? {},
    run: { dagId: spec.dagId, runId: "test", runType: around.runType ?? "manual", logicalAt: startAt, startAt },
    interval: around.interval ?? null,
    task: { taskId: task.taskId, mapIndex: around.index },
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
