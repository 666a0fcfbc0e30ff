import { z } from "zod";
import { type AppContext, notFound, platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readOne, readTogether } from "../../../catalog/port.ts";
import type { DagProjection } from "../../../catalog/projection.ts";
import { readDag } from "../../../catalog/read-through.ts";
import { type DagRunCursor, dagRuns } from "../../../catalog/sql/dag-runs.ts";
import { dagVersions } from "../../../catalog/sql/dag-versions.ts";
import { type GridRun, grid } from "../../../catalog/sql/grid.ts";
import { importErrors } from "../../../catalog/sql/import-errors.ts";
import { type DagId, isRunId } from "../../../dag/ids.ts";
import type { DagSpec } from "../../../dag/spec.ts";
import { DAG_RUN_STATES, type TaskInstanceState } from "../../../engine/states.ts";
import { paths, withQuery } from "../../paths.ts";
import { ptagOf } from "../../ptag.ts";
import { dagIdOf } from "../../request.ts";
import { respond, shellOf } from "../../respond.tsx";
import { CodePage } from "./code-page.tsx";
import { DetailsPage } from "./details-page.tsx";
import { GRID_REGION, GridPage, GridRegion, ROWS_PER_WINDOW, RUN_WINDOWS } from "./grid-page.tsx";
import { gridRows } from "./grid-rows.ts";
import { RUNS_REGION, RunsPage, RunsRegion } from "./runs-page.tsx";
import { TasksPage } from "./tasks-page.tsx";

export const dagRoutes = new Routes("page");

const RUNS_PER_PAGE = 50;

const gridQuery = z.object({
  runs: z.coerce
    .number()
    .refine((count) => RUN_WINDOWS.some((known) => known === count))
    .catch(25),
  from: z.coerce.number().int().min(0).catch(0),
});

dagRoutes.get("/dags/:dag_id", { permission: "dag.read", query: gridQuery }, async (c, { query }) => {
  const { catalog } = platformOf(c);
  const dagId = dagIdOf(c);
  const allowed = { allowedDagIds: allowedDagIds(principalOf(c)) };
  const [dag, [[version], [importErrorCount = 0]]] = await Promise.all([
    dagOf(c, dagId),
    readTogether(catalog, [dagVersions.latest(dagId), importErrors.count(allowed)]),
  ]);
  const shape = version?.spec ?? { tasks: [], groups: [] };
  const { from, taskIds, rowCount } = windowOf(shape, query.from);
  const [newestFirst] = await readTogether(catalog, [grid.window({ dagId, runCount: query.runs, taskIds })]);
  const runs = [...newestFirst].reverse();
  const rows = gridRows(shape, (taskId) => runs.map((run) => stateIn(run, taskId)));
  const data = {
    dag,
    runs: runs.map(({ cells: _cells, ...run }) => run),
    rows: rows.slice(from, from + ROWS_PER_WINDOW),
    from,
    rowCount,
    latestCounts: countsOf(runs.at(-1)),
    limit: query.runs,
  };
  const ptag = ptagOf(data);
  return respond(c, {
    ptag,
    page: () => <GridPage shell={shellOf(c, importErrorCount)} data={data} ptag={ptag} />,
    parts: { [GRID_REGION]: () => <GridRegion data={data} ptag={ptag} /> },
  });
});

const runsQuery = z.object({ state: z.enum(["", ...DAG_RUN_STATES]).catch(""), after: z.string().max(300).catch("") });

dagRoutes.get("/dags/:dag_id/runs", { permission: "run.read", query: runsQuery }, async (c, { query }) => {
  const dagId = dagIdOf(c);
  const allowed = { allowedDagIds: allowedDagIds(principalOf(c)) };
  const filter = { ...allowed, dagId, states: query.state === "" ? undefined : [query.state] };
  const [dag, [rows, [importErrorCount = 0]]] = await Promise.all([
    dagOf(c, dagId),
    readTogether(platformOf(c).catalog, [
      dagRuns.list(filter, { limit: RUNS_PER_PAGE + 1, after: cursorOf(dagId, query.after) }),
      importErrors.count(allowed),
    ]),
  ]);
  const runs = rows.slice(0, RUNS_PER_PAGE);
  const last = rows.length > RUNS_PER_PAGE ? runs.at(-1) : undefined;
  const data = { dag, runs, query, nextAfter: last === undefined ? null : `${last.runAfterAt}~${last.runId}` };
  const ptag = ptagOf(data);
  return respond(c, {
    ptag,
    address: `${paths.dagTab(dagId, "runs")}${withQuery(query)}`,
    page: () => <RunsPage shell={shellOf(c, importErrorCount)} data={data} ptag={ptag} />,
    parts: { [RUNS_REGION]: () => <RunsRegion data={data} ptag={ptag} /> },
  });
});

