import { Page, type Shell } from "../../layout/page.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Age, Elapsed } from "../../parts/instant.tsx";
import { PageHeader } from "../../parts/page-header.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { paths } from "../../paths.ts";

export interface JobRow {
  readonly jobId: string;
  readonly jobType: string;
  readonly dagId: string | null;
  readonly state: "running" | "success" | "failed";
  readonly startAt: number;
  readonly endAt: number | null;
  readonly latestHeartbeatAt: number;
}

export function JobsPage({ shell, jobs }: { readonly shell: Shell; readonly jobs: readonly JobRow[] }) {
  return (
    <Page shell={shell} title="Jobs" nav="jobs" crumbs={[{ label: "Jobs", href: null }]}>
      <PageHeader title="Jobs" />
      {jobs.length === 0 ? (
        <div class="card">
          <EmptyState icon="activity" title="No job has reported yet">
            Each DAG's scheduler, each sync of the bundle and the watchdog write a row here when they wake.
          </EmptyState>
        </div>
      ) : (
        <div class="table-wrap">
          <table class="table blocks">
            <thead>
              <tr>
                <th>State</th>
                <th>Type</th>
                <th class="fill">DAG</th>
                <th>Started</th>
                <th class="number">Duration</th>
                <th>Latest heartbeat</th>
              </tr>
            </thead>
            <tbody>
              {jobs.map((job) => (
                <tr data-key={job.jobId}>
                  <td class="lead-end">
                    <StateBadge state={job.state} />
                  </td>
                  <td class="lead">{job.jobType}</td>
                  <td>
                    {job.dagId === null ? <span class="muted">–</span> : <a href={paths.dag(job.dagId)}>{job.dagId}</a>}
                  </td>
                  <td class="muted optional">
                    <Age at={job.startAt} />
                  </td>
                  <td class="number optional">
                    <Elapsed from={job.startAt} to={job.endAt} />
                  </td>
                  <td class="muted last">
                    <Age at={job.latestHeartbeatAt} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Page>
  );
}
