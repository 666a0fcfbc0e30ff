import { paths } from "../../paths.ts";
import { stateLabel } from "../../states.ts";
import { taskStates } from "./graph-boxes.ts";
import { type GraphData, graphAddress } from "./graph-data.ts";

/** What the drawing says, in rows: for readers who do not see it, and for copying. */
export function GraphTable({ data }: { readonly data: GraphData }) {
  const { dag, query, run, spec, tasks, view } = data;
  const rows = spec.tasks.filter(({ taskId }) => view.shown?.has(taskId) ?? true).slice(0, MAX_ROWS);
  if (rows.length === 0) return null;
  return (
    <details class="card-foot">
      <summary class="small muted">The same as a table</summary>
      <div class="table-wrap">
        <table class="table">
          <thead>
            <tr>
              <th>Task</th>
              <th>State</th>
              <th class="fill">After</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((task) => {
              const { state, note } = taskStates(task, tasks.get(task.taskId), run !== null);
              return (
                <tr>
                  <td>
                    <a
                      href={
                        run === null
                          ? graphAddress(dag.dagId, query, { focus: task.taskId })
                          : paths.task({ dagId: dag.dagId, runId: run.runId, taskId: task.taskId })
                      }
                    >
                      {task.taskId}
                    </a>
                  </td>
                  <td>{state === null ? note : stateLabel(state)}</td>
                  <td>
                    <span class="clip" title={task.upstream.join(", ")}>
                      {task.upstream.join(", ") || "–"}
                    </span>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </details>
  );
}

const MAX_ROWS = 250;
