import { z } from "zod";
import { type AppContext, actorOf, notFound, platformOf, principalOf } from "../../auth/context.ts";
import { fieldError, HttpError } from "../../auth/http-error.ts";
import { Routes } from "../../auth/routes.ts";
import { readAll } from "../../catalog/port.ts";
import { poolUse } from "../../catalog/sql/pool-use.ts";
import { type DagId, isDagId } from "../../dag/ids.ts";
import type { PoolSettings } from "../../platform.ts";
import { accepted } from "../accepted.ts";
import { numberParam, param } from "../params.ts";
import { isoInstant, orderOf, orderQuery, pageQuery, searchOf, updateMaskQuery } from "../shapes/fields.ts";
import { poolJson, poolShape } from "../shapes/pool.ts";

export const poolRoutes = new Routes("api");
const tag = "Pool";

/** The pool of tasks that name none. */
const DEFAULT_POOL = "default_pool";
const MAX_DESCRIPTION_CHARS = 1_000;
const slots = z.number().int().min(-1).meta({ description: "-1 is unlimited" });
const description = z.string().max(MAX_DESCRIPTION_CHARS).nullable();
const orders = { name: "name", slots: "slots", id: "name" } as const;

poolRoutes.get(
  "/api/v2/pools",
  {
    permission: "pool.read",
    tag,
    summary: "List pools with their slots by state",
    query: z.strictObject({
      ...pageQuery,
      order_by: orderQuery(orders, "name"),
      pool_name_pattern: z.string().max(250).optional(),
    }),
    responses: { 200: z.object({ pools: z.array(poolShape), total_entries: z.number().int() }) },
  },
  async (c, { query }) => {
    const { limits, catalog } = platformOf(c);
    const search = searchOf(query.pool_name_pattern)?.toLowerCase() ?? "";
    const found = (await limits.read()).pools.filter(({ name }) => name.toLowerCase().includes(search));
    const { order, descending } = orderOf(orders, query.order_by);
    const sorted = found.sort((a, b) => (descending ? -1 : 1) * compare(a, b, order));
    const shown = sorted.slice(query.offset, query.offset + query.limit);
    const uses = await readAll(catalog, poolUse.byState(shown.map(({ name }) => name)));
    return c.json({
      pools: shown.map((pool) =>
        poolJson(
          pool,
          uses.filter((use) => use.pool === pool.name),
        ),
      ),
      total_entries: found.length,
    });
  },
);

function compare(a: PoolSettings, b: PoolSettings, order: "name" | "slots"): number {
  const bySlots = order === "slots" ? a.slots - b.slots : 0;
  return bySlots !== 0 ? bySlots : a.name < b.name ? -1 : Number(a.name > b.name);
}

poolRoutes.get(
  "/api/v2/pools/:pool_name",
  { permission: "pool.read", tag, summary: "Get a pool", responses: { 200: poolShape } },
  async (c) => c.json(await answer(c, await findPool(c))),
);

async function findPool(c: AppContext): Promise<PoolSettings> {
  const name = param(c, "pool_name");
  const pool = (await platformOf(c).limits.read()).pools.find((one) => one.name === name);
  if (pool === undefined) throw notFound(c);
  return pool;
}

async function answer(c: AppContext, pool: PoolSettings): Promise<z.input<typeof poolShape>> {
  return poolJson(pool, await readAll(platformOf(c).catalog, poolUse.byState([pool.name])));
}

poolRoutes.post(
  "/api/v2/pools",
  {
    permission: "pool.edit",
    tag,
    summary: "Make a pool",
    body: z.strictObject({
      name: z.string().min(1).max(250),
      slots,
      description: description.default(null),
      include_deferred: z.boolean().default(false),
    }),
    responses: { 201: poolShape, 409: { description: "The pool exists already" } },
  },
  async (c, { body }) => {
    const pool = {
      name: body.name,
      slots: body.slots,
      description: body.description ?? "",
      includeDeferred: body.include_deferred,
    };
    const made = accepted(c, await platformOf(c).limits.createPool(pool, actorOf(c)));
    return c.json(await answer(c, made.pool), 201);
  },
);

