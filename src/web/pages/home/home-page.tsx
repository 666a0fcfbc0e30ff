import type { DagTotals } from "../../../catalog/sql/dags.ts";
import type { DagRunView } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { counted } from "../../format.ts";
import { live } from "../../hx.ts";
import { Page, type Shell } from "../../layout/page.tsx";
import { Banner } from "../../parts/banner.tsx";
import { Card } from "../../parts/card.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { RunTable } from "../../parts/run-table.tsx";
import { StatTile } from "../../parts/stat-tile.tsx";
import { paths } from "../../paths.ts";
import { type Health, HealthLine } from "./health-line.tsx";

export interface HomeData {
  readonly totals: DagTotals;
  /** DAGs whose latest run failed. */
  readonly failedDagCount: number;
  readonly runningRunCount: number;
  readonly queuedRunCount: number;
  readonly importErrorCount: number;
  readonly failedRuns: readonly DagRunView[];
  readonly recentRuns: readonly DagRunView[];
  readonly health: Health;
}

export const HOME_REGION = domId("home", "overview");

export function HomePage({
  shell,
  data,
  ptag,
}: {
  readonly shell: Shell;
  readonly data: HomeData;
  readonly ptag: string;
}) {
  return (
    <Page shell={shell} title="Home" nav="home" crumbs={[{ label: shell.instanceName, href: null }]}>
      <h1 class="visually-hidden">Home</h1>
      <HomeOverview data={data} ptag={ptag} />
    </Page>
  );
}

export function HomeOverview({ data, ptag }: { readonly data: HomeData; readonly ptag: string }) {
  const isActive = data.runningRunCount + data.queuedRunCount > 0;
  return (
    <div class="stack" id={HOME_REGION} {...live(paths.home, { isActive, ptag })}>
      <HealthLine health={data.health} />
      {data.importErrorCount > 0 && (
        <Banner
          tone="danger"
          title={`${counted(data.importErrorCount, "file")} cannot be imported`}
          icon="file-warning"
          action={
            <a class="button small" href={paths.importErrors}>
              Show
            </a>
          }
        >
          Their DAGs keep the last version that worked and start no scheduled runs.
        </Banner>
      )}
      <div class="tiles">
        <StatTile href={`${paths.dags}?state=failed`} label="Failed DAGs" value={data.failedDagCount} state="failed" />
        <StatTile
          href={`${paths.dags}?state=running`}
          label="Running runs"
          value={data.runningRunCount}
          state="running"
        />
        <StatTile href={`${paths.dags}?state=queued`} label="Queued runs" value={data.queuedRunCount} state="queued" />
        <StatTile href={`${paths.dags}?paused=no`} label="Active DAGs" value={data.totals.active} icon="workflow" />
        <StatTile href={`${paths.dags}?paused=yes`} label="Paused DAGs" value={data.totals.paused} icon="pause" />
      </div>
      {data.failedRuns.length > 0 && (
        <Card title="Needs attention" count="runs that failed in the last day, the latest first">
          <RunTable runs={data.failedRuns} id={domId("home", "failed")} />
        </Card>
      )}
      <Card
        title="Latest runs"
        end={
          <a class="button quiet small" href={paths.dags}>
            All DAGs
          </a>
        }
      >
        {data.recentRuns.length === 0 ? (
          <EmptyState icon="play" title="Nothing has run yet">
            Open <a href={paths.dags}>the list of DAGs</a> and trigger one, or turn its schedule on.
          </EmptyState>
        ) : (
          <RunTable runs={data.recentRuns} id={domId("home", "recent")} />
        )}
      </Card>
    </div>
  );
}
