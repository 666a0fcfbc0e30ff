import { z } from "zod";
import { type AppContext, notFound, platformOf, principalOf } from "../../auth/context.ts";
import { allowedDagIds } from "../../auth/permissions.ts";
import { Routes } from "../../auth/routes.ts";
import type { OffsetPage } from "../../catalog/filter.ts";
import { readAll, readTogether } from "../../catalog/port.ts";
import {
  readDagRun,
  readLiveTaskInstances,
  readSpec,
  readTaskInstanceOrToBe,
  readTaskInstances,
} from "../../catalog/read-through.ts";
import { type TaskInstanceFilter, type TaskInstanceOrder, taskInstances } from "../../catalog/sql/task-instances.ts";
import type { DagSpec } from "../../dag/spec.ts";
import { TASK_INSTANCE_STATES } from "../../engine/states.ts";
import type { DagRunView, TaskInstancePage, TaskInstanceView } from "../../platform.ts";
import { dagIdOrAll, dagIdParam, numberParam, runIdOrAll, runIdParam, taskIdParam } from "../params.ts";
import { listQuery, orderOf, orderQuery, pageQuery, rangeOf, rangeQuery } from "../shapes/fields.ts";
import { taskInstanceJson, taskInstanceShape } from "../shapes/task-instance.ts";

export const taskInstanceRoutes = new Routes("api");
const tag = "Task Instance";
const ofRun = "/api/v2/dags/:dag_id/dagRuns/:dag_run_id/taskInstances";

type InstancePage = OffsetPage & { readonly order: TaskInstanceOrder; readonly descending: boolean };

export const taskInstanceOrders = {
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
  order_by: orderQuery(taskInstanceOrders, "id"),
  task_id: z.string().max(250).optional(),
  map_index: z.coerce.number().int().min(-1).optional(),
  state: listQuery(z.enum(TASK_INSTANCE_STATES)),
  pool: listQuery(z.string()),
  queue: listQuery(z.string()),
  executor: listQuery(z.string()),
  ...rangeQuery("start_date"),
  ...rangeQuery("end_date"),
});

/** Every rule that holds it back; for a limit, with who holds its slots. */
const dependencies = z.object({ dependencies: z.array(z.object({ name: z.string(), reason: z.string() })) });

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
      ...filterOf(c, query),
      dagId: dagId ?? undefined,
      runId: runId ?? undefined,
      taskId: query.task_id,
    };
    const page = pageOf(query);
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
    responses: { 200: dependencies },
  },
  (c) => answerDependencies(c, -1),
);

taskInstanceRoutes.get(
  `${ofRun}/:task_id/listMapped`,
  {
    permission: "task_instance.read",
    tag,
    summary: "List the instances of a mapped task",
    query: listOfInstances.omit({ task_id: true }),
    responses: { 200: collection },
  },
  async (c, { query }) => {
    const platform = platformOf(c);
    const taskId = taskIdParam(c);
    const run = await readDagRun(platform, dagIdParam(c), runIdParam(c));
    if (run === null) throw notFound(c);
    const spec = await readSpec(platform, run.dagId, run.versionNumber);
    if (spec === null || !isMappedTask(spec, taskId)) throw notFound(c);
    const { dagId, runId } = run;
    const filter = { ...filterOf(c, query), dagId, runId, taskId };
    const { rows, total } = await readPage(c, run, filter, pageOf(query));
    // Until its length is known one instance without an index stands for all.
    const mapped = rows.filter(({ mapIndex }) => mapIndex >= 0);
    const instances = mapped.map((row) => taskInstanceJson(row, run));
    return c.json({ task_instances: instances, total_entries: total - (rows.length - mapped.length) });
  },
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
  {
    permission: "task_instance.read",
    tag,
    summary: "Why a mapped task instance is not running",
    responses: { 200: dependencies },
  },
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

type ListQuery = Omit<z.infer<typeof listOfInstances>, "task_id">;

function filterOf(c: AppContext, query: ListQuery): TaskInstanceFilter {
  return {
    allowedDagIds: allowedDagIds(principalOf(c)),
    mapIndex: query.map_index,
    states: query.state,
    pools: query.pool,
    queues: query.queue,
    executors: query.executor,
    start: rangeOf("start_date", query),
    end: rangeOf("end_date", query),
  };
}

function pageOf(query: ListQuery): InstancePage {
  return { limit: query.limit, offset: query.offset, ...orderOf(taskInstanceOrders, query.order_by) };
}

/** By itself, or by a group around it. */
function isMappedTask(spec: DagSpec, taskId: string): boolean {
  const task = spec.tasks.find((one) => one.taskId === taskId);
  if (task === undefined) return false;
  if (task.mapped !== undefined) return true;
  const groups = new Map(spec.groups.map((group) => [group.groupId, group]));
  for (let group = groups.get(task.groupId ?? ""); group !== undefined; group = groups.get(group.parentId ?? "")) {
    if (group.mapped !== undefined) return true;
  }
  return false;
}

async function readPage(
  c: AppContext,
  run: DagRunView | null,
  filter: TaskInstanceFilter,
  page: InstancePage,
): Promise<TaskInstancePage> {
  const platform = platformOf(c);
  if (run !== null) {
    const live = await readLiveTaskInstances(platform, run, platform.clock.now(), { ...filter, ...page });
    if (live !== null) return live;
  }
  const queries = [taskInstances.list(filter, page), taskInstances.count(filter)] as const;
  const [rows, [total]] = await readTogether(platform.catalog, queries);
  // A run that ended before it started has no rows at all; its object tells its task instances nevertheless.
  const own = run !== null && !total ? await readTaskInstances(platform, run, { ...filter, ...page }) : null;
  return own ?? { rows, total: total ?? 0 };
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
