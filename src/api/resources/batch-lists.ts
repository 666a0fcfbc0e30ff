/**
 * Airflow's lists with their conditions in a body, for more ids than an address can hold. They come from the catalog. A
 * list names DAGs in its body, so that it shows what the caller may see of those, and nothing else.
 */
import { z } from "zod";
import { type AppContext, platformOf, principalOf } from "../../auth/context.ts";
import { allowedDagIds } from "../../auth/permissions.ts";
import { Routes } from "../../auth/routes.ts";
import { readTogether } from "../../catalog/port.ts";
import { dagRuns } from "../../catalog/sql/dag-runs.ts";
import { taskInstances } from "../../catalog/sql/task-instances.ts";
import { DAG_RUN_STATES, TASK_INSTANCE_STATES } from "../../engine/states.ts";
import { dagIdOrAll, runIdOrAll } from "../params.ts";
import { dagRunJson, dagRunShape } from "../shapes/dag-run.ts";
import { instantInput, MAX_LIMIT, orderOf, orderQuery, rangeOf } from "../shapes/fields.ts";
import { taskInstanceJson, taskInstanceShape } from "../shapes/task-instance.ts";
import { dagRunOrders } from "./dag-runs.ts";
import { taskInstanceOrders } from "./task-instances.ts";

export const batchListRoutes = new Routes("api");

const ids = z.array(z.string()).max(10_000).optional();

const page = {
  page_offset: z.number().int().min(0).max(1_000_000).default(0),
  page_limit: z
    .number()
    .int()
    .min(0)
    .default(MAX_LIMIT)
    .transform((limit) => Math.min(limit, MAX_LIMIT)),
};

function rangeInput<const Name extends string>(name: Name) {
  const end = instantInput.optional();
  return { [`${name}_gte`]: end, [`${name}_lte`]: end } as {
    readonly [Key in `${Name}_gte` | `${Name}_lte`]: typeof end;
  };
}

/** A null among the states is Airflow's word for a task instance without one. */
function statesOf<State extends string>(states: readonly (State | null)[] | undefined, none: State) {
  return states?.map((state) => state ?? none);
}

batchListRoutes.post(
  "/api/v2/dags/:dag_id/dagRuns/list",
  {
    permission: "run.read",
    tag: "DagRun",
    summary: "List runs by conditions in the body; `~` stands for all DAGs",
    body: z.strictObject({
      ...page,
      order_by: orderQuery(dagRunOrders, "id"),
      dag_ids: ids,
      states: z.array(z.enum(DAG_RUN_STATES)).max(100).optional(),
      ...rangeInput("run_after"),
      ...rangeInput("logical_date"),
      ...rangeInput("start_date"),
      ...rangeInput("end_date"),
    }),
    responses: { 200: z.object({ dag_runs: z.array(dagRunShape), total_entries: z.number().int() }) },
  },
  async (c, { body }) => {
    const filter = {
      allowedDagIds: visibleDagIds(c, body.dag_ids),
      dagId: dagIdOrAll(c) ?? undefined,
      states: body.states,
      runAfter: rangeOf("run_after", body),
      logical: rangeOf("logical_date", body),
      start: rangeOf("start_date", body),
      end: rangeOf("end_date", body),
    };
    const options = { limit: body.page_limit, offset: body.page_offset, ...orderOf(dagRunOrders, body.order_by) };
    const queries = [dagRuns.list(filter, options), dagRuns.count(filter)] as const;
    const [rows, [count]] = await readTogether(platformOf(c).catalog, queries);
    return c.json({ dag_runs: rows.map(dagRunJson), total_entries: count ?? 0 });
  },
);

batchListRoutes.post(
  "/api/v2/dags/:dag_id/dagRuns/:dag_run_id/taskInstances/list",
  {
    permission: "task_instance.read",
    tag: "Task Instance",
    summary: "List task instances by conditions in the body; `~` stands for all DAGs or all runs",
    body: z.strictObject({
      ...page,
      order_by: orderQuery(taskInstanceOrders, "id"),
      dag_ids: ids,
      dag_run_ids: ids,
      task_ids: ids,
      state: z.array(z.enum(TASK_INSTANCE_STATES).nullable()).max(100).optional(),
      pool: ids,
      queue: ids,
      executor: ids,
      ...rangeInput("start_date"),
      ...rangeInput("end_date"),
    }),
    responses: { 200: z.object({ task_instances: z.array(taskInstanceShape), total_entries: z.number().int() }) },
  },
  async (c, { body }) => {
    const filter = {
      allowedDagIds: visibleDagIds(c, body.dag_ids),
      dagId: dagIdOrAll(c) ?? undefined,
      runId: runIdOrAll(c) ?? undefined,
      runIds: body.dag_run_ids,
      taskIds: body.task_ids,
      states: statesOf(body.state, "none"),
      pools: body.pool,
      queues: body.queue,
      executors: body.executor,
      start: rangeOf("start_date", body),
      end: rangeOf("end_date", body),
    };
    const options = { limit: body.page_limit, offset: body.page_offset, ...orderOf(taskInstanceOrders, body.order_by) };
    const queries = [taskInstances.list(filter, options), taskInstances.count(filter)] as const;
    const [rows, [count]] = await readTogether(platformOf(c).catalog, queries);
    return c.json({ task_instances: rows.map((row) => taskInstanceJson(row, null)), total_entries: count ?? 0 });
  },
);

/** Those of the named DAGs that the caller may see; null is all. */
function visibleDagIds(c: AppContext, dagIds: readonly string[] | undefined): readonly string[] | null {
  const allowed = allowedDagIds(principalOf(c));
  if (dagIds === undefined) return allowed;
  return allowed === null ? dagIds : dagIds.filter((dagId) => allowed.includes(dagId));
}
