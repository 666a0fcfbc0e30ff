/** What can be done to task instances: clear them, mark them, write a note to them. The scheduler does it; here it is said in Airflow's words. */
import { z } from "zod";
import { type AppContext, actorOf, notFound, platformOf } from "../../auth/context.ts";
import { HttpError } from "../../auth/http-error.ts";
import { Routes } from "../../auth/routes.ts";
import { type DagRunView, type Reached, type TaskInstanceView, type TaskSelection, wholeRun } from "../../platform.ts";
import { accepted } from "../accepted.ts";
import { dagIdParam, numberParam, runIdParam, taskIdParam } from "../params.ts";
import { dagRunJson, dagRunShape } from "../shapes/dag-run.ts";
import { instantInput, noteInput, updateMaskQuery } from "../shapes/fields.ts";
import { taskInstanceJson, taskInstanceShape } from "../shapes/task-instance.ts";

export const taskInstanceActionRoutes = new Routes("api");
const tag = "Task Instance";
const ofRun = "/api/v2/dags/:dag_id/dagRuns/:dag_run_id/taskInstances";

const collection = z.object({
  task_instances: z.array(taskInstanceShape),
  total_entries: z.number().int().meta({ description: "All of them; the list has at most 10,000" }),
});

const flag = z.boolean().default(false);

function isOneRun(body: {
  dag_run_id?: string | null | undefined;
  include_past: boolean;
  include_future: boolean;
}): boolean {
  return body.dag_run_id != null && !body.include_past && !body.include_future;
}

const clearInput = z
  .strictObject({
    dry_run: z.boolean().default(true),
    dag_run_id: z.string().nullish(),
    start_date: instantInput.nullish(),
    end_date: instantInput.nullish(),
    task_ids: z
      .array(z.union([z.string(), z.tuple([z.string(), z.number().int().min(-1)])]))
      .min(1)
      .max(10_000)
      .nullish(),
    only_failed: z.boolean().default(true),
    only_running: flag,
    include_upstream: flag,
    include_downstream: flag,
    include_future: flag,
    include_past: flag,
    reset_dag_runs: z.boolean().default(true),
    run_on_latest_version: flag,
    prevent_running_task: flag,
    note: noteInput.optional(),
  })
  .refine((body) => !(body.only_failed && body.only_running), {
    error: "only_failed and only_running exclude each other: send only_failed false",
    path: ["only_running"],
  })
  .refine((body) => body.dag_run_id == null || (body.start_date == null && body.end_date == null), {
    error: "Name either one run or a range of dates",
    path: ["dag_run_id"],
  })
  .refine((body) => !body.run_on_latest_version || isOneRun(body), {
    error: "Only one run at a time goes over to the latest version of its DAG: name it in dag_run_id",
    path: ["run_on_latest_version"],
  })
  .refine((body) => body.start_date == null || body.end_date == null || body.start_date <= body.end_date, {
    error: "end_date is sooner than start_date",
    path: ["end_date"],
  });

taskInstanceActionRoutes.post(
  "/api/v2/dags/:dag_id/clearTaskInstances",
  {
    permission: "task_instance.edit",
    tag,
    summary: "Clear task instances, so that they run again. By default a dry run: it tells what would be cleared",
    body: clearInput,
    responses: {
      200: collection,
      409: { description: "A task instance is running, and prevent_running_task was set" },
    },
  },
  async (c, { body }) => {
    const runId = body.dag_run_id ?? null;
    const run = runId === null ? null : await findRun(c, runId);
    const selection: TaskSelection = {
      runId,
      fromAt: body.include_past ? null : (body.start_date ?? null),
      toAt: body.include_future ? null : (body.end_date ?? null),
      tasks: body.task_ids ?? null,
      upstream: body.include_upstream,
      downstream: body.include_downstream,
      past: runId !== null && body.include_past,
      future: runId !== null && body.include_future,
      only: body.only_failed ? "failed" : body.only_running ? "running" : null,
    };
    if (body.prevent_running_task && !body.dry_run) await refuseRunning(c, selection);
    const options = {
      dryRun: body.dry_run,
      resetDagRuns: body.reset_dag_runs,
      note: body.note,
      ...(body.run_on_latest_version && { onLatestVersion: true }),
    };
    const reply = await schedulerOf(c).clearTaskInstances(selection, options, actorOf(c));
    return c.json(collectionJson(accepted(c, reply), run));
  },
);

