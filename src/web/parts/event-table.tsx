import type { AuditEvent } from "../../catalog/projection.ts";
import { paths, withQuery } from "../paths.ts";
import { Instant } from "./instant.tsx";

/** Who did what to what, newest first. */
export function EventTable({ events }: { readonly events: readonly AuditEvent[] }) {
  return (
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
            <EventRow event={event} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function EventRow({ event }: { readonly event: AuditEvent }) {
  return (
    <tr data-key={event.eventId}>
      <td class="muted last">
        <Instant at={event.at} />
      </td>
      <td class="lead">
        <a href={`${paths.auditLog}${withQuery({ event: event.event })}`}>{event.event}</a>
      </td>
      <td class="lead-end">
        <a href={`${paths.auditLog}${withQuery({ actor: event.actor })}`}>{event.actor}</a>
      </td>
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
