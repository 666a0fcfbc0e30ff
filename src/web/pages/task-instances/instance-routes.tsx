/** Besides its log: all instances of a mapped task, what happened to one, and the code it ran. */
import { z } from "zod";
import { platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readTogether } from "../../../catalog/port.ts";
import { readLiveTaskInstances } from "../../../catalog/read-through.ts";
import { eventLog } from "../../../catalog/sql/event-log.ts";
import { importErrors } from "../../../catalog/sql/import-errors.ts";
import { taskInstances } from "../../../catalog/sql/task-instances.ts";
import { ptagOf } from "../../ptag.ts";
import { taskIdOf } from "../../request.ts";
import { respond, shellOf } from "../../respond.tsx";
import { runOf } from "../runs/routes.tsx";
import { TaskCodePage } from "./code-page.tsx";
import { TaskEventsPage } from "./events-page.tsx";
import {
  INSTANCE_STATES,
  INSTANCES_PER_PAGE,
  INSTANCES_REGION,
  InstanceList,
  InstancesPage,
} from "./instances-page.tsx";
import { headerPart, loadTask, tryQuery } from "./load.tsx";
import { readVersion } from "./read-version.ts";
import { taskTitle } from "./task-frame.tsx";

export const instanceRoutes = new Routes("page");

const path = "/dags/:dag_id/runs/:run_id/tasks/:task_id" as const;
const MAX_OFFSET = 1_000_000;
const MAX_EVENTS = 100;

const listQuery = z.object({
  state: z.enum(INSTANCE_STATES).catch(""),
  offset: z.coerce.number().int().min(0).max(MAX_OFFSET).catch(0),
});

instanceRoutes.get(
  `${path}/instances`,
  { permission: "task_instance.read", query: listQuery },
  async (c, { query }) => {
    const platform = platformOf(c);
    const run = await runOf(c);
    const taskId = taskIdOf(c);
    const states = query.state === "" ? undefined : [query.state];
    const allowed = { allowedDagIds: allowedDagIds(principalOf(c)) };
    const page = { limit: INSTANCES_PER_PAGE, offset: query.offset };
    // What is live is told by its scheduler, and what has ended by the catalog, whose rows are complete then.
    const live = await readLiveTaskInstances(platform, run, platform.clock.now(), { taskId, states, ...page });
    const filter = { ...allowed, dagId: run.dagId, runId: run.runId, taskId, states };
    const [rows, [importErrorCount = 0]] = await readTogether(platform.catalog, [
      taskInstances.list(filter, { ...page, limit: live === null ? page.limit + 1 : 0 }),
      importErrors.count(allowed),
    ]);
    const shown = live ?? { rows: rows.slice(0, page.limit), total: query.offset + rows.length };
    const data = { run, taskId, rows: shown.rows, total: shown.total, ...query };
    const ptag = ptagOf(data);
    return respond(c, {
      ptag,
      page: () => <InstancesPage shell={shellOf(c, importErrorCount)} data={data} ptag={ptag} />,
      parts: { [INSTANCES_REGION]: () => <InstanceList data={data} ptag={ptag} /> },
    });
  },
);

instanceRoutes.get(`${path}/events`, { permission: "audit.read", query: z.object(tryQuery) }, async (c, { query }) => {
  const { data, run, ptag } = await loadTask(c, query);
  const allowed = { allowedDagIds: allowedDagIds(principalOf(c)) };
  const filter = { ...allowed, dagId: run.dagId, runId: run.runId };
  const [events, [importErrorCount = 0]] = await readTogether(platformOf(c).catalog, [
    eventLog.list(filter, { limit: MAX_EVENTS, after: null }),
    importErrors.count(allowed),
  ]);
  // What happened to the run happened to its task instances too.
  const own = events.filter(({ taskId }) => taskId === null || taskId === data.current.taskId);
  return respond(c, {
    ptag,
    title: taskTitle(data),
    page: () => <TaskEventsPage shell={shellOf(c, importErrorCount)} data={data} events={own} ptag={ptag} />,
    parts: headerPart(data, "/events", ptag),
  });
});

instanceRoutes.get(`${path}/code`, { permission: "code.read", query: z.object(tryQuery) }, async (c, { query }) => {
  const { data, run, ptag } = await loadTask(c, query);
  const { version, importErrorCount } = await readVersion(c, run);
  return respond(c, {
    ptag,
    title: taskTitle(data),
    page: () => <TaskCodePage shell={shellOf(c, importErrorCount)} data={data} version={version} ptag={ptag} />,
    parts: headerPart(data, "/code", ptag),
  });
});
