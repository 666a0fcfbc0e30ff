import type { z } from "zod";
import type { Json } from "../lib/json.ts";
import type { DagCallbackContext } from "./context.ts";
import { type Deadline, readDeadlines } from "./deadline.ts";
import { DEFAULT_OWNER } from "./defaults.ts";
import type { DagDefinition } from "./definition.ts";
import { definitionError } from "./errors.ts";
import { byId, groupSpec, hooksOf, taskSpecs } from "./graph/assemble.ts";
import { checkFailFast, checkSetups } from "./graph/checks.ts";
import { DagBuilder } from "./graph/dag-builder.ts";
import { resolveEdges } from "./graph/edges.ts";
import { readFunctions } from "./graph/read-hooks.ts";
import { topologicalOrder } from "./graph/topological-order.ts";
import type { DagCallbackFunction, DagHooks } from "./hooks.ts";
import { type DagId, isDagId } from "./ids.ts";
import { paramsSchema, validateParams } from "./params.ts";
import { readSchedule } from "./read-schedule.ts";
import type { Catchup, Schedule } from "./schedule.ts";
import { readScheduleOptions, timetableHook, zoneOf } from "./schedule-options.ts";
import { DAG_CALLBACKS, type DagSpec, type JsonSchema, type ScheduleSpec } from "./spec.ts";
import type { DagScope, Duration, TaskDefaults } from "./task.ts";
import { checkDefaults, checkNames, readDate, readDuration, readFlag, readText, wholeNumber } from "./task-settings.ts";

/**
 * The type of `params` in tasks: what the schema describes, or any JSON without one.
 *
 * @example
 * ```ts
 * import { dag, type ParamsOf, type TaskContext, z } from "updraft";
 *
 * const place = z.object({ city: z.string().default("Seattle") });
 *
 * function greet({ params }: TaskContext<ParamsOf<typeof place>>): string {
 *   return `Hello ${params.city}`;
 * }
 *
 * export default dag("typed_params", { params: place }, ({ task }) => {
 *   task("greet", greet);
 * });
 * ```
 */
export type ParamsOf<Schema> = Schema extends z.ZodObject ? Readonly<z.output<Schema>> : Readonly<Record<string, Json>>;

/**
 * Options of a DAG; all of them may be left out.
 *
 * @example
 * ```ts
 * import { type DagOptions, dag } from "updraft";
 *
 * const nightly: DagOptions = {
 *   schedule: "30 2 * * *",
 *   startDate: "2026-01-01",
 *   catchup: true,
 *   maxActiveRuns: 1,
 *   dagRunTimeout: "2 hours",
 *   tags: ["nightly"],
 *   owner: "data team",
 * };
 *
 * export default dag("nightly_load", nightly, ({ task }) => {
 *   task("load", () => "loaded");
 * });
 * ```
 */
export interface DagOptions<Schema extends z.ZodObject | undefined = undefined> {
  /** When it runs by itself. A bare text is a cron expression in UTC. Default: never. */
  readonly schedule?: Schedule | string;
  /**
   * No run stands for an instant before this one: an ISO date or date-time, without an offset in the zone of the schedule, or
   * a `Date`.
   */
  readonly startDate?: string | Date;
  /** No run stands for an instant after this one. */
  readonly endDate?: string | Date;
  /** Whether the runs that were due since `startDate`, or during a pause, are made up for. Default `false`: only the latest. */
  readonly catchup?: Catchup;
  /** Scheduled runs start up to so much later, by an amount that is the same for the same interval. Default: not at all. */
  readonly jitter?: Duration;
  /** What becomes of an interval that is due while a scheduled run is live: it waits, the default, or is skipped and recorded. */
  readonly overlap?: "queue" | "skip";
  /** A Zod object of what a trigger may set. It is stored as JSON Schema, so transforms and refinements are refused. */
  readonly params?: Schema;
  /** For all tasks that do not say otherwise. */
  readonly defaults?: TaskDefaults;
  /** Runs that may be running at once; more wait as `queued`. Default 16. */
  readonly maxActiveRuns?: number;
  /** Task instances of one run that may be queued or running at once. Default: no limit. */
  readonly maxActiveTasks?: number;
  /** After how long a run that has not ended fails. Default: never. */
  readonly dagRunTimeout?: Duration;
  /** Whether the first failed task ends the run: what runs fails, what waits is skipped, teardowns apart. Default `false`. */
  readonly failFast?: boolean;
  /** Pauses the DAG after so many failed runs in a row. Default: never. */
  readonly maxConsecutiveFailedDagRuns?: number;
  /** Called when a run has succeeded. Errors of callbacks are logged and change nothing. */
  readonly onSuccess?: DagCallbacks;
  /** Called when a run has failed. */
  readonly onFailure?: DagCallbacks;
  /** What happens when a run is not done in time. */
  readonly deadlines?: readonly Deadline[];
  /** Whether its schedule waits for somebody to unpause it when it is first seen. Default `false`. */
  readonly pausedOnCreation?: boolean;
  readonly tags?: readonly string[];
  readonly owner?: string;
  /** One line. */
  readonly description?: string;
  /** Markdown. */
  readonly docs?: string;
}

