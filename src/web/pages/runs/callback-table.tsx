import type { CallbackProjection } from "../../../catalog/projection.ts";
import { domId } from "../../dom-id.ts";
import { counted } from "../../format.ts";
import { Card } from "../../parts/card.tsx";
import { Instant } from "../../parts/instant.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { paths } from "../../paths.ts";

/** What the scheduler had to tell the author's callbacks by itself. Those that a task's executor ran are in its log. */
export function CallbackTable({ callbacks }: { readonly callbacks: readonly CallbackProjection[] }) {
  if (callbacks.length === 0) return null;
  return (
    <Card title="Callbacks" count={counted(callbacks.length, "callback")} id={domId("run", "callbacks")}>
      <div class="table-wrap">
        <table class="table blocks">
          <thead>
            <tr>
              <th>Because</th>
              <th>State</th>
              <th class="number">Attempts</th>
              <th>Since</th>
              <th class="fill">Error</th>
              <th>Log</th>
            </tr>
          </thead>
          <tbody>
            {callbacks.map((callback) => (
              <CallbackRow callback={callback} />
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function CallbackRow({ callback }: { readonly callback: CallbackProjection }) {
  const { attemptCount, createdAt, error, state } = callback;
  return (
    <tr data-key={callback.callbackId}>
      <td class="lead">{callbackTitle(callback)}</td>
      <td class="lead-end">
        <StateBadge state={state} />
      </td>
      <td class="number muted optional">{attemptCount}</td>
      <td class="muted">
        <Instant at={createdAt} />
      </td>
      <td class="optional">
        {error !== null && (
          <span class="clip muted" title={error}>
            {error}
          </span>
        )}
      </td>
      <td class="last">{attemptCount === 0 ? <span class="muted">–</span> : <LogLink callback={callback} />}</td>
    </tr>
  );
}

/** A callback of a task writes into the log of the try that it is about. */
function LogLink({ callback }: { readonly callback: CallbackProjection }) {
  const { dagId, runId, taskId, mapIndex, tryNumber, callbackId } = callback;
  const href =
    taskId === null
      ? paths.callbackLog(dagId, runId, callbackId)
      : paths.task({ dagId, runId, taskId, mapIndex, tryNumber: tryNumber ?? undefined });
  return (
    <a href={href} aria-label={`Log of the callback: ${callbackTitle(callback)}`}>
      Log
    </a>
  );
}

export function callbackTitle({ event, taskId }: Pick<CallbackProjection, "event" | "taskId">): string {
  if (event === "deadline") return "A deadline was missed";
  const subject = taskId ?? "The run";
  if (event === "on_failure") return `${subject} failed`;
  if (event === "on_retry") return `${subject} is tried again`;
  return event === "on_success" ? `${subject} succeeded` : `${subject}: ${event}`;
}
