/** Reads the options of a DAG that bear on its schedule: which due runs are made, and when. */

import { DEFAULT_MAX_ACTIVE_RUNS, DEFAULT_TIMEZONE } from "./defaults.ts";
import { definitionError } from "./errors.ts";
import type { CustomTimetable } from "./hooks.ts";
import type { Catchup, Schedule, TimetableRule, TimetableRun } from "./schedule.ts";
import type { DagSpec, ScheduleSpec } from "./spec.ts";
import type { Duration } from "./task.ts";
import { checkNames, readDuration, readFlag, wholeNumber } from "./task-settings.ts";

interface ScheduleOptions {
  readonly catchup?: Catchup;
  readonly jitter?: Duration;
  readonly overlap?: "queue" | "skip";
  readonly maxActiveRuns?: number;
}

type ScheduleFields = Pick<DagSpec, "catchup" | "catchupPolicy" | "overlap" | "jitterMs" | "maxActiveRuns">;

/** Throws `DefinitionError` at `where`. */
export function readScheduleOptions(
  where: string,
  options: ScheduleOptions,
  schedule: ScheduleSpec,
  startAt: number | null,
): ScheduleFields {
  const fields = {
    ...readCatchup(where, options.catchup),
    ...readOverlap(where, options.overlap),
    ...readJitter(where, options.jitter, schedule),
    maxActiveRuns: readMaxActiveRuns(where, options.maxActiveRuns, schedule),
  };
  // Events stand for themselves; every other schedule reaches back without an end.
  const needsStart = fields.catchup && schedule.type !== "manual" && schedule.type !== "events";
  if (needsStart && startAt === null) {
    throw definitionError(where, "catchup needs a startDate, from which the runs are made up for");
  }
  if (fields.overlap === "skip" && fields.catchup && fields.catchupPolicy?.latestOnly !== true) {
    throw definitionError(
      where,
      'overlap "skip" would skip the runs that catchup makes up for: leave out one of them, or set maxActiveRuns: 1 in place of overlap',
    );
  }
  if (schedule.type === "continuous") checkContinuous(where, fields, startAt);
  return fields;
}

function checkContinuous(where: string, fields: ScheduleFields, startAt: number | null): void {
  if (startAt === null) throw definitionError(where, "continuous() needs a startDate, at which its first run begins");
  const unfit = fields.catchup
    ? "catchup"
    : (fields.overlap ?? fields.jitterMs) === undefined
      ? null
      : "overlap and jitter";
  if (unfit !== null) {
    throw definitionError(
      where,
      `${unfit} cannot be combined with continuous(), whose runs follow each other: leave it out`,
    );
  }
}

function readCatchup(where: string, catchup: Catchup | undefined): Pick<DagSpec, "catchup" | "catchupPolicy"> {
  if (catchup === "latest") return { catchup: true, catchupPolicy: { latestOnly: true } };
  if (typeof catchup !== "object" || catchup === null) {
    if (catchup === undefined || typeof catchup === "boolean") return { catchup: readFlag(where, "catchup", catchup) };
    throw definitionError(
      where,
      `catchup must be true or false, "latest" or { window: "3d" }, got ${JSON.stringify(catchup)}`,
    );
  }
  checkNames(`${where}, catchup`, catchup, ["window"]);
  const windowMs = readDuration(`${where}, catchup`, "window", catchup.window, 1);
  if (windowMs === null) throw definitionError(where, 'catchup wants its window, such as { window: "3d" }');
  return { catchup: true, catchupPolicy: { windowMs } };
}

function readOverlap(where: string, overlap: "queue" | "skip" | undefined): Pick<DagSpec, "overlap"> {
  if (overlap === undefined || overlap === "queue") return {};
  if (overlap === "skip") return { overlap };
  throw definitionError(where, `overlap must be "queue" or "skip", got ${JSON.stringify(overlap)}`);
}

function readJitter(where: string, jitter: Duration | undefined, schedule: ScheduleSpec): Pick<DagSpec, "jitterMs"> {
  const jitterMs = readDuration(where, "jitter", jitter, 1);
  if (jitterMs === null) return {};
  if (schedule.type === "every" && schedule.ms > 0 && jitterMs >= schedule.ms) {
    throw definitionError(where, `jitter must be shorter than the period of ${schedule.ms} ms, got ${jitterMs} ms`);
  }
  return { jitterMs };
}

function readMaxActiveRuns(where: string, value: number | undefined, schedule: ScheduleSpec): number {
  if (schedule.type !== "continuous") {
    const bounds = { least: 1, most: Number.MAX_SAFE_INTEGER };
    return wholeNumber(where, "maxActiveRuns", value ?? DEFAULT_MAX_ACTIVE_RUNS, bounds);
  }
  if (value === undefined || value === 1) return 1;
  throw definitionError(where, `continuous() has one run at a time: maxActiveRuns must be 1 or left out, got ${value}`);
}

/** The zone in which a schedule reads dates that name none. */
export function zoneOf(schedule: ScheduleSpec): string {
  return schedule.type === "cron" || schedule.type === "crons" ? schedule.timezone : DEFAULT_TIMEZONE;
}

/** The functions of a `timetable()`, as the scheduler calls them; `undefined` for every other schedule. */
export function timetableHook(schedule: Schedule | string | undefined): CustomTimetable | undefined {
  return typeof schedule === "object" && schedule.type === "timetable" ? customTimetable(schedule.rule) : undefined;
}

function customTimetable(rule: TimetableRule): CustomTimetable {
  const { description, manualInterval } = rule;
  return {
    description,
    next({ last, earliestAt, latestAt, now, catchup }) {
      const answer: unknown = rule.next({
        last: last === null ? null : { startAt: new Date(last.startAt), endAt: new Date(last.endAt) },
        earliestAt: earliestAt === null ? null : new Date(earliestAt),
        latestAt: latestAt === null ? null : new Date(latestAt),
        now: new Date(now),
        catchup,
      });
      if (answer === null) return null;
      if (answer instanceof Date) return runOf(answer, answer, answer);
      if (isRun(answer)) return runOf(answer.startAt, answer.endAt, answer.runAfterAt ?? answer.endAt);
      throw new TypeError(`next() must answer a Date, { startAt, endAt } of Dates, or null when there is no next run`);
    },
    ...(manualInterval === undefined
      ? {}
      : {
          manualInterval(logicalAt) {
            const interval = manualInterval.call(rule, new Date(logicalAt));
            return interval === null ? null : { startAt: interval.startAt.getTime(), endAt: interval.endAt.getTime() };
          },
        }),
  };
}

function isRun(answer: unknown): answer is TimetableRun {
  const { startAt, endAt, runAfterAt } = (answer ?? {}) as Partial<TimetableRun>;
  return [startAt, endAt, runAfterAt ?? endAt].every((at) => at instanceof Date);
}

function runOf(startAt: Date, endAt: Date, runAfterAt: Date): NonNullable<ReturnType<CustomTimetable["next"]>> {
  return {
    logicalAt: startAt.getTime(),
    dataIntervalStartAt: startAt.getTime(),
    dataIntervalEndAt: endAt.getTime(),
    runAfterAt: runAfterAt.getTime(),
  };
}
