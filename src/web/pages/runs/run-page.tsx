import type { CallbackProjection } from "../../../catalog/projection.ts";
import type { DagRunView, TaskInstanceView } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { live } from "../../hx.ts";
import { Page, type Shell } from "../../layout/page.tsx";
import { Card } from "../../parts/card.tsx";
import { Elapsed, Instant } from "../../parts/instant.tsx";
import { JsonTree } from "../../parts/json-tree.tsx";
import { Details, Facts, PageHeader } from "../../parts/page-header.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { StateCounts } from "../../parts/state-counts.tsx";
import { paths, withQuery } from "../../paths.ts";
import { stateSign } from "../../states.ts";
import { CallbackTable } from "./callback-table.tsx";
import { RunActions } from "./run-actions.tsx";
import { RunReason } from "./run-reason.tsx";
import { TaskTable } from "./task-table.tsx";

export interface RunData {
  readonly run: DagRunView;
  /** Already in the order they are shown in. */
  readonly taskInstances: readonly TaskInstanceView[];
  /** All of the run, when the table shows a window of them. */
  readonly taskInstanceCount: number;
  readonly from: number;
  /** Those that the scheduler delivers by itself. */
  readonly callbacks: readonly CallbackProjection[];
}

export const TASKS_PER_PAGE = 500;
export const RUN_REGION = domId("run", "live");

export function runTitle(run: DagRunView): string {
  return `${stateSign(run.state)} · ${run.runId} · ${run.dagId}`;
}

export function RunPage({
  shell,
  data,
  ptag,
}: {
  readonly shell: Shell;
  readonly data: RunData;
  readonly ptag: string;
}) {
  const { run } = data;
  return (
    <Page
      shell={shell}
      title={runTitle(run)}
      nav="dags"
      crumbs={[
        { label: "DAGs", href: paths.dags },
        { label: run.dagId, href: paths.dag(run.dagId) },
        { label: run.runId, href: null },
      ]}
    >
      <RunRegion data={data} ptag={ptag} />
    </Page>
  );
}

export function RunRegion({ data, ptag }: { readonly data: RunData; readonly ptag: string }) {
  const { run } = data;
  const url = `${paths.run(run.dagId, run.runId)}${withQuery({ from: data.from || null })}`;
  return (
    <div class="stack" id={RUN_REGION} {...live(url, { isActive: run.endAt === null, ptag })}>
      <PageHeader title={run.runId} badges={<StateBadge state={run.state} />} actions={<RunActions run={run} />} />
      <Facts
        facts={[
          { name: "Type", value: run.runType.replaceAll("_", " ") },
          { name: "Logical date", value: <Instant at={run.logicalAt} /> },
          { name: "Started", value: <Instant at={run.startAt} /> },
          { name: "Ended", value: <Instant at={run.endAt} /> },
          { name: "Duration", value: <Elapsed from={run.startAt} to={run.endAt} /> },
          { name: "Tasks", value: <StateCounts counts={countsOf(data.taskInstances)} /> },
        ]}
      />
      <RunReason run={run} taskInstances={data.taskInstances} />
      <TaskTable data={data} />
      <CallbackTable callbacks={data.callbacks} />
      <RunDetails run={run} />
    </div>
  );
}

function RunDetails({ run }: { readonly run: DagRunView }) {
  return (
    <div class="columns">
      <Card title="Configuration">
        <div class="card-body">
          <JsonTree value={run.conf} />
        </div>
      </Card>
      <Card title="Details">
        <Details
          facts={[
            { name: "Triggered by", value: run.triggeredBy },
            { name: "Run after", value: <Instant at={run.runAfterAt} /> },
            { name: "Queued", value: <Instant at={run.queuedAt} /> },
            { name: "Data interval start", value: <Instant at={run.dataIntervalStartAt} /> },
            { name: "Data interval end", value: <Instant at={run.dataIntervalEndAt} /> },
            {
              name: "Version",
              value: (
                <a href={`${paths.dagTab(run.dagId, "code")}${withQuery({ version: run.versionNumber })}`}>
                  v{run.versionNumber}
                </a>
              ),
            },
            { name: "Cleared", value: run.clearNumber === 0 ? "never" : `${run.clearNumber} times` },
            { name: "Note", value: run.note ?? <span class="muted">–</span> },
          ]}
        />
      </Card>
    </div>
  );
}

function countsOf(taskInstances: readonly TaskInstanceView[]) {
  const counts = new Map<TaskInstanceView["state"], number>();
  for (const { state } of taskInstances) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => ({ state, count }));
}
