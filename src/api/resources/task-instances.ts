import { z } from "zod";
import { type AppContext, actorOf, notFound, platformOf, principalOf } from "../../auth/context.ts";
import { allowedDagIds } from "../../auth/permissions.ts";
import { Routes } from "../../auth/routes.ts";
import { readAll, readTogether } from "../../catalog/port.ts";
import {
  readDagRun,
  readLiveTaskInstances,
  readTaskInstanceOrToBe,
  withTaskInstancesToBe,
} from "../../catalog/read-through.ts";
import { type TaskInstanceFilter, type TaskInstanceOrder, taskInstances } from "../../catalog/sql/task-instances.ts";
import { TASK_INSTANCE_STATES } from "../../engine/states.ts";
import type { DagRunView, TaskInstanceView } from "../../platform.ts";
import { accepted } from "../accepted.ts";
import { dagIdOrAll, dagIdParam, numberParam, runIdOrAll, runIdParam, taskIdParam } from "../params.ts";
import { listQuery, orderOf, orderQuery, pageQuery, rangeOf, rangeQuery } from "../shapes/fields.ts";
import { taskInstanceJson, taskInstanceShape } from "../shapes/task-instance.ts";
import { type InstancePage, pageOfInstances } from "../task-instance-page.ts";

export const taskInstanceRoutes = new Routes("api");
const tag = "Task Instance";
const ofRun = "/api/v2/dags/:dag_id/dagRuns/:dag_run_id/taskInstances";

const orders = {
  id: "key",
  map_index: "key",
  task_id: "key",
  start_date: "start_at",
  end_date: "end_at",
  state: "state",
  priority_weight: "priority_weight",
} as const satisfies Record<string, TaskInstanceOrder>;

const listOfInstances = z.strictObject({
  ...pageQuery,
  order_by: orderQuery(orders, "id"),
  task_id: z.string().max(250).optional(),
  map_index: z.coerce.number().int().min(-1).optional(),
  state: listQuery(z.enum(TASK_INSTANCE_STATES)),
  pool: listQuery(z.string()),
  queue: listQuery(z.string()),
  executor: listQuery(z.string()),
  ...rangeQuery("start_date"),
  ...rangeQuery("end_date"),
});

const collection = z.object({ task_instances: z.array(taskInstanceShape), total_entries: z.number().int() });

taskInstanceRoutes.get(
  ofRun,
  {
    permission: "task_instance.read",
    tag,
    summary: "List the task instances of a run; `~` stands for all DAGs or all runs",
    query: listOfInstances,
    responses: { 200: collection },
  },
  async (c, { query }) => {
    const dagId = dagIdOrAll(c);
    const runId = runIdOrAll(c);
    const filter: TaskInstanceFilter = {
      allowedDagIds: allowedDagIds(principalOf(c)),
      dagId: dagId ?? undefined,
      runId: runId ?? undefined,
      taskId: query.task_id,
      mapIndex: query.map_index,
      states: query.state,
      pools: query.pool,
      queues: query.queue,
      executors: query.executor,
      start: rangeOf("start_date", query),
      end: rangeOf("end_date", query),
    };
    const page = { limit: query.limit, offset: query.offset, ...orderOf(orders, query.order_by) };
    const run = dagId === null || runId === null ? null : await readDagRun(platformOf(c), dagId, runId);
    if (dagId !== null && runId !== null && run === null) throw notFound(c);
    const { rows, total } = await readPage(c, run, filter, page);
    return c.json({ task_instances: rows.map((row) => taskInstanceJson(row, run)), total_entries: total });
  },
);

taskInstanceRoutes.get(
  `${ofRun}/:task_id`,
  {
    permission: "task_instance.read",
    tag,
    summary: "Get a task instance; its state is null before it comes into being",
    responses: { 200: taskInstanceShape },
  },
  (c) => answerInstance(c, -1),
);

taskInstanceRoutes.get(
  `${ofRun}/:task_id/dependencies`,
  {
    permission: "task_instance.read",
    tag,
    summary: "Why a task instance is not running",
    responses: { 200: z.object({ dependencies: z.array(z.object({ name: z.string(), reason: z.string() })) }) },
  },
  (c) => answerDependencies(c, -1),
);

taskInstanceRoutes.get(
  `${ofRun}/:task_id/tries`,
  { permission: "task_instance.read", tag, summary: "List the tries, oldest first", responses: { 200: collection } },
  (c) => answerTries(c, -1),
);

taskInstanceRoutes.get(
  `${ofRun}/:task_id/tries/:try_number`,
  { permission: "task_instance.read", tag, summary: "Get a try", responses: { 200: taskInstanceShape } },
  (c) => answerTry(c, -1),
);

taskInstanceRoutes.get(
  `${ofRun}/:task_id/:map_index`,
  {
    permission: "task_instance.read",
    tag,
    summary: "Get a mapped task instance",
    responses: { 200: taskInstanceShape },
  },
  (c) => answerInstance(c, numberParam(c, "map_index")),
);

taskInstanceRoutes.get(
  `${ofRun}/:task_id/:map_index/dependencies`,
  { permission: "task_instance.read", tag, summary: "Why a mapped task instance is not running" },
  (c) => answerDependencies(c, numberParam(c, "map_index")),
);

