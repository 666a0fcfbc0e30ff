import { z } from "zod";
import { platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readTogether } from "../../../catalog/port.ts";
import { recent, TASK_RUN_SPAN } from "../../../catalog/sql/recent.ts";
import { misreadBounds } from "../../bounds.ts";
import { chipsOf, furtherOf, taskCursorOf } from "../../browse.ts";
import { cursorQuery, cursorText } from "../../cursor.ts";
import { NO_FACTS, pageFactsOf, toDefaultView } from "../../page-facts.ts";
import { paths, withQuery } from "../../paths.ts";
import { ptagOf } from "../../ptag.ts";
import { clockOf, respond, shellOf } from "../../respond.tsx";
import { isLiveState } from "../../states.ts";
import {
  ALL_TASK_INSTANCES_REGION,
  AllTaskInstancesPage,
  AllTaskInstancesResults,
} from "./all-task-instances-page.tsx";
import { taskInstanceFilterOf, taskInstanceFilterShape } from "./task-instances-query.ts";

export const allTaskInstanceRoutes = new Routes("page");

const ROWS_PER_PAGE = 50;
const FILTER_NAMES = {
  q: "Search",
  dag: "DAG",
  run: "Run",
  state: "State",
  pool: "Pool",
  from: "From",
  to: "To",
};
const listQuery = z.object({ ...taskInstanceFilterShape, after: cursorQuery });

allTaskInstanceRoutes.get(
  paths.allTaskInstances,
  { permission: "task_instance.read", query: listQuery },
  async (c, { query }) => {
    const { after: cursor, ...shown } = query;
    const after = taskCursorOf(cursor);
    const { zone } = clockOf(c);
    const misread = misreadBounds(query, zone);
    const filter = taskInstanceFilterOf(query, allowedDagIds(principalOf(c)), zone);
    const [rows, [floor = null], [facts = NO_FACTS]] = await readTogether(platformOf(c).catalog, [
      recent.taskInstances(filter, { limit: ROWS_PER_PAGE + 1, after }),
      recent.floor(filter, after, TASK_RUN_SPAN),
      pageFactsOf(c, paths.allTaskInstances),
    ]);
    const begin = toDefaultView(c, paths.allTaskInstances, facts);
    if (begin !== null) return begin;
    const instances = rows.slice(0, ROWS_PER_PAGE);
    const last = rows.length > ROWS_PER_PAGE ? instances.at(-1) : undefined;
    const href = (parts: readonly (string | number)[]) =>
      `${paths.allTaskInstances}${withQuery({ ...shown, after: cursorText(parts) })}`;
    const address = `${paths.allTaskInstances}${withQuery({ ...shown, after: cursor })}`;
    const results = {
      region: ALL_TASK_INSTANCES_REGION,
      path: paths.allTaskInstances,
      address,
      isEmpty: instances.length === 0,
      isActive: instances.some(({ state }) => isLiveState(state)),
      chips: chipsOf(paths.allTaskInstances, shown, FILTER_NAMES, misread),
      misread,
      firstHref: after === null ? null : `${paths.allTaskInstances}${withQuery(shown)}`,
      nextHref: last === undefined ? null : href([last.runAfterAt, last.dagId, last.runId, last.taskId, last.mapIndex]),
      further: last === undefined ? furtherOf(floor, (at) => href([at, "", "", "", -1])) : null,
    };
    const ptag = ptagOf(instances, results);
    const data = { query: shown, instances, results: { ...results, ptag } };
    return respond(c, {
      ptag,
      address,
      page: () => (
        <AllTaskInstancesPage shell={shellOf(c, facts.importErrorCount)} data={data} views={facts.savedViews} />
      ),
      parts: { [ALL_TASK_INSTANCES_REGION]: () => <AllTaskInstancesResults data={data} /> },
    });
  },
);
