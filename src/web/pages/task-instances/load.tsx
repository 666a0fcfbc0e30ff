/** What every page of one task instance begins with. */
import { z } from "zod";
import { type AppContext, notFound, platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { readTogether } from "../../../catalog/port.ts";
import type { TaskInstanceId } from "../../../catalog/read-through.ts";
import { dagVersions } from "../../../catalog/sql/dag-versions.ts";
import { importErrors } from "../../../catalog/sql/import-errors.ts";
import type { DagRunView } from "../../../platform.ts";
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

/** The version that the run is pinned to, with what the build made of it, and the shell's number: one batch. */
export async function readVersion(c: AppContext, run: Pick<DagRunView, "dagId" | "versionNumber">) {
  const [[version], [importErrorCount = 0]] = await readTogether(platformOf(c).catalog, [
    dagVersions.withDisplay(run.dagId, run.versionNumber),
    importErrors.count({ allowedDagIds: allowedDagIds(principalOf(c)) }),
  ]);
  return { version: version ?? null, importErrorCount };
}