taskInstanceActionRoutes.post(
  "/api/v2/dags/:dag_id/dagRuns/:dag_run_id/clear",
  {
    permission: "run.edit",
    tag: "DagRun",
    summary:
      "Clear a run, so that it runs again, whole or from what failed. By default a dry run, which lists the task instances",
    body: z.strictObject({
      dry_run: z.boolean().default(true),
      only_failed: flag,
      run_on_latest_version: flag,
      note: noteInput.optional(),
    }),
    responses: { 200: z.union([collection, dagRunShape]) },
  },
  async (c, { body }) => {
    const run = await findRun(c, runIdParam(c));
    const selection = wholeRun(run.runId, body.only_failed ? "failed" : null);
    const onLatest = body.run_on_latest_version && { onLatestVersion: true };
    const options = { dryRun: body.dry_run, resetDagRuns: true, ...onLatest };
    const reached = accepted(c, await schedulerOf(c).clearTaskInstances(selection, options, actorOf(c)));
    if (body.dry_run) return c.json(collectionJson(reached, run));
    if (body.note !== undefined) accepted(c, await schedulerOf(c).setRunNote(run.runId, body.note, actorOf(c)));
    return c.json(dagRunJson(await findRun(c, run.runId)));
  },
);

const patchInput = z.strictObject({
  new_state: z.enum(["success", "failed", "skipped"]).nullish(),
  note: noteInput.optional(),
  include_upstream: flag,
  include_downstream: flag,
  include_future: flag,
  include_past: flag,
});
type Patch = z.infer<typeof patchInput>;

const patchQuery = z.strictObject({
  update_mask: updateMaskQuery(["new_state", "note"]),
  map_index: z.coerce.number().int().min(-1).optional(),
});
type PatchQuery = z.infer<typeof patchQuery>;

const marking = {
  permission: "task_instance.edit",
  tag,
  query: patchQuery,
  body: patchInput,
  responses: { 200: collection, 409: { description: "It is in that state already" } },
} as const;
const trial = {
  ...marking,
  responses: { 200: collection },
  summary: "The task instances that such a mark would change",
} as const;

taskInstanceActionRoutes.patch(`${ofRun}/:task_id/dry_run`, trial, (c, { query, body }) =>
  answerTrial(c, query.map_index ?? null, body),
);

taskInstanceActionRoutes.patch(
  `${ofRun}/:task_id`,
  { ...marking, summary: "Mark a task instance, all of a mapped task, or write a note to it" },
  (c, { query, body }) => answerPatch(c, query.map_index ?? null, query, body),
);

taskInstanceActionRoutes.patch(`${ofRun}/:task_id/:map_index/dry_run`, trial, (c, { body }) =>
  answerTrial(c, numberParam(c, "map_index"), body),
);

taskInstanceActionRoutes.patch(
  `${ofRun}/:task_id/:map_index`,
  { ...marking, summary: "Mark a mapped task instance, or write a note to it" },
  (c, { query, body }) => answerPatch(c, numberParam(c, "map_index"), query, body),
);

taskInstanceActionRoutes.delete(
  `${ofRun}/:task_id`,
  {
    permission: "task_instance.edit",
    tag,
    summary: "Forget all that a task instance did; in a live run it runs again",
    query: z.strictObject({ map_index: z.coerce.number().int().min(-1).default(-1) }),
    responses: { 200: z.null(), 409: { description: "A try is under way" } },
  },
  async (c, { query }) => {
    const key = { runId: runIdParam(c), taskId: taskIdParam(c), mapIndex: query.map_index };
    accepted(c, await schedulerOf(c).deleteTaskInstance(key, actorOf(c)));
    return c.json(null);
  },
);

