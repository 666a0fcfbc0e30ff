/** What authors of DAGs import as `updraft`. */
export { z } from "zod";
export type { AttemptContext, DataInterval, Env, Log, RunContext, TaskContext, XComContext } from "./context.ts";
export { type DagOptions, dag, type ParamsOf } from "./dag.ts";
export type { DagDefinition } from "./definition.ts";
export { DefinitionError, FailWithoutRetry, RetryAfter, Skip } from "./errors.ts";
export {
  type Catchup,
  type CronOptions,
  type CronsOptions,
  continuous,
  cron,
  crons,
  type EventsOptions,
  events,
  every,
  type IntervalOptions,
  manual,
  once,
  type Period,
  type Schedule,
  type TimetableInput,
  type TimetableRule,
  type TimetableRun,
  timetable,
} from "./schedule.ts";
export type { ExecutorName, TriggerRule } from "./spec.ts";
export type {
  AddGroup,
  AddTask,
  Chain,
  DagScope,
  Duration,
  Endpoint,
  Endpoints,
  Group,
  GroupOptions,
  Task,
  TaskDefaults,
  TaskOptions,
} from "./task.ts";
