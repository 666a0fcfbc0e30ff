import type { SavedView } from "../../../catalog/sql/saved-views.ts";
import { TASK_INSTANCE_STATES } from "../../../engine/states.ts";
import type { TaskInstanceView } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { indexText, tryText } from "../../format.ts";
import type { Shell } from "../../layout/page.tsx";
import { BatchBar, SelectAllHead, SelectCell } from "../../parts/batch-bar.tsx";
import { BrowsePage, BrowseRegion, type BrowseResults } from "../../parts/browse-list.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { ChoiceField, IdField, RangeFields, SearchField } from "../../parts/filter-fields.tsx";
import { Age, Elapsed } from "../../parts/instant.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { paths, withQuery } from "../../paths.ts";
import { stateLabel } from "../../states.ts";
import { taskBatchButtons } from "./task-batch-form.tsx";
import type { AllTaskInstancesQuery } from "./task-instances-query.ts";

export interface AllTaskInstancesData {
  readonly query: AllTaskInstancesQuery;
  readonly instances: readonly TaskInstanceView[];
  readonly results: BrowseResults;
}

export const ALL_TASK_INSTANCES_REGION = domId("task-instances", "results");
const BATCH_FORM = domId("task-instances", "batch");
const SEARCH_FIELD = domId("task-instances", "search");

export function AllTaskInstancesPage(props: {
  readonly shell: Shell;
  readonly data: AllTaskInstancesData;
  readonly views: readonly SavedView[];
}) {
  const { query, instances, results } = props.data;
  const { zone } = props.shell.clock;
  return (
    <BrowsePage
      sheet="batches"
      shell={props.shell}
      nav="task-instances"
      title="Task instances"
      results={results}
      views={props.views}
      searchId={SEARCH_FIELD}
      filters={
        <>
          <SearchField id={SEARCH_FIELD} value={query.q} label="Search task" />
          <ChoiceField
            name="state"
            label="State"
            any="Any state"
            value={query.state}
            choices={TASK_INSTANCE_STATES.map((state) => ({ value: state, label: stateLabel(state) }))}
          />
          <IdField name="dag" label="DAG" value={query.dag} known={instances.map(({ dagId }) => dagId)} />
          <IdField name="run" label="Part of a run id" value={query.run} />
          <IdField name="pool" label="Pool" value={query.pool} known={instances.map(({ pool }) => pool)} />
          <RangeFields label="Runs from" from={query.from} to={query.to} zone={zone} />
        </>
      }
    >
      <AllTaskInstancesResults data={props.data} />
    </BrowsePage>
  );
}

export function AllTaskInstancesResults({ data }: { readonly data: AllTaskInstancesData }) {
  return (
    <BrowseRegion
      results={data.results}
      empty={
        <EmptyState icon="list-checks" title="No task instance matches">
          Task instances come into being when their run starts. Change the filter, or{" "}
          <a href={paths.allTaskInstances}>show all</a>.
        </EmptyState>
      }
    >
      <BatchBar
        form={BATCH_FORM}
        path={paths.taskBatch}
        filter={Object.entries(data.query).filter(([, value]) => value !== "")}
        actions={taskBatchButtons}
      />
      <div class="table-wrap">
        <table class="table blocks" id={domId("task-instances", "table")}>
          <thead>
            <tr>
              <SelectAllHead />
              <th>State</th>
              <th>Task</th>
              <th>DAG</th>
              <th class="fill">Run</th>
              <th>Try</th>
              <th class="roomy">Pool</th>
              <th>Started</th>
              <th class="number">Duration</th>
            </tr>
          </thead>
          <tbody>
            {data.instances.map((instance) => (
              <InstanceRow instance={instance} />
            ))}
          </tbody>
        </table>
      </div>
    </BrowseRegion>
  );
}

function InstanceRow({ instance }: { readonly instance: TaskInstanceView }) {
  const { dagId, runId, taskId, mapIndex, instanceName } = instance;
  const key = `${dagId}/${runId}/${taskId}/${mapIndex}`;
  return (
    <tr data-key={key}>
      <SelectCell form={BATCH_FORM} value={key} label={key} />
      <td class="lead-end">
        <StateBadge state={instance.state} />
      </td>
      <td class="lead">
        <a class="name clip" href={paths.task(instance)}>
          {taskId}
          {mapIndex >= 0 && ` ${indexText(mapIndex, instanceName)}`}
        </a>
      </td>
      <td>
        <a href={`${paths.allTaskInstances}${withQuery({ dag: dagId })}`}>{dagId}</a>
      </td>
      <td class="fill run-line">
        <a class="clip mono" href={paths.run(dagId, runId)} title={runId}>
          {runId}
        </a>
      </td>
      <td class="optional muted">{tryText(instance.tryNumber, instance.maxTries)}</td>
      <td class="optional roomy">
        <a href={`${paths.allTaskInstances}${withQuery({ pool: instance.pool })}`}>{instance.pool}</a>
      </td>
      <td class="muted last">
        <Age at={instance.startAt} />
      </td>
      <td class="number optional">
        <Elapsed
          from={instance.startAt}
          to={instance.state === "running" ? null : (instance.endAt ?? instance.startAt)}
        />
      </td>
    </tr>
  );
}