/**
 * One callback of a DAG or several, called one after the other.
 *
 * @example
 * ```ts
 * import { dag, type DagCallbacks } from "updraft";
 *
 * const tell: DagCallbacks = ({ run, reason, log }) => log.error(`${run.runId} failed: ${reason}`);
 *
 * export default dag("told", { onFailure: tell }, ({ task }) => {
 *   task("work", () => "worked");
 * });
 * ```
 */
export type DagCallbacks = DagCallbackFunctionOf | readonly DagCallbackFunctionOf[];
type DagCallbackFunctionOf = (context: DagCallbackContext) => unknown;

const optionNames = [
  "schedule",
  "startDate",
  "endDate",
  "catchup",
  "jitter",
  "overlap",
  "params",
  "defaults",
  "maxActiveRuns",
  "maxActiveTasks",
  "dagRunTimeout",
  "failFast",
  "maxConsecutiveFailedDagRuns",
  "onSuccess",
  "onFailure",
  "deadlines",
  "pausedOnCreation",
  "tags",
  "owner",
  "description",
  "docs",
] as const satisfies readonly (keyof DagOptions)[];

const noLimit = Number.MAX_SAFE_INTEGER;

/**
 * Defines a DAG: its options, and a function that adds its tasks at once (not later, and not asynchronously). A file of
 * `dags/` exports the result as its default. The id consists of 1 to 250 letters, digits, `_`, `.` and `-`, and is unique in
 * the deployment. Throws `DefinitionError`, which names the DAG, the place and the fix.
 *
 * @example
 * ```ts
 * import { cron, dag, z } from "updraft";
 *
 * export default dag(
 *   "greetings",
 *   {
 *     schedule: cron("0 8 * * *", { timezone: "Europe/Paris" }),
 *     startDate: "2026-01-01",
 *     params: z.object({ name: z.string().min(1).default("world") }),
 *     defaults: { retries: 2, retryDelay: "30s" },
 *   },
 *   ({ task }) => {
 *     const greeting = task("greet", ({ params }) => `Hello ${params.name}`);
 *     task("print", { inputs: { greeting } }, ({ greeting, log }) => log.info(greeting));
 *   },
 * );
 * ```
 */
export function dag<Schema extends z.ZodObject | undefined = undefined>(
  dagId: string,
  options: DagOptions<Schema>,
  define: (scope: DagScope<ParamsOf<Schema>>) => void,
): DagDefinition {
  const where = `DAG ${JSON.stringify(dagId)}`;
  if (typeof dagId !== "string" || !isDagId(dagId)) {
    throw definitionError(where, "bad id: it must be 1 to 250 letters, digits, _, . and -");
  }
  checkNames(where, options, optionNames);
  if (typeof define !== "function") throw definitionError(where, "expected a function as the last argument of dag()");
  const schedule = readSchedule(where, options.schedule ?? { type: "manual" });
  const zone = zoneOf(schedule);
  const defaults = readDefaults(where, options, zone);
  const deadlines = readDeadlines(where, options.deadlines, zone);
  const callbacks = readCallbacks(where, options);
  const builder = new DagBuilder(dagId, defaults, zone);
  builder.fill(define);
  const upstream = resolveEdges(where, builder.tasks, builder.edges);
  const tasks = topologicalOrder(where, builder.tasks, upstream);
  checkSetups(where, tasks, upstream);
  if (options.failFast === true) checkFailFast(where, tasks);
  const spec: DagSpec = {
    v: 1,
    dagId,
    ...readOptions(where, dagId, options, schedule),
    tasks: taskSpecs(where, tasks, upstream),
    groups: builder.groups.map(groupSpec),
    ...readFailures(where, options),
    ...(Object.keys(callbacks).length === 0 ? {} : { callbacks: DAG_CALLBACKS.filter((name) => name in callbacks) }),
    ...(deadlines.specs.length === 0 ? {} : { deadlines: deadlines.specs }),
  };
  const functions = byId(tasks.map((task) => [task.id, task.body]));
  const timetable = timetableHook(options.schedule);
  const hooks: DagHooks = {
    ...hooksOf(tasks, builder.groups),
    callbacks,
    deadlines: deadlines.callbacks,
    ...(timetable === undefined ? {} : { timetable }),
  };
  return { spec, functions, hooks };
}

