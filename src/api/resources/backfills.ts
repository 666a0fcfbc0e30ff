import { z } from "zod";
import { type AppContext, actorOf, notFound, platformOf, principalOf } from "../../auth/context.ts";
import { fieldError } from "../../auth/http-error.ts";
import { allowedDagIds, can } from "../../auth/permissions.ts";
import { Routes } from "../../auth/routes.ts";
import { readOne, readTogether } from "../../catalog/port.ts";
import { readBackfill } from "../../catalog/read-through.ts";
import { backfills } from "../../catalog/sql/backfills.ts";
import { type DagId, isDagId } from "../../dag/ids.ts";
import {
  BACKFILL_MAX_ACTIVE_RUNS,
  type BackfillRequest,
  type BackfillView,
  REPROCESS_BEHAVIORS,
} from "../../platform.ts";
import { accepted } from "../accepted.ts";
import { numberParam } from "../params.ts";
import { backfillJson, backfillShape } from "../shapes/backfill.ts";
import { instantInput, isoInstant, orderOf, orderQuery, pageQuery } from "../shapes/fields.ts";

export const backfillRoutes = new Routes("api");
const tag = "Backfill";
const orders = { id: "id", created_at: "id" } as const;

const backfillInput = z.strictObject({
  dag_id: z.string().max(250),
  from_date: instantInput,
  to_date: instantInput,
  run_backwards: z.boolean().default(false),
  dag_run_conf: z.record(z.string(), z.json()).default({}),
  reprocess_behavior: z.enum(REPROCESS_BEHAVIORS).default("none"),
  max_active_runs: z.number().int().min(1).max(10_000).default(BACKFILL_MAX_ACTIVE_RUNS),
  run_on_latest_version: z
    .boolean()
    .optional()
    .meta({ description: "New runs have the latest version anyway; runs that are run again keep theirs" }),
});

backfillRoutes.get(
  "/api/v2/backfills",
  {
    permission: "run.read",
    tag,
    summary: "List backfills, of one DAG or of all",
    query: z.strictObject({
      ...pageQuery,
      order_by: orderQuery(orders, "-id"),
      dag_id: z.string().max(250).optional(),
    }),
    responses: { 200: z.object({ backfills: z.array(backfillShape), total_entries: z.number().int() }) },
  },
  async (c, { query }) => {
    const filter = { allowedDagIds: allowedDagIds(principalOf(c)), dagId: query.dag_id };
    const page = { limit: query.limit, offset: query.offset, ...orderOf(orders, query.order_by) };
    const { catalog } = platformOf(c);
    const [rows, [count]] = await readTogether(catalog, [backfills.list(filter, page), backfills.count(filter)]);
    return c.json({ backfills: rows.map(backfillJson), total_entries: count ?? 0 });
  },
);

backfillRoutes.post(
  "/api/v2/backfills",
  {
    permission: "run.trigger",
    tag,
    summary: "Run a DAG for the dates of a range that have no run, or no good one",
    body: backfillInput,
    responses: { 200: backfillShape, 409: { description: "The DAG has an active backfill" } },
  },
  async (c, { body }) => {
    const request = requestOf(c, body);
    const reply = await platformOf(c).schedulers.get(request.dagId).createBackfill(request);
    return c.json(backfillJson(accepted(c, reply).backfill));
  },
);

backfillRoutes.post(
  "/api/v2/backfills/dry_run",
  {
    permission: "run.read",
    tag,
    summary: "List the logical dates for which a backfill would run the DAG, in their order",
    body: backfillInput,
    responses: {
      200: z.object({
        backfills: z.array(z.object({ logical_date: z.iso.datetime() })),
        total_entries: z.number().int(),
      }),
    },
  },
  async (c, { body }) => {
    const request = requestOf(c, body);
    const { dates } = accepted(c, await platformOf(c).schedulers.get(request.dagId).previewBackfill(request));
    const wanted = dates.filter(({ skipped }) => skipped === null);
    return c.json({
      backfills: wanted.map(({ logicalAt }) => ({ logical_date: isoInstant(logicalAt) })),
      total_entries: wanted.length,
    });
  },
);

function requestOf(c: AppContext, body: z.output<typeof backfillInput>): BackfillRequest & { readonly dagId: DagId } {
  const dagId = body.dag_id;
  // The guard sees the path alone.
  if (!isDagId(dagId) || !can(principalOf(c), "run.trigger", dagId)) throw notFound(c);
  if (body.run_on_latest_version === true && body.reprocess_behavior !== "none") {
    const message = "A run keeps the version of its DAG: leave it out, or reprocess none";
    throw fieldError(["body", "run_on_latest_version"], message);
  }
  return {
    dagId,
    fromAt: body.from_date,
    toAt: body.to_date,
    isReverse: body.run_backwards,
    reprocess: body.reprocess_behavior,
    maxActiveRuns: body.max_active_runs,
    conf: body.dag_run_conf,
    actor: actorOf(c),
  };
}

backfillRoutes.get(
  "/api/v2/backfills/:backfill_id",
  { permission: "run.read", tag, summary: "Get a backfill", responses: { 200: backfillShape } },
  async (c) => c.json(backfillJson(await findBackfill(c))),
);

const changes = {
  pause: "Start no more runs of a backfill; those that run go on",
  unpause: "Go on starting runs of a backfill",
  cancel: "Complete a backfill: its queued runs fail, those that run go on",
} as const;

for (const change of ["pause", "unpause", "cancel"] as const) {
  backfillRoutes.put(
    `/api/v2/backfills/:backfill_id/${change}`,
    {
      permission: "run.edit",
      tag,
      summary: changes[change],
      responses: { 200: backfillShape, 409: { description: "The backfill is completed" } },
    },
    async (c) => {
      const { dagId, id } = await findBackfill(c);
      const reply = await platformOf(c).schedulers.get(dagId).changeBackfill(id, change, actorOf(c));
      return c.json(backfillJson(accepted(c, reply).backfill));
    },
  );
}

/** The catalog knows whose it is. */
async function findBackfill(c: AppContext): Promise<BackfillView> {
  const platform = platformOf(c);
  const query = backfills.get(numberParam(c, "backfill_id"), allowedDagIds(principalOf(c)));
  const known = await readOne(platform.catalog, query);
  const found = known === null ? null : await readBackfill(platform, known, async () => known);
  if (found === null) throw notFound(c);
  return found;
}
