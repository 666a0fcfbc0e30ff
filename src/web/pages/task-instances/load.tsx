/** What every page of one task instance begins with. */
import { z } from "zod";
import { type AppContext, notFound, platformOf } from "../../../auth/context.ts";
import type { TaskInstanceId } from "../../../catalog/read-through.ts";
import { ptagOf } from "../../ptag.ts";
import { dagIdOf, runIdOf, taskIdOf } from "../../request.ts";
import { runOf } from "../runs/routes.tsx";
import { readTaskData } from "./read.ts";
import { TASK_HEADER, type TaskData, TaskHeader, type TaskTab } from "./task-frame.tsx";

export const whole = (least: number) => z.coerce.number().int().min(least);
export const tryQuery = { map_index: whole(-1).catch(-1), try: whole(1).optional().catch(undefined) };

export function taskInstanceIdOf(c: AppContext, mapIndex: number): TaskInstanceId {
  return { dagId: dagIdOf(c), runId: runIdOf(c), taskId: taskIdOf(c), mapIndex };
}

export async function loadTask(
  c: AppContext,
  query: { readonly map_index: number; readonly try?: number | undefined },
) {
  const run = await runOf(c);
  const options = { run, id: taskInstanceIdOf(c, query.map_index), wantedTry: query.try ?? null };
  const data = await readTaskData(platformOf(c), options);
  if (data === null) throw notFound(c);
  return { run, data, ptag: ptagOf(data) };
}

/** While a page is open, only its head follows the task instance. */
export function headerPart(data: TaskData, tab: TaskTab, ptag: string) {
  return { [TASK_HEADER]: () => <TaskHeader data={data} tab={tab} ptag={ptag} /> };
}
