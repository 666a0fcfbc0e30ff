import { z } from "zod";
import { type AppContext, notFound, platformOf } from "../../auth/context.ts";
import { HttpError } from "../../auth/http-error.ts";
import { Routes } from "../../auth/routes.ts";
import { readOne, readTogether } from "../../catalog/port.ts";
import type { XComProjection } from "../../catalog/projection.ts";
import { readDagRun, type TaskInstanceId } from "../../catalog/read-through.ts";
import { xcoms } from "../../catalog/sql/xcoms.ts";
import type { XComValue } from "../../executor/protocol.ts";
import { type DagRunView, type Platform, PlatformError } from "../../platform.ts";
import { dagIdParam, param, runIdParam, taskIdParam } from "../params.ts";
import { booleanQuery, instant, isoInstant, isoOrNull, pageQuery } from "../shapes/fields.ts";

export const xcomEntryRoutes = new Routes("api");
const tag = "XCom";
const ofTask = "/api/v2/dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id/xcomEntries";

const xcomShape = z.object({
  key: z.string(),
  timestamp: z.iso.datetime(),
  logical_date: instant,
  map_index: z.number().int(),
  task_id: z.string(),
  task_display_name: z.string(),
  dag_id: z.string(),
  dag_display_name: z.string(),
  run_id: z.string(),
});

const mapIndexQuery = z.coerce.number().int().min(-1);

xcomEntryRoutes.get(
  ofTask,
  {
    permission: "xcom.read",
    tag,
    summary: "List the results of a task in a run; `~` stands for all its tasks",
    query: z.strictObject({
      ...pageQuery,
      xcom_key: z.string().max(250).optional(),
      map_index: mapIndexQuery.optional(),
    }),
    responses: { 200: z.object({ xcom_entries: z.array(xcomShape), total_entries: z.number().int() }) },
  },
  async (c, { query }) => {
    const run = await requireRun(c);
    const filter = {
      dagId: run.dagId,
      runId: run.runId,
      taskId: param(c, "task_id") === "~" ? undefined : taskIdParam(c),
      mapIndex: query.map_index,
      key: query.xcom_key,
    };
    const queries = [xcoms.list(filter, query), xcoms.count(filter)] as const;
    const [rows, [count]] = await readTogether(platformOf(c).catalog, queries);
    return c.json({ xcom_entries: rows.map((row) => xcomJson(run, row)), total_entries: count ?? 0 });
  },
);

xcomEntryRoutes.get(
  `${ofTask}/:xcom_key`,
  {
    permission: "xcom.read",
    tag,
    summary: "Get a result with its value",
    query: z.strictObject({
      map_index: mapIndexQuery.default(-1),
      stringify: booleanQuery,
      deserialize: booleanQuery,
    }),
    responses: { 200: xcomShape.extend({ value: z.json() }) },
  },
  async (c, { query }) => {
    const run = await requireRun(c);
    const taskId = taskIdParam(c);
    const id = { dagId: run.dagId, runId: run.runId, taskId, mapIndex: query.map_index };
    const key = param(c, "xcom_key");
    const entry = await findValue(platformOf(c), id, key);
    if (entry === null) throw notFound(c);
    const json = await valueText(platformOf(c), entry.value, key);
    const head = JSON.stringify(xcomJson(run, { ...id, key, at: entry.at }));
    // The value is JSON text already, and may be 16 MB of it: parsing it to print it again would only cost.
    const value = query.stringify === true ? JSON.stringify(json) : json;
    return c.body(`${head.slice(0, -1)},"value":${value}}`, 200, { "Content-Type": "application/json" });
  },
);

async function requireRun(c: AppContext): Promise<DagRunView> {
  const run = await readDagRun(platformOf(c), dagIdParam(c), runIdParam(c));
  if (run === null) throw notFound(c);
  return run;
}

/** From the task's own object; while that is unreachable, from the catalog if its preview is the whole value. */
async function findValue(
  platform: Platform,
  id: TaskInstanceId,
  key: string,
): Promise<{ readonly value: XComValue; readonly at: number } | null> {
  const { runId, taskId, mapIndex } = id;
  try {
    const entries = await platform.schedulers.get(id.dagId).xcomEntries({ runId, taskId, mapIndex });
    return entries.find((entry) => entry.key === key) ?? null;
  } catch (error) {
    if (!(error instanceof PlatformError && error.retryable)) throw error;
    const row = await readOne(platform.catalog, xcoms.get({ ...id, key }));
    if (row === null) return null;
    if (row.ref !== null) return { value: { type: "ref", key: row.ref, bytes: row.bytes, sha256: "" }, at: row.at };
    if (row.isTruncated) throw error;
    return { value: { type: "inline", json: row.preview }, at: row.at };
  }
}

async function valueText(platform: Platform, value: XComValue, key: string): Promise<string> {
  if (value.type === "inline") return value.json;
  const bytes = await platform.objects.get(value.key);
  if (bytes === null)
    throw new HttpError(410, `The value of ${JSON.stringify(key)} is not in the object store any more`);
  return new TextDecoder().decode(bytes);
}

function xcomJson(
  run: DagRunView,
  entry: Pick<XComProjection, "dagId" | "runId" | "taskId" | "mapIndex" | "key" | "at">,
): z.input<typeof xcomShape> {
  return {
    key: entry.key,
    timestamp: isoInstant(entry.at),
    logical_date: isoOrNull(run.logicalAt),
    map_index: entry.mapIndex,
    task_id: entry.taskId,
    task_display_name: entry.taskId,
    dag_id: entry.dagId,
    dag_display_name: entry.dagId,
    run_id: entry.runId,
  };
}
