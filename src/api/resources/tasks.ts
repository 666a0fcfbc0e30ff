import { z } from "zod";
import { type AppContext, notFound, platformOf } from "../../auth/context.ts";
import { Routes } from "../../auth/routes.ts";
import { readOne } from "../../catalog/port.ts";
import { readDag } from "../../catalog/read-through.ts";
import { dagVersions } from "../../catalog/sql/dag-versions.ts";
import type { DagSpec } from "../../dag/spec.ts";
import { dagIdParam, taskIdParam } from "../params.ts";
import { taskJson, taskShape } from "../shapes/task.ts";

export const taskRoutes = new Routes("api");
const tag = "Task";

taskRoutes.get(
  "/api/v2/dags/:dag_id/tasks",
  {
    permission: "dag.read",
    tag,
    summary: "List the tasks of the latest version, upstream first",
    responses: { 200: z.object({ tasks: z.array(taskShape), total_entries: z.number().int() }) },
  },
  async (c) => {
    const spec = await readLatestSpec(c);
    return c.json({ tasks: spec.tasks.map((task) => taskJson(spec, task)), total_entries: spec.tasks.length });
  },
);

taskRoutes.get(
  "/api/v2/dags/:dag_id/tasks/:task_id",
  { permission: "dag.read", tag, summary: "Get a task of the latest version", responses: { 200: taskShape } },
  async (c) => {
    const taskId = taskIdParam(c);
    const spec = await readLatestSpec(c);
    const task = spec.tasks.find((one) => one.taskId === taskId);
    if (task === undefined) throw notFound(c);
    return c.json(taskJson(spec, task));
  },
);

async function readLatestSpec(c: AppContext): Promise<DagSpec> {
  const platform = platformOf(c);
  const dagId = dagIdParam(c);
  const [dag, version] = await Promise.all([
    readDag(platform, dagId),
    readOne(platform.catalog, dagVersions.latest(dagId)),
  ]);
  if (dag === null || version === null) throw notFound(c);
  return version.spec;
}
