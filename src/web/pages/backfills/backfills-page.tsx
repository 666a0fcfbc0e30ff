import type { BackfillWithProgress } from "../../../catalog/sql/backfills.ts";
import type { SavedView } from "../../../catalog/sql/saved-views.ts";
import { domId } from "../../dom-id.ts";
import type { Shell } from "../../layout/page.tsx";
import { BrowsePage, BrowseRegion, type BrowseResults } from "../../parts/browse-list.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { ChoiceField, SearchField } from "../../parts/filter-fields.tsx";
import { paths } from "../../paths.ts";
import { BackfillTable } from "./backfill-table.tsx";

export const BACKFILL_STATES = ["open", "completed"] as const;

export interface BackfillsData {
  readonly query: { readonly q: string; readonly state: string };
  readonly rows: readonly BackfillWithProgress[];
  readonly results: BrowseResults;
}

export const BACKFILLS_REGION = domId("backfills", "results");
const SEARCH_FIELD = domId("backfills", "search");

export function BackfillsPage(props: {
  readonly shell: Shell;
  readonly data: BackfillsData;
  readonly views: readonly SavedView[];
}) {
  const { query, results } = props.data;
  return (
    <BrowsePage
      sheet="backfills"
      shell={props.shell}
      nav="backfills"
      title="Backfills"
      results={results}
      views={props.views}
      searchId={SEARCH_FIELD}
      filters={
        <>
          <SearchField id={SEARCH_FIELD} value={query.q} label="Search DAG" />
          <ChoiceField
            name="state"
            label="State"
            any="Any state"
            value={query.state}
            choices={BACKFILL_STATES.map((value) => ({ value, label: value === "open" ? "not completed" : value }))}
          />
        </>
      }
    >
      <BackfillResults data={props.data} />
    </BrowsePage>
  );
}

export function BackfillResults({ data }: { readonly data: BackfillsData }) {
  return (
    <BrowseRegion
      results={data.results}
      empty={
        data.results.chips.length > 0 ? (
          <EmptyState icon="search" title="No backfill matches">
            Change the filter, or <a href={paths.backfills}>show all backfills</a>.
          </EmptyState>
        ) : (
          <EmptyState icon="history" title="No backfills yet">
            A backfill runs a DAG for past dates. Start one from the Backfills tab of <a href={paths.dags}>a DAG</a>.
          </EmptyState>
        )
      }
    >
      <BackfillTable rows={data.rows} id={domId("backfills", "table")} />
    </BrowseRegion>
  );
}
