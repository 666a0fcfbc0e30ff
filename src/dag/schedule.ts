/**
 * When a DAG runs. The functions only note what the author wrote; `dag()` checks it, so that an error can name the DAG.
 */
import { CRON_PRESETS, parseCron } from "../lib/cron.ts";
import { formatDuration, parseDuration } from "../lib/duration.ts";
import { err, ok, type Result } from "../lib/result.ts";
import { isTimeZone } from "../lib/time-zone.ts";
import { DEFAULT_TIMEZONE } from "./defaults.ts";
import { definitionError } from "./errors.ts";
import type { ScheduleSpec } from "./spec.ts";
import type { Duration } from "./task.ts";

/**
 * A length of time on the calendar, for `every()`: either months, or any of the others together.
 *
 * @example
 * ```ts
 * import { dag, every, type Period } from "updraft";
 *
 * const quarter: Period = { months: 3 };
 *
 * export default dag("quarterly", { schedule: every(quarter) }, ({ task }) => {
 *   task("close_the_books", () => "closed");
 * });
 * ```
 */
export interface Period {
  readonly months?: number;
  readonly weeks?: number;
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
}

/**
 * A schedule, as `cron()`, `every()`, `once()` and `manual()` make it.
 *
 * @example
 * ```ts
 * import { cron, dag, manual, type Schedule } from "updraft";
 *
 * const isBusy = true;
 * const schedule: Schedule = isBusy ? cron("@hourly") : manual();
 *
 * export default dag("chosen_schedule", { schedule }, ({ task }) => {
 *   task("work", () => "worked");
 * });
 * ```
 */
export type Schedule =
  | { readonly type: "manual" }
  | { readonly type: "once" }
  | { readonly type: "cron"; readonly expression: string; readonly options: CronOptions }
  | { readonly type: "every"; readonly period: Duration | Period; readonly options: IntervalOptions };

/**
 * Options of every schedule that repeats.
 *
 * @example
 * ```ts
 * import { dag, every, type IntervalOptions } from "updraft";
 *
 * const covering: IntervalOptions = { dataInterval: true };
 *
 * export default dag("six_hours_of_data", { schedule: every({ hours: 6 }, covering) }, ({ task }) => {
 *   task("load", ({ interval }) => `${interval?.startAt.toISOString()} to ${interval?.endAt.toISOString()}`);
 * });
 * ```
 */
export interface IntervalOptions {
  /**
   * `false`, the default: a run stands for the instant at which it is due. `true`: it stands for the interval that ends then, so
   * that `interval` spans it and the logical date is its start.
   */
  readonly dataInterval?: boolean;
}

/**
 * Options of `cron()`.
 *
 * @example
 * ```ts
 * import { type CronOptions, cron, dag } from "updraft";
 *
 * const inTokyo: CronOptions = { timezone: "Asia/Tokyo" };
 *
 * export default dag("tokyo_noon", { schedule: cron("0 12 * * *", inTokyo) }, ({ task }) => {
 *   task("strike", () => 12);
 * });
 * ```
 */
export interface CronOptions extends IntervalOptions {
  /** IANA name such as `Europe/Paris`; the expression is read on that zone's clocks. Default UTC. */
  readonly timezone?: string;
}

/**
 * Runs whenever the clock matches the expression: minute, hour, day of month, month, day of week, and optionally the
 * second as a sixth field; or a preset, `@hourly` to `@yearly`. When both days are given either may match. A time that a
 * change to summer time leaves out comes later by the hour left out; one that occurs twice counts the second time. A wrong
 * expression or an unknown zone makes `dag()` throw a `DefinitionError`. A bare text as `schedule` is the same in UTC.
 *
 * @example
 * ```ts
 * import { cron, dag } from "updraft";
 *
 * export default dag("every_morning", { schedule: cron("30 6 * * MON-FRI", { timezone: "Europe/Paris" }) }, ({ task }) => {
 *   task("brew", ({ run }) => `brewed for ${run.logicalAt?.toISOString()}`);
 * });
 * ```
 */
export function cron(expression: string, options: CronOptions = {}): Schedule {
  return { type: "cron", expression, options };
}

/**
 * Runs at a steady distance: a text such as `"30 min"` or `"3 months"`, a number of milliseconds (at least 1,000), or
 * `{ hours: 6 }`. Months count on the calendar in UTC. Anything else makes `dag()` throw a `DefinitionError`.
 *
 * @example
 * ```ts
 * import { dag, every } from "updraft";
 *
 * export default dag("keep_warm", { schedule: every("30 min") }, ({ task }) => {
 *   task("ping", () => "pong");
 * });
 * ```
 */
