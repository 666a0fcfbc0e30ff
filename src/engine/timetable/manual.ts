/** No schedule: runs come from people and programs alone. */
import type { Timetable } from "./timetable.ts";

export const manualTimetable: Timetable = {
  description: "manual",
  next: () => null,
  manualInterval: (runAfterAt) => ({ startAt: runAfterAt, endAt: runAfterAt }),
};
