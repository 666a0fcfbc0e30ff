import type { DagRunView } from "../../platform.ts";
import { paths } from "../paths.ts";
import { Age, Elapsed } from "./instant.tsx";
import { StateBadge } from "./state-badge.tsx";

/** Runs, newest first. Without a DAG's column on the pages of one DAG. */
export function RunTable(props: {
  readonly runs: readonly DagRunView[];
  readonly id: string;
  readonly ofOneDag?: boolean;
}) {
  const showDag = props.ofOneDag !== true;
  return (
    <div class="table-wrap">
      <table class="table blocks" id={props.id}>
        <thead>
          <tr>
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
            <RunRow run={run} showDag={showDag} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RunRow({ run, showDag }: { readonly run: DagRunView; readonly showDag: boolean }) {
  return (
    <tr data-key={`${run.dagId}/${run.runId}`}>
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
      <td class={showDag ? undefined : "lead"}>
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
