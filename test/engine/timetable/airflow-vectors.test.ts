import { describe, expect, test } from "vitest";
import type { ScheduleSpec } from "../../../src/dag/spec.ts";
import { makeTimetable } from "../../../src/engine/timetable/make-timetable.ts";
import type { Interval, ScheduledRun } from "../../../src/engine/timetable/timetable.ts";
import vectors from "../../fixtures/airflow.vectors.json" with { type: "json" };

/** A case as Airflow computed it: the input of one or more calls, each fed with the interval of the one before. */
interface Case {
  readonly id: string;
  readonly in: {
    readonly timetable: string;
    readonly cron?: string;
    readonly crons?: readonly string[];
    readonly events?: readonly string[];
    readonly restrict_to_events?: boolean;
    readonly delta_s?: number;
    readonly tz?: string;
    readonly last?: readonly string[] | null;
    readonly earliest?: string | null;
    readonly latest?: string | null;
    readonly now?: string;
    readonly catchup?: boolean;
    readonly steps?: number;
    readonly run_immediately?: boolean | number;
    readonly interval_s?: number;
    readonly run_after?: string;
  };
}

/** Every field that the cases use; another one would be passed over in silence. */
const knownFields =
  /^(timetable|crons?|delta_s|tz|events|restrict_to_events|last|earliest|latest|now|catchup|steps|run_immediately|interval_s|run_after)$/;

function schedule(input: Case["in"]): ScheduleSpec {
  for (const name of Object.keys(input)) expect(name).toMatch(knownFields);
  const { timetable, cron, crons, delta_s: seconds = 0, tz: timezone = "UTC" } = input;
  const trigger = {
    ...(input.interval_s === undefined ? {} : { intervalMs: input.interval_s * 1_000 }),
    ...(typeof input.run_immediately === "number" ? { runImmediately: input.run_immediately * 1_000 } : {}),
    ...(input.run_immediately === true ? { runImmediately: true as const } : {}),
  };
  switch (timetable) {
    case "cron_interval":
      return { type: "cron", expression: cron ?? "", timezone, dataInterval: true };
    case "cron_trigger":
      return { type: "cron", expression: cron ?? "", timezone, dataInterval: false, ...trigger };
    case "multi_cron_trigger":
      return { type: "crons", expressions: crons ?? [], timezone, ...trigger };
    case "delta_interval":
    case "delta_trigger":
      return { type: "every", ms: seconds * 1_000, months: 0, dataInterval: timetable === "delta_interval" };
    case "events":
      return {
        type: "events",
        at: [...new Set(input.events?.map((text) => Date.parse(text)))].sort((a, b) => a - b),
        isRestricted: input.restrict_to_events ?? false,
      };
    default:
      throw new Error(`unknown timetable "${timetable}"`);
  }
}

const at = (text: string | null | undefined) => (text === null || text === undefined ? null : Date.parse(text));
const iso = (ms: number) => new Date(ms).toISOString().replace(".000", "");

function toInterval(pair: readonly string[] | null | undefined): Interval | null {
  const [startAt, endAt] = (pair ?? []).map((text) => Date.parse(text));
  return startAt === undefined || endAt === undefined ? null : { startAt, endAt };
}

function run({ in: input }: Case): unknown[] {
  const timetable = makeTimetable(schedule(input));
  const answers: unknown[] = [];
  let last = toInterval(input.last);
  for (let step = 0; step < (input.steps ?? 1); step += 1) {
    const next: ScheduledRun | null = timetable.next({
      last,
      earliestAt: at(input.earliest),
      latestAt: at(input.latest),
      now: at(input.now) ?? 0,
      catchup: input.catchup ?? true,
    });
    if (next === null) return [...answers, null];
    last = { startAt: next.dataIntervalStartAt, endAt: next.dataIntervalEndAt };
    answers.push({ run_after: iso(next.runAfterAt), start: iso(last.startAt), end: iso(last.endAt) });
  }
  return answers;
}

const groups = ["timetable_data_interval", "timetable_trigger", "timetable_events", "timetable_extra_golden"] as const;

describe.each(groups)("Airflow's cases of %s", (group) => {
  const cases = vectors[group] as readonly (Case & { readonly expect: unknown })[];
  for (const one of cases) test(one.id, () => expect(run(one)).toEqual(one.expect));
});

describe("Airflow's cases of manual_data_interval", () => {
  for (const one of vectors.manual_data_interval as readonly (Case & { readonly expect: readonly string[] })[]) {
    test(one.id, () => {
      const interval = makeTimetable(schedule(one.in)).manualInterval(at(one.in.run_after) ?? 0);
      expect(interval && [iso(interval.startAt), iso(interval.endAt)]).toEqual(one.expect);
    });
  }
});
