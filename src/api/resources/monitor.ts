import { z } from "zod";
import { platformOf } from "../../auth/context.ts";
import { Routes } from "../../auth/routes.ts";
import { readTogether } from "../../catalog/port.ts";
import type { JobProjection } from "../../catalog/projection.ts";
import { dags } from "../../catalog/sql/dags.ts";
import { jobs } from "../../catalog/sql/jobs.ts";
import { type Platform, PlatformError } from "../../platform.ts";
import { isoInstant } from "../shapes/fields.ts";

export const monitorRoutes = new Routes("api");
const tag = "Monitor";

/** Healthy is: no DAG wanted to wake longer ago than this. */
const OVERDUE_MS = 180_000;

const status = z.string().nullable();
const healthShape = z.object({
  metadatabase: z.object({ status }),
  scheduler: z.object({ status, latest_scheduler_heartbeat: z.iso.datetime().nullable() }),
  triggerer: z.object({ status, latest_triggerer_heartbeat: z.null() }),
  dag_processor: z.object({ status, latest_dag_processor_heartbeat: z.iso.datetime().nullable() }),
});

monitorRoutes.get(
  "/api/v2/monitor/health",
  {
    permission: "public",
    tag,
    summary: "Whether each part is healthy; the answer is 200 also when one is not",
    responses: { 200: healthShape },
  },
  async (c) => c.json(await readHealth(platformOf(c))),
);

monitorRoutes.get(
  "/api/v2/version",
  {
    permission: "public",
    tag: "Version",
    summary: "The version of this deployment",
    responses: { 200: z.object({ version: z.string(), git_version: z.string().nullable() }) },
  },
  (c) => c.json({ version: platformOf(c).version, git_version: null }),
);

monitorRoutes.post(
  "/api/v2/monitor/catalogRebuild",
  {
    permission: "catalog.rebuild",
    tag,
    summary: "Writes every row of every scheduler to the catalog again, after the catalog was taken back in time",
    responses: { 200: z.object({ dag_count: z.int(), row_count: z.int() }) },
  },
  async (c) => {
    const { dagCount, rowCount } = await platformOf(c).bundle.rebuildCatalog();
    return c.json({ dag_count: dagCount, row_count: rowCount });
  },
);

async function readHealth(platform: Platform): Promise<z.input<typeof healthShape>> {
  const before = platform.clock.now() - OVERDUE_MS;
  // A deferred task needs no triggerer: its due time is the scheduler's.
  const triggerer = { status: null, latest_triggerer_heartbeat: null };
  try {
    const [overdue, [watchdog], [scheduler], [processor]] = await readTogether(platform.catalog, [
      dags.overdue({ before, limit: 1 }),
      jobs.latest("WatchdogJob"),
      jobs.latest("SchedulerJob"),
      jobs.latest("DagProcessorJob"),
    ]);
    const heartbeat = latestOf(watchdog, scheduler);
    return {
      metadatabase: { status: "healthy" },
      scheduler: { status: overdue.length === 0 ? "healthy" : "unhealthy", latest_scheduler_heartbeat: heartbeat },
      triggerer,
      dag_processor: {
        status: processor === undefined ? null : processor.state === "failed" ? "unhealthy" : "healthy",
        latest_dag_processor_heartbeat: latestOf(processor),
      },
    };
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    return {
      metadatabase: { status: "unhealthy" },
      // Schedulers go on without the catalog, but whether they do cannot be told.
      scheduler: { status: null, latest_scheduler_heartbeat: null },
      triggerer,
      dag_processor: { status: null, latest_dag_processor_heartbeat: null },
    };
  }
}

function latestOf(...found: readonly (JobProjection | undefined)[]): string | null {
  const beats = found.flatMap((job) => (job === undefined ? [] : [job.latestHeartbeatAt]));
  return beats.length === 0 ? null : isoInstant(Math.max(...beats));
}
