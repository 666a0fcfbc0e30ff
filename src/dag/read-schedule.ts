/** Checks a schedule as its author wrote it, and fills in what it leaves open. */
import { CRON_PRESETS, parseCron } from "../lib/cron.ts";
import { formatDuration, parseDuration } from "../lib/duration.ts";
import { err, ok, type Result } from "../lib/result.ts";
import { isTimeZone, zonedInstant } from "../lib/time-zone.ts";
import { DEFAULT_TIMEZONE } from "./defaults.ts";
import { definitionError } from "./errors.ts";
import {
  type CronOptions,
  type CronsOptions,
  continuous,
  cron,
  type EventsOptions,
  once,
  type Period,
  type Schedule,
  type TimetableRule,
} from "./schedule.ts";
import type { ScheduleSpec, TriggerSpec } from "./spec.ts";
import type { Duration } from "./task.ts";
import { checkNames, readDuration, readFlag, readText } from "./task-settings.ts";

/** The schedule with all it leaves open filled in. Throws `DefinitionError` at `where`. */
export function readSchedule(where: string, schedule: Schedule | string): ScheduleSpec {
  const given = typeof schedule === "string" ? namedSchedule(schedule) : schedule;
  switch (given?.type) {
    case "manual":
    case "once":
    case "continuous":
      return { type: given.type };
    case "cron":
      return readCron(where, given.expression, given.options);
    case "crons":
      return readCrons(where, given.expressions, given.options);
    case "every": {
      checkNames(`${where}, every()`, given.options, ["dataInterval", "interval"]);
      const period = readPeriod(given.period);
      if (!period.ok) throw definitionError(where, `cannot read schedule every(): ${period.error}`);
      const dataInterval = readFlag(where, "dataInterval", given.options.dataInterval);
      return { type: "every", ...period.value, dataInterval, ...readTrigger(`${where}, every()`, given.options) };
    }
    case "events":
      return readEvents(where, given.at, given.options);
    case "timetable":
      return { type: "custom", description: readRule(`${where}, timetable()`, given.rule).description };
    default:
      throw definitionError(
        where,
        "schedule must be made by cron(), crons(), every(), once(), continuous(), events(), timetable() or manual(), or be a cron text",
      );
  }
}

function namedSchedule(text: string): Schedule {
  if (text === "@once") return once();
  return text === "@continuous" ? continuous() : cron(text);
}

const cronsNames = ["timezone", "interval", "runImmediately"] as const satisfies readonly (keyof CronsOptions)[];

function readCron(where: string, expression: string, options: CronOptions): ScheduleSpec {
  const place = `${where}, cron()`;
  checkNames(place, options, [...cronsNames, "dataInterval"]);
  return {
    type: "cron",
    expression: readExpression(where, expression, "cron() wants its expression as a text"),
    timezone: readZone(where, options.timezone),
    dataInterval: readFlag(place, "dataInterval", options.dataInterval),
    ...readTrigger(place, options),
  };
}

function readCrons(where: string, expressions: readonly string[], options: CronsOptions): ScheduleSpec {
  const place = `${where}, crons()`;
  checkNames(place, options, cronsNames);
  const problem = "wants a list of at least one cron expression, each a text";
  if (!Array.isArray(expressions) || expressions.length === 0) throw definitionError(place, problem);
  return {
    type: "crons",
    expressions: [...new Set(expressions.map((expression) => readExpression(place, expression, problem)))],
    timezone: readZone(where, options.timezone),
    ...readTrigger(place, options),
  };
}

/** What only a schedule of instants has; absent where it is not used. */
function readTrigger(where: string, options: CronOptions): TriggerSpec {
  const { interval, runImmediately } = options;
  if (options.dataInterval === true && (interval !== undefined || runImmediately !== undefined)) {
    throw definitionError(
      where,
      "interval and runImmediately are for runs that stand for instants: leave out dataInterval",
    );
  }
  const intervalMs = readDuration(where, "interval", interval, 1);
  const immediately =
    typeof runImmediately === "boolean" ? runImmediately : readDuration(where, "runImmediately", runImmediately, 1);
  return {
    ...(intervalMs === null ? {} : { intervalMs }),
    ...(immediately === false || immediately === null ? {} : { runImmediately: immediately }),
  };
}

function readExpression(where: string, expression: string, problem: string): string {
  if (typeof expression !== "string") throw definitionError(where, problem);
  const cron = parseCron(expression);
  if (!cron.ok) throw definitionError(where, cron.error);
  return plainExpression(expression);
}

function readZone(where: string, timezone: string = DEFAULT_TIMEZONE): string {
  if (typeof timezone === "string" && isTimeZone(timezone)) return timezone;
  throw definitionError(where, `unknown time zone "${timezone}": expected an IANA name such as "Europe/Paris"`);
}

const maxEvents = 10_000;

function readEvents(where: string, at: readonly (string | Date)[], options: EventsOptions): ScheduleSpec {
  const place = `${where}, events()`;
  checkNames(place, options, ["timezone", "description", "restrictToEvents"]);
  const timezone = readZone(where, options.timezone);
  if (!Array.isArray(at) || at.length === 0 || at.length > maxEvents) {
    throw definitionError(
      place,
      `wants a list of 1 to ${maxEvents} instants, got ${Array.isArray(at) ? at.length : typeof at}`,
    );
  }
  const instants = at.map((event, index) => readInstant(`${place}, instant ${index + 1}`, event, timezone));
  const description = readText(place, "description", options.description);
  return {
    type: "events",
    at: [...new Set(instants)].sort((a, b) => a - b),
    ...(readFlag(place, "restrictToEvents", options.restrictToEvents) ? { isRestricted: true } : {}),
    ...(description === null ? {} : { description }),
  };
}

function readInstant(where: string, event: string | Date, timezone: string): number {
  let at = Number.NaN;
  try {
    at = event instanceof Date ? event.getTime() : zonedInstant(event, timezone);
  } catch (error) {
    throw definitionError(where, error instanceof Error ? error.message : String(error));
  }
  if (Number.isNaN(at)) throw definitionError(where, 'expected an ISO date such as "2026-01-31", got an invalid Date');
  return at;
}

const maxDescriptionChars = 200;

function readRule(where: string, rule: TimetableRule): TimetableRule {
  if (typeof rule !== "object" || rule === null) throw definitionError(where, "wants { description, next }");
  checkNames(where, rule, ["description", "next", "manualInterval"]);
  const { description, next, manualInterval } = rule;
  if (typeof description !== "string" || description.trim() === "" || description.length > maxDescriptionChars) {
    throw definitionError(where, `description must be a text of 1 to ${maxDescriptionChars} characters`);
  }
  if (typeof next !== "function") throw definitionError(where, `next must be a function, got ${typeof next}`);
  if (manualInterval !== undefined && typeof manualInterval !== "function") {
    throw definitionError(where, `manualInterval must be a function, got ${typeof manualInterval}`);
  }
  return rule;
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
