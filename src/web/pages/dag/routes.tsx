import { z } from "zod";
import { notFound } from "../../../auth/context.ts";
import { Routes } from "../../../auth/routes.ts";
import { dagVersions } from "../../../catalog/sql/dag-versions.ts";
import { dagIdOf } from "../../request.ts";
import { respond, shellOf } from "../../respond.tsx";
import { CodePage } from "./code-page.tsx";
import { DetailsPage } from "./details-page.tsx";
import { readDagPage } from "./read-page.ts";
import { TasksPage } from "./tasks-page.tsx";

export const dagRoutes = new Routes("page");

const tasksQuery = z.object({
  q: z.string().trim().max(250).catch(""),
  from: z.coerce.number().int().min(0).catch(0),
});

dagRoutes.get("/dags/:dag_id/tasks", { permission: "dag.read", query: tasksQuery }, async (c, { query }) => {
  const { dag, version, importErrorCount } = await readDagPage(c, { type: "latest" }, []);
  if (version === null) throw notFound(c);
  const page = () => <TasksPage shell={shellOf(c, importErrorCount)} dag={dag} spec={version.spec} query={query} />;
  return respond(c, { ptag: null, page, parts: {} });
});

/** Who may follow a DAG: a runtime that can push asks this before it takes a socket of that address. */
dagRoutes.get("/dags/:dag_id/live", { permission: "run.read" }, (c) => c.body(null, 204));

dagRoutes.get("/dags/:dag_id/details", { permission: "dag.read" }, async (c) => {
  const { dag, version, importErrorCount } = await readDagPage(c, { type: "latest" }, []);
  const page = () => <DetailsPage shell={shellOf(c, importErrorCount)} dag={dag} version={version} />;
  return respond(c, { ptag: null, page, parts: {} });
});

const number = z.coerce.number().int().min(1).optional().catch(undefined);
const codeQuery = z.object({ version: number, against: number });
/** Versions that can be chosen. */
const MAX_VERSIONS = 100;

dagRoutes.get("/dags/:dag_id/code", { permission: "code.read", query: codeQuery }, async (c, { query }) => {
  const dagId = dagIdOf(c);
  const choice =
    query.version === undefined
      ? ({ type: "latest" } as const)
      : ({ type: "number", versionNumber: query.version } as const);
  const { dag, version, importErrorCount, rows } = await readDagPage(c, choice, [
    dagVersions.list(dagId, { limit: MAX_VERSIONS, offset: 0 }),
    dagVersions.get(dagId, query.against ?? 0),
  ]);
  const [versions, [other]] = rows;
  const page = () => (
    <CodePage
      shell={shellOf(c, importErrorCount)}
      dag={dag}
      versions={versions}
      shown={version}
      other={other ?? null}
    />
  );
  return respond(c, { ptag: null, page, parts: {} });
});
