/**
 * The timetable of a schedule. A DAG file with a wrong schedule fails at load; one that was stored and can no more be read
 * must not keep its DAG from loading, so it makes no runs and says why.
 */
import type { CustomTimetable } from "../../dag/hooks.ts";
import type { ScheduleSpec, TriggerSpec } from "../../dag/spec.ts";
import { parseCron } from "../../lib/cron.ts";
import { isTimeZone } from "../../lib/time-zone.ts";
import { brokenTimetable } from "./broken.ts";
import { continuousTimetable } from "./continuous.ts";
import { cronDataIntervalTimetable } from "./cron-data-interval.ts";
import { cronTriggerTimetable } from "./cron-trigger.ts";
import { cronsTimetable } from "./crons.ts";
import { customTimetable } from "./custom.ts";
import { deltaDataIntervalTimetable } from "./delta-data-interval.ts";
import { deltaTriggerTimetable } from "./delta-trigger.ts";
import { eventsTimetable } from "./events.ts";
import { manualTimetable } from "./manual.ts";
import { onceTimetable } from "./once.ts";
import type { Timetable } from "./timetable.ts";
import { zonedCron } from "./zoned-cron.ts";

/** `custom` is the function that belongs to a schedule of that type. */
export function makeTimetable(schedule: ScheduleSpec, custom: CustomTimetable | null = null): Timetable {
  switch (schedule.type) {
    case "manual":
      return manualTimetable;
    case "once":
      return onceTimetable;
    case "continuous":
      return continuousTimetable;
    case "events":
      return eventsTimetable({
        at: schedule.at,
        isRestricted: schedule.isRestricted ?? false,
        description: schedule.description ?? null,
      });
    case "custom":
      return custom === null
        ? brokenTimetable(schedule.description, "the deployed file of the DAG has no custom timetable any more")
        : customTimetable(custom, schedule.description);
    case "cron":
      return ofCron(schedule.expression, schedule.timezone, schedule.dataInterval, schedule);
    case "crons":
      return ofCrons(schedule.expressions, schedule.timezone, schedule);
    case "every":
      if (schedule.ms > 0 === schedule.months > 0) return brokenTimetable("every ?", "the period has no length");
      return schedule.dataInterval
        ? deltaDataIntervalTimetable(schedule)
        : deltaTriggerTimetable(schedule, schedule.intervalMs);
    default:
      return unknownSchedule(schedule);
  }
}

function ofCron(expression: string, timezone: string, dataInterval: boolean, options: TriggerSpec): Timetable {
  const cron = parseCron(expression);
  if (!cron.ok) return brokenTimetable(expression, cron.error);
  if (!isTimeZone(timezone)) return brokenTimetable(expression, `unknown time zone "${timezone}"`);
  const ticks = zonedCron(cron.value, timezone);
  return dataInterval ? cronDataIntervalTimetable(ticks, expression) : cronTriggerTimetable(ticks, expression, options);
}

function ofCrons(expressions: readonly string[], timezone: string, options: TriggerSpec): Timetable {
  const description = expressions.join(" | ");
  const members = expressions.map((expression) => ofCron(expression, timezone, false, options));
  const broken = members.find((member) => member.problem !== undefined);
  return broken === undefined ? cronsTimetable(members, description) : { ...broken, description };
}

/** Written by a newer release than this one. */
function unknownSchedule(schedule: never): Timetable {
  const { type } = schedule as { readonly type: string };
  return brokenTimetable(type, `this release does not know schedules of type "${type}": deploy a newer one`);
}
