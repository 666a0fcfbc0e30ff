import type { DagProjection } from "../../../catalog/projection.ts";
import type { DagSpec, TaskSpec } from "../../../dag/spec.ts";
import { domId } from "../../dom-id.ts";
import { counted, formatDuration } from "../../format.ts";
import type { Shell } from "../../layout/page.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Pagination } from "../../parts/pagination.tsx";
import { paths, withQuery } from "../../paths.ts";
import { DagFrame } from "./dag-frame.tsx";
import { kindOf } from "./graph-boxes.ts";

export const TASKS_PER_PAGE = 100;

export function TasksPage({
  shell,
  dag,
  spec,
  query,
}: {
  readonly shell: Shell;
  readonly dag: DagProjection;
  readonly spec: DagSpec;
  readonly query: { readonly q: string; readonly from: number };
}) {
  const part = query.q.toLowerCase();
  const found = part === "" ? spec.tasks : spec.tasks.filter((task) => wordsOf(task).includes(part));
  const from = query.from < found.length ? query.from : 0;
  const shown = found.slice(from, from + TASKS_PER_PAGE);
  const next = from + TASKS_PER_PAGE;
  const url = paths.dagTab(dag.dagId, "tasks");
  return (
    <DagFrame shell={shell} dag={dag} tab="tasks">
      {spec.tasks.length === 0 ? (
        <div class="card">
          <EmptyState title="This DAG has no tasks">
            Call <code>task(…)</code> in its definition.
          </EmptyState>
        </div>
      ) : (
        <div class="stack">
          <form method="get" action={url} class="filters">
            <input
              class="input"
              name="q"
              value={query.q}
              placeholder="Name, operator, trigger rule, pool"
              aria-label="Find tasks"
              data-search
            />
            <button type="submit" class="button">
              Find
            </button>
            <span class="result">{counted(found.length, "task")}</span>
          </form>
          <div class="table-wrap">
            <table class="table" id={domId("dag", "tasks")}>
              <thead>
                <tr>
                  <th>Task</th>
                  <th class="fill">Upstream</th>
                  <th>Kind</th>
                  <th>Trigger rule</th>
                  <th class="number">Retries</th>
                  <th class="number">Timeout</th>
                  <th>Pool</th>
                  <th>Executor</th>
                </tr>
              </thead>
              <tbody>
                {shown.map((task) => (
                  <TaskRow dagId={dag.dagId} task={task} />
                ))}
              </tbody>
            </table>
          </div>
          <Pagination
            firstHref={from > 0 ? `${url}${withQuery({ q: query.q })}` : null}
            nextHref={next < found.length ? `${url}${withQuery({ q: query.q, from: next })}` : null}
          />
        </div>
      )}
    </DagFrame>
  );
}

/** What a search looks through. */
function wordsOf(task: TaskSpec): string {
  return [task.taskId, kindOf(task), task.triggerRule, task.pool, task.executor, task.owner].join(" ").toLowerCase();
}

function TaskRow({ dagId, task }: { readonly dagId: string; readonly task: TaskSpec }) {
  return (
    <tr id={domId("task", task.taskId)}>
      <td title={task.description ?? task.taskId}>
        <a class="name" href={`${paths.dagTab(dagId, "graph")}${withQuery({ focus: task.taskId })}`}>
          {task.taskId}
        </a>
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
      <td class="muted">{kindOf(task)}</td>
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
