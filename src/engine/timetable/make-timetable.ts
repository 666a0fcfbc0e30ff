/** The timetable of a schedule. A DAG file with a wrong schedule fails at load, so here a wrong one is our own error. */
import type { ScheduleSpec } from "../../dag/spec.ts";
import { assert } from "../../lib/assert.ts";
import { parseCron } from "../../lib/cron.ts";
import { never } from "../../lib/never.ts";
import { cronDataIntervalTimetable } from "./cron-data-interval.ts";
import { cronTriggerTimetable } from "./cron-trigger.ts";
import { deltaDataIntervalTimetable } from "./delta-data-interval.ts";
import { deltaTriggerTimetable } from "./delta-trigger.ts";
import { manualTimetable } from "./manual.ts";
import { onceTimetable } from "./once.ts";
import type { Timetable } from "./timetable.ts";
import { zonedCron } from "./zoned-cron.ts";

export function makeTimetable(schedule: ScheduleSpec): Timetable {
  switch (schedule.type) {
    case "manual":
      return manualTimetable;
    case "once":
      return onceTimetable;
    case "cron": {
      const cron = parseCron(schedule.expression);
      assert(cron.ok, cron.ok ? "" : cron.error);
      const ticks = zonedCron(cron.value, schedule.timezone);
      return schedule.dataInterval
        ? cronDataIntervalTimetable(ticks, schedule.expression)
        : cronTriggerTimetable(ticks, schedule.expression);
    }
    case "every":
      return schedule.dataInterval ? deltaDataIntervalTimetable(schedule) : deltaTriggerTimetable(schedule);
    case "crons":
    case "continuous":
    case "events":
    case "custom":
      throw new Error(`Cannot make a timetable of a "${schedule.type}" schedule: this release does not know it yet`);
    default:
      return never(schedule);
  }
}
