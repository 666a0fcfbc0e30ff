import type { DagRunView } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { counted, indexText } from "../../format.ts";
import { hx } from "../../hx.ts";
import { useClock } from "../../layout/clock.ts";
import { Card } from "../../parts/card.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Elapsed } from "../../parts/instant.tsx";
import { Pagination } from "../../parts/pagination.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { StateCounts } from "../../parts/state-counts.tsx";
import { paths } from "../../paths.ts";
import { stateLabel } from "../../states.ts";
import { type TimeSpan, waterfallAxis, waterfallRow } from "../../svg/waterfall.ts";
import { RUN_REGION, type RunData, runAddress, TASKS_PER_PAGE } from "./run-data.ts";
import type { RunRow } from "./run-rows.ts";

/** Tasks and waterfall in one: each row says what became of a task and when it waited and ran. */
export function TaskTable({ data }: { readonly data: RunData }) {
  const { now } = useClock();
  const { run, query, rows, rowCount } = data;
  const start = run.startAt ?? run.queuedAt;
  const span = { from: start, to: Math.max(run.endAt ?? now, start + 1) };
  const next = query.from + TASKS_PER_PAGE;
  return (
    <Card title="Tasks" count={countText(data)} id={domId("run", "tasks")} end={<StateFilter data={data} />}>
      {rows.length === 0 ? (
        <NoTasks data={data} />
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
                <th class="actions">
                  <span class="visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <>
                  <TaskRow data={data} row={row} span={span} />
                  {row.isMapped && row.taskId === query.open && <OpenRows data={data} row={row} span={span} />}
                </>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pagination
        firstHref={query.from > 0 ? runAddress(run, query, { from: 0 }) : null}
        nextHref={next < rowCount ? runAddress(run, query, { from: next }) : null}
      />
    </Card>
  );
}

function countText({ rowCount, counts, query }: RunData): string {
  const tasks = counted(rowCount, "task");
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  return query.state !== "" || total === rowCount ? tasks : `${tasks}, ${counted(total, "instance")}`;
}

function NoTasks({ data }: { readonly data: RunData }) {
  const { run, query } = data;
  if (query.state !== "") {
    return (
      <EmptyState icon="search" title={`No task is ${stateLabel(query.state)}`}>
        <a href={runAddress(run, query, { state: "" })}>Show all tasks</a>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="clock" title="No task has come into being yet">
      {run.state === "queued"
        ? "The run waits for its turn; its tasks appear when it starts."
        : "This run has no tasks."}
    </EmptyState>
  );
}

/** How many are in each state, each the way to those alone. */
function StateFilter({ data }: { readonly data: RunData }) {
  const { run, query, counts } = data;
  const href = (state: RunData["query"]["state"]) => runAddress(run, query, { state, from: 0 });
  return (
    <nav class="chips" aria-label="Tasks by state">
      {query.state !== "" && (
        <a class="chip" href={href("")} {...swap(href(""))}>
          All
        </a>
      )}
      {counts.map(({ state, count }) => (
        <a
          class="state-link"
          href={href(state)}
          aria-current={query.state === state ? "true" : undefined}
          aria-label={`${count} ${stateLabel(state)}`}
          {...swap(href(state))}
        >
          <StateCounts counts={[{ state, count }]} />
        </a>
      ))}
    </nav>
  );
}

interface RowProps {
  readonly data: RunData;
  readonly row: RunRow;
  readonly span: TimeSpan;
}

function TaskRow({ data, row, span }: RowProps) {
  const { now } = useClock();
  const { run } = data;
  const isInstance = row.mapIndex >= 0;
  return (
    <tr data-key={`${row.taskId}/${row.mapIndex}`} class={isInstance ? "is-inner" : undefined}>
      <td class="lead">
        <TaskName data={data} row={row} />
      </td>
      <td class="lead-end">
        {row.counts.length > 0 ? <StateCounts counts={row.counts} /> : <StateBadge state={row.state} />}
      </td>
      <td class="number muted optional">{row.tries}</td>
      <td class="number last">
        <Elapsed from={row.startAt} to={row.isRunning ? null : (row.endAt ?? row.startAt)} />
      </td>
      <td class="track">{waterfallRow(row, span, now)}</td>
      <td class="actions optional">
        <ClearFrom run={run} row={row} />
      </td>
    </tr>
  );
}

function TaskName({ data, row }: Omit<RowProps, "span">) {
  const { run, query } = data;
  const { dagId, runId } = run;
  if (!row.isMapped || row.mapIndex >= 0) {
    const address = { dagId, runId, taskId: row.taskId, mapIndex: row.mapIndex };
    return (
      <a class="name clip" href={paths.task(address)} title={row.taskId}>
        {row.mapIndex < 0 && row.taskId}
        {row.mapIndex >= 0 && <span class="muted"> {indexText(row.mapIndex, row.instanceName)}</span>}
      </a>
    );
  }
  const isOpen = query.open === row.taskId;
  const href = runAddress(run, query, { open: isOpen ? "" : row.taskId });
  return (
    <a class="name cell-line" href={href} aria-expanded={isOpen ? "true" : "false"} {...swap(href)}>
      <Icon name={isOpen ? "chevron-down" : "chevron-right"} />
      <span class="clip">{row.taskId}</span>
      <span class="muted">[{row.counts.reduce((sum, { count }) => sum + count, 0)}]</span>
    </a>
  );
}

function OpenRows({ data, row, span }: RowProps) {
  const total = row.counts.reduce((sum, { count }) => sum + count, 0);
  return (
    <>
      {data.openRows.map((instance) => (
        <TaskRow data={data} row={instance} span={span} />
      ))}
      {data.openRows.length < total && (
        <tr class="is-inner" data-key={`${row.taskId}/more`}>
          <td colspan={6} class="muted small">
            The first {data.openRows.length} of {total} instances
          </td>
        </tr>
      )}
    </>
  );
}

/** Runs it again, with all that is behind it: a dialog says what that is before it happens. */
function ClearFrom({ run, row }: { readonly run: DagRunView; readonly row: RunRow }) {
  const { dagId, runId } = run;
  const address = { dagId, runId, taskId: row.taskId };
  const base = paths.taskAction(address, "clearing");
  const href = row.mapIndex < 0 ? base : `${base}?map_index=${row.mapIndex}`;
  const label = `Run again from ${row.taskId}${row.mapIndex < 0 ? "" : ` ${indexText(row.mapIndex, null)}`}`;
  return (
    <a
      class="button quiet small icon-only"
      href={href}
      aria-label={label}
      title="Run again from here"
      {...hx({ get: href, target: "#dialog", swap: "innerHTML" })}
    >
      <Icon name="rotate-ccw" />
    </a>
  );
}

function swap(href: string): Record<string, string> {
  return hx({ get: href, target: `#${RUN_REGION}`, swap: "outerMorph show:none" });
}
