import type { BackfillProgress } from "../../../catalog/sql/backfills.ts";
import type { DagRunState } from "../../../engine/states.ts";
import type { BackfillView, DagRunView } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { formatCount } from "../../format.ts";
import { live } from "../../hx.ts";
import { Page, type Shell } from "../../layout/page.tsx";
import { Banner } from "../../parts/banner.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Age, Instant } from "../../parts/instant.tsx";
import { JsonTree } from "../../parts/json-tree.tsx";
import { type Fact, PageHeader } from "../../parts/page-header.tsx";
import { Pagination } from "../../parts/pagination.tsx";
import { RunTable } from "../../parts/run-table.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { paths, withQuery } from "../../paths.ts";
import { BackfillActions } from "./backfill-actions.tsx";
import { BackfillBadge, ProgressBar, runCountOf } from "./backfill-progress.tsx";
import { isWatched, REPROCESS_LABELS } from "./backfill-table.tsx";

export interface BackfillData {
  readonly backfill: BackfillView;
  readonly progress: BackfillProgress;
  readonly isDagPaused: boolean;
  readonly runs: readonly DagRunView[];
  readonly query: { readonly state: DagRunState | ""; readonly after: string };
  readonly nextAfter: string | null;
}

export const BACKFILL_REGION = domId("backfill", "region");

interface BackfillProps {
  readonly data: BackfillData;
  readonly ptag: string;
}

export function BackfillPage({ shell, data, ptag }: BackfillProps & { readonly shell: Shell }) {
  const { dagId } = data.backfill;
  return (
    <Page
      sheet="backfills"
      shell={shell}
      title={`Backfill of ${dagId}`}
      nav="backfills"
      crumbs={[
        { label: "DAGs", href: paths.dags },
        { label: dagId, href: paths.dag(dagId) },
        { label: "Backfills", href: paths.dagTab(dagId, "backfills") },
        { label: String(data.backfill.id), href: null },
      ]}
    >
      <BackfillRegion data={data} ptag={ptag} />
    </Page>
  );
}

/** All of the page: its state, what can be done with it and its runs change together. */
export function BackfillRegion({ data, ptag }: BackfillProps) {
  const { backfill, progress, query } = data;
  const url = paths.backfill(backfill.dagId, backfill.id);
  const isActive = isWatched([{ backfill, progress }]);
  const address = `${url}${withQuery({ ...query })}`;
  return (
    <div class="stack" id={BACKFILL_REGION} {...live(address, { isActive, ptag })}>
      <PageHeader
        title={`Backfill of ${backfill.dagId}`}
        badges={<BackfillBadge backfill={backfill} />}
        actions={<BackfillActions backfill={backfill} />}
        facts={factsOf(data)}
      />
      {data.isDagPaused && backfill.completedAt === null && (
        <Banner tone="waiting" title={`${backfill.dagId} is paused`}>
          No run of the backfill starts until the DAG is resumed.
        </Banner>
      )}
      <ProgressBar progress={progress} />
      <Tabs label="Runs by state" tabs={tabsOf(url, data)} />
      {data.runs.length === 0 ? (
        <div class="card">
          <EmptyState icon="play" title={query.state === "" ? "It has no runs" : `No run of it is ${query.state}`}>
            Dates that had a run already were left out, unless it was asked to run them again.
          </EmptyState>
        </div>
      ) : (
        <RunTable runs={data.runs} id={domId("backfill", "runs")} ofOneDag />
      )}
      <Pagination
        firstHref={query.after === "" ? null : `${url}${withQuery({ state: query.state })}`}
        nextHref={data.nextAfter === null ? null : `${url}${withQuery({ state: query.state, after: data.nextAfter })}`}
      />
    </div>
  );
}

function tabsOf(url: string, { progress, query }: BackfillData) {
  const states: readonly DagRunState[] = ["failed", "running", "queued", "success"];
  return [
    { label: `All ${formatCount(runCountOf(progress))}`, href: url, isCurrent: query.state === "" },
    ...states.map((state) => ({
      label: state,
      href: `${url}${withQuery({ state })}`,
      isCurrent: query.state === state,
      count: progress[state],
    })),
  ];
}

function factsOf({ backfill }: BackfillData): readonly Fact[] {
  return [
    { name: "From", value: <Instant at={backfill.fromAt} /> },
    { name: "To", value: <Instant at={backfill.toAt} /> },
    { name: "Order", value: backfill.isReverse ? "latest date first" : "earliest date first" },
    { name: "Runs that exist", value: REPROCESS_LABELS[backfill.reprocess] },
    { name: "Active runs", value: `at most ${backfill.maxActiveRuns}` },
    { name: "Made by", value: backfill.createdBy },
    { name: "Made", value: <Age at={backfill.createdAt} /> },
    ...(backfill.completedAt === null ? [] : [{ name: "Completed", value: <Age at={backfill.completedAt} /> }]),
    ...(isEmpty(backfill.conf) ? [] : [{ name: "Configuration", value: <JsonTree value={backfill.conf} /> }]),
  ];
}

function isEmpty(conf: BackfillView["conf"]): boolean {
  return conf === null || (typeof conf === "object" && Object.keys(conf).length === 0);
}
