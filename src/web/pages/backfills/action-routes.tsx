/** Pausing, resuming and cancelling a backfill: the first two can be taken back, the last asks before it happens. */
import { z } from "zod";
import { type AppContext, actorOf, notFound, platformOf } from "../../../auth/context.ts";
import { Routes } from "../../../auth/routes.ts";
import type { SchedulerRefusal } from "../../../platform.ts";
import { paths } from "../../paths.ts";
import { dagIdOf } from "../../request.ts";
import { done, respondWithForm, shellOf } from "../../respond.tsx";
import { importErrorCountOf } from "../../shell-facts.ts";
import { backfillIdOf } from "./backfill-id.ts";
import { CancellationForm } from "./cancellation-form.tsx";

export const backfillActionRoutes = new Routes("page");

const edit = { permission: "run.edit" } as const;
const pauseForm = z.object({ is_paused: z.enum(["true", "false"]) });

backfillActionRoutes.post(
  "/dags/:dag_id/backfills/:backfill_id/pause-state",
  { ...edit, form: pauseForm },
  async (c, { body }) => {
    const isPaused = body.is_paused === "true";
    const reply = await change(c, isPaused ? "pause" : "unpause");
    if (reply.ok) return toBackfill(c, "done", isPaused ? "The backfill is paused" : "The backfill goes on");
    if (reply.code === "not_found") throw notFound(c);
    return toBackfill(c, "danger", reply.message);
  },
);

backfillActionRoutes.get("/dags/:dag_id/backfills/:backfill_id/cancellation", edit, (c) => ask(c));

backfillActionRoutes.post("/dags/:dag_id/backfills/:backfill_id/cancellation", edit, async (c) => {
  const reply = await change(c, "cancel");
  return reply.ok ? toBackfill(c, "done", "The backfill is cancelled") : ask(c, reply);
});

function change(c: AppContext, wanted: "pause" | "unpause" | "cancel") {
  return platformOf(c).schedulers.get(dagIdOf(c)).changeBackfill(backfillIdOf(c), wanted, actorOf(c));
}

function toBackfill(c: AppContext, tone: "done" | "danger", text: string): Response {
  return done(c, paths.backfill(dagIdOf(c), backfillIdOf(c)), { tone, text });
}

async function ask(c: AppContext, refusal?: SchedulerRefusal) {
  const dagId = dagIdOf(c);
  const backfill = await platformOf(c).schedulers.get(dagId).backfill(backfillIdOf(c));
  if (backfill === null || refusal?.code === "not_found") throw notFound(c);
  const importErrorCount = await importErrorCountOf(c);
  const title = "Cancel the backfill";
  const crumbs = [
    { label: dagId, href: paths.dag(dagId) },
    { label: "Backfills", href: paths.dagTab(dagId, "backfills") },
    { label: title, href: null },
  ];
  const form = <CancellationForm backfill={backfill} error={refusal?.message} />;
  const view = { title, crumbs, form, nav: "backfills" as const, shell: () => shellOf(c, importErrorCount) };
  return respondWithForm(c, view, refusal === undefined ? 200 : 409);
}
