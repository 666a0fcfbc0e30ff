import { z } from "zod";
import { type AppContext, notFound, platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readOne, readTogether } from "../../../catalog/port.ts";
import type { DagProjection } from "../../../catalog/projection.ts";
import { readDag } from "../../../catalog/read-through.ts";
import { dagRuns } from "../../../catalog/sql/dag-runs.ts";
import { dagVersions } from "../../../catalog/sql/dag-versions.ts";
import { importErrors } from "../../../catalog/sql/import-errors.ts";
import type { DagId } from "../../../dag/ids.ts";
import { DAG_RUN_STATES } from "../../../engine/states.ts";
import { paths, withQuery } from "../../paths.ts";
import { ptagOf } from "../../ptag.ts";
import { dagIdOf } from "../../request.ts";
import { respond, shellOf } from "../../respond.tsx";
import { CodePage } from "./code-page.tsx";
import { DetailsPage } from "./details-page.tsx";
import { cursorOf } from "./grid-routes.tsx";
import { RUNS_REGION, RunsPage, RunsRegion } from "./runs-page.tsx";
import { TasksPage } from "./tasks-page.tsx";

export const dagRoutes = new Routes("page");

const RUNS_PER_PAGE = 50;

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
