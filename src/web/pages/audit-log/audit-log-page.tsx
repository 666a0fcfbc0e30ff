import type { AuditEvent } from "../../../catalog/projection.ts";
import { Page, type Shell } from "../../layout/page.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Instant } from "../../parts/instant.tsx";
import { PageHeader } from "../../parts/page-header.tsx";
import { Pagination } from "../../parts/pagination.tsx";
import { paths } from "../../paths.ts";

export interface AuditLogProps {
  readonly shell: Shell;
  readonly events: readonly AuditEvent[];
  readonly firstHref: string | null;
  readonly nextHref: string | null;
}

export function AuditLogPage({ shell, events, firstHref, nextHref }: AuditLogProps) {
  return (
    <Page shell={shell} title="Audit log" nav="audit-log" crumbs={[{ label: "Audit log", href: null }]}>
      <PageHeader title="Audit log" />
      {events.length === 0 ? (
        <div class="card">
          <EmptyState icon="scroll-text" title="Nothing has happened yet">
            Whoever triggers, pauses, clears, marks or deletes is recorded here.
          </EmptyState>
        </div>
      ) : (
        <div class="table-wrap">
          <table class="table blocks">
            <thead>
              <tr>
                <th>When</th>
                <th>Event</th>
                <th>Who</th>
                <th>What</th>
                <th class="fill">Details</th>
              </tr>
            </thead>
            <tbody>
              {events.map((event) => (
                <AuditRow event={event} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pagination firstHref={firstHref} nextHref={nextHref} />
    </Page>
  );
}

function AuditRow({ event }: { readonly event: AuditEvent }) {
  return (
    <tr data-key={event.eventId}>
      <td class="muted last">
        <Instant at={event.at} />
      </td>
      <td class="lead">{event.event}</td>
      <td class="lead-end">{event.actor}</td>
      <td>
        <Target event={event} />
      </td>
      <td class="optional">
        {event.extra !== null && (
          <code class="clip muted" title={event.extra}>
            {event.extra}
          </code>
        )}
      </td>
    </tr>
  );
}

function Target({ event }: { readonly event: AuditEvent }) {
  const { dagId, runId, taskId, mapIndex } = event;
  if (dagId === null) return <span class="muted">–</span>;
  if (runId === null) return <a href={paths.dag(dagId)}>{dagId}</a>;
  if (taskId === null) {
    return (
      <a class="clip" href={paths.run(dagId, runId)} title={runId}>
        {dagId} / {runId}
      </a>
    );
  }
  return (
    <a
      class="clip"
      href={paths.task({ dagId, runId, taskId, ...(mapIndex === null ? {} : { mapIndex }) })}
      title={runId}
    >
      {dagId} / {taskId}
    </a>
  );
}
