import { TASK_INSTANCE_STATES } from "../../../engine/states.ts";
import type { DagRunView, TaskInstanceView } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { formatCount, indexText, tryText } from "../../format.ts";
import { live } from "../../hx.ts";
import { Page, type Shell } from "../../layout/page.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Age, Elapsed } from "../../parts/instant.tsx";
import { PageHeader } from "../../parts/page-header.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { paths, withQuery } from "../../paths.ts";
import { isLiveState, stateLabel } from "../../states.ts";

export interface InstancesData {
  readonly run: DagRunView;
  readonly taskId: string;
  readonly rows: readonly TaskInstanceView[];
  /** More than are shown when there is a next page; not all are counted. */
  readonly total: number;
  readonly offset: number;
  readonly state: string;
}

export const INSTANCES_PER_PAGE = 100;
export const INSTANCES_REGION = domId("task", "instances");

/** A mapped task has an instance per item; 100,000 of them are pages of 100. */
export function InstancesPage(props: { readonly shell: Shell; readonly data: InstancesData; readonly ptag: string }) {
  const { run, taskId } = props.data;
  return (
    <Page
      shell={props.shell}
      title={`${taskId}, all instances`}
      nav="dags"
      crumbs={[
        { label: "DAGs", href: paths.dags },
        { label: run.dagId, href: paths.dag(run.dagId) },
        { label: run.runId, href: paths.run(run.dagId, run.runId) },
        { label: taskId, href: null },
      ]}
    >
      <PageHeader title={taskId} description="One instance per item that the task is mapped over." />
      <InstanceList data={props.data} ptag={props.ptag} />
    </Page>
  );
}

export function InstanceList({ data, ptag }: { readonly data: InstancesData; readonly ptag: string }) {
  const isActive = data.run.endAt === null || data.rows.some(({ state }) => isLiveState(state));
  return (
    <div class="stack" id={INSTANCES_REGION} {...live(addressOf(data, {}), { isActive, ptag })}>
      <StateLinks data={data} />
      {data.rows.length === 0 ? (
        <div class="card">
          <EmptyState icon="list-checks" title="No instance matches">
            Instances come into being when what the task is mapped over is known.
          </EmptyState>
        </div>
      ) : (
        <InstanceTable rows={data.rows} />
      )}
      <Pages data={data} />
    </div>
  );
}

function addressOf(data: InstancesData, change: { readonly state?: string; readonly offset?: number }): string {
  const { run, taskId } = data;
  const { state = data.state, offset = data.offset } = change;
  return `${paths.task({ dagId: run.dagId, runId: run.runId, taskId }, "/instances")}${withQuery({ state, offset: offset || null })}`;
}

function StateLinks({ data }: { readonly data: InstancesData }) {
  const states = ["", "failed", "running", "queued", "scheduled", "up_for_retry", "success"] as const;
  return (
    <nav class="chips" aria-label="State">
      {states.map((state) => (
        <a
          class={`button small${state === data.state ? " is-current" : ""}`}
          href={addressOf(data, { state, offset: 0 })}
          aria-current={state === data.state ? "page" : undefined}
        >
          {state === "" ? "All" : stateLabel(state)}
        </a>
      ))}
    </nav>
  );
}

function InstanceTable({ rows }: { readonly rows: readonly TaskInstanceView[] }) {
  return (
    <div class="table-wrap">
      <table class="table blocks">
        <thead>
          <tr>
            <th>State</th>
            <th class="fill">Instance</th>
            <th>Try</th>
            <th>Started</th>
            <th class="number">Duration</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr data-key={String(row.mapIndex)}>
              <td class="lead-end">
                <StateBadge state={row.state} />
              </td>
              <td class="lead">
                <a class="name clip" href={paths.task(row)}>
                  {row.mapIndex < 0 ? "not mapped" : indexText(row.mapIndex, row.instanceName)}
                </a>
              </td>
              <td class="muted">{tryText(row.tryNumber, row.maxTries)}</td>
              <td class="muted optional">
                <Age at={row.startAt} />
              </td>
              <td class="number last">
                <Elapsed from={row.startAt} to={row.state === "running" ? null : (row.endAt ?? row.startAt)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Pages({ data }: { readonly data: InstancesData }) {
  const { offset, total, rows } = data;
  const end = offset + rows.length;
  return (
    <nav class="pagination" aria-label="Pages">
      <span class="muted small">
        {rows.length === 0 ? "" : `${formatCount(offset + 1)} to ${formatCount(end)}${end < total ? "" : ", the last"}`}
      </span>
      {offset > 0 && (
        <a class="button small" href={addressOf(data, { offset: Math.max(0, offset - INSTANCES_PER_PAGE) })}>
          Earlier
        </a>
      )}
      {end < total && (
        <a class="button small" href={addressOf(data, { offset: end })} rel="next">
          Later
        </a>
      )}
    </nav>
  );
}

export const INSTANCE_STATES = ["", ...TASK_INSTANCE_STATES] as const;
