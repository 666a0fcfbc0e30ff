import { z } from "zod";
import { platformOf, principalOf } from "../../auth/context.ts";
import { allowedDagIds } from "../../auth/permissions.ts";
import { Routes } from "../../auth/routes.ts";
import { readTogether } from "../../catalog/port.ts";
import type { JobProjection } from "../../catalog/projection.ts";
import { jobs } from "../../catalog/sql/jobs.ts";
import { booleanQuery, instant, isoInstant, isoOrNull, listQuery, pageQuery } from "../shapes/fields.ts";

export const jobRoutes = new Routes("api");

/** A scheduler or watchdog that wakes once a minute is alive for a little longer than that. */
export const JOB_ALIVE_MS = 180_000;

const jobTypes = ["SchedulerJob", "DagProcessorJob", "WatchdogJob", "WorkerJob", "BackfillJob"] as const;

const jobShape = z.object({
  id: z.string(),
  dag_id: z.string().nullable(),
  dag_display_name: z.string().nullable(),
  state: z.string(),
  job_type: z.string(),
  start_date: z.iso.datetime(),
  end_date: instant,
  latest_heartbeat: z.iso.datetime(),
  executor_class: z.string().nullable(),
  hostname: z.string().nullable(),
  unixname: z.string().nullable(),
});

function jobJson(job: JobProjection): z.input<typeof jobShape> {
  return {
    id: job.jobId,
    dag_id: job.dagId,
    dag_display_name: job.dagId,
    state: job.state,
    job_type: job.jobType,
    start_date: isoInstant(job.startAt),
    end_date: isoOrNull(job.endAt),
    latest_heartbeat: isoInstant(job.latestHeartbeatAt),
    executor_class: null,
    hostname: null,
    unixname: null,
  };
}

jobRoutes.get(
  "/api/v2/jobs",
  {
    permission: "job.read",
    tag: "Job",
    summary: "List jobs, the latest start first",
    query: z.strictObject({
      ...pageQuery,
      job_type: listQuery(z.enum(jobTypes)),
      job_state: listQuery(z.enum(["running", "success", "failed"])),
      dag_id: z.string().max(250).optional(),
      is_alive: booleanQuery,
    }),
    responses: { 200: z.object({ jobs: z.array(jobShape), total_entries: z.number().int() }) },
  },
  async (c, { query }) => {
    const { catalog, clock } = platformOf(c);
    const filter = {
      allowedDagIds: allowedDagIds(principalOf(c)),
      jobTypes: query.job_type,
      states: query.job_state,
      dagId: query.dag_id,
      aliveSince: query.is_alive === true ? clock.now() - JOB_ALIVE_MS : undefined,
    };
    const [rows, [count]] = await readTogether(catalog, [jobs.list(filter, query), jobs.count(filter)]);
    return c.json({ jobs: rows.map(jobJson), total_entries: count ?? 0 });
  },
);
