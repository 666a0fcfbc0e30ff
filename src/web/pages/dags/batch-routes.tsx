/** Pausing, resuming and triggering many DAGs: the GET says exactly which, the POST does it. */
import { z } from "zod";
import { type AppContext, actorOf, platformOf, principalOf } from "../../../auth/context.ts";
import { safeNext } from "../../../auth/next.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readTogether } from "../../../catalog/port.ts";
import { dagList } from "../../../catalog/sql/dag-list.ts";
import { importErrors } from "../../../catalog/sql/import-errors.ts";
import { type DagId, isDagId } from "../../../dag/ids.ts";
import { inParallel } from "../../../lib/in-parallel.ts";
import { misreadFilters } from "../../batch.ts";
import { counted } from "../../format.ts";
import { MisreadFilter } from "../../parts/misread-filter.tsx";
import { paths } from "../../paths.ts";
import { cameFrom } from "../../request.ts";
import { done, respondWithForm, shellOf } from "../../respond.tsx";
import { BATCH_ACTIONS, type BatchAction, batchLabels } from "./batch-bar.tsx";
import { BatchForm } from "./batch-form.tsx";
import { dagFilterShape, filterOf } from "./dags-query.ts";

export const dagBatchRoutes = new Routes("page");

/** Each is a call of its own; a request on Workers may make a thousand. */
const MAX_DAGS = 300;
const PARALLEL_CALLS = 20;

const action = z.enum(BATCH_ACTIONS);
const selected = z
  .union([z.string().max(250), z.array(z.string().max(250)).max(1_000)])
  .optional()
  .transform((ids) => [ids ?? []].flat().filter(isDagId));
const asked = z.object({
  ...dagFilterShape,
  action,
  sel: selected,
  all: z.literal("true").optional().catch(undefined),
});

dagBatchRoutes.get(paths.dagBatch, { permission: "dag.read", query: asked }, async (c, { query }) => {
  const allowed = { allowedDagIds: allowedDagIds(principalOf(c)) };
  const isAll = query.all === "true";
  const misread = isAll ? misreadFilters(c, query, Object.keys(dagFilterShape)) : [];
  const filter =
    isAll && misread.length === 0 ? filterOf(query, allowed.allowedDagIds) : { ...allowed, dagIds: query.sel };
  const [found, [importErrorCount = 0]] = await readTogether(platformOf(c).catalog, [
    dagList.ids(filter, MAX_DAGS + 1),
    importErrors.count(allowed),
  ]);
  const title = `${batchLabels[query.action]} many DAGs`;
  const content =
    misread.length > 0 ? (
      <MisreadFilter names={misread} />
    ) : (
      <BatchForm
        action={query.action}
        dags={found.slice(0, MAX_DAGS)}
        isCut={found.length > MAX_DAGS}
        next={cameFrom(c, paths.dags)}
        batchKey={platformOf(c).ids.random(16)}
      />
    );
  const crumbs = [
    { label: "DAGs", href: paths.dags },
    { label: title, href: null },
  ];
  const view = { title, crumbs, form: content, shell: () => shellOf(c, importErrorCount) };
  return respondWithForm(c, view, misread.length > 0 ? 422 : 200);
});

const form = z.object({
  action,
  sel: selected,
  next: z.string().max(4_000).default(paths.dags),
  batch_key: z.string().max(100).default(""),
});

dagBatchRoutes.post(paths.dagBatch, { permission: "dag.edit", form }, async (c, { body }) => {
  const { dagIds } = principalOf(c);
  const meant = body.sel.filter((id) => dagIds === null || dagIds.includes(id)).slice(0, MAX_DAGS);
  const problems: string[] = [];
  await inParallel(meant, PARALLEL_CALLS, async (dagId) => {
    const problem = await act(c, dagId, body.action, body.batch_key);
    if (problem !== null) problems.push(`${dagId}: ${problem}`);
  });
  const verb = { pause: "Paused", unpause: "Resumed", trigger: "Triggered" }[body.action];
  const text = `${verb} ${counted(meant.length - problems.length, "DAG")}`;
  const flash =
    problems.length === 0
      ? ({ tone: "done", text } as const)
      : ({ tone: "danger", text: `${text}, not ${problems.length}. ${problems.slice(0, 2).join("; ")}` } as const);
  return done(c, safeNext(body.next), flash);
});

/** What was refused, or null. A form sent twice makes one run. */
async function act(c: AppContext, dagId: DagId, wanted: BatchAction, batchKey: string): Promise<string | null> {
  const scheduler = platformOf(c).schedulers.get(dagId);
  const reply =
    wanted === "trigger"
      ? await scheduler.trigger({
          runId: null,
          logicalAt: null,
          conf: {},
          note: null,
          idempotencyKey: batchKey === "" ? null : batchKey,
          bodyHash: null,
          actor: actorOf(c),
        })
      : await scheduler.setPaused(wanted === "pause", actorOf(c));
  return reply.ok ? null : reply.message;
}
