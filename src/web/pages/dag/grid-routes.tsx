import { z } from "zod";
import { type AppContext, platformOf } from "../../../auth/context.ts";
import { Routes } from "../../../auth/routes.ts";
import { knownVersions } from "../../../catalog/known-versions.ts";
import { readTogether } from "../../../catalog/port.ts";
import type { DagRunCursor } from "../../../catalog/sql/dag-runs.ts";
import { type GridRun, grid } from "../../../catalog/sql/grid.ts";
import { type DagId, isRunId, type TaskId } from "../../../dag/ids.ts";
import type { DagSpec, TaskSpec } from "../../../dag/spec.ts";
import { DAG_RUN_STATES, DAG_RUN_TYPES, TASK_INSTANCE_STATES } from "../../../engine/states.ts";
import { ptagOf } from "../../ptag.ts";
import { dagIdOf } from "../../request.ts";
import { respond, shellOf } from "../../respond.tsx";
import { GRID_REGION, type GridData, type GridQuery, gridAddress, ROWS_PER_WINDOW, RUN_WINDOWS } from "./grid-data.ts";
import { GridPage, GridRegion } from "./grid-page.tsx";
import { fillRow, planRows, prefixOf, sightOf, tasksCalled, tasksInState } from "./grid-rows.ts";
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
  // Cells are asked for by the rows in sight. Before the graph is known, all of them, unless it turns out to be large.
  const guess = asked.task_state === "" ? newestKnown(dagId) : null;
  const first = grid.window({
    ...window,
    ...(guess === null ? { taskIds: null, upToTasks: ROWS_PER_WINDOW } : planGrid(guess, asked).sight),
  });
  const { dag, version, importErrorCount, rows: read } = await readDagPage(c, { type: "latest" }, [first]);
  const spec = version?.spec ?? { tasks: [], groups: [] };
  // Which tasks are in a state is known only once all of them are.
  const areAllRead = guess === null && read[0].every(({ cells }) => cells !== null);
  const all = areAllRead || asked.task_state === "" ? read[0] : await cellsOf(c, { ...window, taskIds: null });
  const tasks =
    asked.task_state === ""
      ? undefined
      : tasksInState(tasksCalled(spec, asked.q), all.slice(0, asked.runs), asked.task_state);
  const { areOpen, plan, from, shown, sight } = planGrid(spec, asked, tasks);
  const isGuessed = guess !== null && guess === spec;
  const isRead = areAllRead || asked.task_state !== "" || isGuessed;
  const known = isRead ? all : await cellsOf(c, { ...window, ...sight });
  const runs = known.slice(0, asked.runs).reverse();
  const isWhole = new Set(isRead && !isGuessed ? [] : sight.prefixes);
  const data: GridData = {
    dag,
    query: { ...asked, from },
    runs: runs.map(({ cells: _cells, prefixes: _prefixes, counts: _counts, ...run }) => run),
    rows: shown.map((row) => {
      const prefix = prefixOf(row);
      const worst = prefix !== null && isWhole.has(prefix) ? runs.map((run) => run.prefixes.get(prefix) ?? null) : null;
      return fillRow(row, (id) => runs.map((run) => run.cells?.get(id as TaskId) ?? null), worst);
    }),
    rowCount: plan.length,
    taskCount: spec.tasks.length,
    hasGroups: spec.groups.length > 0,
    areOpen,
    hasOlder: known.length > asked.runs,
    latestCounts: [...(runs.at(-1)?.counts ?? [])].map(([state, count]) => ({ state, count })),
  };
  return { data, importErrorCount };
}

async function cellsOf(c: AppContext, window: Parameters<typeof grid.window>[0]): Promise<readonly GridRun[]> {
  const [runs] = await readTogether(platformOf(c).catalog, [grid.window(window)]);
  return runs;
}

type GridSpec = Pick<DagSpec, "tasks" | "groups">;

/** The rows in sight of a graph, and what they need to be filled. */
function planGrid(spec: GridSpec, asked: GridQuery, tasks: readonly TaskSpec[] = tasksCalled(spec, asked.q)) {
  const areOpen = asked.groups === "" ? tasks.length <= ROWS_PER_WINDOW : asked.groups === "open";
  const plan = planRows({ ...spec, tasks }, (groupId) => areOpen !== asked.flip.includes(groupId));
  const from = asked.from < plan.length ? asked.from : 0;
  const shown = plan.slice(from, from + ROWS_PER_WINDOW);
  return { areOpen, plan, from, shown, sight: sightOf(spec, shown) };
}

/** Most likely still the latest; what is read with it tells. */
function newestKnown(dagId: DagId): GridSpec | null {
  return [...knownVersions.of(dagId).values()].at(-1)?.spec ?? null;
}

export function cursorOf(dagId: DagId, after: string): DagRunCursor | null {
  const [, at = "", runId = ""] = /^(-?\d{1,16})~(.+)$/.exec(after) ?? [];
  return isRunId(runId) ? { runAfterAt: Number(at), dagId, runId } : null;
}