dagRoutes.get("/dags/:dag_id/tasks", { permission: "dag.read" }, async (c) => {
  const { dag, version, importErrorCount } = await latestVersion(c);
  if (version === null) throw notFound(c);
  const page = () => <TasksPage shell={shellOf(c, importErrorCount)} dag={dag} spec={version.spec} />;
  return respond(c, { ptag: null, page, parts: {} });
});

dagRoutes.get("/dags/:dag_id/details", { permission: "dag.read" }, async (c) => {
  const { dag, version, importErrorCount } = await latestVersion(c);
  const page = () => <DetailsPage shell={shellOf(c, importErrorCount)} dag={dag} version={version} />;
  return respond(c, { ptag: null, page, parts: {} });
});

const codeQuery = z.object({ version: z.coerce.number().int().min(1).optional().catch(undefined) });

dagRoutes.get("/dags/:dag_id/code", { permission: "code.read", query: codeQuery }, async (c, { query }) => {
  const { catalog } = platformOf(c);
  const dagId = dagIdOf(c);
  const wanted = query.version === undefined ? dagVersions.latest(dagId) : dagVersions.get(dagId, query.version);
  const [dag, [[shown], versions, [importErrorCount = 0]]] = await Promise.all([
    dagOf(c, dagId),
    readTogether(catalog, [
      wanted,
      dagVersions.list(dagId, { limit: 20, offset: 0 }),
      importErrors.count({ allowedDagIds: allowedDagIds(principalOf(c)) }),
    ]),
  ]);
  const page = () => (
    <CodePage shell={shellOf(c, importErrorCount)} dag={dag} versions={versions} shown={shown ?? null} />
  );
  return respond(c, { ptag: null, page, parts: {} });
});

async function dagOf(c: AppContext, dagId: DagId): Promise<DagProjection> {
  const dag = await readDag(platformOf(c), dagId);
  if (dag === null) throw notFound(c);
  return dag;
}

async function latestVersion(c: AppContext) {
  const dagId = dagIdOf(c);
  const { catalog } = platformOf(c);
  const [dag, version, importErrorCount] = await Promise.all([
    dagOf(c, dagId),
    readOne(catalog, dagVersions.latest(dagId)),
    readOne(catalog, importErrors.count({ allowedDagIds: allowedDagIds(principalOf(c)) })),
  ]);
  return { dag, version, importErrorCount: importErrorCount ?? 0 };
}

/** All cells at once while the graph is small; the cells of the rows in sight when it is not. */
function windowOf(shape: Pick<DagSpec, "tasks" | "groups">, wanted: number) {
  const order = gridRows(shape, () => []);
  const from = wanted < order.length ? wanted : 0;
  if (order.length <= ROWS_PER_WINDOW) return { from: 0, taskIds: null, rowCount: order.length };
  const shown = order.slice(from, from + ROWS_PER_WINDOW);
  return { from, taskIds: shown.flatMap((row) => row.taskId ?? []), rowCount: order.length };
}

function stateIn(run: GridRun, taskId: string): TaskInstanceState | null {
  return (run.cells as ReadonlyMap<string, { readonly state: TaskInstanceState }>).get(taskId)?.state ?? null;
}

function countsOf(run: GridRun | undefined) {
  const counts = new Map<TaskInstanceState, number>();
  for (const { state, count } of run?.cells.values() ?? []) counts.set(state, (counts.get(state) ?? 0) + count);
  return [...counts].map(([state, count]) => ({ state, count }));
}

function cursorOf(dagId: DagId, after: string): DagRunCursor | null {
  const [, at = "", runId = ""] = /^(-?\d{1,16})~(.+)$/.exec(after) ?? [];
  return isRunId(runId) ? { runAfterAt: Number(at), dagId, runId } : null;
}
