import type { TaskInstanceView } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { counted, indexText, tryText } from "../../format.ts";
import { useClock } from "../../layout/clock.ts";
import { Card } from "../../parts/card.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Elapsed } from "../../parts/instant.tsx";
import { Pagination } from "../../parts/pagination.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { paths, withQuery } from "../../paths.ts";
import { type TimeSpan, waterfallAxis, waterfallRow } from "../../svg/waterfall.ts";
import { type RunData, TASKS_PER_PAGE } from "./run-page.tsx";

/** Tasks and waterfall in one: each row says what became of a task and when it waited and ran. */
export function TaskTable({ data }: { readonly data: RunData }) {
  const { now } = useClock();
  const { run, taskInstances } = data;
  const span = { from: run.startAt ?? run.queuedAt, to: Math.max(run.endAt ?? now, (run.startAt ?? run.queuedAt) + 1) };
  const url = paths.run(run.dagId, run.runId);
  const next = data.from + TASKS_PER_PAGE;
  return (
    <Card title="Tasks" count={counted(data.taskInstanceCount, "task instance")} id={domId("run", "tasks")}>
      {taskInstances.length === 0 ? (
        <EmptyState icon="clock" title="No task has come into being yet">
          {run.state === "queued"
            ? "The run waits for its turn; its tasks appear when it starts."
            : "This run has no tasks."}
        </EmptyState>
      ) : (
        <div class="table-wrap">
          <table class="table blocks">
            <thead>
              <tr>
                <th>Task</th>
                <th>State</th>
                <th class="number">Try</th>
                <th class="number">Duration</th>
                <th class="track">
                  <span class="visually-hidden">Timeline</span>
                  {waterfallAxis(span)}
                </th>
              </tr>
            </thead>
            <tbody>
              {taskInstances.map((instance) => (
                <TaskRow instance={instance} span={span} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pagination
        firstHref={data.from > 0 ? url : null}
        nextHref={next < data.taskInstanceCount ? `${url}${withQuery({ from: next })}` : null}
      />
    </Card>
  );
}

function TaskRow({ instance, span }: { readonly instance: TaskInstanceView; readonly span: TimeSpan }) {
  const { now } = useClock();
  const { dagId, runId, taskId, mapIndex, instanceName } = instance;
  return (
    <tr data-key={`${taskId}/${mapIndex}`}>
      <td class="lead">
        <a class="name clip" href={paths.task({ dagId, runId, taskId, mapIndex })} title={taskId}>
          {taskId}
          {mapIndex >= 0 && <span class="muted"> {indexText(mapIndex, instanceName)}</span>}
        </a>
      </td>
      <td class="lead-end">
        <StateBadge state={instance.state} />
      </td>
      <td class="number muted optional">{tryText(instance.tryNumber, instance.maxTries)}</td>
      <td class="number last">
        <Elapsed
          from={instance.startAt}
          to={instance.state === "running" ? null : (instance.endAt ?? instance.startAt)}
        />
      </td>
      <td class="track">{waterfallRow(instance, span, now)}</td>
    </tr>
  );
}
