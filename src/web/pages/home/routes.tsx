import { platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readTogether } from "../../../catalog/port.ts";
import { dagRuns } from "../../../catalog/sql/dag-runs.ts";
import { dags } from "../../../catalog/sql/dags.ts";
import { importErrors } from "../../../catalog/sql/import-errors.ts";
import { jobs } from "../../../catalog/sql/jobs.ts";
import { paths } from "../../paths.ts";
import { ptagOf } from "../../ptag.ts";
import { respond, shellOf } from "../../respond.tsx";
import { HOME_REGION, HomeOverview, HomePage } from "./home-page.tsx";

export const homeRoutes = new Routes("page");

const DAY_MS = 86_400_000;
/** DESIGN.md §5: health is that no DAG is overdue by more than three minutes. */
const OVERDUE_MS = 180_000;
const NO_TOTALS = { total: 0, active: 0, paused: 0, withImportError: 0 };

homeRoutes.get(paths.home, { permission: "dag.read" }, async (c) => {
  const { catalog, clock } = platformOf(c);
  const now = clock.now();
  const allowed = { allowedDagIds: allowedDagIds(principalOf(c)) };
  const [[[totals], latest, live, [importErrorCount = 0], failedRuns, recentRuns, overdue, [sync]], catalogBytes] =
    await Promise.all([
      readTogether(catalog, [
        dags.totals(allowed.allowedDagIds),
        dags.countByLatestRunState(allowed),
        dagRuns.countByState({ ...allowed, states: ["queued", "running"] }),
        importErrors.count(allowed),
        dagRuns.list({ ...allowed, states: ["failed"], runAfter: { from: now - DAY_MS } }, { limit: 6, after: null }),
        dagRuns.list(allowed, { limit: 15, after: null }),
        dags.overdue({ before: now - OVERDUE_MS, limit: 100 }),
        jobs.latest("DagProcessorJob"),
      ]),
      catalog.size(),
    ]);
  const countOf = (rows: typeof live, state: string) => rows.find((row) => row.state === state)?.count ?? 0;
  const data = {
    totals: totals ?? NO_TOTALS,
    failedDagCount: countOf(latest, "failed"),
    runningRunCount: countOf(live, "running"),
    queuedRunCount: countOf(live, "queued"),
    importErrorCount,
    failedRuns,
    recentRuns,
    health: {
      overdueDagCount: overdue.length,
      bundleSyncedAt: sync?.latestHeartbeatAt ?? null,
      isBundleSyncOk: sync?.state !== "failed",
      catalogBytes,
    },
  };
  const ptag = ptagOf(data);
  return respond(c, {
    ptag,
    page: () => <HomePage shell={shellOf(c, importErrorCount)} data={data} ptag={ptag} />,
    parts: { [HOME_REGION]: () => <HomeOverview data={data} ptag={ptag} /> },
  });
});
