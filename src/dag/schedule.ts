/**
 * When a DAG runs. The functions only note what the author wrote; `dag()` checks it (`read-schedule.ts`), so that an error
 * can name the DAG.
 */
import type { DataInterval } from "./context.ts";
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
 * A schedule, as `cron()`, `crons()`, `every()`, `once()`, `continuous()`, `events()`, `timetable()` and `manual()` make it.
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
  | { readonly type: "continuous" }
  | { readonly type: "cron"; readonly expression: string; readonly options: CronOptions }
  | { readonly type: "crons"; readonly expressions: readonly string[]; readonly options: CronsOptions }
  | { readonly type: "every"; readonly period: Duration | Period; readonly options: IntervalOptions }
  | { readonly type: "events"; readonly at: readonly (string | Date)[]; readonly options: EventsOptions }
  | { readonly type: "timetable"; readonly rule: TimetableRule };

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
  /** Without `dataInterval`: a run stands for so much time before its instant. Default: for the instant alone. */
  readonly interval?: Duration;
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
export interface CronOptions extends CronsOptions, IntervalOptions {}

/**
 * Options of `crons()`, and of `cron()` besides.
 *
 * @example
 * ```ts
 * import { crons, type CronsOptions, dag } from "updraft";
 *
 * const inRome: CronsOptions = { timezone: "Europe/Rome", runImmediately: true };
 *
 * export default dag("bells", { schedule: crons(["0 12 * * *", "0 18 * * SUN"], inRome) }, ({ task }) => {
 *   task("ring", () => "ding");
 * });
 * ```
 */
export interface CronsOptions {
  /** IANA name such as `Europe/Paris`; the expression is read on that zone's clocks. Default UTC. */
  readonly timezone?: string;
  /** A run stands for so much time before its instant. Default: for the instant alone. */
  readonly interval?: Duration;
  /**
   * Whether a DAG without a start date begins with the instant just past: `true`, or when it is no older than a duration.
   * Default: when it is no older than 5 minutes or a tenth of the distance to the next one.
   */
  readonly runImmediately?: boolean | Duration;
}

/**
 * Options of `events()`.
 *
 * @example
 * ```ts
 * import { dag, events, type EventsOptions } from "updraft";
 *
 * const launches: EventsOptions = { timezone: "America/New_York", description: "launches", restrictToEvents: true };
 *
 * export default dag("launch_day", { schedule: events(["2026-03-05T09:30", "2026-04-11T06:00"], launches) }, ({ task }) => {
 *   task("count_down", () => [3, 2, 1]);
 * });
 * ```
 */
export interface EventsOptions {
  /** IANA name; instants without an offset are read on that zone's clocks. Default UTC. */
  readonly timezone?: string;
  /** For people, in place of the number of events. */
  readonly description?: string;
  /** A manual run with a logical date covers the latest event before that, or the first one, and not the date itself. */
  readonly restrictToEvents?: boolean;
}

/**
 * What the function of a `timetable()` is asked: which run follows the last.
 *
 * @example
 * ```ts
 * import { dag, timetable, type TimetableInput } from "updraft";
 *
 * const noon = 12 * 3_600_000;
 * const atNoon = ({ last, now }: TimetableInput) => {
 *   const day = new Date(last?.endAt ?? now);
 *   day.setUTCHours(36, 0, 0, 0);
 *   return new Date(Math.max(day.getTime(), noon));
 * };
 *
 * export default dag("noon", { schedule: timetable({ description: "at noon", next: atNoon }) }, ({ task }) => {
 *   task("strike", () => 12);
 * });
 * ```
 */
export interface TimetableInput {
  /** Interval of the last run that the schedule made, or `null` before the first. */
  readonly last: DataInterval | null;
  /** The first instant that a run may stand for: the DAG's `startDate`, or when its schedule was last changed. */
  readonly earliestAt: Date | null;
  /** The DAG's `endDate`. */
  readonly latestAt: Date | null;
  readonly now: Date;
  /** Whether runs that are due already are made up for one by one; else only the latest of them is wanted. */
  readonly catchup: boolean;
}

/**
 * A run as the function of a `timetable()` answers it: the interval that it covers. Its logical date is the start.
 *
 * @example
 * ```ts
 * import { dag, timetable, type TimetableInput, type TimetableRun } from "updraft";
 *
 * const day = 86_400_000;
 *
 * // A window of a week that moves on by a day, and gives late data two hours.
 * function lastWeek({ last, earliestAt, now }: TimetableInput): TimetableRun {
 *   const startAt = new Date(last === null ? (earliestAt ?? now).getTime() : last.startAt.getTime() + day);
 *   const endAt = new Date(startAt.getTime() + 7 * day);
 *   return { startAt, endAt, runAfterAt: new Date(endAt.getTime() + 7_200_000) };
 * }
 *
 * export default dag("weekly_window", { schedule: timetable({ description: "rolling week", next: lastWeek }) }, ({ task }) => {
 *   task("sum", () => 7);
 * });
 * ```
 */
