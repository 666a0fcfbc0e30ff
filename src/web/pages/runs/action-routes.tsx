/** What can be done with a run: each action is a noun, its GET says what will happen, its POST does it. */
import { z } from "zod";
import { type AppContext, actorOf, notFound, platformOf } from "../../../auth/context.ts";
import { Routes } from "../../../auth/routes.ts";
import { readAll } from "../../../catalog/port.ts";
import { readLiveTaskInstances } from "../../../catalog/read-through.ts";
import { taskInstances } from "../../../catalog/sql/task-instances.ts";
import type { DagRunView, SchedulerRefusal } from "../../../platform.ts";
import { paths, type RunAction } from "../../paths.ts";
import { dagIdOf, runIdOf } from "../../request.ts";
import { done, respondWithForm, shellOf } from "../../respond.tsx";
import { RUN_ACTION_TITLES, RunActionForm } from "./action-forms.tsx";
import { importErrorCountOf, runOf } from "./routes.tsx";

export const runActionRoutes = new Routes("page");

const edit = { permission: "run.edit" } as const;

runActionRoutes.get("/dags/:dag_id/runs/:run_id/cancellation", edit, (c) => ask(c, "cancellation"));
runActionRoutes.get("/dags/:dag_id/runs/:run_id/success", edit, (c) => ask(c, "success"));
runActionRoutes.get("/dags/:dag_id/runs/:run_id/clearing", edit, (c) => ask(c, "clearing"));
runActionRoutes.get("/dags/:dag_id/runs/:run_id/deletion", { permission: "run.delete" }, (c) => ask(c, "deletion"));

runActionRoutes.post("/dags/:dag_id/runs/:run_id/cancellation", edit, async (c) => {
  const reply = await schedulerOf(c).markRun(runIdOf(c), "failed", actorOf(c));
  return reply.ok ? toRun(c, "The run is cancelled") : refused(c, "cancellation", reply);
});

runActionRoutes.post("/dags/:dag_id/runs/:run_id/success", edit, async (c) => {
  const reply = await schedulerOf(c).markRun(runIdOf(c), "success", actorOf(c));
  return reply.ok ? toRun(c, "The run is marked as successful") : refused(c, "success", reply);
});

runActionRoutes.post(
  "/dags/:dag_id/runs/:run_id/clearing",
  { ...edit, form: z.object({ scope: z.enum(["failed", "all"]).default("failed") }) },
  async (c, { body }) => {
    const options = { downstream: false, onlyFailed: body.scope === "failed" };
    const reply = await schedulerOf(c).clearTaskInstances(runIdOf(c), null, options, actorOf(c));
    if (!reply.ok) return refused(c, "clearing", reply);
    const count = reply.cleared.length;
    return toRun(c, count === 0 ? "Nothing was there to clear" : `Cleared ${count}; the run goes on`);
  },
);

runActionRoutes.post("/dags/:dag_id/runs/:run_id/deletion", { permission: "run.delete" }, async (c) => {
  const reply = await schedulerOf(c).deleteRun(runIdOf(c), actorOf(c));
  if (!reply.ok) return refused(c, "deletion", reply);
  return done(c, paths.dagTab(dagIdOf(c), "runs"), { tone: "done", text: `Deleted ${runIdOf(c)}` });
});

function schedulerOf(c: AppContext) {
  return platformOf(c).schedulers.get(dagIdOf(c));
}

function toRun(c: AppContext, text: string): Response {
  return done(c, paths.run(dagIdOf(c), runIdOf(c)), { tone: "done", text });
}

function refused(c: AppContext, action: RunAction, refusal: SchedulerRefusal) {
  if (refusal.code === "not_found") throw notFound(c);
  return ask(c, action, refusal);
}

async function ask(c: AppContext, action: RunAction, refusal?: SchedulerRefusal) {
  const run = await runOf(c);
  const importErrorCount = await importErrorCountOf(c);
  const counts = action === "clearing" ? await countsOf(c, run) : { failedCount: 0, taskInstanceCount: 0 };
  const form = <RunActionForm run={run} action={action} {...counts} error={refusal?.message} />;
  const crumbs = [
    { label: "DAGs", href: paths.dags },
    { label: run.dagId, href: paths.dag(run.dagId) },
    { label: run.runId, href: paths.run(run.dagId, run.runId) },
    { label: RUN_ACTION_TITLES[action], href: null },
  ];
  const view = { title: RUN_ACTION_TITLES[action], crumbs, form, shell: () => shellOf(c, importErrorCount) };
  return respondWithForm(c, view, refusal === undefined ? 200 : refusal.code === "invalid" ? 422 : 409);
}

/** As clearing counts: failed, and not run because of a failure. */
async function countsOf(c: AppContext, run: DagRunView) {
  const platform = platformOf(c);
  const live = await readLiveTaskInstances(platform, run, platform.clock.now());
  const counts =
    live?.map(({ state }) => ({ state, count: 1 })) ??
    (await readAll(platform.catalog, taskInstances.countByState({ dagId: run.dagId, runIds: [run.runId] })));
  const sum = (isCounted: (state: string) => boolean) =>
    counts.reduce((total, { state, count }) => total + (isCounted(state) ? count : 0), 0);
  return {
    failedCount: sum((state) => state === "failed" || state === "upstream_failed"),
    taskInstanceCount: sum(() => true),
  };
}
