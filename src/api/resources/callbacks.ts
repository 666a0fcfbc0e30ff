import { z } from "zod";
import { notFound, platformOf } from "../../auth/context.ts";
import { Routes } from "../../auth/routes.ts";
import { readAll } from "../../catalog/port.ts";
import { readDagRun } from "../../catalog/read-through.ts";
import { callbacks } from "../../catalog/sql/callbacks.ts";
import { dagIdParam, runIdParam } from "../params.ts";
import { callbackJson, callbackShape } from "../shapes/callback.ts";

export const callbackRoutes = new Routes("api");

callbackRoutes.get(
  "/api/v2/dags/:dag_id/dagRuns/:dag_run_id/callbacks",
  {
    permission: "run.read",
    tag: "DagRun",
    summary: "List the callbacks that the scheduler delivers for a run: of lost tries, of the run, of missed deadlines",
    responses: { 200: z.object({ callbacks: z.array(callbackShape), total_entries: z.number().int() }) },
  },
  async (c) => {
    const run = await readDagRun(platformOf(c), dagIdParam(c), runIdParam(c));
    if (run === null) throw notFound(c);
    const rows = await readAll(platformOf(c).catalog, callbacks.list({ dagId: run.dagId, runId: run.runId }));
    return c.json({ callbacks: rows.map(callbackJson), total_entries: rows.length });
  },
);
