/**
 * A timetable whose rule is a function of the DAG file. It is not trusted: a throw, an answer of the wrong form, or one that
 * does not come after the last run means that there is no next run, and the reason is kept for people.
 */
import type { CustomTimetable } from "../../dag/hooks.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { Interval, NextRunInput, ScheduledRun, Timetable } from "./timetable.ts";

const maxReasonChars = 500;
const maxPassedOver = 1_000;

export function customTimetable(custom: CustomTimetable, description: string): Timetable {
  return {
    description,
    next(input) {
      const answer = ask(custom, input);
      return answer.ok ? answer.value : null;
    },
    problem(input) {
      const answer = ask(custom, input);
      return answer.ok ? null : answer.error;
    },
    manualInterval(runAfterAt) {
      const exact = { startAt: runAfterAt, endAt: runAfterAt };
      if (custom.manualInterval === undefined) return exact;
      try {
        const interval = custom.manualInterval(runAfterAt);
        return interval === null || isInterval(interval) ? interval : exact;
      } catch {
        // A manual run goes on without the interval that it would have had: the user asked for the run.
        return null;
      }
    },
  };
}

/** A function need not know the start date: what it answers before that is passed over. */
function ask(custom: CustomTimetable, input: NextRunInput): Result<ScheduledRun | null, string> {
  let { last } = input;
  for (let count = 0; count < maxPassedOver; count += 1) {
    const answer = askOnce(custom, { ...input, last });
    if (!answer.ok || answer.value === null) return answer;
    const { dataIntervalStartAt: startAt, dataIntervalEndAt: endAt } = answer.value;
    if (input.earliestAt === null || startAt >= input.earliestAt) return answer;
    last = { startAt, endAt };
  }
  return err(`the timetable answered ${maxPassedOver} times with what is before the start date`);
}

function askOnce(custom: CustomTimetable, input: NextRunInput): Result<ScheduledRun | null, string> {
  let answer: ReturnType<CustomTimetable["next"]>;
  try {
    answer = custom.next(input);
  } catch (error) {
    return err(
      `the timetable threw: ${error instanceof Error ? error.message : String(error)}`.slice(0, maxReasonChars),
    );
  }
  if (answer === null) return ok(null);
  const wrong = problemOf(answer, input);
  if (wrong !== null) return err(`the timetable ${wrong}`.slice(0, maxReasonChars));
  const { logicalAt, dataIntervalStartAt, dataIntervalEndAt, runAfterAt } = answer;
  // The end date is the engine's word, as the start date is the function's to heed.
  if (input.latestAt !== null && dataIntervalStartAt > input.latestAt) return ok(null);
  return ok({ logicalAt, dataIntervalStartAt, dataIntervalEndAt, runAfterAt });
}

function problemOf(answer: ScheduledRun, { last }: NextRunInput): string | null {
  const { logicalAt, dataIntervalStartAt: startAt, dataIntervalEndAt: endAt, runAfterAt } = answer;
  for (const [name, at] of Object.entries({ logicalAt, startAt, endAt, runAfterAt })) {
    if (!isInstant(at)) return `answered ${name} ${String(at)}, which is not an instant`;
  }
  if (endAt < startAt) return `answered an interval that ends (${iso(endAt)}) before it begins (${iso(startAt)})`;
  if (last === null) return null;
  // The first interval after a schedule of instants may begin where that one stood.
  const isAfter = endAt > last.endAt && (startAt > last.startAt || last.startAt === last.endAt);
  if (isAfter && startAt >= last.startAt) return null;
  return `answered ${iso(startAt)} to ${iso(endAt)}, which does not come after the last run, ${iso(last.startAt)} to ${iso(last.endAt)}`;
}

function isInterval({ startAt, endAt }: Interval): boolean {
  return isInstant(startAt) && isInstant(endAt) && startAt <= endAt;
}

/** What a Date can hold. */
function isInstant(at: unknown): at is number {
  return Number.isInteger(at) && Math.abs(Number(at)) <= 8.64e15;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
