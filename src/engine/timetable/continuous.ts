/**
 * Airflow's ContinuousTimetable: one run after another, each covering the time since the last one began to be made. It begins
 * with the start date, and has no runs without one. That the last run has ended is the engine's to know; an answer holds for
 * the instant of the question.
 */
import { runAfterInterval, type Timetable } from "./timetable.ts";

/** Runs that end at once would follow each other as fast as the machine goes, and share a logical date. */
const leastIntervalMs = 1_000;

export const continuousTimetable: Timetable = {
  description: "continuous",
  isContinuous: true,
  next({ last, earliestAt, latestAt, now }) {
    if (earliestAt === null) return null;
    // A first run at the start date itself has no length, and its logical date can be had only once.
    const follows = last !== null && last.startAt === last.endAt ? last.endAt + 1 : last?.endAt;
    const startAt = Math.max(follows ?? earliestAt, earliestAt);
    const endAt = Math.max(last === null ? startAt : startAt + leastIntervalMs, now);
    return latestAt !== null && endAt > latestAt ? null : runAfterInterval({ startAt, endAt });
  },
  problem: ({ earliestAt }) => (earliestAt === null ? "a continuous schedule needs a start date to begin at" : null),
  manualInterval: (runAfterAt) => ({ startAt: runAfterAt, endAt: runAfterAt }),
};
