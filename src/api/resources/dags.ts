import { z } from "zod";
import { type AppContext, actorOf, notFound, platformOf, principalOf } from "../../auth/context.ts";
import { allowedDagIds } from "../../auth/permissions.ts";
import { Routes } from "../../auth/routes.ts";
import { readAll, readOne, readTogether } from "../../catalog/port.ts";
import { readDag } from "../../catalog/read-through.ts";
import { dagVersions } from "../../catalog/sql/dag-versions.ts";
import { type DagFilter, type DagOrder, dags } from "../../catalog/sql/dags.ts";
import { DAG_RUN_STATES } from "../../engine/states.ts";
import { inParallel } from "../../lib/in-parallel.ts";
import { accepted } from "../accepted.ts";
import { dagIdParam } from "../params.ts";
import { dagDetailsJson, dagDetailsShape, dagJson, dagShape } from "../shapes/dag.ts";
import {
  booleanQuery,
  listQuery,
  orderOf,
  orderQuery,
  pageQuery,
  searchOf,
  updateMaskQuery,
} from "../shapes/fields.ts";

export const dagRoutes = new Routes("api");
const tag = "DAG";
/** Each is an object of its own. */
const PARALLEL_CALLS = 20;

const orders = {
  dag_id: "dag_id",
  dag_display_name: "dag_id",
  next_dagrun: "next_run_after_at",
  last_run_state: "latest_run_state",
  last_run_start_date: "latest_run_start_at",
} as const satisfies Record<string, DagOrder>;

const filterOfDags = {
  ...pageQuery,
  dag_id_pattern: z.string().max(250).optional(),
  dag_display_name_pattern: z.string().max(250).optional(),
  tags: listQuery(z.string()),
  tags_match_mode: z.enum(["any", "all"]).optional(),
  owners: listQuery(z.string()),
  paused: booleanQuery,
  has_import_errors: booleanQuery,
  exclude_stale: booleanQuery,
  last_dag_run_state: z.enum(DAG_RUN_STATES).optional(),
};
const listOfDags = z.strictObject({ ...filterOfDags, order_by: orderQuery(orders, "dag_id") });
/** A pattern must be given, so that a call that forgot it does not pause everything. */
const dagsToPatch = z.strictObject({
  ...filterOfDags,
  dag_id_pattern: z.string().min(1).max(250).meta({ description: "Part of the id; `~` for all DAGs" }),
  update_mask: updateMaskQuery(["is_paused"]),
});

function filterOf(c: AppContext, query: z.output<typeof listOfDags> | z.output<typeof dagsToPatch>): DagFilter {
  return {
    allowedDagIds: allowedDagIds(principalOf(c)),
    search: searchOf(query.dag_id_pattern ?? query.dag_display_name_pattern),
    tags: query.tags,
    tagsMatch: query.tags_match_mode,
    owners: query.owners,
    isPaused: query.paused,
    hasImportError: query.has_import_errors,
    latestRunStates: query.last_dag_run_state === undefined ? undefined : [query.last_dag_run_state],
    withRetired: query.exclude_stale === false,
  };
}

dagRoutes.get(
  "/api/v2/dags",
  {
    permission: "dag.read",
    tag,
    summary: "List DAGs",
    query: listOfDags,
    responses: { 200: z.object({ dags: z.array(dagShape), total_entries: z.number().int() }) },
  },
  async (c, { query }) => {
    const filter = filterOf(c, query);
    const page = { limit: query.limit, offset: query.offset, ...orderOf(orders, query.order_by) };
    const [rows, [count]] = await readTogether(platformOf(c).catalog, [dags.list(filter, page), dags.count(filter)]);
    return c.json({ dags: rows.map(dagJson), total_entries: count ?? 0 });
  },
);

dagRoutes.patch(
  "/api/v2/dags",
  {
    permission: "dag.edit",
    tag,
    summary: "Pause or unpause many DAGs; what comes back are those that took it",
    query: dagsToPatch,
    body: z.strictObject({ is_paused: z.boolean() }),
    responses: { 200: z.object({ dags: z.array(dagShape), total_entries: z.number().int() }) },
  },
  async (c, { query, body }) => {
    const { catalog, schedulers } = platformOf(c);
    const page = { limit: query.limit, offset: query.offset, order: "dag_id" } as const;
    const rows = await readAll(catalog, dags.list(filterOf(c, query), page));
    const patched = await inParallel(rows, PARALLEL_CALLS, async (dag) => {
      const reply = await schedulers.get(dag.dagId).setPaused(body.is_paused, actorOf(c));
      return reply.ok ? [dagJson({ ...dag, isPaused: body.is_paused })] : [];
    });
    return c.json({ dags: patched.flat(), total_entries: patched.flat().length });
  },
);

dagRoutes.get(
  "/api/v2/dags/:dag_id",
  { permission: "dag.read", tag, summary: "Get a DAG", responses: { 200: dagShape } },
  async (c) => {
    const dag = await readDag(platformOf(c), dagIdParam(c));
    if (dag === null) throw notFound(c);
    return c.json(dagJson(dag));
  },
);

dagRoutes.get(
  "/api/v2/dags/:dag_id/details",
  {
    permission: "dag.read",
    tag,
    summary: "Get a DAG with what its latest version defines",
    responses: { 200: dagDetailsShape },
  },
  async (c) => {
    const platform = platformOf(c);
    const dagId = dagIdParam(c);
    const [dag, version] = await Promise.all([
      readDag(platform, dagId),
      readOne(platform.catalog, dagVersions.latest(dagId)),
    ]);
    if (dag === null || version === null) throw notFound(c);
    return c.json(dagDetailsJson(dag, version.spec, version));
  },
);

dagRoutes.patch(
  "/api/v2/dags/:dag_id",
  {
    permission: "dag.edit",
    tag,
    summary: "Pause or unpause a DAG",
    query: z.strictObject({ update_mask: updateMaskQuery(["is_paused"]) }),
    body: z.strictObject({ is_paused: z.boolean() }),
    responses: { 200: dagShape },
  },
  async (c, { body }) => {
    const platform = platformOf(c);
    const dagId = dagIdParam(c);
    accepted(c, await platform.schedulers.get(dagId).setPaused(body.is_paused, actorOf(c)));
    const dag = await readDag(platform, dagId);
    if (dag === null) throw notFound(c);
    return c.json(dagJson(dag));
  },
);

dagRoutes.delete(
  "/api/v2/dags/:dag_id",
  {
    permission: "dag.delete",
    tag,
    summary: "Delete a DAG with its runs, logs and results; it comes back with the next bundle that defines it",
    responses: { 204: { description: "Deleted" }, 409: { description: "Runs are live" } },
  },
  async (c) => {
    accepted(c, await platformOf(c).schedulers.get(dagIdParam(c)).deleteDag(actorOf(c)));
    return c.body(null, 204);
  },
);
