import type { ImportErrorView } from "../../../catalog/sql/import-errors.ts";
import { domId } from "../../dom-id.ts";
import { counted } from "../../format.ts";
import { live } from "../../hx.ts";
import { Page, type Shell } from "../../layout/page.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Age } from "../../parts/instant.tsx";
import { PageHeader } from "../../parts/page-header.tsx";
import { paths } from "../../paths.ts";

export const IMPORT_ERRORS_REGION = domId("import-errors", "list");

export function ImportErrorsPage(props: {
  readonly shell: Shell;
  readonly errors: readonly ImportErrorView[];
  readonly ptag: string;
}) {
  return (
    <Page
      sheet="errors"
      shell={props.shell}
      title="Import errors"
      nav="import-errors"
      crumbs={[{ label: "Import errors", href: null }]}
    >
      <PageHeader title="Import errors" />
      <ImportErrorList errors={props.errors} ptag={props.ptag} />
    </Page>
  );
}

export function ImportErrorList({
  errors,
  ptag,
}: {
  readonly errors: readonly ImportErrorView[];
  readonly ptag: string;
}) {
  return (
    <div class="stack" id={IMPORT_ERRORS_REGION} {...live(paths.importErrors, { isActive: errors.length > 0, ptag })}>
      {errors.length === 0 ? (
        <div class="card">
          <EmptyState icon="circle-check" title="Every file imports">
            A file that throws, does not parse or never ends is listed here; the DAGs of the others go on.
          </EmptyState>
        </div>
      ) : (
        <>
          <p class="muted small">
            {counted(errors.length, "file")} could not be imported. Mend the file and save it: the error goes away by
            itself.
          </p>
          {errors.map((error) => (
            <ImportErrorCard error={error} />
          ))}
        </>
      )}
    </div>
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
