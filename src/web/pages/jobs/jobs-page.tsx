import type { JobProjection } from "../../../catalog/projection.ts";
import type { SavedView } from "../../../catalog/sql/saved-views.ts";
import { domId } from "../../dom-id.ts";
import type { Shell } from "../../layout/page.tsx";
import { BrowsePage, BrowseRegion, type BrowseResults } from "../../parts/browse-list.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { ChoiceField, SearchField } from "../../parts/filter-fields.tsx";
import { Age, Elapsed } from "../../parts/instant.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { paths } from "../../paths.ts";

export const JOB_STATES = ["running", "success", "failed"] as const satisfies readonly JobProjection["state"][];
export const JOB_TYPES = [
  "SchedulerJob",
  "DagProcessorJob",
  "WatchdogJob",
  "WorkerJob",
  "BackfillJob",
] as const satisfies readonly JobProjection["jobType"][];

export interface JobsData {
  readonly query: { readonly q: string; readonly state: string; readonly type: string };
  readonly jobs: readonly JobProjection[];
  readonly results: BrowseResults;
}

export const JOBS_REGION = domId("jobs", "results");
const SEARCH_FIELD = domId("jobs", "search");

export function JobsPage(props: {
  readonly shell: Shell;
  readonly data: JobsData;
  readonly views: readonly SavedView[];
}) {
  const { query, results } = props.data;
  return (
    <BrowsePage
      shell={props.shell}
      nav="jobs"
      title="Jobs"
      results={results}
      views={props.views}
      searchId={SEARCH_FIELD}
      filters={
        <>
          <SearchField id={SEARCH_FIELD} value={query.q} label="Search DAG" />
          <ChoiceField name="state" label="State" any="Any state" value={query.state} choices={JOB_STATES.map(same)} />
          <ChoiceField name="type" label="Type" any="Any type" value={query.type} choices={JOB_TYPES.map(same)} />
        </>
      }
    >
      <JobsResults data={props.data} />
    </BrowsePage>
  );
}

function same(value: string) {
  return { value, label: value };
}

export function JobsResults({ data }: { readonly data: JobsData }) {
  return (
    <BrowseRegion
      results={data.results}
      empty={
        data.results.chips.length > 0 ? (
          <EmptyState icon="search" title="No job matches">
            Change the filter, or <a href={paths.jobs}>show all jobs</a>.
          </EmptyState>
        ) : (
          <EmptyState icon="activity" title="No job has reported yet">
            Each DAG's scheduler, each sync of the bundle and the watchdog write a row here when they wake.
          </EmptyState>
        )
      }
    >
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
            {data.jobs.map((job) => (
              <JobRow job={job} />
            ))}
          </tbody>
        </table>
      </div>
    </BrowseRegion>
  );
}

function JobRow({ job }: { readonly job: JobProjection }) {
  return (
    <tr data-key={job.jobId}>
      <td class="lead-end">
        <StateBadge state={job.state} />
      </td>
      <td class="lead">{job.jobType}</td>
      <td>{job.dagId === null ? <span class="muted">–</span> : <a href={paths.dag(job.dagId)}>{job.dagId}</a>}</td>
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
  );
}
