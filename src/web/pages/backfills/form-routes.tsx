/** The form of a new backfill. Its GET tells the exact dates for the fields as they are, its POST starts it. */
import type { z } from "zod";
import { type AppContext, actorOf, notFound, platformOf } from "../../../auth/context.ts";
import { Routes } from "../../../auth/routes.ts";
import { readDag } from "../../../catalog/read-through.ts";
import { paths } from "../../paths.ts";
import { dagIdOf, targetId, wantsPart } from "../../request.ts";
import { clockOf, done, fragment, respondWithForm, shellOf } from "../../respond.tsx";
import { importErrorCountOf } from "../../shell-facts.ts";
import { BackfillForm } from "./backfill-form.tsx";
import {
  type BackfillErrors,
  backfillForm,
  errorsOf,
  firstTyped,
  readBackfillForm,
  type TypedBackfill,
} from "./backfill-input.ts";
import { BACKFILL_PREVIEW, BackfillPreview, type PreviewProps } from "./backfill-preview.tsx";

export const backfillFormRoutes = new Routes("page");

const trigger = { permission: "run.trigger" } as const;

backfillFormRoutes.get("/dags/:dag_id/backfills/new", { ...trigger, query: backfillForm }, async (c, { query }) => {
  const isFirst = new URL(c.req.url).searchParams.size === 0;
  const typed = isFirst ? firstOf(c) : query;
  const preview = await previewOf(c, typed);
  if (wantsPart(c) && targetId(c) === BACKFILL_PREVIEW) return fragment(c, <BackfillPreview {...preview} />);
  return showForm(c, { typed, errors: {}, preview });
});

backfillFormRoutes.post("/dags/:dag_id/backfills", { ...trigger, form: backfillForm }, async (c, { body }) => {
  const dagId = dagIdOf(c);
  const read = readBackfillForm(body, clockOf(c).zone, actorOf(c));
  if (!read.ok) return refuse(c, body, read.errors, 422);
  const reply = await platformOf(c).schedulers.get(dagId).createBackfill(read.request);
  if (reply.ok) return done(c, paths.backfill(dagId, reply.backfill.id), { tone: "done", text: "The backfill starts" });
  if (reply.code === "not_found") throw notFound(c);
  return refuse(c, body, errorsOf(reply), reply.code === "conflict" ? 409 : 422);
});

function firstOf(c: AppContext): TypedBackfill {
  const { now, zone } = clockOf(c);
  return firstTyped(now, zone);
}

async function refuse(c: AppContext, typed: z.output<typeof backfillForm>, errors: BackfillErrors, status: 409 | 422) {
  return showForm(c, { typed, errors, preview: await previewOf(c, typed) }, status);
}

async function previewOf(c: AppContext, typed: TypedBackfill): Promise<PreviewProps> {
  const read = readBackfillForm(typed, clockOf(c).zone, actorOf(c));
  if (!read.ok) return { dates: null, problems: Object.values(read.errors) };
  const reply = await platformOf(c).schedulers.get(dagIdOf(c)).previewBackfill(read.request);
  if (reply.ok) return { dates: reply.dates, problems: [] };
  if (reply.code === "not_found") throw notFound(c);
  return { dates: null, problems: [reply.message] };
}

interface ShownForm {
  readonly typed: TypedBackfill;
  readonly errors: BackfillErrors;
  readonly preview: PreviewProps;
}

async function showForm(c: AppContext, shown: ShownForm, status: 200 | 409 | 422 = 200) {
  const dagId = dagIdOf(c);
  const [dag, importErrorCount] = await Promise.all([readDag(platformOf(c), dagId), importErrorCountOf(c)]);
  if (dag === null) throw notFound(c);
  const title = `Backfill ${dagId}`;
  const crumbs = [
    { label: "DAGs", href: paths.dags },
    { label: dagId, href: paths.dag(dagId) },
    { label: "Backfills", href: paths.dagTab(dagId, "backfills") },
    { label: "New", href: null },
  ];
  const form = <BackfillForm dagId={dagId} isPaused={dag.isPaused} {...shown} />;
  return respondWithForm(c, { title, crumbs, form, shell: () => shellOf(c, importErrorCount) }, status);
}
