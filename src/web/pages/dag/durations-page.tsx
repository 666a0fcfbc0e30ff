import type { DagProjection } from "../../../catalog/projection.ts";
import type { DurationRun, TaskDuration } from "../../../catalog/sql/run-history.ts";
import { counted, formatCount, formatDuration, formatInstant } from "../../format.ts";
import { useClock } from "../../layout/clock.ts";
import type { Shell } from "../../layout/page.tsx";
import { Card } from "../../parts/card.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Facts } from "../../parts/page-header.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { paths, withQuery } from "../../paths.ts";
import { stateLabel } from "../../states.ts";
import { durationChart } from "../../svg/duration-chart.ts";
import { DagFrame } from "./dag-frame.tsx";

export const DURATION_WINDOWS = [25, 50, 100] as const;

export interface DurationsData {
  readonly dag: DagProjection;
  /** Oldest first. */
  readonly runs: readonly DurationRun[];
  readonly limit: number;
  /** The task whose durations the runs are drawn with; null for the runs themselves. */
  readonly taskId: string | null;
  /** The slowest first. */
  readonly tasks: readonly TaskDuration[];
  /** Over how many of the latest runs the tasks were measured. */
  readonly taskRunCount: number;
}

export function DurationsPage({ shell, data }: { readonly shell: Shell; readonly data: DurationsData }) {
  const { dag, runs } = data;
  return (
    <DagFrame shell={shell} dag={dag} tab="durations">
      <Card
        title={data.taskId === null ? "Durations of runs" : `Durations of ${data.taskId}`}
        count={counted(runs.length, "run")}
        end={<Windows data={data} />}
      >
        {runs.length === 0 ? (
          <EmptyState icon="timer" title={data.taskId === null ? "No runs yet" : "It has not run in these runs"}>
            How long runs wait and take is drawn here.
          </EmptyState>
        ) : (
          <RunDurations data={data} />
        )}
      </Card>
      {data.tasks.length > 0 && <TaskDurations data={data} />}
    </DagFrame>
  );
}

function Windows({ data }: { readonly data: DurationsData }) {
  const url = paths.dagTab(data.dag.dagId, "durations");
  return (
    <span class="small muted pages">
      {data.taskId !== null && (
        <a class="chip" href={url}>
          All tasks
        </a>
      )}
      Runs
      {DURATION_WINDOWS.map((runs) =>
        runs === data.limit ? (
          <span class="chip is-current">{runs}</span>
        ) : (
          <a
            class="chip"
            href={`${url}${withQuery({ runs: runs === 50 ? null : runs, task: data.taskId })}`}
            aria-label={`Show ${runs} runs`}
          >
            {runs}
          </a>
        ),
      )}
    </span>
  );
}

function RunDurations({ data }: { readonly data: DurationsData }) {
  const { now, zone } = useClock();
  const { runs } = data;
  const times = runs.map((run) => ({ run, ...timesOf(run, now) }));
  const done = times.filter(({ run }) => run.state === "success").map(({ ranMs }) => ranMs);
  const bars = times.map(({ run, queuedMs, ranMs }) => ({
    state: run.state,
    queuedMs,
    ranMs,
    isLive: run.endAt === null,
    href: hrefOf(data, run.runId),
    name: `${formatInstant(run.logicalAt ?? run.runAfterAt, zone)}: ${stateLabel(run.state)}, waited ${formatDuration(queuedMs)}, ran ${formatDuration(ranMs)}`,
  }));
  return (
    <>
      <div class="card-body">
        <Facts
          facts={[
            { name: "Median", value: textOf(medianOf(done)) },
            { name: "Mean", value: textOf(meanOf(done)) },
            { name: "Longest", value: textOf(done.length === 0 ? null : Math.max(...done)) },
            { name: "Mean wait", value: textOf(meanOf(times.map(({ queuedMs }) => queuedMs))) },
            { name: "Failed", value: `${runs.filter(({ state }) => state === "failed").length} of ${runs.length}` },
          ]}
        />
      </div>
      <section class="calendar-pane" tabindex={0} aria-label="Chart of the durations">
        {durationChart(bars, medianOf(done))}
      </section>
      <details class="card-foot">
        <summary class="small muted">The same as a table</summary>
        <div class="table-wrap">
          <table class="table">
            <thead>
              <tr>
                <th>Run</th>
                <th>State</th>
                <th class="number">Waited</th>
                <th class="number">Ran</th>
              </tr>
            </thead>
            <tbody>
              {[...times].reverse().map(({ run, queuedMs, ranMs }) => (
                <tr>
                  <td>
                    <a href={hrefOf(data, run.runId)}>{run.runId}</a>
                  </td>
                  <td>
                    <StateBadge state={run.state} />
                  </td>
                  <td class="number">{formatDuration(queuedMs)}</td>
                  <td class="number">{formatDuration(ranMs)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}

function hrefOf({ dag, taskId }: DurationsData, runId: string): string {
  return taskId === null ? paths.run(dag.dagId, runId) : paths.task({ dagId: dag.dagId, runId, taskId });
}

function TaskDurations({ data }: { readonly data: DurationsData }) {
  const most = Math.max(1, ...data.tasks.map(({ meanMs }) => meanMs));
  return (
    <Card title="Slowest tasks" count={`over the last ${counted(data.taskRunCount, "run")}`}>
      <div class="table-wrap">
        <table class="table">
          <thead>
            <tr>
              <th>Task</th>
              <th class="number">Times</th>
              <th class="number">Mean</th>
              <th class="number">Longest</th>
              <th class="number">Failed</th>
              <th class="fill">
                <span class="visually-hidden">Mean, drawn</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.tasks.map((task) => (
              <tr>
                <th scope="row">
                  <a
                    class="clip"
                    href={`${paths.dagTab(data.dag.dagId, "durations")}${withQuery({ task: task.taskId })}`}
                    title={task.taskId}
                  >
                    {task.taskId}
                  </a>
                </th>
                <td class="number muted">{formatCount(task.count)}</td>
                <td class="number">{formatDuration(task.meanMs)}</td>
                <td class="number">{formatDuration(task.longestMs)}</td>
                <td class="number">{task.failedCount === 0 ? <span class="muted">0</span> : task.failedCount}</td>
                <td>
                  <meter class="share" min={0} max={most} value={task.meanMs} aria-label={`Mean of ${task.taskId}`} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function timesOf(run: DurationRun, now: number) {
  const end = run.endAt ?? now;
  return {
    queuedMs: Math.max(0, (run.startAt ?? end) - run.queuedAt),
    ranMs: run.startAt === null ? 0 : Math.max(0, end - run.startAt),
  };
}

function textOf(ms: number | null): string {
  return ms === null ? "–" : formatDuration(ms);
}

export function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function medianOf(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return null;
  const upper = sorted[Math.floor(middle)] ?? 0;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? upper) + upper) / 2 : upper;
}
