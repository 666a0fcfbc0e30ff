import type { AuditEvent } from "../../../catalog/projection.ts";
import type { SavedView } from "../../../catalog/sql/saved-views.ts";
import { domId } from "../../dom-id.ts";
import type { Shell } from "../../layout/page.tsx";
import { BrowsePage, BrowseRegion, type BrowseResults } from "../../parts/browse-list.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { EventTable } from "../../parts/event-table.tsx";
import { RangeFields, SearchField } from "../../parts/filter-fields.tsx";
import { paths } from "../../paths.ts";

export interface AuditQuery {
  readonly q: string;
  readonly event: string;
  readonly actor: string;
  readonly dag: string;
  readonly from: string;
  readonly to: string;
}

export interface AuditData {
  readonly query: AuditQuery;
  readonly events: readonly AuditEvent[];
  readonly results: BrowseResults;
}

export const AUDIT_REGION = domId("audit-log", "results");
const SEARCH_FIELD = domId("audit-log", "search");

export function AuditLogPage(props: {
  readonly shell: Shell;
  readonly data: AuditData;
  readonly views: readonly SavedView[];
}) {
  const { query, results } = props.data;
  return (
    <BrowsePage
      shell={props.shell}
      nav="audit-log"
      title="Audit log"
      results={results}
      views={props.views}
      searchId={SEARCH_FIELD}
      filters={
        <>
          <SearchField id={SEARCH_FIELD} value={query.q} label="Search event, who or DAG" />
          {(["event", "actor", "dag"] as const).map(
            (name) => query[name] !== "" && <input type="hidden" name={name} value={query[name]} />,
          )}
          <RangeFields label="From" from={query.from} to={query.to} zone={props.shell.clock.zone} />
        </>
      }
    >
      <AuditResults data={props.data} />
    </BrowsePage>
  );
}

export function AuditResults({ data }: { readonly data: AuditData }) {
  return (
    <BrowseRegion
      results={data.results}
      empty={
        data.results.chips.length > 0 ? (
          <EmptyState icon="search" title="No event matches">
            Change the filter, or <a href={paths.auditLog}>show all events</a>.
          </EmptyState>
        ) : (
          <EmptyState icon="scroll-text" title="Nothing has happened yet">
            Whoever triggers, pauses, clears, marks or deletes is recorded here.
          </EmptyState>
        )
      }
    >
      <EventTable events={data.events} />
    </BrowseRegion>
  );
}