export interface TimetableRun extends DataInterval {
  /** When the run is due. Default: the end of the interval. */
  readonly runAfterAt?: Date;
}

/**
 * The functions of a `timetable()`. They are pure: the same question has the same answer, without `Date.now()`, without waiting
 * for anything, and each answer comes after the last run. A throw means that there is no next run; people see its message.
 *
 * @example
 * ```ts
 * import { dag, timetable, type TimetableRule } from "updraft";
 *
 * const newYear: TimetableRule = {
 *   description: "at new year",
 *   next: ({ last, now }) => new Date(Date.UTC((last?.endAt ?? now).getUTCFullYear() + 1, 0, 1)),
 * };
 *
 * export default dag("fireworks", { schedule: timetable(newYear) }, ({ task }) => {
 *   task("celebrate", () => "boom");
 * });
 * ```
 */
export interface TimetableRule {
  /** For people, in place of a cron expression. */
  readonly description: string;
  /** The run after the last: about an instant, or about an interval; `null` when there is no more. */
  next(input: TimetableInput): Date | TimetableRun | null;
  /** The interval of a manual run with this logical date. Default: the instant itself. */
  manualInterval?(logicalAt: Date): DataInterval | null;
}

/**
 * Which runs are made up for that were due since `startDate`, while the DAG was paused or while nothing ran: `false`, only the
 * latest, wherever the schedule stands now; `true`, each; `"latest"`, the latest on the course of the schedule; `{ window }`,
 * those that are not older. The others are recorded as skipped.
 *
 * @example
 * ```ts
 * import { type Catchup, dag, every } from "updraft";
 *
 * const ofThreeDays: Catchup = { window: "3d" };
 *
 * export default dag("hourly_sums", { schedule: every("1h"), startDate: "2026-01-01", catchup: ofThreeDays }, ({ task }) => {
 *   task("sum", () => 1);
 * });
 * ```
 */
export type Catchup = boolean | "latest" | { readonly window: Duration };

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

/**
 * Runs whenever the clock matches one of the expressions; one run where several match the same instant. Each expression is as in
 * `cron()`, and wrong ones are refused likewise.
 *
 * @example
 * ```ts
 * import { crons, dag } from "updraft";
 *
 * const openingHours = ["0 9-17 * * MON-FRI", "30 10 * * SAT"];
 *
 * export default dag("check_the_shop", { schedule: crons(openingHours, { timezone: "Asia/Tokyo" }) }, ({ task }) => {
 *   task("look", () => "all well");
 * });
 * ```
 */
export function crons(expressions: readonly string[], options: CronsOptions = {}): Schedule {
  return { type: "crons", expressions, options };
}

/**
 * Runs one time after another: the next run begins when the last has ended, and covers the time since that one was made. Needs a
 * `startDate`, and has one run at a time: `maxActiveRuns` is 1.
 *
 * @example
 * ```ts
 * import { continuous, dag } from "updraft";
 *
 * export default dag("watch_the_inbox", { schedule: continuous(), startDate: "2026-01-01" }, ({ task }) => {
 *   task("read", ({ interval }) => `what came until ${interval?.endAt.toISOString()}`);
 * });
 * ```
 */
export function continuous(): Schedule {
  return { type: "continuous" };
}

/**
 * Runs at each of these instants, in any order: ISO dates or date-times, or `Date`s; at most 10,000. Repeats count once.
 *
 * @example
 * ```ts
 * import { dag, events } from "updraft";
 *
 * const matches = ["2026-06-11T19:00Z", "2026-06-14T16:00Z", "2026-07-19T19:00Z"];
 *
 * export default dag("match_report", { schedule: events(matches, { description: "matches" }) }, ({ task }) => {
 *   task("report", ({ run }) => `the match of ${run.logicalAt?.toISOString()}`);
 * });
 * ```
 */
export function events(at: readonly (string | Date)[], options: EventsOptions = {}): Schedule {
  return { type: "events", at, options };
}

/**
 * Runs when a function of yours says so: for calendars that no cron expression knows. See `TimetableRule` for what it may do.
 *
 * @example
 * ```ts
 * import { dag, timetable } from "updraft";
 *
 * const holidays = ["2026-12-25", "2027-01-01"];
 * const day = 86_400_000;
 *
 * const workdays = timetable({
 *   description: "workdays at 6:00 UTC",
 *   next({ last, earliestAt, now }) {
 *     const from = last === null ? (earliestAt ?? now).getTime() : last.endAt.getTime() + 1;
 *     let at = Math.floor(from / day) * day + 6 * 3_600_000;
 *     const isFree = () => new Date(at).getUTCDay() % 6 === 0 || holidays.includes(new Date(at).toISOString().slice(0, 10));
 *     while (at < from || isFree()) at += day;
 *     return new Date(at);
 *   },
 * });
 *
 * export default dag("open_the_books", { schedule: workdays, startDate: "2026-12-01" }, ({ task }) => {
 *   task("open", () => "opened");
 * });
 * ```
 */
export function timetable(rule: TimetableRule): Schedule {
  return { type: "timetable", rule };
}
