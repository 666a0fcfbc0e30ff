/** Fills in and checks what an author set for a task: its own options, then the defaults of its groups, its DAG and ours. */
import { formatDuration, parseDuration } from "../lib/duration.ts";
import { zonedInstant } from "../lib/time-zone.ts";
import {
  DEFAULT_EXECUTOR,
  DEFAULT_OWNER,
  DEFAULT_POOL,
  DEFAULT_POOL_SLOTS,
  DEFAULT_PRIORITY_WEIGHT,
  DEFAULT_RETRIES,
  DEFAULT_RETRY_DELAY_MS,
  DEFAULT_TRIGGER_RULE,
  QUEUE_MAX_EXECUTION_TIMEOUT_MS,
} from "./defaults.ts";
import { definitionError } from "./errors.ts";
import { readTaskHooks } from "./graph/read-hooks.ts";
import { EXECUTORS, type TaskSpec, TRIGGER_RULES, WEIGHT_RULES } from "./spec.ts";
import type { Duration, TaskDefaults, TaskInputs, TaskOptions } from "./task.ts";

export type AnyTaskOptions = TaskOptions<TaskInputs, TaskSpec["triggerRule"]>;
/** What the graph around a task says of it; the rest are its settings. */
type FromGraph = "taskId" | "groupId" | "upstream" | "inputs" | "mapped" | "mapVariants";
type FromFunctions = "hasInstanceName" | "hasRetryPolicy" | "hasCondition" | "callbacks";
export type TaskSettings = Omit<TaskSpec, FromGraph | FromFunctions>;

const defaultNames = [
  "retries",
  "retryDelay",
  "retryExponentialBackoff",
  "maxRetryDelay",
  "executionTimeout",
  "pool",
  "poolSlots",
  "priorityWeight",
  "executor",
  "queue",
  "owner",
  "weightRule",
  "maxActiveTisPerDag",
  "maxActiveTisPerDagrun",
  "dependsOnPast",
  "waitForDownstream",
  "waitForPastDependsBeforeSkipping",
  "ignoreFirstDependsOnPast",
  "startDate",
  "endDate",
  "retryPolicy",
  "onExecute",
  "onSuccess",
  "onFailure",
  "onRetry",
  "onSkipped",
] as const satisfies readonly (keyof TaskDefaults)[];
/** All that a task knows beside its id and function. */
export const TASK_OPTION_NAMES = [
  ...defaultNames,
  "inputs",
  "after",
  "before",
  "triggerRule",
  "runIf",
  "skipIf",
  "description",
  "docs",
] as const satisfies readonly (keyof AnyTaskOptions)[];

const int32Max = 2_147_483_647;
const int32Min = -2_147_483_648;

/** Wrong defaults are named where they stand, not at the first task that inherits them. */
export function checkDefaults(where: string, defaults: TaskDefaults, zone: string): void {
  const place = `${where}, defaults`;
  checkNames(place, defaults, defaultNames);
  // Whether a timeout is too long for the executor shows at each task, which may choose another one.
  readTaskSettings(place, { executor: "local", ...defaults }, zone);
  readTaskHooks(place, defaults);
}

/** Of a task's options with the defaults around it already filled in. `zone` is where dates without an offset are read. */
export function readTaskSettings(where: string, options: AnyTaskOptions, zone: string): TaskSettings {
  const executor = oneOf(where, "executor", options.executor ?? DEFAULT_EXECUTOR, EXECUTORS);
  const timeoutMs = readDuration(where, "executionTimeout", options.executionTimeout, 1);
  if (executor === "queue" && timeoutMs !== null && timeoutMs > QUEUE_MAX_EXECUTION_TIMEOUT_MS) {
    throw definitionError(
      where,
      `executionTimeout must be at most ${formatDuration(QUEUE_MAX_EXECUTION_TIMEOUT_MS)} with the executor "queue", ` +
        `got ${formatDuration(timeoutMs)}; split the task into shorter ones`,
    );
  }
  const weight = { least: -int32Max - 1, most: int32Max };
  return {
    description: readText(where, "description", options.description),
    docs: readText(where, "docs", options.docs),
    owner: readText(where, "owner", options.owner) ?? DEFAULT_OWNER,
    triggerRule: oneOf(where, "triggerRule", options.triggerRule ?? DEFAULT_TRIGGER_RULE, TRIGGER_RULES),
    retries: wholeNumber(where, "retries", options.retries ?? DEFAULT_RETRIES, { least: 0, most: 10_000 }),
    retryDelayMs: readDuration(where, "retryDelay", options.retryDelay, 0) ?? DEFAULT_RETRY_DELAY_MS,
    retryExponentialBackoff: readBackoff(where, options.retryExponentialBackoff ?? false),
    maxRetryDelayMs: readDuration(where, "maxRetryDelay", options.maxRetryDelay, 0),
    executionTimeoutMs: timeoutMs,
    pool: readPool(where, options.pool ?? DEFAULT_POOL),
    poolSlots: wholeNumber(where, "poolSlots", options.poolSlots ?? DEFAULT_POOL_SLOTS, { least: 1, most: int32Max }),
    priorityWeight: wholeNumber(where, "priorityWeight", options.priorityWeight ?? DEFAULT_PRIORITY_WEIGHT, weight),
    executor,
    queue: options.queue === undefined ? null : oneOf(where, "queue", options.queue, ["tasks", "tasks-long"] as const),
    ...readPast(where, options),
    ...readTaskDates(where, options, zone),
    ...readWeightRule(where, options.weightRule),
    ...readLimit(where, "maxActiveTisPerDag", options.maxActiveTisPerDag),
    ...readLimit(where, "maxActiveTisPerDagrun", options.maxActiveTisPerDagrun),
  };
}