taskInstanceRoutes.get(
  `${ofRun}/:task_id/:map_index/tries`,
  { permission: "task_instance.read", tag, summary: "List the tries of a mapped one", responses: { 200: collection } },
  (c) => answerTries(c, numberParam(c, "map_index")),
);

taskInstanceRoutes.get(
  `${ofRun}/:task_id/:map_index/tries/:try_number`,
  {
    permission: "task_instance.read",
    tag,
    summary: "Get a try of a mapped one",
    responses: { 200: taskInstanceShape },
  },
  (c) => answerTry(c, numberParam(c, "map_index")),
);

taskInstanceRoutes.post(
  "/api/v2/dags/:dag_id/clearTaskInstances",
  {
    permission: "task_instance.edit",
    tag,
    summary: "Clear task instances of one run, so that they run again",
    body: z.strictObject({
      dry_run: z.literal(false, { error: "A dry run is not supported yet: send false" }),
      dag_run_id: z.string(),
      task_ids: z.array(z.string()).min(1).max(10_000).nullish(),
      only_failed: z.boolean().default(true),
      include_downstream: z.boolean().default(false),
    }),
    responses: { 200: collection },
  },
  async (c, { body }) => {
    const platform = platformOf(c);
    const dagId = dagIdParam(c);
    const scheduler = platform.schedulers.get(dagId);
    const run = await scheduler.run(body.dag_run_id);
    if (run === null) throw notFound(c);
    const options = { downstream: body.include_downstream, onlyFailed: body.only_failed };
    const { cleared } = accepted(
      c,
      await scheduler.clearTaskInstances(body.dag_run_id, body.task_ids ?? null, options, actorOf(c)),
    );
    const keys = new Set(cleared.map(({ taskId, mapIndex }) => `${taskId}/${mapIndex}`));
    const all = (await scheduler.taskInstances(body.dag_run_id)) ?? [];
    const rows = all.filter(({ taskId, mapIndex }) => keys.has(`${taskId}/${mapIndex}`));
    return c.json({ task_instances: rows.map((row) => taskInstanceJson(row, run)), total_entries: cleared.length });
  },
);

async function readPage(
  c: AppContext,
  run: DagRunView | null,
  filter: TaskInstanceFilter,
  page: InstancePage,
): Promise<{ readonly rows: readonly TaskInstanceView[]; readonly total: number }> {
  const platform = platformOf(c);
  if (run !== null) {
    const live = await readLiveTaskInstances(platform, run, platform.clock.now());
    if (live !== null) return pageOfInstances(await withTaskInstancesToBe(platform, run, live), filter, page);
  }
  const queries = [taskInstances.list(filter, page), taskInstances.count(filter)] as const;
  const [rows, [total]] = await readTogether(platform.catalog, queries);
  // A run that ended before it started has no task instances at all.
  if (run !== null && !total) return pageOfInstances(await withTaskInstancesToBe(platform, run, []), filter, page);
  return { rows, total: total ?? 0 };
}

async function readInstance(c: AppContext, mapIndex: number): Promise<{ run: DagRunView; instance: TaskInstanceView }> {
  const platform = platformOf(c);
  const id = { dagId: dagIdParam(c), runId: runIdParam(c), taskId: taskIdParam(c), mapIndex };
  const run = await readDagRun(platform, id.dagId, id.runId);
  const instance = run === null ? null : await readTaskInstanceOrToBe(platform, run, id);
  if (run === null || instance === null) throw notFound(c);
  return { run, instance };
}

async function answerInstance(c: AppContext, mapIndex: number): Promise<Response> {
  const { run, instance } = await readInstance(c, mapIndex);
  return c.json(taskInstanceJson(instance, run));
}

async function answerDependencies(c: AppContext, mapIndex: number): Promise<Response> {
  const { run, instance } = await readInstance(c, mapIndex);
  const key = { runId: run.runId, taskId: instance.taskId, mapIndex };
  const blockers = (await platformOf(c).schedulers.get(run.dagId).explain(key)) ?? [];
  return c.json({ dependencies: blockers.map(({ rule, reason }) => ({ name: rule, reason })) });
}

/** Past tries come from the catalog; the current one is the instance as its object knows it. */
async function readTries(c: AppContext, mapIndex: number) {
  const { run, instance } = await readInstance(c, mapIndex);
  const tries = await readAll(platformOf(c).catalog, taskInstances.tries(instance));
  const past = tries.filter(({ tryNumber }) => tryNumber < instance.tryNumber);
  return { run, tries: instance.tryNumber === 0 ? [] : [...past, instance] };
}

async function answerTries(c: AppContext, mapIndex: number): Promise<Response> {
  const { run, tries } = await readTries(c, mapIndex);
  return c.json({ task_instances: tries.map((row) => taskInstanceJson(row, run)), total_entries: tries.length });
}

async function answerTry(c: AppContext, mapIndex: number): Promise<Response> {
  const { run, tries } = await readTries(c, mapIndex);
  const one = tries.find(({ tryNumber }) => tryNumber === numberParam(c, "try_number"));
  if (one === undefined) throw notFound(c);
  return c.json(taskInstanceJson(one, run));
}
