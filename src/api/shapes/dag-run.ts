import { z } from "zod";
import { DAG_RUN_STATES, DAG_RUN_TYPES } from "../../engine/states.ts";
import type { DagRunView } from "../../platform.ts";
import { durationSeconds, instant, isoInstant, isoOrNull } from "./fields.ts";

export const dagRunShape = z.object({
  dag_run_id: z.string(),
  dag_id: z.string(),
  dag_display_name: z.string(),
  logical_date: instant,
  queued_at: instant,
  start_date: instant,
  end_date: instant,
  duration: z.number().nullable(),
  data_interval_start: instant,
  data_interval_end: instant,
  run_after: z.iso.datetime(),
  last_scheduling_decision: instant,
  run_type: z.enum(DAG_RUN_TYPES),
  state: z.enum(DAG_RUN_STATES),
  triggered_by: z.string().nullable(),
  triggering_user_name: z.string().nullable(),
  conf: z.record(z.string(), z.json()),
  note: z.string().nullable(),
  /** Beyond Airflow: the version the run is pinned to, and why it stands as it does. */
  dag_version_number: z.number().int(),
  reason: z.string().nullable(),
});

export function dagRunJson(run: DagRunView): z.input<typeof dagRunShape> {
  return {
    dag_run_id: run.runId,
    dag_id: run.dagId,
    dag_display_name: run.dagId,
    logical_date: isoOrNull(run.logicalAt),
    queued_at: isoInstant(run.queuedAt),
    start_date: isoOrNull(run.startAt),
    end_date: isoOrNull(run.endAt),
    duration: durationSeconds(run.startAt, run.endAt),
    data_interval_start: isoOrNull(run.dataIntervalStartAt),
    data_interval_end: isoOrNull(run.dataIntervalEndAt),
    run_after: isoInstant(run.runAfterAt),
    last_scheduling_decision: null,
    run_type: run.runType,
    state: run.state,
    triggered_by: triggeredBy(run),
    triggering_user_name: run.runType === "manual" ? run.triggeredBy : null,
    conf: (run.conf ?? {}) as z.input<typeof dagRunShape>["conf"],
    note: run.note,
    dag_version_number: run.versionNumber,
    reason: run.reason,
  };
}

/** Airflow's enumeration. A user's name says who, not how; both the pages and the API come to the scheduler the same way. */
function triggeredBy(run: DagRunView): string {
  if (run.runType === "manual") return "rest_api";
  return run.runType === "backfill" ? "backfill" : run.runType === "asset_triggered" ? "asset" : "timetable";
}
