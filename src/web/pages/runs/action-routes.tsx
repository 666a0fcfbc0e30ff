/** What can be done with a run: each action is a noun, its GET says what will happen, its POST does it. */
import { z } from "zod";
import { type AppContext, actorOf, notFound, platformOf } from "../../../auth/context.ts";
import { Routes } from "../../../auth/routes.ts";
import type { SchedulerRefusal } from "../../../platform.ts";
import { paths, type RunAction } from "../../paths.ts";
import { dagIdOf, runIdOf } from "../../request.ts";
import { done, respondWithForm, shellOf } from "../../respond.tsx";
import { MAX_NOTE, RUN_ACTION_TITLES, RunActionForm } from "./action-forms.tsx";
import { importErrorCountOf, runOf } from "./routes.tsx";

export const runActionRoutes = new Routes("page");

const edit = { permission: "run.edit" } as const;

runActionRoutes.get("/dags/:dag_id/runs/:run_id/cancellation", edit, (c) => ask(c, "cancellation"));
runActionRoutes.get("/dags/:dag_id/runs/:run_id/success", edit, (c) => ask(c, "success"));
runActionRoutes.get("/dags/:dag_id/runs/:run_id/failure", edit, (c) => ask(c, "failure"));
runActionRoutes.get("/dags/:dag_id/runs/:run_id/note", edit, (c) => ask(c, "note"));
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

runActionRoutes.post("/dags/:dag_id/runs/:run_id/failure", edit, async (c) => {
  const reply = await schedulerOf(c).markRun(runIdOf(c), "failed", actorOf(c));
  return reply.ok ? toRun(c, "The run is marked as failed") : refused(c, "failure", reply);
});

const noteForm = z.object({ note: z.string().trim().max(MAX_NOTE).default("") });

runActionRoutes.post("/dags/:dag_id/runs/:run_id/note", { ...edit, form: noteForm }, async (c, { body }) => {
  const note = body.note === "" ? null : body.note;
  const reply = await schedulerOf(c).setRunNote(runIdOf(c), note, actorOf(c));
  return reply.ok ? toRun(c, note === null ? "The note is removed" : "The note is kept") : refused(c, "note", reply);
});

const clearForm = z.object({
  scope: z.enum(["failed", "all"]).default("failed"),
  on_latest_version: z.literal("true").optional().catch(undefined),
});

runActionRoutes.post("/dags/:dag_id/runs/:run_id/clearing", { ...edit, form: clearForm }, async (c, { body }) => {
  const reply = await clear(c, body.scope, { dryRun: false, onLatestVersion: body.on_latest_version === "true" });
  if (!reply.ok) return refused(c, "clearing", reply);
  return toRun(c, reply.total === 0 ? "Nothing was there to clear" : `Cleared ${reply.total}; the run goes on`);
});

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
  const counts = action === "clearing" ? await countsOf(c) : { failed: null, failedCount: 0, taskInstanceCount: 0 };
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

/** Each choice tells what it would clear, before it does. */
async function countsOf(c: AppContext) {
  const [failed, all] = await Promise.all([clear(c, "failed", { dryRun: true }), clear(c, "all", { dryRun: true })]);
  return {
    failed: failed.ok ? failed : null,
    failedCount: failed.ok ? failed.total : 0,
    taskInstanceCount: all.ok ? all.total : 0,
  };
}

function clear(
  c: AppContext,
  scope: "failed" | "all",
  options: { readonly dryRun: boolean; readonly onLatestVersion?: boolean },
) {
  const selection = { ...wholeRun, runId: runIdOf(c), only: scope === "failed" ? ("failed" as const) : null };
  return schedulerOf(c).clearTaskInstances(selection, { ...options, resetDagRuns: true }, actorOf(c));
}

const wholeRun = {
  fromAt: null,
  toAt: null,
  tasks: null,
  upstream: false,
  downstream: false,
  past: false,
  future: false,
} as const;
