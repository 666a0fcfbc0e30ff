import { z } from "zod";
import { type AppContext, platformOf } from "../../../auth/context.ts";
import { Routes } from "../../../auth/routes.ts";
import { readTogether } from "../../../catalog/port.ts";
import type { DagRunCursor } from "../../../catalog/sql/dag-runs.ts";
import { type GridRun, grid } from "../../../catalog/sql/grid.ts";
import { type DagId, isRunId, type TaskId } from "../../../dag/ids.ts";
import { DAG_RUN_STATES, DAG_RUN_TYPES, TASK_INSTANCE_STATES, type TaskInstanceState } from "../../../engine/states.ts";
import { ptagOf } from "../../ptag.ts";
import { dagIdOf } from "../../request.ts";
import { respond, shellOf } from "../../respond.tsx";
import { GRID_REGION, type GridData, type GridQuery, gridAddress, ROWS_PER_WINDOW, RUN_WINDOWS } from "./grid-data.ts";
import { GridPage, GridRegion } from "./grid-page.tsx";
import { fillRow, type GridRowPlan, planRows, tasksCalled, tasksInState } from "./grid-rows.ts";
import { readDagPage } from "./read-page.ts";

export const dagGridRoutes = new Routes("page");

const query = z.object({
  runs: z.coerce
    .number()
    .refine((count) => RUN_WINDOWS.some((known) => known === count))
    .catch(25),
  before: z.string().max(300).catch(""),
  type: z.enum(["", ...DAG_RUN_TYPES]).catch(""),
  state: z.enum(["", ...DAG_RUN_STATES]).catch(""),
  q: z.string().trim().max(250).catch(""),
  task_state: z.enum(["", ...TASK_INSTANCE_STATES]).catch(""),
  from: z.coerce.number().int().min(0).catch(0),
  groups: z.enum(["", "open", "closed"]).catch(""),
  flip: z
    .string()
    .max(4_000)
    .transform((text) => text.split(",").filter((id) => id !== ""))
    .catch([]),
  view: z.enum(["", "table"]).catch(""),
});

dagGridRoutes.get("/dags/:dag_id", { permission: "dag.read", query }, async (c, { query: asked }) => {
  const { data, importErrorCount } = await gridData(c, asked);
  const ptag = ptagOf(data);
  return respond(c, {
    ptag,
    address: gridAddress(data.dag.dagId, data.query),
    page: () => <GridPage shell={shellOf(c, importErrorCount)} data={data} ptag={ptag} />,
    parts: { [GRID_REGION]: () => <GridRegion data={data} ptag={ptag} /> },
  });
});

async function gridData(c: AppContext, asked: GridQuery) {
  const dagId = dagIdOf(c);
  const window = {
    dagId,
    // One more tells whether there are older ones.
    runCount: asked.runs + 1,
    before: cursorOf(dagId, asked.before),
    runTypes: asked.type === "" ? undefined : [asked.type],
    states: asked.state === "" ? undefined : [asked.state],
  };
  // All cells at once while the graph is small. When it is not, its rows have to be known before their cells are asked for.
  const first = grid.window({ ...window, taskIds: null, upToTasks: ROWS_PER_WINDOW });
  const { dag, version, importErrorCount, rows: read } = await readDagPage(c, { type: "latest" }, [first]);
  const spec = version?.spec ?? { tasks: [], groups: [] };
  const called = tasksCalled(spec, asked.q);
  const areAllKnown = read[0].every(({ cells }) => cells !== null);
  // Which tasks are in a state is known only once all of them are.
  const all = areAllKnown || asked.task_state === "" ? read[0] : await cellsOf(c, window, null);
  const tasks = asked.task_state === "" ? called : tasksInState(called, all.slice(0, asked.runs), asked.task_state);
  const areOpen = asked.groups === "" ? tasks.length <= ROWS_PER_WINDOW : asked.groups === "open";
  const plan = planRows({ ...spec, tasks }, (groupId) => areOpen !== asked.flip.includes(groupId));
  const from = asked.from < plan.length ? asked.from : 0;
  const shown = plan.slice(from, from + ROWS_PER_WINDOW);
  const sight = { rows: shown, taskCount: spec.tasks.length };
  const known = all.every(({ cells }) => cells !== null) ? all : await cellsOf(c, window, sight);
  const runs = known.slice(0, asked.runs).reverse();
  const data: GridData = {
    dag,
    query: { ...asked, from },
    runs: runs.map(({ cells: _cells, ...run }) => run),
    rows: shown.map((row) => fillRow(row, (id) => runs.map((run) => run.cells?.get(id as TaskId) ?? null))),
    rowCount: plan.length,
    taskCount: spec.tasks.length,
    hasGroups: spec.groups.length > 0,
    areOpen,
    hasOlder: known.length > asked.runs,
    latestCounts: countsOf(runs.at(-1)),
  };
  return { data, importErrorCount };
}

/**
 * Of the rows in sight, or null for all; when closed groups hold most tasks, of all as well: a walk over a run costs less than
 * as many look-ups.
 */
async function cellsOf(
  c: AppContext,
  window: Omit<Parameters<typeof grid.window>[0], "taskIds">,
  sight: { readonly rows: readonly GridRowPlan[]; readonly taskCount: number } | null,
): Promise<readonly GridRun[]> {
  const members = [...new Set((sight?.rows ?? []).flatMap((row) => row.members))];
  const taskIds = sight === null || members.length > sight.taskCount / 2 ? null : members;
  const [runs] = await readTogether(platformOf(c).catalog, [grid.window({ ...window, taskIds })]);
  return runs;
}

/** Of tasks: a mapped one counts once, by the most urgent of its instances. */
function countsOf(run: GridRun | undefined) {
  const counts = new Map<TaskInstanceState, number>();
  for (const { state } of run?.cells?.values() ?? []) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => ({ state, count }));
}

export function cursorOf(dagId: DagId, after: string): DagRunCursor | null {
  const [, at = "", runId = ""] = /^(-?\d{1,16})~(.+)$/.exec(after) ?? [];
  return isRunId(runId) ? { runAfterAt: Number(at), dagId, runId } : null;
}
