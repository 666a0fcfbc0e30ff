import { z } from "zod";
import type { DagProjection } from "../../catalog/projection.ts";
import type { DagVersionSummary } from "../../catalog/sql/dag-versions.ts";
import type { DagSpec } from "../../dag/spec.ts";
import { instant, isoInstant, isoOrNull } from "./fields.ts";
import { timeDelta, timeDeltaJson } from "./time-delta.ts";

export const dagShape = z.object({
  dag_id: z.string(),
  dag_display_name: z.string(),
  is_paused: z.boolean(),
  is_stale: z.boolean(),
  last_parsed_time: instant,
  last_expired: instant,
  bundle_name: z.string().nullable(),
  bundle_version: z.string().nullable(),
  relative_fileloc: z.string(),
  fileloc: z.string(),
  file_token: z.string(),
  description: z.string().nullable(),
  timetable_summary: z.string().nullable(),
  timetable_description: z.string().nullable(),
  tags: z.array(z.object({ name: z.string(), dag_id: z.string(), dag_display_name: z.string() })),
  max_active_tasks: z.number().int().nullable(),
  max_active_runs: z.number().int(),
  max_consecutive_failed_dag_runs: z.number().int(),
  has_task_concurrency_limits: z.boolean(),
  has_import_errors: z.boolean(),
  next_dagrun_logical_date: instant,
  next_dagrun_data_interval_start: instant,
  next_dagrun_data_interval_end: instant,
  next_dagrun_run_after: instant,
  owners: z.array(z.string()),
});

export function dagJson(dag: DagProjection): z.input<typeof dagShape> {
  return {
    dag_id: dag.dagId,
    dag_display_name: dag.dagId,
    is_paused: dag.isPaused,
    is_stale: dag.isRetired,
    last_parsed_time: null,
    last_expired: null,
    bundle_name: "dags",
    bundle_version: null,
    relative_fileloc: dag.filePath,
    fileloc: dag.filePath,
    file_token: dag.filePath,
    description: dag.description,
    timetable_summary: dag.scheduleText,
    timetable_description: timetableDescription(dag),
    tags: dag.tags.map((name) => ({ name, dag_id: dag.dagId, dag_display_name: dag.dagId })),
    max_active_tasks: dag.maxActiveTasks,
    max_active_runs: dag.maxActiveRuns,
    max_consecutive_failed_dag_runs: 0,
    has_task_concurrency_limits: false,
    has_import_errors: dag.hasImportError,
    next_dagrun_logical_date: isoOrNull(dag.nextLogicalAt),
    next_dagrun_data_interval_start: null,
    next_dagrun_data_interval_end: null,
    next_dagrun_run_after: isoOrNull(dag.nextRunAfterAt),
    owners: dag.owner === "" ? [] : [dag.owner],
  };
}

function timetableDescription(dag: DagProjection): string {
  if (dag.scheduleText === null) return "Never, external triggers only";
  return dag.timezone === null ? dag.scheduleText : `${dag.scheduleText} (${dag.timezone})`;
}

export const dagVersionShape = z.object({
  id: z.string(),
  version_number: z.number().int(),
  dag_id: z.string(),
  dag_display_name: z.string(),
  bundle_name: z.string().nullable(),
  bundle_version: z.string().nullable(),
  bundle_url: z.string().nullable(),
  created_at: z.iso.datetime(),
});

export function dagVersionJson(version: DagVersionSummary): z.input<typeof dagVersionShape> {
  return {
    id: `${version.dagId}/${version.versionNumber}`,
    version_number: version.versionNumber,
    dag_id: version.dagId,
    dag_display_name: version.dagId,
    bundle_name: "dags",
    bundle_version: version.bundleId,
    bundle_url: null,
    created_at: isoInstant(version.createdAt),
  };
}

export const dagDetailsShape = dagShape.extend({
  catchup: z.boolean(),
  concurrency: z.number().int().nullable(),
  dag_run_timeout: timeDelta.nullable(),
  asset_expression: z.null(),
  doc_md: z.string().nullable(),
  start_date: instant,
  end_date: instant,
  is_paused_upon_creation: z.boolean(),
  /** The JSON Schema of the params, as the version stores it. */
  params: z.record(z.string(), z.json()).nullable(),
  render_template_as_native_obj: z.boolean(),
  template_search_path: z.null(),
  timezone: z.string().nullable(),
  last_parsed: instant,
  latest_dag_version: dagVersionShape.nullable(),
});

export function dagDetailsJson(
  dag: DagProjection,
  spec: DagSpec,
  version: DagVersionSummary,
): z.input<typeof dagDetailsShape> {
  return {
    ...dagJson(dag),
    catchup: spec.catchup,
    concurrency: dag.maxActiveTasks,
    dag_run_timeout: spec.dagRunTimeoutMs === null ? null : timeDeltaJson(spec.dagRunTimeoutMs),
    asset_expression: null,
    doc_md: spec.docs,
    start_date: isoOrNull(spec.startAt),
    end_date: isoOrNull(spec.endAt),
    is_paused_upon_creation: spec.isPausedUponCreation,
    params: spec.params as z.input<typeof dagDetailsShape>["params"],
    render_template_as_native_obj: false,
    template_search_path: null,
    timezone: dag.timezone,
    last_parsed: isoInstant(version.createdAt),
    latest_dag_version: dagVersionJson(version),
  };
}
