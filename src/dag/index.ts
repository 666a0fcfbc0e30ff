/** What authors of DAGs import as `updraft`. */
export { z } from "zod";
export type {
  AttemptContext,
  CallbackError,
  DagCallbackContext,
  DataInterval,
  Env,
  Log,
  RunContext,
  TaskCallbackContext,
  TaskContext,
  XComContext,
} from "./context.ts";
export { type DagCallbacks, type DagOptions, dag, type ParamsOf } from "./dag.ts";
export type { Deadline } from "./deadline.ts";
export type { DagDefinition } from "./definition.ts";
export { DefinitionError, FailWithoutRetry, RetryAfter, Skip } from "./errors.ts";
export type { EachOptions, EachTask, MapGroup, MapGroupOptions, MapOptions, MapTask } from "./map-options.ts";
export {
  concat,
  type FilterableItems,
  type GroupInput,
  type Items,
  itemsOf,
  type MappedResults,
  type MappedTask,
  zip,
} from "./mapping.ts";
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
  RetryPolicy,
  Task,
  TaskCallbacks,
  TaskDefaults,
  TaskHandle,
  TaskOptions,
  WeightedTask,
} from "./task.ts";
export type {
  BranchOptions,
  BranchTarget,
  BranchTask,
  LatestOnlyTask,
  SetupTask,
  ShortCircuitTask,
  TeardownOptions,
  TeardownTask,
} from "./task-kinds.ts";
