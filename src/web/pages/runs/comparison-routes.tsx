import { z } from "zod";
import { type AppContext, platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readTogether } from "../../../catalog/port.ts";
import { dagRuns } from "../../../catalog/sql/dag-runs.ts";
import { runPages } from "../../../catalog/sql/run-pages.ts";
import { runTasks } from "../../../catalog/sql/run-tasks.ts";
import { isRunId, type RunId } from "../../../dag/ids.ts";
import { dagIdOf, runIdOf } from "../../request.ts";
import { respond, shellOf } from "../../respond.tsx";
import { compareConfs, compareTasks } from "./compare-runs.ts";
import { type ComparisonData, ComparisonPage } from "./comparison-page.tsx";
import { runOf } from "./routes.tsx";

export const runComparisonRoutes = new Routes("page");

const query = z.object({ with: z.string().max(250).catch("") });

runComparisonRoutes.get(
  "/dags/:dag_id/runs/:run_id/comparison",
  { permission: "run.read", query },
  async (c, { query: asked }) => {
    const data = await comparisonOf(c, isRunId(asked.with) ? asked.with : null);
    const page = () => <ComparisonPage shell={shellOf(c, data.head?.importErrorCount ?? 0)} data={data} />;
    return respond(c, { ptag: null, page, parts: {} });
  },
);

/** With the named run, or with the one before. */
async function comparisonOf(c: AppContext, named: RunId | null): Promise<ComparisonData> {
  const { catalog, clock } = platformOf(c);
  const key = { dagId: dagIdOf(c), runId: runIdOf(c) };
  const headQuery = runPages.head({ ...key, allowedDagIds: allowedDagIds(principalOf(c)) });
  const bothQueries = (otherId: RunId) =>
    [
      dagRuns.get({ dagId: key.dagId, runId: otherId }),
      runTasks.summary({ dagId: key.dagId, runIds: [key.runId, otherId] }),
    ] as const;
  const [run, [[head], ofNamed = [], namedSummaries = []]] = await Promise.all([
    runOf(c),
    readTogether(catalog, named === null ? [headQuery] : [headQuery, ...bothQueries(named)]),
  ]);
  const otherId = named ?? head?.before[0]?.runId ?? null;
  if (otherId === null || otherId === run.runId) return { run, head: head ?? null, other: null, tasks: [], fields: [] };
  // Which run came before is known only now.
  const [[other], summaries] =
    named === null ? await readTogether(catalog, bothQueries(otherId)) : [ofNamed, namedSummaries];
  const of = (runId: string) => summaries.find((summary) => summary.runId === runId);
  return {
    run,
    head: head ?? null,
    other: other ?? null,
    tasks: compareTasks(of(run.runId), of(otherId), clock.now()),
    fields: other === undefined ? [] : compareConfs(run.conf, other.conf),
  };
}
