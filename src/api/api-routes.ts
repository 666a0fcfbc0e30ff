import { platformOf } from "../auth/context.ts";
import { Routes } from "../auth/routes.ts";
import { tokenRoutes } from "../auth/token-routes.ts";
import { openApiDocument } from "./openapi.ts";
import { backfillRoutes } from "./resources/backfills.ts";
import { batchListRoutes } from "./resources/batch-lists.ts";
import { callbackRoutes } from "./resources/callbacks.ts";
import { coverageRoutes } from "./resources/coverage.ts";
import { dagRunRoutes } from "./resources/dag-runs.ts";
import { dagVersionRoutes } from "./resources/dag-versions.ts";
import { dagRoutes } from "./resources/dags.ts";
import { eventLogRoutes } from "./resources/event-logs.ts";
import { importErrorRoutes } from "./resources/import-errors.ts";
import { jobRoutes } from "./resources/jobs.ts";
import { logRoutes } from "./resources/logs.ts";
import { monitorRoutes } from "./resources/monitor.ts";
import { poolRoutes } from "./resources/pools.ts";
import { taskInstanceActionRoutes } from "./resources/task-instance-actions.ts";
import { taskInstanceRoutes } from "./resources/task-instances.ts";
import { taskRoutes } from "./resources/tasks.ts";
import { xcomEntryRoutes } from "./resources/xcom-entries.ts";

const openApiRoutes = new Routes("api");

openApiRoutes.get(
  "/api/v2/openapi.json",
  { permission: "signed_in", tag: "OpenAPI", summary: "This document" },
  (c) => {
    const table = [...apiRoutes, tokenRoutes].flatMap((routes) => routes.table);
    return c.json(openApiDocument(table, platformOf(c).version));
  },
);

/** Everything under /api/v2. The first route that fits wins, so xcomEntries stand before `:map_index`. */
export const apiRoutes: readonly Routes[] = [
  monitorRoutes,
  dagRoutes,
  taskRoutes,
  dagVersionRoutes,
  importErrorRoutes,
  batchListRoutes,
  dagRunRoutes,
  callbackRoutes,
  logRoutes,
  xcomEntryRoutes,
  taskInstanceActionRoutes,
  taskInstanceRoutes,
  jobRoutes,
  eventLogRoutes,
  poolRoutes,
  backfillRoutes,
  coverageRoutes,
  openApiRoutes,
];
