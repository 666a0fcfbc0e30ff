/** What can be done with a run: each action is a noun, its GET says what will happen, its POST does it. */
import { z } from "zod";
import { type AppContext, actorOf, notFound, platformOf } from "../../../auth/context.ts";
import { Routes } from "../../../auth/routes.ts";
import type { DagRunView, Reached, SchedulerRefusal, SchedulerReply } from "../../../platform.ts";
import { paths, type RunAction } from "../../paths.ts";
import { dagIdOf, runIdOf } from "../../request.ts";
import { done, respondWithForm, shellOf } from "../../respond.tsx";
import { MAX_NOTE, RUN_ACTION_TITLES, RunActionForm, type RunActionProps } from "./action-forms.tsx";
import { importErrorCountOf, runOf } from "./routes.tsx";
import { clearRun, markedBy } from "./run-reached.ts";

export const runActionRoutes = new Routes("page");

const edit = { permission: "run.edit" } as const;

const clearing = z.object({
  scope: z.enum(["failed", "all"]).optional().catch(undefined),
  on_latest_version: z.literal("true").optional().catch(undefined),
});
type Clearing = z.infer<typeof clearing>;

runActionRoutes.get("/dags/:dag_id/runs/:run_id/cancellation", edit, (c) => ask(c, "cancellation"));
runActionRoutes.get("/dags/:dag_id/runs/:run_id/success", edit, (c) => ask(c, "success"));
runActionRoutes.get("/dags/:dag_id/runs/:run_id/failure", edit, (c) => ask(c, "failure"));
runActionRoutes.get("/dags/:dag_id/runs/:run_id/note", edit, (c) => ask(c, "note"));
runActionRoutes.get("/dags/:dag_id/runs/:run_id/clearing", { ...edit, query: clearing }, (c, { query }) =>
  ask(c, "clearing", query),
);
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

runActionRoutes.post("/dags/:dag_id/runs/:run_id/clearing", { ...edit, form: clearing }, async (c, { body }) => {
  const run = { dagId: dagIdOf(c), runId: runIdOf(c) };
  const choice = { scope: body.scope ?? "failed", onLatestVersion: body.on_latest_version === "true" };
  const reply = await clearRun(c, run, choice, { dryRun: false });
  if (!reply.ok) return refused(c, "clearing", reply, body);
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

function refused(c: AppContext, action: RunAction, refusal: SchedulerRefusal, asked: Clearing = {}) {
  if (refusal.code === "not_found") throw notFound(c);
  return ask(c, action, asked, refusal);
}

async function ask(c: AppContext, action: RunAction, asked: Clearing = {}, refused?: SchedulerRefusal) {
  const run = await runOf(c);
  const importErrorCount = await importErrorCountOf(c);
  const told = await toldOf(c, run, action, asked);
  const refusal = refused ?? told.refusal;
  const form = <RunActionForm run={run} action={action} {...told} error={refusal?.message} />;
  const crumbs = [
    { label: "DAGs", href: paths.dags },
    { label: run.dagId, href: paths.dag(run.dagId) },
    { label: run.runId, href: paths.run(run.dagId, run.runId) },
    { label: RUN_ACTION_TITLES[action], href: null },
  ];
  const view = { title: RUN_ACTION_TITLES[action], crumbs, form, shell: () => shellOf(c, importErrorCount) };
  return respondWithForm(c, view, refusal === undefined ? 200 : refusal.code === "invalid" ? 422 : 409);
}

/** What would change, for the choice as it is. */
async function toldOf(c: AppContext, run: DagRunView, action: RunAction, asked: Clearing): Promise<Told> {
  switch (action) {
    case "clearing":
      return toldOfClearing(c, run, asked);
    case "success":
      return { reached: await markedBy(c, run, "success") };
    case "failure":
    case "cancellation":
      return { reached: await markedBy(c, run, "failed") };
    case "note":
    case "deletion":
      return { reached: null };
  }
}

interface Told extends Pick<RunActionProps, "reached" | "clearing"> {
  readonly refusal?: SchedulerRefusal;
}

/** Each choice tells how much it would clear. The first one is what failed, unless nothing did. */
async function toldOfClearing(c: AppContext, run: DagRunView, asked: Clearing): Promise<Told> {
  const onLatestVersion = asked.on_latest_version === "true";
  const [failed, all] = await Promise.all(
    (["failed", "all"] as const).map((scope) => clearRun(c, run, { scope, onLatestVersion }, { dryRun: true })),
  );
  const counts = { failed: totalOf(failed), all: totalOf(all) };
  const scope = asked.scope ?? (counts.failed > 0 ? "failed" : "all");
  const told = scope === "failed" ? failed : all;
  const clearing = { scope, onLatestVersion, counts };
  if (told?.ok === false) return { reached: null, clearing, refusal: told };
  return { reached: told ?? null, clearing };
}

function totalOf(reply: SchedulerReply<Reached> | undefined): number {
  return reply?.ok ? reply.total : 0;
}
