import type { XComProjection } from "../../../catalog/projection.ts";
import type { SavedView } from "../../../catalog/sql/saved-views.ts";
import { domId } from "../../dom-id.ts";
import { formatBytes, indexText } from "../../format.ts";
import type { Shell } from "../../layout/page.tsx";
import { BrowsePage, BrowseRegion, type BrowseResults } from "../../parts/browse-list.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { IdField, RangeFields, SearchField } from "../../parts/filter-fields.tsx";
import { Age } from "../../parts/instant.tsx";
import { paths, withQuery } from "../../paths.ts";

export interface XComsQuery {
  readonly q: string;
  readonly dag: string;
  readonly from: string;
  readonly to: string;
}

export interface XComsData {
  readonly query: XComsQuery;
  readonly entries: readonly XComProjection[];
  readonly results: BrowseResults;
}

export const XCOMS_REGION = domId("xcoms", "results");
const SEARCH_FIELD = domId("xcoms", "search");

export function XComsPage(props: {
  readonly shell: Shell;
  readonly data: XComsData;
  readonly views: readonly SavedView[];
}) {
  const { query, entries, results } = props.data;
  const { zone } = props.shell.clock;
  return (
    <BrowsePage
      shell={props.shell}
      nav="xcoms"
      title="XComs"
      results={results}
      views={props.views}
      searchId={SEARCH_FIELD}
      filters={
        <>
          <SearchField id={SEARCH_FIELD} value={query.q} label="Search key or task" />
          <IdField name="dag" label="DAG" value={query.dag} known={entries.map(({ dagId }) => dagId)} />
          <RangeFields label="Runs from" from={query.from} to={query.to} zone={zone} />
        </>
      }
    >
      <XComsResults data={props.data} />
    </BrowsePage>
  );
}

export function XComsResults({ data }: { readonly data: XComsData }) {
  return (
    <BrowseRegion
      results={data.results}
      empty={
        <EmptyState icon="arrow-left-right" title="No XCom matches">
          What a task returns, and what it pushes, is listed here once it has succeeded.
        </EmptyState>
      }
    >
      <div class="table-wrap">
        <table class="table blocks" id={domId("xcoms", "table")}>
          <thead>
            <tr>
              <th>Key</th>
              <th>Task</th>
              <th>DAG</th>
              <th>Run</th>
              <th class="fill">Value</th>
              <th class="number">Size</th>
              <th>Written</th>
            </tr>
          </thead>
          <tbody>
            {data.entries.map((entry) => (
              <XComRow entry={entry} />
            ))}
          </tbody>
        </table>
      </div>
    </BrowseRegion>
  );
}

function XComRow({ entry }: { readonly entry: XComProjection }) {
  const { dagId, runId, taskId, mapIndex } = entry;
  return (
    <tr data-key={`${dagId}/${runId}/${taskId}/${mapIndex}/${entry.key}`}>
      <td class="lead">
        <a
          class="name clip"
          href={`${paths.task({ dagId, runId, taskId, mapIndex }, "/xcom")}#${domId("xcom", entry.key)}`}
        >
          {entry.key}
        </a>
      </td>
      <td>
        <a class="clip" href={paths.task({ dagId, runId, taskId, mapIndex })}>
          {taskId}
          {mapIndex >= 0 && ` ${indexText(mapIndex, null)}`}
        </a>
      </td>
      <td class="optional">
        <a href={`${paths.xcoms}${withQuery({ dag: dagId })}`}>{dagId}</a>
      </td>
      <td class="optional">
        <a class="clip mono run-id" href={paths.run(dagId, runId)} title={runId}>
          {runId}
        </a>
      </td>
      <td class="optional fill">
        <code class="clip muted" title={entry.preview.slice(0, 500)}>
          {entry.preview.slice(0, 200)}
        </code>
      </td>
      <td class="number optional muted">{formatBytes(entry.bytes)}</td>
      <td class="muted last">
        <Age at={entry.at} />
      </td>
    </tr>
  );
}
