import { type DagFacets, type ListedDag, MAX_COUNTED_DAGS } from "../../../catalog/sql/dag-list.ts";
import type { SavedView } from "../../../catalog/sql/saved-views.ts";
import { domId } from "../../dom-id.ts";
import { counted, formatCount } from "../../format.ts";
import type { Shell } from "../../layout/page.tsx";
import { SelectAllHead } from "../../parts/batch-bar.tsx";
import { BrowsePage, BrowseRegion, type BrowseResults } from "../../parts/browse-list.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { SortHeader } from "../../parts/sort-header.tsx";
import { paths } from "../../paths.ts";
import { DagBatchBar } from "./batch-bar.tsx";
import { DAGS_SEARCH, DagFilters } from "./dag-filters.tsx";
import { DagRow } from "./dag-row.tsx";
import { type DagsQuery, dagsAddress } from "./dags-query.ts";

export interface DagsData {
  readonly query: DagsQuery;
  readonly facets: DagFacets;
  readonly dags: readonly ListedDag[];
  readonly results: BrowseResults;
}

export const DAGS_REGION = domId("dags", "results");

export function DagsPage(props: {
  readonly shell: Shell;
  readonly data: DagsData;
  readonly views: readonly SavedView[];
}) {
  const { query, facets, results } = props.data;
  return (
    <BrowsePage
      shell={props.shell}
      nav="dags"
      title="DAGs"
      sheet="dags"
      results={results}
      views={props.views}
      searchId={DAGS_SEARCH}
      filters={<DagFilters query={query} tags={facets.tags} owners={facets.owners} />}
    >
      <DagsResults data={props.data} />
    </BrowsePage>
  );
}

export function DagsResults({ data }: { readonly data: DagsData }) {
  return (
    <BrowseRegion results={data.results} empty={<NoDags isFiltered={data.results.chips.length > 0} />}>
      <DagBatchBar query={data.query} countText={countText(data.facets.count)} />
      <DagTable data={data} />
    </BrowseRegion>
  );
}

export function countText(count: number): string {
  return count > MAX_COUNTED_DAGS ? `${formatCount(MAX_COUNTED_DAGS)}+ DAGs` : counted(count, "DAG");
}

function DagTable({ data }: { readonly data: DagsData }) {
  const { query } = data;
  const sort = (key: string, label: string, by: string, startsDown = false) => (
    <SortHeader
      label={label}
      by={by}
      sortKey={key}
      current={query.sort}
      startsDown={startsDown}
      hrefOf={(value) => dagsAddress({ ...query, sort: value })}
    />
  );
  return (
    <div class="table-wrap">
      <table class="table blocks">
        <caption class="visually-hidden">{countText(data.facets.count)}</caption>
        <thead>
          <tr>
            <SelectAllHead />
            <th class="tight">
              <span class="visually-hidden">Scheduled</span>
            </th>
            {sort("name", "DAG", "the name of the DAG")}
            <th>Schedule</th>
            {sort("next_run", "Next run", "when the next run is due")}
            {sort("latest_run", "Latest run", "when the latest run was due", true)}
            {sort("state", "Recent runs", "the state of the latest run")}
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

function NoDags({ isFiltered }: { readonly isFiltered: boolean }) {
  return isFiltered ? (
    <EmptyState icon="search" title="No DAG matches">
      Change the filter, or <a href={paths.dags}>show all DAGs</a>.
    </EmptyState>
  ) : (
    <EmptyState icon="workflow" title="No DAGs yet">
      Add a file to <code>dags/</code> that exports a <code>dag(…)</code>. If it is there already, look at the{" "}
      <a href={paths.importErrors}>import errors</a>.
    </EmptyState>
  );
}
