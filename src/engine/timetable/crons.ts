/**
 * Airflow's MultipleCronTriggerTimetable: the ticks of several expressions as one set, one run per instant. Each expression is
 * asked by itself: with catch-up the earliest answer counts; without, the latest that is due, or else the earliest to come.
 */
import type { NextRunInput, ScheduledRun, Timetable } from "./timetable.ts";

export function cronsTimetable(members: readonly Timetable[], description: string): Timetable {
  return {
    description,
    next(input) {
      const answers = members.flatMap((member) => member.next(input) ?? []).sort((a, b) => a.runAfterAt - b.runAfterAt);
      return choose(answers, input);
    },
    manualInterval: (runAfterAt) => members[0]?.manualInterval(runAfterAt) ?? null,
  };
}

function choose(answers: readonly ScheduledRun[], { catchup, now }: NextRunInput): ScheduledRun | null {
  const due = catchup ? undefined : answers.findLast(({ runAfterAt }) => runAfterAt <= now);
  return due ?? answers[0] ?? null;
}
