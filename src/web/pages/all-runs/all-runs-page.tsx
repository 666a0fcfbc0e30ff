import type { SavedView } from "../../../catalog/sql/saved-views.ts";
import { DAG_RUN_STATES, DAG_RUN_TYPES } from "../../../engine/states.ts";
import type { DagRunView } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import type { Shell } from "../../layout/page.tsx";
import { BatchBar } from "../../parts/batch-bar.tsx";
import { BrowsePage, BrowseRegion, type BrowseResults } from "../../parts/browse-list.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { ChoiceField, IdField, RangeFields, SearchField } from "../../parts/filter-fields.tsx";
import { RunTable } from "../../parts/run-table.tsx";
import { paths } from "../../paths.ts";
import { runBatchButtons } from "./run-batch.ts";
import type { AllRunsQuery } from "./runs-query.ts";

export interface AllRunsData {
  readonly query: AllRunsQuery;
  readonly runs: readonly DagRunView[];
  readonly results: BrowseResults;
}

export const ALL_RUNS_REGION = domId("runs", "results");
const BATCH_FORM = domId("runs", "batch");
const SEARCH_FIELD = domId("runs", "search");

export function AllRunsPage(props: {
  readonly shell: Shell;
  readonly data: AllRunsData;
  readonly views: readonly SavedView[];
}) {
  const { query, runs, results } = props.data;
  const { zone } = props.shell.clock;
  const words = (value: string) => ({ value, label: value.replaceAll("_", " ") });
  return (
    <BrowsePage
      sheet="batches"
      shell={props.shell}
      nav="runs"
      title="Runs"
      results={results}
      views={props.views}
      searchId={SEARCH_FIELD}
      filters={
        <>
          <SearchField id={SEARCH_FIELD} value={query.q} label="Search run or DAG" />
          <ChoiceField
            name="state"
            label="State"
            any="Any state"
            value={query.state}
            choices={DAG_RUN_STATES.map(words)}
          />
          <ChoiceField name="type" label="Type" any="Any type" value={query.type} choices={DAG_RUN_TYPES.map(words)} />
          <IdField name="dag" label="DAG" value={query.dag} known={runs.map(({ dagId }) => dagId)} />
          {(["run", "version"] as const).map(
            (name) => query[name] !== "" && <input type="hidden" name={name} value={query[name]} />,
          )}
          <RangeFields label="From" from={query.from} to={query.to} zone={zone} />
        </>
      }
    >
      <AllRunsResults data={props.data} />
    </BrowsePage>
  );
}

export function AllRunsResults({ data }: { readonly data: AllRunsData }) {
  const isFiltered = data.results.chips.length > 0;
  return (
    <BrowseRegion
      results={data.results}
      empty={
        isFiltered ? (
          <EmptyState icon="search" title="No run matches">
            Change the filter, or <a href={paths.allRuns}>show all runs</a>.
          </EmptyState>
        ) : (
          <EmptyState icon="play" title="Nothing has run yet">
            Open <a href={paths.dags}>the list of DAGs</a> and trigger one, or turn its schedule on.
          </EmptyState>
        )
      }
    >
      <BatchBar
        form={BATCH_FORM}
        path={paths.runBatch}
        filter={Object.entries(data.query).filter(([, value]) => value !== "")}
        actions={runBatchButtons}
      />
      <RunTable runs={data.runs} id={domId("runs", "table")} batchForm={BATCH_FORM} />
    </BrowseRegion>
  );
}
