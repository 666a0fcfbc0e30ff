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

/** Forms of timetables, and options, that Updraft does not have; how many cases of each the file holds is asserted. */
const notBuilt: Readonly<Record<string, number>> = {
  multi_cron_trigger: 5,
  interval_s: 1,
  "run_immediately that decides": 1,
};

function missingForm(group: string, { in: input }: Case): string | null {
  if (!["cron_interval", "cron_trigger", "delta_interval", "delta_trigger"].includes(input.timetable))
    return input.timetable;
  if (input.interval_s !== undefined) return "interval_s";
  // The option only decides where a DAG without start date and without runs begins; false is what Updraft does.
  const decides = group === "timetable_trigger" && (input.last ?? null) === null && (input.earliest ?? null) === null;
  return decides && input.run_immediately ? "run_immediately that decides" : null;
}

function schedule({ timetable, cron, delta_s: seconds, tz }: Case["in"]): ScheduleSpec {
  const dataInterval = timetable.endsWith("_interval");
  if (cron !== undefined) return { type: "cron", expression: cron, timezone: tz ?? "UTC", dataInterval };
  return { type: "every", ms: (seconds ?? 0) * 1_000, months: 0, dataInterval };
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

const groups = ["timetable_data_interval", "timetable_trigger", "timetable_extra_golden"] as const;
const skipped: string[] = [];

describe.each(groups)("Airflow's cases of %s", (group) => {
  const cases = vectors[group] as readonly (Case & { readonly expect: unknown })[];
  for (const one of cases) {
    const missing = missingForm(group, one);
    if (missing !== null) {
      skipped.push(missing);
      continue;
    }
    test(one.id, () => expect(run(one)).toEqual(one.expect));
  }
});

describe("Airflow's cases of manual_data_interval", () => {
  for (const one of vectors.manual_data_interval as readonly (Case & { readonly expect: readonly string[] })[]) {
    const missing = missingForm("manual_data_interval", one);
    if (missing !== null) {
      skipped.push(missing);
      continue;
    }
    test(one.id, () => {
      const interval = makeTimetable(schedule(one.in)).manualInterval(at(one.in.run_after) ?? 0);
      expect(interval && [iso(interval.startAt), iso(interval.endAt)]).toEqual(one.expect);
    });
  }
});

test("only the named forms are left out", () => {
  const counts: Record<string, number> = {};
  for (const form of skipped) counts[form] = (counts[form] ?? 0) + 1;
  expect(counts).toEqual(notBuilt);
});
