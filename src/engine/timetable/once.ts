/** Airflow's `@once`: one run at the start date, or at once when there is none. Catch-up makes no difference. */
import { runAtInstant, type Timetable } from "./timetable.ts";

export const onceTimetable: Timetable = {
  description: "once",
  next({ last, earliestAt, latestAt, now }) {
    const at = earliestAt ?? now;
    return last !== null || (latestAt !== null && at > latestAt) ? null : runAtInstant(at);
  },
  manualInterval: (runAfterAt) => ({ startAt: runAfterAt, endAt: runAfterAt }),
};