async function answerTrial(c: AppContext, mapIndex: number | null, body: Patch): Promise<Response> {
  const { run, instances, total } = await findInstances(c, mapIndex);
  if (body.new_state == null) return c.json(collectionJson({ instances, total }, run));
  const selection = selectionOf(c, mapIndex, body);
  const reply = await schedulerOf(c).markTaskInstances(selection, body.new_state, { dryRun: true }, actorOf(c));
  return c.json(collectionJson(accepted(c, reply), run));
}

async function answerPatch(
  c: AppContext,
  mapIndex: number | null,
  { update_mask: mask }: PatchQuery,
  body: Patch,
): Promise<Response> {
  const isAsked = (field: "new_state" | "note") => mask === undefined || mask.includes(field);
  const before = await findInstances(c, mapIndex);
  const note = isAsked("note") ? body.note : undefined;
  const state = isAsked("new_state") ? (body.new_state ?? null) : null;
  let marked: Reached | null = null;
  if (state !== null) {
    const reply = await schedulerOf(c).markTaskInstances(
      selectionOf(c, mapIndex, body),
      state,
      { dryRun: false },
      actorOf(c),
    );
    marked = accepted(c, reply);
    if (marked.total === 0 && note === undefined) {
      throw new HttpError(409, `Task id ${taskIdParam(c)} is already in ${state} state`);
    }
  }
  if (note !== undefined) await writeNotes(c, before.instances, note);
  const shown = marked !== null && note === undefined ? marked : await findInstances(c, mapIndex);
  return c.json(collectionJson(shown, before.run));
}

/** A note is for the instances that were named, whatever a mark takes along. */
async function writeNotes(c: AppContext, instances: readonly TaskInstanceView[], note: string | null): Promise<void> {
  if (instances.length > MAX_NOTES) {
    throw new HttpError(409, `A note goes to at most ${MAX_NOTES} instances at once: name the map_index`);
  }
  for (const { runId, taskId, mapIndex } of instances) {
    accepted(c, await schedulerOf(c).setTaskInstanceNote({ runId, taskId, mapIndex }, note, actorOf(c)));
  }
}

const MAX_NOTES = 100;

function selectionOf(c: AppContext, mapIndex: number | null, body: Patch): TaskSelection {
  const taskId = taskIdParam(c);
  return {
    runId: runIdParam(c),
    fromAt: null,
    toAt: null,
    tasks: [mapIndex === null ? taskId : [taskId, mapIndex]],
    upstream: body.include_upstream,
    downstream: body.include_downstream,
    past: body.include_past,
    future: body.include_future,
    only: null,
  };
}

function schedulerOf(c: AppContext) {
  return platformOf(c).schedulers.get(dagIdParam(c));
}

async function findRun(c: AppContext, runId: string): Promise<DagRunView> {
  const run = await schedulerOf(c).run(runId);
  if (run === null) throw notFound(c);
  return run;
}

/** The task instance that the path names, or all of a mapped task; 404 when there is none. */
async function findInstances(c: AppContext, mapIndex: number | null): Promise<{ run: DagRunView } & Reached> {
  const run = await findRun(c, runIdParam(c));
  const query = { taskId: taskIdParam(c), mapIndex: mapIndex ?? undefined, limit: 10_000 };
  const page = await schedulerOf(c).taskInstances(run.runId, query);
  if (page === null || page.total === 0) throw notFound(c);
  return { run, instances: page.rows, total: page.total };
}

async function refuseRunning(c: AppContext, selection: TaskSelection): Promise<void> {
  const options = { dryRun: true, resetDagRuns: true };
  const { instances } = accepted(c, await schedulerOf(c).clearTaskInstances(selection, options, actorOf(c)));
  const running = instances.find(({ state }) => state === "running");
  if (running !== undefined) {
    throw new HttpError(
      409,
      `Task instance "${running.taskId}" of run "${running.runId}" is running: nothing was cleared`,
    );
  }
}

function collectionJson(reached: Reached, run: DagRunView | null): z.input<typeof collection> {
  const rows = reached.instances.map((row) => taskInstanceJson(row, row.runId === run?.runId ? run : null));
  return { task_instances: rows, total_entries: reached.total };
}
