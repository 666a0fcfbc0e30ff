import { z } from "zod";
import { Routes } from "../../../auth/routes.ts";
import { runHistory } from "../../../catalog/sql/run-history.ts";
import { isTaskId } from "../../../dag/ids.ts";
import { dagIdOf } from "../../request.ts";
import { respond, shellOf } from "../../respond.tsx";
import { DURATION_WINDOWS, DurationsPage } from "./durations-page.tsx";
import { readDagPage } from "./read-page.ts";

export const dagDurationRoutes = new Routes("page");

/** Tasks are measured over fewer runs than are drawn: their rows are many. */
const TASK_RUNS = 10;
const SHOWN_TASKS = 25;

const query = z.object({
  runs: z.coerce
    .number()
    .refine((count) => DURATION_WINDOWS.some((known) => known === count))
    .catch(50),
  task: z.string().max(250).catch(""),
});

dagDurationRoutes.get("/dags/:dag_id/durations", { permission: "run.read", query }, async (c, { query: asked }) => {
  const dagId = dagIdOf(c);
  const taskId = isTaskId(asked.task) ? asked.task : null;
  const { dag, importErrorCount, rows } = await readDagPage(c, { type: "latest" }, [
    taskId === null
      ? runHistory.latest({ dagId, runCount: asked.runs })
      : runHistory.ofTask({ dagId, taskId, runCount: asked.runs }),
    runHistory.slowestTasks({ dagId, runCount: TASK_RUNS, limit: SHOWN_TASKS }),
  ]);
  const [runs, tasks] = rows;
  const taskRunCount = Math.min(TASK_RUNS, runs.length);
  const data = { dag, taskId, runs: [...runs].reverse(), limit: asked.runs, tasks, taskRunCount };
  const page = () => <DurationsPage shell={shellOf(c, importErrorCount)} data={data} />;
  return respond(c, { ptag: null, page, parts: {} });
});
