import type { UpcomingRun } from "../../../catalog/sql/home.ts";
import type { CountedPoolUse } from "../../../catalog/sql/pool-use.ts";
import type { DagRunView, PoolSettings } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { isoInstant } from "../../format.ts";
import { live } from "../../hx.ts";
import { Page, type Shell } from "../../layout/page.tsx";
import { Card } from "../../parts/card.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { RunTable } from "../../parts/run-table.tsx";
import { StatTile } from "../../parts/stat-tile.tsx";
import { paths, withQuery } from "../../paths.ts";
import { Attention } from "./attention.tsx";
import { type Health, HealthLine } from "./health-line.tsx";
import { History, type HistoryRow } from "./history.tsx";
import { PoolsCard } from "./pools-card.tsx";
import { type HomeQuery, homeAddress, type Range } from "./range.ts";
import { Upcoming } from "./upcoming.tsx";

export interface HomeData {
  readonly query: HomeQuery;
  readonly range: Range;
  readonly dagCount: number;
  readonly pausedCount: number;
  readonly runningRunCount: number;
  readonly queuedRunCount: number;
  readonly importErrorCount: number;
  readonly failedRuns: readonly DagRunView[];
  readonly recentRuns: readonly DagRunView[];
  readonly history: readonly HistoryRow[];
  readonly upcoming: readonly UpcomingRun[];
  readonly pools: readonly PoolSettings[];
  readonly poolUse: CountedPoolUse;
  readonly health: Health;
}

export const HOME_REGION = domId("home", "overview");

export function HomePage(props: { readonly shell: Shell; readonly data: HomeData; readonly ptag: string }) {
  const { shell } = props;
  return (
    <Page shell={shell} title="Home" nav="home" sheet="home" crumbs={[{ label: shell.instanceName, href: null }]}>
      <h1 class="visually-hidden">Home</h1>
      <HomeOverview data={props.data} ptag={props.ptag} />
    </Page>
  );
}

export function HomeOverview({ data, ptag }: { readonly data: HomeData; readonly ptag: string }) {
  const isActive = data.runningRunCount + data.queuedRunCount > 0;
  return (
    <div class="stack" id={HOME_REGION} {...live(homeAddress(data.query), { isActive, ptag })}>
      <HealthLine health={data.health} />
      <Attention data={data} />
      <Tiles data={data} />
      <div class="home-columns">
        <History data={data} />
        <Upcoming runs={data.upcoming} />
      </div>
      <PoolsCard pools={data.pools} uses={data.poolUse.uses} />
      <Card
        title="Latest runs"
        end={
          <a class="button quiet small" href={paths.allRuns}>
            All runs
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

function Tiles({ data }: { readonly data: HomeData }) {
  const failed = data.history.reduce((sum, row) => (row.state === "failed" ? sum + row.count : sum), 0);
  const from = isoInstant(data.range.from).slice(0, 16);
  const runs = (query: Readonly<Record<string, string>>) => `${paths.allRuns}${withQuery(query)}`;
  return (
    <div class="tiles">
      <StatTile
        href={runs({ state: "failed", from: `${from}Z` })}
        label={data.range.name === null ? "Failed in the range" : `Failed in ${data.range.name}`}
        value={failed}
        state="failed"
      />
      <StatTile href={runs({ state: "running" })} label="Running" value={data.runningRunCount} state="running" />
      <StatTile href={runs({ state: "queued" })} label="Queued" value={data.queuedRunCount} state="queued" />
      <StatTile
        href={`${paths.dags}?paused=no`}
        label="Active DAGs"
        value={data.dagCount - data.pausedCount}
        icon="workflow"
      />
      <StatTile href={`${paths.dags}?paused=yes`} label="Paused DAGs" value={data.pausedCount} icon="pause" />
    </div>
  );
}
