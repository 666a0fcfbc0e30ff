import { formatInstant } from "../../format.ts";
import { useClock } from "../../layout/clock.ts";
import { paths } from "../../paths.ts";
import { stateLabel } from "../../states.ts";
import type { GridData } from "./grid-data.ts";

/** More columns of words than this do not fit, and are as many elements as a page may hold. */
const MAX_RUNS = 5;

/** The grid in words: for readers who do not see the drawing, and for copying. */
export function GridTable({ data }: { readonly data: GridData }) {
  const { zone } = useClock();
  const { dagId } = data.dag;
  const first = Math.max(0, data.runs.length - MAX_RUNS);
  const runs = data.runs.slice(first);
  return (
    <div class="table-wrap">
      <table class="table">
        <caption class="visually-hidden">The latest {runs.length} of the runs, oldest first</caption>
        <thead>
          <tr>
            <th scope="col">Task</th>
            {runs.map((run) => (
              <th scope="col">
                <a href={paths.run(dagId, run.runId)}>
                  {formatInstant(run.logicalAt ?? run.runAfterAt, zone).slice(5, 16)}
                </a>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.rows.map((row) => (
            <tr>
              <th scope="row" class={row.taskId === null ? "" : "plain"}>
                {row.taskId ?? row.label}
              </th>
              {runs.map((run, place) => {
                const state = row.states[first + place];
                const count = row.counts?.[first + place] ?? 1;
                if (state == null) return <td class="muted">–</td>;
                const text = `${stateLabel(state)}${count > 1 ? ` × ${count}` : ""}`;
                if (row.taskId === null) return <td>{text}</td>;
                return (
                  <td>
                    <a href={paths.task({ dagId, runId: run.runId, taskId: row.taskId })}>{text}</a>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
