import type { EventLogView } from "../../../catalog/sql/event-log.ts";
import type { Shell } from "../../layout/page.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { EventTable } from "../../parts/event-table.tsx";
import { type TaskData, TaskFrame } from "./task-frame.tsx";

export function TaskEventsPage(props: {
  readonly shell: Shell;
  readonly data: TaskData;
  readonly events: readonly EventLogView[];
  readonly ptag: string;
}) {
  return (
    <TaskFrame shell={props.shell} data={props.data} tab="/events" ptag={props.ptag}>
      {props.events.length === 0 ? (
        <div class="card">
          <EmptyState icon="scroll-text" title="Nobody did anything to it">
            Who triggers, clears, marks or notes is recorded here. What the scheduler does by itself stands in the log.
          </EmptyState>
        </div>
      ) : (
        <EventTable events={props.events} />
      )}
    </TaskFrame>
  );
}
