import type { DagProjection } from "../../../catalog/projection.ts";
import type { DagRunBar } from "../../../catalog/sql/dag-runs.ts";
import { domId } from "../../dom-id.ts";
import { counted } from "../../format.ts";
import { hx, live } from "../../hx.ts";
import { Page, type Shell } from "../../layout/page.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Pagination } from "../../parts/pagination.tsx";
import { paths } from "../../paths.ts";
import { DagFilters, type DagsQuery, dagsAddress } from "./dag-filters.tsx";
import { DagRow } from "./dag-row.tsx";

export interface DagsData {
  readonly query: DagsQuery;
  readonly tags: readonly string[];
  /** All that match, whatever the page. */
  readonly count: number;
  readonly dags: readonly { readonly dag: DagProjection; readonly runs: readonly DagRunBar[] }[];
}

export const DAGS_PER_PAGE = 50;
export const DAGS_REGION = domId("dags", "results");

export function DagsPage({
  shell,
  data,
  ptag,
}: {
  readonly shell: Shell;
  readonly data: DagsData;
  readonly ptag: string;
}) {
  return (
    <Page shell={shell} title="DAGs" nav="dags" crumbs={[{ label: "DAGs", href: null }]}>
      <h1 class="visually-hidden">DAGs</h1>
      <form
        method="get"
        action={paths.dags}
        class="filters"
        {...hx({
          get: paths.dags,
          target: `#${DAGS_REGION}`,
          swap: "outerHTML",
          trigger: "submit, change, input changed delay:200ms from:#dags-search",
          sync: "this:replace",
        })}
      >
        <DagFilters query={data.query} tags={data.tags} />
      </form>
      <DagsResults data={data} ptag={ptag} />
    </Page>
  );
}

export function DagsResults({ data, ptag }: { readonly data: DagsData; readonly ptag: string }) {
  const isActive = data.dags.some(({ runs }) => runs.some((run) => run.endAt === null));
  const url = dagsAddress(data.query);
  return (
    <div class="stack" id={DAGS_REGION} {...live(url, { isActive, ptag })}>
      {data.dags.length === 0 ? <NoDags query={data.query} /> : <DagTable data={data} />}
      <Pagination
        firstHref={data.query.page > 1 ? dagsAddress({ ...data.query, page: 1 }) : null}
        nextHref={
          data.query.page * DAGS_PER_PAGE < data.count
            ? dagsAddress({ ...data.query, page: data.query.page + 1 })
            : null
        }
      />
    </div>
  );
}

function DagTable({ data }: { readonly data: DagsData }) {
  return (
    <div class="table-wrap">
      <table class="table blocks">
        <caption class="visually-hidden">{counted(data.count, "DAG")}</caption>
        <thead>
          <tr>
            <th class="tight">
              <span class="visually-hidden">Scheduled</span>
            </th>
            <th class="fill">DAG</th>
            <th>Schedule</th>
            <th>Next run</th>
            <th>Latest run</th>
            <th>Recent runs</th>
            <th class="actions">
              <span class="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {data.dags.map(({ dag, runs }) => (
            <DagRow dag={dag} runs={runs} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function NoDags({ query }: { readonly query: DagsQuery }) {
  const isFiltered = query.q !== "" || query.paused !== "all" || query.state !== "" || query.tag !== "";
  return (
    <div class="card">
      {isFiltered ? (
        <EmptyState icon="search" title="No DAG matches">
          Change the filter, or <a href={paths.dags}>show all DAGs</a>.
        </EmptyState>
      ) : (
        <EmptyState icon="workflow" title="No DAGs yet">
          Add a file to <code>dags/</code> that exports a <code>dag(…)</code>. If it is there already, look at the{" "}
          <a href={paths.importErrors}>import errors</a>.
        </EmptyState>
      )}
    </div>
  );
}
