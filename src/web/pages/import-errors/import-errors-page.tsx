import type { ImportErrorView } from "../../../catalog/sql/import-errors.ts";
import type { SavedView } from "../../../catalog/sql/saved-views.ts";
import { domId } from "../../dom-id.ts";
import { counted } from "../../format.ts";
import type { Shell } from "../../layout/page.tsx";
import { BrowsePage, BrowseRegion, type BrowseResults } from "../../parts/browse-list.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { SearchField } from "../../parts/filter-fields.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Age } from "../../parts/instant.tsx";
import { paths } from "../../paths.ts";

export interface ImportErrorsData {
  readonly q: string;
  readonly errors: readonly ImportErrorView[];
  readonly results: BrowseResults;
}

export const IMPORT_ERRORS_REGION = domId("import-errors", "list");
const SEARCH_FIELD = domId("import-errors", "search");

export function ImportErrorsPage(props: {
  readonly shell: Shell;
  readonly data: ImportErrorsData;
  readonly views: readonly SavedView[];
}) {
  return (
    <BrowsePage
      sheet="errors"
      shell={props.shell}
      nav="import-errors"
      title="Import errors"
      results={props.data.results}
      views={props.views}
      searchId={SEARCH_FIELD}
      filters={<SearchField id={SEARCH_FIELD} value={props.data.q} label="Search file" />}
    >
      <ImportErrorList data={props.data} />
    </BrowsePage>
  );
}

export function ImportErrorList({ data }: { readonly data: ImportErrorsData }) {
  const { errors, results } = data;
  return (
    <BrowseRegion
      results={results}
      empty={
        data.q !== "" ? (
          <EmptyState icon="search" title="No file of this name has an error">
            Change the filter, or <a href={paths.importErrors}>show all import errors</a>.
          </EmptyState>
        ) : (
          <EmptyState icon="circle-check" title="Every file imports">
            A file that throws, does not parse or never ends is listed here; the DAGs of the others go on.
          </EmptyState>
        )
      }
    >
      <p class="muted small">
        {counted(errors.length, "file")} could not be imported. Mend the file and save it: the error goes away by
        itself.
      </p>
      {errors.map((error) => (
        <ImportErrorCard error={error} />
      ))}
    </BrowseRegion>
  );
}

function ImportErrorCard({ error }: { readonly error: ImportErrorView }) {
  return (
    <section
      class="card"
      id={domId("import-error", error.importErrorId)}
      data-key={error.filePath}
      aria-label={error.filePath}
    >
      <header class="card-head">
        <Icon name="file-warning" />
        <h2 class="mono">{error.filePath}</h2>
        <div class="card-end muted small">
          {error.dagId !== null && <a href={paths.dag(error.dagId)}>{error.dagId}</a>}
          <Age at={error.at} />
        </div>
      </header>
      <div class="card-body">
        <pre class="stack-trace" tabindex={0}>
          {error.stacktrace}
        </pre>
      </div>
    </section>
  );
}