function readPast(
  where: string,
  options: AnyTaskOptions,
): Pick<
  TaskSpec,
  "dependsOnPast" | "waitForDownstream" | "waitForPastDependsBeforeSkipping" | "ignoreFirstDependsOnPast"
> {
  const isSet = (name: "dependsOnPast" | "waitForDownstream" | "waitForPastDependsBeforeSkipping") =>
    readFlag(where, name, options[name]);
  const waitsForDownstream = isSet("waitForDownstream");
  const dependsOnPast = isSet("dependsOnPast") || waitsForDownstream;
  const waitsBeforeSkip = isSet("waitForPastDependsBeforeSkipping");
  const ignoresFirst = readFlag(where, "ignoreFirstDependsOnPast", options.ignoreFirstDependsOnPast ?? true);
  return {
    ...(dependsOnPast ? { dependsOnPast } : {}),
    ...(waitsForDownstream ? { waitForDownstream: true } : {}),
    ...(waitsBeforeSkip ? { waitForPastDependsBeforeSkipping: true } : {}),
    ...(ignoresFirst ? {} : { ignoreFirstDependsOnPast: false }),
  };
}

function readTaskDates(where: string, options: AnyTaskOptions, zone: string): Pick<TaskSpec, "startAt" | "endAt"> {
  const startAt = readDate(where, "startDate", options.startDate, zone);
  const endAt = readDate(where, "endDate", options.endDate, zone);
  if (startAt !== null && endAt !== null && endAt < startAt) {
    throw definitionError(where, "endDate is before startDate, so the task would never run: swap or mend them");
  }
  return { ...(startAt === null ? {} : { startAt }), ...(endAt === null ? {} : { endAt }) };
}

/** A function is called once the whole graph is known, and its answer stored as `absolute`. */
function readWeightRule(where: string, rule: AnyTaskOptions["weightRule"]): Pick<TaskSpec, "weightRule"> {
  if (rule === undefined) return {};
  if (typeof rule === "function") return { weightRule: "absolute" };
  return { weightRule: oneOf(where, "weightRule", rule, WEIGHT_RULES) };
}

function readLimit<Name extends "maxActiveTisPerDag" | "maxActiveTisPerDagrun">(
  where: string,
  name: Name,
  value: number | undefined,
): Partial<Record<Name, number>> {
  if (value === undefined) return {};
  return { [name]: wholeNumber(where, name, value, { least: 1, most: int32Max }) } as Record<Name, number>;
}

/** The weight that a function of `weightRule` computed. */
export function readWeight(where: string, value: number): number {
  return wholeNumber(where, "the result of weightRule", value, { least: int32Min, most: int32Max });
}

export function readDate(where: string, name: string, value: string | Date | undefined, zone: string): number | null {
  if (value === undefined) return null;
  try {
    const instant = value instanceof Date ? value.getTime() : zonedInstant(value, zone);
    if (!Number.isNaN(instant)) return instant;
  } catch (error) {
    throw definitionError(where, `${name}: ${error instanceof Error ? error.message : error}`);
  }
  throw definitionError(where, `${name} must be an ISO date such as "2026-01-31", got an invalid Date`);
}

/** Files of `dags/` are compiled without a type check, so a misspelt option would pass in silence. */
export function checkNames(where: string, options: object, known: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw definitionError(where, `options must be an object, got ${options === null ? "null" : typeof options}`);
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw definitionError(where, `unknown option "${unknown}": expected one of ${known.join(", ")}`);
}

export function wholeNumber(
  where: string,
  name: string,
  value: number,
  bounds: { readonly least: number; readonly most: number },
): number {
  if (Number.isInteger(value) && value >= bounds.least && value <= bounds.most) return value;
  const range = bounds.most >= int32Max ? `of at least ${bounds.least}` : `of ${bounds.least} to ${bounds.most}`;
  throw definitionError(where, `${name} must be a whole number ${range}, got ${JSON.stringify(value)}`);
}

export function readText(where: string, name: string, value: string | undefined): string | null {
  if (value === undefined || typeof value === "string") return value ?? null;
  throw definitionError(where, `${name} must be a text, got ${JSON.stringify(value)}`);
}

export function readFlag(where: string, name: string, value: boolean | undefined): boolean {
  if (value === undefined || typeof value === "boolean") return value ?? false;
  throw definitionError(where, `${name} must be true or false, got ${JSON.stringify(value)}`);
}

export function readDuration(where: string, name: string, value: Duration | undefined, leastMs: number): number | null {
  if (value === undefined) return null;
  const parsed = typeof value === "string" ? parseDuration(value) : ({ ok: true, value } as const);
  if (!parsed.ok) throw definitionError(where, `${name}: ${parsed.error}`);
  if (Number.isInteger(parsed.value) && parsed.value >= leastMs) return parsed.value;
  throw definitionError(
    where,
    `${name} must be a text such as "30s" or a whole number of milliseconds of at least ${leastMs}, got ${JSON.stringify(value)}`,
  );
}

function readBackoff(where: string, value: boolean | number): number {
  if (value === true) return 2;
  if (value === false) return 0;
  if (Number.isFinite(value) && value >= 0) return value;
  throw definitionError(where, `retryExponentialBackoff must be true, false or a factor of at least 0, got ${value}`);
}

function readPool(where: string, pool: string): string {
  if (typeof pool === "string" && pool.length >= 1 && pool.length <= 250) return pool;
  throw definitionError(where, `pool must be a name of 1 to 250 characters, got ${JSON.stringify(pool)}`);
}

function oneOf<T extends string>(where: string, name: string, value: T, known: readonly T[]): T {
  if (known.includes(value)) return value;
  throw definitionError(where, `${name} must be one of ${known.join(", ")}, got ${JSON.stringify(value)}`);
}
