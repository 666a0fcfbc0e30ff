import { platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readTogether } from "../../../catalog/port.ts";
import { type HomeNumbers, home } from "../../../catalog/sql/home.ts";
import { assert } from "../../../lib/assert.ts";
import { type Platform, PlatformError, type PoolSettings } from "../../../platform.ts";
import { paths } from "../../paths.ts";
import { ptagOf } from "../../ptag.ts";
import { clockOf, respond, shellOf } from "../../respond.tsx";
import { HOME_REGION, HomeOverview, HomePage } from "./home-page.tsx";
import { homeQuery, rangeOfHome } from "./range.ts";

export const homeRoutes = new Routes("page");

/** Health is that no DAG is overdue by more than three minutes. */
const OVERDUE_MS = 180_000;
const UPCOMING = 8;
const FAILED = 6;
const LATEST = 10;

homeRoutes.get(paths.home, { permission: "dag.read", query: homeQuery }, async (c, { query }) => {
  const platform = platformOf(c);
  const { now, zone } = clockOf(c);
  const range = rangeOfHome(query, now, zone);
  const allowed = { allowedDagIds: allowedDagIds(principalOf(c)) };
  const [[[numbers], runs, history], pools] = await Promise.all([
    readTogether(platform.catalog, [
      home.numbers({ ...allowed, now, overdueBefore: now - OVERDUE_MS, upcomingCount: UPCOMING }),
      home.runs({ ...allowed, failedSince: range.from, failedCount: FAILED, latestCount: LATEST }),
      home.history({ ...allowed, ...range }),
    ]),
    poolsOf(platform),
  ]);
  assert(numbers !== undefined, "a statement of numbers gives one row");
  const data = {
    ...numbers,
    query,
    range,
    pools,
    history,
    failedRuns: runs.filter(({ isFailedList }) => isFailedList).map(({ run }) => run),
    recentRuns: runs.filter(({ isFailedList }) => !isFailedList).map(({ run }) => run),
    health: healthOf(numbers, await platform.catalog.size()),
  };
  const ptag = ptagOf(data);
  return respond(c, {
    ptag,
    page: () => <HomePage shell={shellOf(c, numbers.importErrorCount)} data={data} ptag={ptag} />,
    parts: { [HOME_REGION]: () => <HomeOverview data={data} ptag={ptag} /> },
  });
});

function healthOf(numbers: HomeNumbers, catalogBytes: number) {
  const slotsIn = (...states: readonly string[]) =>
    numbers.poolUse.uses.reduce((sum, use) => (states.includes(use.state) ? sum + use.slots : sum), 0);
  const { overdueDagIds, watchdogAt, bundleSyncedAt, projectionErrorCount, behindSinceAt } = numbers;
  return {
    overdueDagIds,
    watchdogAt,
    bundleSyncedAt,
    projectionErrorCount,
    behindSinceAt,
    isBundleSyncOk: numbers.bundleState !== "failed",
    catalogBytes,
    isWhole: numbers.poolUse.isWhole,
    unclaimed: { queued: slotsIn("queued"), running: slotsIn("running", "restarting") },
  };
}

/** The start page must not fail with the object of the pools: it shows none then. */
async function poolsOf({ limits }: Platform): Promise<readonly PoolSettings[]> {
  try {
    return (await limits.read()).pools;
  } catch (error) {
    if (error instanceof PlatformError && error.retryable) return [];
    throw error;
  }
}