poolRoutes.patch(
  "/api/v2/pools/:pool_name",
  {
    permission: "pool.edit",
    tag,
    summary: "Change a pool; what holds its slots keeps them",
    query: z.strictObject({ update_mask: updateMaskQuery(["slots", "description", "include_deferred"]) }),
    body: z.strictObject({
      name: z.string().optional().meta({ description: "May repeat the name; it cannot be changed" }),
      /** Airflow's clients say `pool`. */
      pool: z.string().optional(),
      slots: slots.optional(),
      description: description.optional(),
      include_deferred: z.boolean().optional(),
    }),
    responses: { 200: poolShape },
  },
  async (c, { body, query }) => {
    const name = param(c, "pool_name");
    if ((body.name ?? body.pool ?? name) !== name) {
      throw fieldError(
        ["body", "name"],
        `The name of a pool cannot be changed: make a pool "${body.name ?? body.pool}"`,
      );
    }
    const isMeant = (field: "slots" | "description" | "include_deferred") => query.update_mask?.includes(field) ?? true;
    const change = {
      ...(body.slots !== undefined && isMeant("slots") ? { slots: body.slots } : {}),
      ...(body.description !== undefined && isMeant("description") ? { description: body.description ?? "" } : {}),
      ...(body.include_deferred !== undefined && isMeant("include_deferred")
        ? { includeDeferred: body.include_deferred }
        : {}),
    };
    const changed = accepted(c, await platformOf(c).limits.changePool(name, change, actorOf(c)));
    return c.json(await answer(c, changed.pool));
  },
);

poolRoutes.delete(
  "/api/v2/pools/:pool_name",
  {
    permission: "pool.edit",
    tag,
    summary: "Delete a pool; its tasks wait until it is there again",
    responses: { 204: { description: "Deleted" }, 400: { description: "default_pool cannot be deleted" } },
  },
  async (c) => {
    const name = param(c, "pool_name");
    if (name === DEFAULT_POOL)
      throw new HttpError(400, `The pool "${DEFAULT_POOL}" cannot be deleted: set its slots instead`);
    accepted(c, await platformOf(c).limits.deletePool(name, actorOf(c)));
    return c.body(null, 204);
  },
);

const holderShape = z.object({
  dag_id: z.string(),
  dag_run_id: z.string(),
  task_id: z.string(),
  map_index: z.number().int(),
  pool_slots: z.number().int(),
  ticket: z.number().int(),
  granted_at: z.iso.datetime(),
});

poolRoutes.get(
  "/api/v2/pools/:pool_name/holders",
  {
    permission: "pool.read",
    tag,
    summary: "Who holds the slots of a pool with a limit, the largest first",
    responses: { 200: z.object({ holders: z.array(holderShape), total_entries: z.number().int() }) },
  },
  async (c) => {
    const pool = await findPool(c);
    const visible = principalOf(c).dagIds;
    const found = (await platformOf(c).limits.holders(pool.name)).filter(
      ({ dagId }) => visible === null || visible.includes(dagId),
    );
    const holders = found.map(({ dagId, runId, taskId, mapIndex, slots: held, ticket, grantedAt }) => ({
      dag_id: dagId,
      dag_run_id: runId,
      task_id: taskId,
      map_index: mapIndex,
      pool_slots: held,
      ticket,
      granted_at: isoInstant(grantedAt),
    }));
    return c.json({ holders, total_entries: holders.length });
  },
);

poolRoutes.delete(
  "/api/v2/pools/:pool_name/holders/:holder_dag_id/:ticket",
  {
    permission: "pool.edit",
    tag,
    summary: "Take slots back from a DAG that cannot give them back itself; its task may still run",
    responses: { 204: { description: "Taken back" } },
  },
  async (c) => {
    accepted(c, await platformOf(c).limits.release(holderParam(c), numberParam(c, "ticket"), actorOf(c)));
    return c.body(null, 204);
  },
);

/** A DAG that the caller may see; the guard looks at `dag_id` alone. */
function holderParam(c: AppContext): DagId {
  const dagId = param(c, "holder_dag_id");
  const { dagIds } = principalOf(c);
  if (!isDagId(dagId) || (dagIds !== null && !dagIds.includes(dagId))) throw notFound(c);
  return dagId;
}

poolRoutes.delete(
  "/api/v2/limits/holders/:holder_dag_id",
  {
    permission: "pool.edit",
    tag,
    summary: "Take all slots back from a DAG whose scheduler is lost, and wait for its word no more",
    responses: { 204: { description: "Taken back" } },
  },
  async (c) => {
    accepted(c, await platformOf(c).limits.abandon(holderParam(c), actorOf(c)));
    return c.body(null, 204);
  },
);

const limitsShape = z.object({
  parallelism: z
    .number()
    .int()
    .nullable()
    .meta({ description: "Active task instances of all DAGs; null is unlimited" }),
});

poolRoutes.get(
  "/api/v2/limits",
  { permission: "pool.read", tag, summary: "Get the limit of the deployment", responses: { 200: limitsShape } },
  async (c) => c.json({ parallelism: (await platformOf(c).limits.read()).parallelism }),
);

poolRoutes.patch(
  "/api/v2/limits",
  {
    permission: "pool.edit",
    tag,
    summary: "Set or lift the limit of the deployment",
    body: z.strictObject({ parallelism: z.number().int().min(0).nullable() }),
    responses: { 200: limitsShape },
  },
  async (c, { body }) => {
    accepted(c, await platformOf(c).limits.setParallelism(body.parallelism, actorOf(c)));
    return c.json({ parallelism: body.parallelism });
  },
);
