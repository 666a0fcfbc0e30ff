import type { RunHead } from "../../../catalog/sql/run-pages.ts";
import type { DagRunView } from "../../../platform.ts";
import { counted, formatDuration, formatInstant } from "../../format.ts";
import { useClock } from "../../layout/clock.ts";
import type { Shell } from "../../layout/page.tsx";
import { Card } from "../../parts/card.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Elapsed, Instant } from "../../parts/instant.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { paths } from "../../paths.ts";
import { stateSign } from "../../states.ts";
import { deltaBar } from "../../svg/delta-bar.ts";
import type { ComparedField, ComparedTask } from "./compare-runs.ts";
import { RunDocument, RunHeader } from "./run-frame.tsx";

export interface ComparisonData {
  readonly run: DagRunView;
  readonly head: RunHead | null;
  /** Null when there is none to compare with. */
  readonly other: DagRunView | null;
  readonly tasks: readonly ComparedTask[];
  readonly fields: readonly ComparedField[];
}

const MAX_ROWS = 500;

/** This run beside another of its DAG: states, durations, conf, version; what differs most stands first. */
export function ComparisonPage({ shell, data }: { readonly shell: Shell; readonly data: ComparisonData }) {
  const { run, head, other } = data;
  return (
    <RunDocument shell={shell} run={run}>
      <RunHeader run={run} head={head} tab="comparison" />
      <OtherPicker data={data} />
      {other === null ? (
        <div class="card">
          <EmptyState icon="search" title="No other run to compare with">
            It is the first of its DAG, or the other one was deleted.
          </EmptyState>
        </div>
      ) : (
        <>
          <Card title="Runs">
            <RunsTable run={run} other={other} />
          </Card>
          <Card
            title="Configuration"
            count={data.fields.length === 0 ? "the same" : counted(data.fields.length, "difference")}
          >
            <ConfTable fields={data.fields} />
          </Card>
          <Card title="Tasks" count={counted(data.tasks.length, "task")}>
            <TasksTable data={data} other={other} />
          </Card>
        </>
      )}
    </RunDocument>
  );
}

function OtherPicker({ data }: { readonly data: ComparisonData }) {
  const { zone } = useClock();
  const { run, head, other } = data;
  const listed = [...(head?.after == null ? [] : [head.after]), ...(head?.before ?? [])];
  const all = other === null || listed.some(({ runId }) => runId === other.runId) ? listed : [other, ...listed];
  if (all.length === 0) return null;
  return (
    <form method="get" action={paths.runTab(run.dagId, run.runId, "comparison")} class="filters">
      <label class="small muted" for="compare-with">
        Compare with
      </label>
      <select class="select" name="with" id="compare-with">
        {all.map((one) => (
          <option value={one.runId} selected={one.runId === other?.runId}>
            {`${stateSign(one.state)} · ${formatInstant(one.logicalAt ?? one.runAfterAt, zone).slice(0, 16)} · ${one.runType.replaceAll("_", " ")}`}
          </option>
        ))}
      </select>
      <button type="submit" class="button">
        Compare
      </button>
    </form>
  );
}

function RunsTable({ run, other }: { readonly run: DagRunView; readonly other: DagRunView }) {
  const rows = [
    ["Run", (one: DagRunView) => <a href={paths.run(one.dagId, one.runId)}>{one.runId}</a>],
    ["State", (one: DagRunView) => <StateBadge state={one.state} />],
    ["Logical date", (one: DagRunView) => <Instant at={one.logicalAt} />],
    ["Started", (one: DagRunView) => <Instant at={one.startAt} />],
    ["Waited in the queue", (one: DagRunView) => <Elapsed from={one.queuedAt} to={one.startAt} />],
    ["Duration", (one: DagRunView) => <Elapsed from={one.startAt} to={one.endAt} />],
    ["Version", (one: DagRunView) => `v${one.versionNumber}`],
    ["Triggered by", (one: DagRunView) => one.triggeredBy],
  ] as const;
  return (
    <div class="table-wrap">
      <table class="table">
        <thead>
          <tr>
            <td />
            <th>This run</th>
            <th class="fill">The other run</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, show]) => (
            <tr>
              <th scope="row" class="plain muted">
                {name}
              </th>
              <td>{show(run)}</td>
              <td>{show(other)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ConfTable({ fields }: { readonly fields: readonly ComparedField[] }) {
  if (fields.length === 0) return <p class="card-body muted">Both runs were given the same.</p>;
  return (
    <section class="table-wrap" tabindex={0} aria-label="Fields that differ">
      <table class="table">
        <thead>
          <tr>
            <th>Field</th>
            <th>This run</th>
            <th class="fill">The other run</th>
          </tr>
        </thead>
        <tbody>
          {fields.map(({ name, values }) => (
            <tr>
              <th scope="row">{name}</th>
              {values.map((value) => (
                <td class="wrap">{value === null ? <span class="muted">not given</span> : <code>{value}</code>}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function TasksTable({ data, other }: { readonly data: ComparisonData; readonly other: DagRunView }) {
  const most = Math.max(0, ...data.tasks.map(({ deltaMs }) => Math.abs(deltaMs ?? 0)));
  return (
    <div class="table-wrap">
      <table class="table">
        <thead>
          <tr>
            <th>Task</th>
            <th>State</th>
            <th>In the other</th>
            <th class="number">Duration</th>
            <th class="number">In the other</th>
            <th class="number">Difference</th>
            <th class="fill">
              <span class="visually-hidden">Drawn</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {data.tasks.slice(0, MAX_ROWS).map((task) => (
            <TaskLine task={task} runs={[data.run, other]} most={most} />
          ))}
        </tbody>
      </table>
      {data.tasks.length > MAX_ROWS && <p class="card-body muted">The {MAX_ROWS} that differ most are shown.</p>}
    </div>
  );
}

function TaskLine(props: {
  readonly task: ComparedTask;
  readonly runs: readonly [DagRunView, DagRunView];
  readonly most: number;
}) {
  const { task, runs } = props;
  return (
    <tr>
      <th scope="row">
        <span class="clip" title={task.taskId}>
          {task.taskId}
        </span>
      </th>
      {task.states.map((state, place) => (
        <td>
          {state === null ? (
            <span class="muted">not in it</span>
          ) : (
            <a href={paths.task({ dagId: runs[0].dagId, runId: runs[place]?.runId ?? "", taskId: task.taskId })}>
              <StateBadge state={state} />
            </a>
          )}
        </td>
      ))}
      {task.durations.map((ms) => (
        <td class="number">{ms === null ? <span class="muted">–</span> : formatDuration(ms)}</td>
      ))}
      <td class="number">{deltaText(task.deltaMs)}</td>
      <td>{task.deltaMs !== null && deltaBar(task.deltaMs, props.most)}</td>
    </tr>
  );
}

function deltaText(ms: number | null) {
  if (ms === null) return <span class="muted">–</span>;
  if (ms === 0) return "0 ms";
  return `${ms > 0 ? "+" : "−"}${formatDuration(Math.abs(ms))}`;
}
