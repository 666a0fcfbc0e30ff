import { z } from "zod";
import { platformOf } from "../../../auth/context.ts";
import { Routes } from "../../../auth/routes.ts";
import { readDisplay } from "../../display.ts";
import { paths } from "../../paths.ts";
import { targetId, wantsPart } from "../../request.ts";
import { elsewhere, fragment, respond, shellOf } from "../../respond.tsx";
import { importErrorCountOf } from "../runs/routes.tsx";
import { TaskDetailsPage } from "./details-page.tsx";
import { headerPart, loadTask, taskInstanceIdOf, tryQuery, whole } from "./load.tsx";
import { logUrl } from "./log-bar.tsx";
import { downloadName, logText } from "./log-download.ts";
import { LOG_SECTION, LogContinuation, LogPartial, LogSection, needsNewLog, TaskLogPage } from "./log-page.tsx";
import { isMappedTask, readInputs, readLines, readLogWindow, readXComEntries } from "./read.ts";
import { readVersion } from "./read-version.ts";
import { TASK_HEADER, TaskHeader, taskTitle } from "./task-frame.tsx";
import { TaskXComPage } from "./xcom-page.tsx";

export const taskInstanceRoutes = new Routes("page");

const level = z.enum(["", "info", "warning", "error"]).catch("");

const searched = z.string().max(200).catch("");

const logQuery = z.object({
  ...tryQuery,
  level,
  q: searched,
  before: whole(1).optional().catch(undefined),
  from: whole(0).optional().catch(undefined),
  line: whole(1).optional().catch(undefined),
  /** What the log of the page was when it was drawn. */
  seen: z.string().max(40).optional(),
});

taskInstanceRoutes.get(
  "/dags/:dag_id/runs/:run_id/tasks/:task_id",
  { permission: "log.read", query: logQuery },
  async (c, { query }) => {
    const { data, run, ptag } = await loadTask(c, query);
    if (await isMappedTask(platformOf(c), run, data)) {
      return elsewhere(c, paths.task(taskInstanceIdOf(c, -1), "/instances"));
    }
    if (wantsPart(c) && targetId(c) === LOG_SECTION) {
      const log = await readLogWindow(platformOf(c), data, query);
      const part = () => <LogSection data={data} log={log} />;
      const address = logUrl(data, { q: query.q, level: query.level });
      return respond(c, { ptag: null, address, page: part, parts: { [LOG_SECTION]: part } });
    }
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
  { permission: "log.read", query: z.object({ ...tryQuery, level, q: searched, after: whole(0).catch(0) }) },
  async (c, { query }) => {
    const { data } = await loadTask(c, query);
    if (!wantsPart(c)) return c.redirect(paths.task(taskInstanceIdOf(c, query.map_index)), 303);
    c.header("Vary", "HX-Request, HX-Request-Type, Cookie");
    const log = await readLines(platformOf(c), data, { from: query.after, level: query.level, q: query.q });
    return fragment(c, <LogContinuation data={data} log={log} />);
  },
);

taskInstanceRoutes.get(
  "/dags/:dag_id/runs/:run_id/tasks/:task_id/log/download",
  { permission: "log.read", query: z.object(tryQuery) },
  async (c, { query }) => {
    const { data } = await loadTask(c, query);
    // A file, whatever it holds: no browser shows it as a page of this site.
    c.header("Content-Type", "text/plain; charset=utf-8");
    c.header("Content-Disposition", `attachment; filename="${downloadName(data)}"`);
    return c.body(logText(platformOf(c).logs.parts(data.shown)));
  },
);

taskInstanceRoutes.get(
  "/dags/:dag_id/runs/:run_id/tasks/:task_id/xcom",
  { permission: "xcom.read", query: z.object(tryQuery) },
  async (c, { query }) => {
    const { data, run, ptag } = await loadTask(c, query);
    const platform = platformOf(c);
    const [entries, inputs, importErrorCount] = await Promise.all([
      readXComEntries(platform, taskInstanceIdOf(c, query.map_index)),
      readInputs(platform, run, data.current.taskId),
      importErrorCountOf(c),
    ]);
    const shown = { data, entries, inputs, ptag };
    return respond(c, {
      ptag,
      title: taskTitle(data),
      page: () => <TaskXComPage shell={shellOf(c, importErrorCount)} {...shown} />,
      parts: headerPart(data, "/xcom", ptag),
    });
  },
);

taskInstanceRoutes.get(
  "/dags/:dag_id/runs/:run_id/tasks/:task_id/details",
  { permission: "task_instance.read", query: z.object(tryQuery) },
  async (c, { query }) => {
    const { data, run, ptag } = await loadTask(c, query);
    const { version, importErrorCount } = await readVersion(c, run);
    const { taskId } = data.current;
    const task = version?.spec.tasks.find((one) => one.taskId === taskId) ?? null;
    const blocks = readDisplay(version?.display ?? null)?.taskDocs?.[taskId];
    return respond(c, {
      ptag,
      title: taskTitle(data),
      page: () => (
        <TaskDetailsPage shell={shellOf(c, importErrorCount)} data={data} task={task} blocks={blocks} ptag={ptag} />
      ),
      parts: headerPart(data, "/details", ptag),
    });
  },
);
