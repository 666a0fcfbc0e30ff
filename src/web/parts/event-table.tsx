import type { EventLogView } from "../../catalog/sql/event-log.ts";
import { paths } from "../paths.ts";
import { EmptyState } from "./empty-state.tsx";
import { Age } from "./instant.tsx";

/** What happened, when, to what and by whom; newest first. */
export function EventTable({ events, id }: { readonly events: readonly EventLogView[]; readonly id: string }) {
  if (events.length === 0) {
    return (
      <div class="card">
        <EmptyState icon="scroll-text" title="Nothing is recorded">
          Actions of users and what the scheduler did by itself are listed here.
        </EmptyState>
      </div>
    );
  }
  return (
    <div class="table-wrap">
      <table class="table blocks" id={id}>
        <thead>
          <tr>
            <th>Event</th>
            <th>When</th>
            <th>Who</th>
            <th>What</th>
            <th class="fill">More</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <tr data-key={String(event.eventLogId)}>
              <td class="lead">
                <strong>{event.event}</strong>
              </td>
              <td class="muted lead-end">
                <Age at={event.at} />
              </td>
              <td>{event.actor}</td>
              <td>
                <Subject event={event} />
              </td>
              <td class="optional">
                {event.extra !== null && (
                  <code class="clip muted" title={event.extra}>
                    {event.extra}
                  </code>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Subject({ event }: { readonly event: EventLogView }) {
  const { dagId, runId, taskId, mapIndex, tryNumber } = event;
  if (dagId === null || runId === null) return <span class="muted">–</span>;
  if (taskId === null) {
    return (
      <a class="clip" href={paths.run(dagId, runId)}>
        {runId}
      </a>
    );
  }
  return (
    <a
      class="clip"
      href={paths.task({ dagId, runId, taskId, mapIndex: mapIndex ?? -1, tryNumber: tryNumber ?? undefined })}
    >
      {taskId}
      {mapIndex !== null && mapIndex >= 0 && ` [${mapIndex}]`}
      {tryNumber !== null && <span class="muted"> try {tryNumber}</span>}
    </a>
  );
}
