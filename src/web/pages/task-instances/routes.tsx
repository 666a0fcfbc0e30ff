import { z } from "zod";
import { type AppContext, notFound, platformOf } from "../../../auth/context.ts";
import { Routes } from "../../../auth/routes.ts";
import { readSpec, type TaskInstanceId } from "../../../catalog/read-through.ts";
import { paths } from "../../paths.ts";
import { ptagOf } from "../../ptag.ts";
import { dagIdOf, runIdOf, taskIdOf, wantsPart } from "../../request.ts";
import { fragment, respond, shellOf } from "../../respond.tsx";
import { importErrorCountOf, runOf } from "../runs/routes.tsx";
import { TaskDetailsPage } from "./details-page.tsx";
import { LogContinuation, LogPartial, needsNewLog, TaskLogPage } from "./log-page.tsx";
import { LINES_PER_PAGE, readLogWindow, readTaskData, readXComEntries } from "./read.ts";
import { TASK_HEADER, type TaskData, TaskHeader, type TaskTab, taskTitle } from "./task-frame.tsx";
import { TaskXComPage } from "./xcom-page.tsx";

export const taskInstanceRoutes = new Routes("page");

const whole = (least: number) => z.coerce.number().int().min(least);
const tryQuery = { map_index: whole(-1).catch(-1), try: whole(1).optional().catch(undefined) };
const level = z.enum(["", "info", "warning", "error"]).catch("");

const logQuery = z.object({
  ...tryQuery,
  level,
  from: whole(0).optional().catch(undefined),
  line: whole(1).optional().catch(undefined),
  /** What the log of the page was when it was drawn. */
  seen: z.string().max(40).optional(),
});

taskInstanceRoutes.get(
  "/dags/:dag_id/runs/:run_id/tasks/:task_id",
  { permission: "log.read", query: logQuery },
  async (c, { query }) => {
    const { data, ptag } = await load(c, query);
    if (wantsPart(c)) {
      const isOld = query.seen !== undefined && needsNewLog(query.seen, data.shown);
      const log = isOld ? await readLogWindow(platformOf(c), data, query) : null;
      const part = () => (
        <>
          <TaskHeader data={data} tab="" ptag={ptag} />
          {log !== null && <LogPartial data={data} log={log} />}
        </>
      );
      return respond(c, { ptag, title: taskTitle(data), page: part, parts: { [TASK_HEADER]: part } });
    }
    const [log, importErrorCount] = await Promise.all([
      readLogWindow(platformOf(c), data, query),
      importErrorCountOf(c),
    ]);
    const page = () => <TaskLogPage shell={shellOf(c, importErrorCount)} data={data} log={log} ptag={ptag} />;
    return respond(c, { ptag, page, parts: {} });
  },
);

taskInstanceRoutes.get(
  "/dags/:dag_id/runs/:run_id/tasks/:task_id/log",
  { permission: "log.read", query: z.object({ ...tryQuery, level, after: whole(0).catch(0) }) },
  async (c, { query }) => {
    const { data } = await load(c, query);
    if (!wantsPart(c)) return c.redirect(paths.task(idOf(c, query.map_index)), 303);
    c.header("Vary", "HX-Request, HX-Request-Type, Cookie");
    const page = await platformOf(c).logs.read(data.shown, { offset: query.after, limit: LINES_PER_PAGE });
    return fragment(c, <LogContinuation data={data} log={{ page, from: query.after, level: query.level }} />);
  },
);

taskInstanceRoutes.get(
  "/dags/:dag_id/runs/:run_id/tasks/:task_id/xcom",
  { permission: "xcom.read", query: z.object(tryQuery) },
  async (c, { query }) => {
    const { data, ptag } = await load(c, query);
    const entries = await readXComEntries(platformOf(c), idOf(c, query.map_index));
    const importErrorCount = await importErrorCountOf(c);
    return respond(c, {
      ptag,
      title: taskTitle(data),
      page: () => <TaskXComPage shell={shellOf(c, importErrorCount)} data={data} entries={entries} ptag={ptag} />,
      parts: headerPart(data, "/xcom", ptag),
    });
  },
);

taskInstanceRoutes.get(
  "/dags/:dag_id/runs/:run_id/tasks/:task_id/details",
  { permission: "task_instance.read", query: z.object(tryQuery) },
  async (c, { query }) => {
    const { data, run, ptag } = await load(c, query);
    const spec = await readSpec(platformOf(c), run.dagId, run.versionNumber);
    const task = spec?.tasks.find(({ taskId }) => taskId === data.current.taskId) ?? null;
    const importErrorCount = await importErrorCountOf(c);
    return respond(c, {
      ptag,
      title: taskTitle(data),
      page: () => <TaskDetailsPage shell={shellOf(c, importErrorCount)} data={data} task={task} ptag={ptag} />,
      parts: headerPart(data, "/details", ptag),
    });
  },
);

function idOf(c: AppContext, mapIndex: number): TaskInstanceId {
  return { dagId: dagIdOf(c), runId: runIdOf(c), taskId: taskIdOf(c), mapIndex };
}

async function load(c: AppContext, query: { readonly map_index: number; readonly try?: number | undefined }) {
  const run = await runOf(c);
  const options = { run, id: idOf(c, query.map_index), wantedTry: query.try ?? null };
  const data = await readTaskData(platformOf(c), options);
  if (data === null) throw notFound(c);
  return { run, data, ptag: ptagOf(data) };
}

function headerPart(data: TaskData, tab: TaskTab, ptag: string) {
  return { [TASK_HEADER]: () => <TaskHeader data={data} tab={tab} ptag={ptag} /> };
}
