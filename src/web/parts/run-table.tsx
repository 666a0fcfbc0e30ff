import type { DagRunView } from "../../platform.ts";
import { paths } from "../paths.ts";
import { SelectAllHead, SelectCell } from "./batch-bar.tsx";
import { Age, Elapsed } from "./instant.tsx";
import { StateBadge } from "./state-badge.tsx";

/** Runs, newest first. Without a DAG's column on the pages of one DAG. */
export function RunTable(props: {
  readonly runs: readonly DagRunView[];
  readonly id: string;
  readonly ofOneDag?: boolean;
  /** The form that takes the rows that are ticked. */
  readonly batchForm?: string;
}) {
  const showDag = props.ofOneDag !== true;
  return (
    <div class="table-wrap">
      <table class="table blocks" id={props.id}>
        <thead>
          <tr>
            {props.batchForm !== undefined && <SelectAllHead />}
            <th>State</th>
            {showDag && <th>DAG</th>}
            <th class="fill">Run</th>
            <th>Type</th>
            {!showDag && <th>Version</th>}
            {!showDag && <th>Triggered by</th>}
            <th>Started</th>
            <th class="number">Duration</th>
          </tr>
        </thead>
        <tbody>
          {props.runs.map((run) => (
            <RunRow run={run} showDag={showDag} batchForm={props.batchForm} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RunRow({
  run,
  showDag,
  batchForm,
}: {
  readonly run: DagRunView;
  readonly showDag: boolean;
  readonly batchForm: string | undefined;
}) {
  const key = `${run.dagId}/${run.runId}`;
  return (
    <tr data-key={key}>
      {batchForm !== undefined && <SelectCell form={batchForm} value={key} label={key} />}
      <td class="lead-end">
        <StateBadge state={run.state} />
      </td>
      {showDag && (
        <td class="lead">
          <a class="name" href={paths.dag(run.dagId)}>
            {run.dagId}
          </a>
        </td>
      )}
      <td class={showDag ? "fill" : "fill lead"}>
        <a class={showDag ? "clip mono" : "clip mono name"} href={paths.run(run.dagId, run.runId)} title={run.runId}>
          {run.runId}
        </a>
      </td>
      <td class="optional muted">{run.runType.replaceAll("_", " ")}</td>
      {!showDag && <td class="optional muted">v{run.versionNumber}</td>}
      {!showDag && (
        <td class="optional muted">
          <span class="clip" title={run.note ?? undefined}>
            {run.triggeredBy}
          </span>
        </td>
      )}
      <td class={showDag ? "muted last" : "muted"}>
        <Age at={run.startAt ?? run.queuedAt} />
      </td>
      <td class="number optional">
        <Elapsed from={run.startAt} to={run.endAt} />
      </td>
    </tr>
  );
}
