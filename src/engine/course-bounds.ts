/** Between which instants a schedule has runs: the dates of the DAG and of its tasks, and when the schedule was edited. */
import type { DagSpec } from "../dag/spec.ts";

export interface CourseBounds {
  /** No interval begins before it. */
  readonly earliestAt: number | null;
  /** No interval begins after it. */
  readonly latestAt: number | null;
}

/** Looked up with every event, and a DAG may have many tasks. */
const known = new WeakMap<DagSpec, CourseBounds>();

/** A schedule that was edited since does not reach back before the edit. */
export function courseBounds(spec: DagSpec, sinceAt: number | null): CourseBounds {
  const { earliestAt: startAt, latestAt } = known.get(spec) ?? readDates(spec);
  return { earliestAt: sinceAt === null ? startAt : Math.max(startAt ?? sinceAt, sinceAt), latestAt };
}

/** Airflow's rule: the earliest start date of all; the DAG's end date, or the last of its tasks' if each has one. */
function readDates(spec: DagSpec): CourseBounds {
  let earliestAt = spec.startAt;
  let lastEndAt = spec.tasks.length === 0 ? null : Number.NEGATIVE_INFINITY;
  for (const { startAt, endAt } of spec.tasks) {
    if (startAt !== undefined) earliestAt = Math.min(earliestAt ?? startAt, startAt);
    lastEndAt = endAt === undefined || lastEndAt === null ? null : Math.max(lastEndAt, endAt);
  }
  const bounds = { earliestAt, latestAt: spec.endAt ?? lastEndAt };
  known.set(spec, bounds);
  return bounds;
}
