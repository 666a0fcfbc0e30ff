/** A schedule that cannot be read: stored by an older release, or for a zone that this runtime does not know. It makes no runs. */
import type { Timetable } from "./timetable.ts";

export function brokenTimetable(description: string, reason: string): Timetable {
  return {
    description,
    next: () => null,
    problem: () => reason,
    manualInterval: (runAfterAt) => ({ startAt: runAfterAt, endAt: runAfterAt }),
  };
}
