import { z } from "zod";
import { type AppContext, notFound, platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readAll, readOne, readTogether } from "../../../catalog/port.ts";
import { readDagRun, readLiveTaskInstances, readSpec, taskInstanceToBe } from "../../../catalog/read-through.ts";
import { callbacks } from "../../../catalog/sql/callbacks.ts";
import { importErrors } from "../../../catalog/sql/import-errors.ts";
import { taskInstances } from "../../../catalog/sql/task-instances.ts";
import type { DagRunView, TaskInstanceView } from "../../../platform.ts";
import { ptagOf } from "../../ptag.ts";
import { dagIdOf, runIdOf } from "../../request.ts";
import { respond, shellOf } from "../../respond.tsx";
import { orderTaskInstances } from "./order.ts";
import { RUN_REGION, RunPage, RunRegion, runTitle, TASKS_PER_PAGE } from "./run-page.tsx";

export const runRoutes = new Routes("page");

/** A run with more is shown by its first ones; the count says how many there are. */
const MAX_TASK_INSTANCES = 5_000;

const runQuery = z.object({ from: z.coerce.number().int().min(0).catch(0) });

runRoutes.get("/dags/:dag_id/runs/:run_id", { permission: "run.read", query: runQuery }, async (c, { query }) => {
  const run = await runOf(c);
  const [instances, callbackRows] = await Promise.all([
    instancesOf(c, run),
    readAll(platformOf(c).catalog, callbacks.list({ dagId: run.dagId, runId: run.runId })),
  ]);
  const data = {
    run,
    taskInstances: instances.shown.slice(query.from, query.from + TASKS_PER_PAGE),
    taskInstanceCount: instances.count,
    from: query.from,
    callbacks: callbackRows,
  };
  // While it runs its bars grow, so two seconds of time are a change too.
  const ptag = ptagOf(data, run.endAt === null ? Math.floor(platformOf(c).clock.now() / 2_000) : null);
  const importErrorCount = await importErrorCountOf(c);
  return respond(c, {
    ptag,
    title: runTitle(run),
    page: () => <RunPage shell={shellOf(c, importErrorCount)} data={data} ptag={ptag} />,
    parts: { [RUN_REGION]: () => <RunRegion data={data} ptag={ptag} /> },
  });
});

export async function runOf(c: AppContext): Promise<DagRunView> {
  const run = await readDagRun(platformOf(c), dagIdOf(c), runIdOf(c));
  if (run === null) throw notFound(c);
  return run;
}

export async function importErrorCountOf(c: AppContext): Promise<number> {
  const query = importErrors.count({ allowedDagIds: allowedDagIds(principalOf(c)) });
  return (await readOne(platformOf(c).catalog, query)) ?? 0;
}

/** The run's task instances in the order of the page, those that are still to come included. */
async function instancesOf(c: AppContext, run: DagRunView) {
  const platform = platformOf(c);
  const [spec, live] = await Promise.all([
    readSpec(platform, run.dagId, run.versionNumber),
    readLiveTaskInstances(platform, run, platform.clock.now(), { limit: MAX_TASK_INSTANCES }),
  ]);
  const { rows, count } = live === null ? await storedInstances(c, run) : { rows: live.rows, count: live.total };
  const known = new Set(rows.map(({ taskId }) => taskId));
  const toBe = rows.length < count ? [] : (spec?.tasks ?? []).filter(({ taskId }) => !known.has(taskId));
  const shown = orderTaskInstances([...rows, ...toBe.map((task) => taskInstanceToBe(run, task))], {
    taskIds: (spec?.tasks ?? []).map(({ taskId }) => taskId),
    failuresFirst: run.endAt !== null,
  });
  return { shown, count: count + toBe.length };
}

async function storedInstances(
  c: AppContext,
  run: DagRunView,
): Promise<{ readonly rows: readonly TaskInstanceView[]; readonly count: number }> {
  const { dagId, runId } = run;
  const filter = { allowedDagIds: allowedDagIds(principalOf(c)), dagId, runId };
  const [rows, [count = 0]] = await readTogether(platformOf(c).catalog, [
    taskInstances.list(filter, { limit: MAX_TASK_INSTANCES, after: null }),
    taskInstances.count(filter),
  ]);
  return { rows, count };
}