function readDefaults(where: string, options: DagOptions<z.ZodObject | undefined>, zone: string): TaskDefaults {
  const defaults = options.defaults ?? {};
  checkDefaults(where, defaults, zone);
  return options.owner === undefined ? defaults : { owner: options.owner, ...defaults };
}

function readCallbacks(where: string, options: DagOptions<z.ZodObject | undefined>): DagHooks["callbacks"] {
  const success = readFunctions<DagCallbackFunction>(where, "onSuccess", options.onSuccess);
  const failure = readFunctions<DagCallbackFunction>(where, "onFailure", options.onFailure);
  return { ...(success.length === 0 ? {} : { success }), ...(failure.length === 0 ? {} : { failure }) };
}

function readFailures(
  where: string,
  options: DagOptions<z.ZodObject | undefined>,
): Pick<DagSpec, "failFast" | "maxConsecutiveFailedDagRuns"> {
  const { maxConsecutiveFailedDagRuns: most } = options;
  const limit = { least: 0, most: noLimit };
  const count = most === undefined ? 0 : wholeNumber(where, "maxConsecutiveFailedDagRuns", most, limit);
  return {
    ...(readFlag(where, "failFast", options.failFast) ? { failFast: true } : {}),
    // As in Airflow, 0 is no limit.
    ...(count === 0 ? {} : { maxConsecutiveFailedDagRuns: count }),
  };
}

function readOptions(
  where: string,
  dagId: DagId,
  options: DagOptions<z.ZodObject | undefined>,
  schedule: ScheduleSpec,
): Omit<DagSpec, "v" | "dagId" | "tasks" | "groups"> {
  const params = options.params === undefined ? null : paramsSchema(where, options.params);
  if (params !== null) checkDefaultParams(where, params, schedule);
  const dates = readDates(where, dagId, options, schedule);
  const limit = { least: 1, most: noLimit };
  return {
    description: readText(where, "description", options.description),
    docs: readText(where, "docs", options.docs),
    owner: readText(where, "owner", options.owner) ?? DEFAULT_OWNER,
    tags: readTags(where, options.tags ?? []),
    schedule,
    ...dates,
    ...readScheduleOptions(where, options, schedule, dates.startAt),
    maxActiveTasks:
      options.maxActiveTasks === undefined ? null : wholeNumber(where, "maxActiveTasks", options.maxActiveTasks, limit),
    dagRunTimeoutMs: readDuration(where, "dagRunTimeout", options.dagRunTimeout, 1),
    isPausedUponCreation: readFlag(where, "pausedOnCreation", options.pausedOnCreation),
    params,
  };
}

function readDates(
  where: string,
  dagId: DagId,
  options: DagOptions<z.ZodObject | undefined>,
  schedule: ScheduleSpec,
): Pick<DagSpec, "startAt" | "endAt"> {
  const zone = zoneOf(schedule);
  const startAt = readDate(where, "startDate", options.startDate, zone);
  const endAt = readDate(where, "endDate", options.endDate, zone);
  if (startAt !== null && endAt !== null && endAt < startAt) {
    throw definitionError(where, `endDate is before startDate, so "${dagId}" would never run: swap or mend them`);
  }
  return { startAt, endAt };
}

function readTags(where: string, tags: readonly string[]): readonly string[] {
  if (!Array.isArray(tags)) throw definitionError(where, `tags must be a list of texts, got ${JSON.stringify(tags)}`);
  const bad = tags.find((tag) => typeof tag !== "string" || tag.trim() === "" || tag.length > 100);
  if (bad !== undefined) throw definitionError(where, `a tag must be 1 to 100 characters, got ${JSON.stringify(bad)}`);
  return [...new Set(tags)];
}

/** A scheduled run has nobody to ask for its params, and Zod does not check defaults against its own rules. */
function checkDefaultParams(where: string, schema: JsonSchema, schedule: ScheduleSpec): void {
  const merged = validateParams(schema, {});
  if (!merged.ok) {
    if (schedule.type === "manual") return;
    const missing = merged.errors.map((error) => error.field).join(", ");
    throw definitionError(where, `its schedule runs without conf, so each param needs a default: ${missing}`);
  }
  const checked = validateParams(schema, merged.params);
  if (checked.ok) return;
  const wrong = checked.errors.map((error) => `${error.field}: ${error.message}`).join("; ");
  throw definitionError(where, `a default of its params breaks the schema: ${wrong}`);
}
