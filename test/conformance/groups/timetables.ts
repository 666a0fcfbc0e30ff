/** Timetables: the next runs after a last one, and the data interval of a manual run. */
import { z } from "zod";
import type { ScheduleSpec, TriggerSpec } from "../../../src/dag/spec.ts";
import { makeTimetable } from "../../../src/engine/timetable/make-timetable.ts";
import type { Interval, Timetable } from "../../../src/engine/timetable/timetable.ts";
import { assert } from "../../../src/lib/assert.ts";
import { expectSame, group, PASSED } from "../group.ts";

const instant = z.iso.datetime();
const interval = z.tuple([instant, instant]);

const schedule = {
  cron: z.string().optional(),
  crons: z.array(z.string()).min(1).optional(),
  delta_s: z.number().positive().optional(),
  delta_months: z.number().int().positive().optional(),
  events: z.array(instant).optional(),
  restrict_to_events: z.boolean().optional(),
  tz: z.string().optional(),
  /** Length of a trigger timetable's data interval. */
  interval_s: z.number().optional(),
  /** Where a DAG without start date and without runs begins: seconds, `true`, or Airflow's rule for `false` and null. */
  run_immediately: z.union([z.boolean(), z.number(), z.null()]).optional(),
};
const kind = z.enum([
  "cron_interval",
  "cron_trigger",
  "delta_interval",
  "delta_trigger",
  "multi_cron_trigger",
  "events",
  "once",
  "continuous",
  "manual",
]);

const nextCase = z.strictObject({
  id: z.string(),
  airflow_test: z.string().optional(),
  note: z.string().optional(),
  in: z.strictObject({
    timetable: kind,
    ...schedule,
    last: interval.nullish(),
    earliest: instant.nullish(),
    latest: instant.nullish(),
    now: instant.optional(),
    catchup: z.boolean().optional(),
    steps: z.number().int().min(1).max(1_000).optional(),
  }),
  expect: z.array(z.strictObject({ run_after: instant, start: instant, end: instant }).nullable()).min(1),
});

const manualCase = z.strictObject({
  id: z.string(),
  airflow_test: z.string().optional(),
  note: z.string().optional(),
  in: z.strictObject({ timetable: kind, ...schedule, run_after: instant }),
  expect: interval.nullable(),
});

type Given = z.infer<typeof manualCase>["in"] | z.infer<typeof nextCase>["in"];

function timetableOf(given: Given): Timetable {
  return makeTimetable(scheduleOf(given));
}

function scheduleOf(given: Given): ScheduleSpec {
  const timezone = given.tz ?? "UTC";
  const dataInterval = given.timetable.endsWith("_interval");
  switch (given.timetable) {
    case "cron_interval":
    case "cron_trigger":
      return { type: "cron", expression: wanted(given.cron, "cron"), timezone, dataInterval, ...triggerOf(given) };
    case "delta_interval":
    case "delta_trigger": {
      const months = given.delta_months ?? 0;
      const ms = months > 0 ? 0 : wanted(given.delta_s, "delta_s") * 1_000;
      const { intervalMs } = triggerOf(given);
      return { type: "every", ms, months, dataInterval, ...(intervalMs === undefined ? {} : { intervalMs }) };
    }
    case "multi_cron_trigger":
      return { type: "crons", expressions: wanted(given.crons, "crons"), timezone, ...triggerOf(given) };
    case "events": {
      // As `schedule.events` makes it: sorted, each once.
      const at = [...new Set(wanted(given.events, "events").map((text) => Date.parse(text)))].sort((a, b) => a - b);
      return { type: "events", at, ...(given.restrict_to_events === true ? { isRestricted: true } : {}) };
    }
    default:
      return { type: given.timetable };
  }
}

/** `false` and null are the rule that holds without the option. */
function triggerOf({ interval_s: interval, run_immediately: first }: Given): TriggerSpec {
  return {
    ...(interval === undefined ? {} : { intervalMs: interval * 1_000 }),
    ...(first === true ? { runImmediately: first } : {}),
    ...(typeof first === "number" ? { runImmediately: first * 1_000 } : {}),
  };
}

function wanted<T>(value: T | undefined, field: string): T {
  assert(value !== undefined, `the case has no "${field}"`);
  return value;
}

const at = (text: string | null | undefined): number | null => (text == null ? null : Date.parse(text));
const iso = (ms: number): string => new Date(ms).toISOString().replace(".000Z", "Z");

function toInterval(pair: readonly [string, string] | null | undefined): Interval | null {
  return pair == null ? null : { startAt: Date.parse(pair[0]), endAt: Date.parse(pair[1]) };
}

/** Each answer is the last run of the next question, as the scheduler asks. */
function answers(given: z.infer<typeof nextCase>["in"]): unknown[] {
  const timetable = timetableOf(given);
  const found: unknown[] = [];
  let last = toInterval(given.last);
  for (let step = 0; step < (given.steps ?? 1); step += 1) {
    const next = timetable.next({
      last,
      earliestAt: at(given.earliest),
      latestAt: at(given.latest),
      now: at(given.now) ?? 0,
      catchup: given.catchup ?? true,
    });
    if (next === null) return [...found, null];
    last = { startAt: next.dataIntervalStartAt, endAt: next.dataIntervalEndAt };
    found.push({ run_after: iso(next.runAfterAt), start: iso(last.startAt), end: iso(last.endAt) });
  }
  return found;
}

export const nextRuns = group<z.infer<typeof nextCase>>({
  shape: nextCase,
  id: (one) => one.id,
  check(one) {
    const instants = one.expect.map((run) =>
      run === null ? null : { run_after: same(run.run_after), start: same(run.start), end: same(run.end) },
    );
    expectSame(answers(one.in), instants);
    return PASSED;
  },
});

/** One spelling of an instant. */
function same(text: string): string {
  return iso(Date.parse(text));
}

export const manualIntervals = group<z.infer<typeof manualCase>>({
  shape: manualCase,
  id: (one) => one.id,
  check(one) {
    const found = timetableOf(one.in).manualInterval(Date.parse(one.in.run_after));
    expectSame(found && [iso(found.startAt), iso(found.endAt)], one.expect === null ? null : one.expect.map(same));
    return PASSED;
  },
});