export function every(period: Duration | Period, options: IntervalOptions = {}): Schedule {
  return { type: "every", period, options };
}

/**
 * Runs a single time: at the DAG's `startDate`, or at once without one.
 *
 * @example
 * ```ts
 * import { dag, once } from "updraft";
 *
 * export default dag("set_up", { schedule: once(), startDate: "2026-01-01" }, ({ task }) => {
 *   task("prepare", () => "prepared");
 * });
 * ```
 */
export function once(): Schedule {
  return { type: "once" };
}

/**
 * Never runs by itself; somebody triggers it. This is what a DAG without a schedule does.
 *
 * @example
 * ```ts
 * import { dag, manual } from "updraft";
 *
 * export default dag("on_demand", { schedule: manual() }, ({ task }) => {
 *   task("answer", ({ conf }) => `asked with ${Object.keys(conf).length} settings`);
 * });
 * ```
 */
export function manual(): Schedule {
  return { type: "manual" };
}

/** The schedule with all it leaves open filled in. Throws `DefinitionError` at `where`. */
export function readSchedule(where: string, schedule: Schedule | string): ScheduleSpec {
  const given = typeof schedule === "string" ? (schedule === "@once" ? once() : cron(schedule)) : schedule;
  switch (given.type) {
    case "manual":
    case "once":
      return { type: given.type };
    case "cron": {
      if (typeof given.expression !== "string") throw definitionError(where, "cron() wants its expression as a text");
      const cron = parseCron(given.expression);
      if (!cron.ok) throw definitionError(where, cron.error);
      const timezone = given.options.timezone ?? DEFAULT_TIMEZONE;
      if (!isTimeZone(timezone)) {
        throw definitionError(where, `unknown time zone "${timezone}": expected an IANA name such as "Europe/Paris"`);
      }
      const dataInterval = given.options.dataInterval ?? false;
      return { type: "cron", expression: plainExpression(given.expression), timezone, dataInterval };
    }
    case "every": {
      const period = readPeriod(given.period);
      if (!period.ok) throw definitionError(where, `cannot read schedule every(): ${period.error}`);
      return { type: "every", ...period.value, dataInterval: given.options.dataInterval ?? false };
    }
    default:
      throw definitionError(where, "schedule must be made by cron(), every(), once() or manual(), or be a cron text");
  }
}

function plainExpression(text: string): string {
  const expression = text.trim().replaceAll(/\s+/g, " ");
  return CRON_PRESETS[expression.toLowerCase()] ?? expression;
}

interface Length {
  readonly ms: number;
  readonly months: number;
}

const unitSeconds = { weeks: 604_800, days: 86_400, hours: 3_600, minutes: 60, seconds: 1 } as const;

function readPeriod(period: Duration | Period): Result<Length, string> {
  if (typeof period === "number") return checkLength({ ms: period, months: 0 });
  if (typeof period === "string") {
    const [, months] = /^\s*(\d+)\s*months?\s*$/i.exec(period) ?? [];
    if (months !== undefined) return checkLength({ ms: 0, months: Number(months) });
    const ms = parseDuration(period);
    return ms.ok ? checkLength({ ms: ms.value, months: 0 }) : err(`${ms.error}, or months alone, such as "3 months"`);
  }
  if (typeof period !== "object" || period === null) return err(`expected a text, a number or units, got ${period}`);
  const unknown = Object.keys(period).find((unit) => unit !== "months" && !Object.hasOwn(unitSeconds, unit));
  if (unknown !== undefined)
    return err(`unknown unit "${unknown}": expected months, weeks, days, hours, minutes, seconds`);
  const units = Object.keys(unitSeconds) as (keyof typeof unitSeconds)[];
  const seconds = units.reduce((total, unit) => total + (period[unit] ?? 0) * unitSeconds[unit], 0);
  return checkLength({ ms: Math.round(seconds * 1_000), months: period.months ?? 0 });
}

function checkLength(length: Length): Result<Length, string> {
  if (length.months !== 0 && length.ms !== 0)
    return err("months cannot be mixed with other units, their length varies");
  if (length.months !== 0) {
    if (Number.isInteger(length.months) && length.months > 0) return ok(length);
    return err(`months must be a whole number of at least 1, got ${length.months}`);
  }
  if (Number.isInteger(length.ms) && length.ms >= 1_000) return ok(length);
  return err(`the period must be at least 1 s, got ${length.ms > 0 ? formatDuration(length.ms) : `${length.ms} ms`}`);
}
