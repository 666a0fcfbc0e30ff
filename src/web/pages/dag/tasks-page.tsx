import type { DagProjection } from "../../../catalog/projection.ts";
import type { DagSpec, TaskSpec } from "../../../dag/spec.ts";
import { domId } from "../../dom-id.ts";
import { formatDuration } from "../../format.ts";
import type { Shell } from "../../layout/page.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { DagFrame } from "./dag-frame.tsx";

export function TasksPage({
  shell,
  dag,
  spec,
}: {
  readonly shell: Shell;
  readonly dag: DagProjection;
  readonly spec: DagSpec;
}) {
  return (
    <DagFrame shell={shell} dag={dag} tab="tasks">
      {spec.tasks.length === 0 ? (
        <div class="card">
          <EmptyState title="This DAG has no tasks">
            Call <code>task(…)</code> in its definition.
          </EmptyState>
        </div>
      ) : (
        <div class="table-wrap">
          <table class="table" id={domId("dag", "tasks")}>
            <thead>
              <tr>
                <th>Task</th>
                <th class="fill">Upstream</th>
                <th>Trigger rule</th>
                <th class="number">Retries</th>
                <th class="number">Timeout</th>
                <th>Pool</th>
                <th>Executor</th>
              </tr>
            </thead>
            <tbody>
              {spec.tasks.map((task) => (
                <TaskRow task={task} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </DagFrame>
  );
}

function TaskRow({ task }: { readonly task: TaskSpec }) {
  return (
    <tr id={domId("task", task.taskId)}>
      <td title={task.description ?? task.taskId}>
        <strong>{task.taskId}</strong>
      </td>
      <td>
        <span class="chips">
          {task.upstream.slice(0, 8).map((id) => (
            <a class="chip" href={`#${domId("task", id)}`}>
              {id}
            </a>
          ))}
          {task.upstream.length > 8 && <span class="muted small">and {task.upstream.length - 8} more</span>}
          {task.upstream.length === 0 && <span class="muted">–</span>}
        </span>
      </td>
      <td>
        <code>{task.triggerRule}</code>
      </td>
      <td class="number">
        {task.retries === 0 ? <span class="muted">0</span> : `${task.retries} × ${formatDuration(task.retryDelayMs)}`}
      </td>
      <td class="number">
        {task.executionTimeoutMs === null ? <span class="muted">–</span> : formatDuration(task.executionTimeoutMs)}
      </td>
      <td>{task.pool}</td>
      <td>{task.executor}</td>
    </tr>
  );
}
