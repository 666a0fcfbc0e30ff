import type { DagProjection } from "../../../catalog/projection.ts";
import type { DagRunBar } from "../../../catalog/sql/dag-runs.ts";
import { domId } from "../../dom-id.ts";
import { useClock } from "../../layout/clock.ts";
import { SelectCell } from "../../parts/batch-bar.tsx";
import { Age } from "../../parts/instant.tsx";
import { PauseSwitch } from "../../parts/pause-switch.tsx";
import { Schedule } from "../../parts/schedule.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { TriggerButton } from "../../parts/trigger-button.tsx";
import { paths } from "../../paths.ts";
import { runBars } from "../../svg/run-bars.ts";
import { dagsAddress } from "./dags-query.ts";

/** The form that the boxes of all rows belong to, wherever it stands. */
export const BATCH_FORM = domId("dags", "batch");

export function DagRow({ dag, runs }: { readonly dag: DagProjection; readonly runs: readonly DagRunBar[] }) {
  // Newest first as they come; a row of bars reads from left to right in time.
  const [latest] = runs;
  return (
    <tr data-key={dag.dagId}>
      <SelectCell form={BATCH_FORM} value={dag.dagId} label={dag.dagId} />
      <td class="tight lead-end">
        <PauseSwitch dagId={dag.dagId} isPaused={dag.isPaused} />
      </td>
      <td class="lead fill">
        <span class="cell-line">
          <a class="name clip" href={paths.dag(dag.dagId)} title={dag.description ?? dag.dagId}>
            {dag.dagId}
          </a>
          {dag.hasImportError && (
            <a class="badge state-failed" href={paths.importErrors}>
              import error
            </a>
          )}
          {dag.tags.slice(0, 3).map((tag) => (
            <a class="chip" href={dagsAddress({ tag: [tag] })}>
              {tag}
            </a>
          ))}
        </span>
      </td>
      <td>
        <Schedule text={dag.scheduleText} timezone={dag.timezone} />
      </td>
      <td class="line-end muted">{dag.isPaused ? "–" : <Age at={dag.nextRunAfterAt} />}</td>
      <td>
        <LatestRun run={latest} />
      </td>
      <td class="last line-end">
        <RecentRuns dagId={dag.dagId} runs={runs} />
      </td>
      <td class="actions">
        <TriggerButton dagId={dag.dagId} isCompact />
      </td>
    </tr>
  );
}

function LatestRun({ run }: { readonly run: DagRunBar | undefined }) {
  if (run === undefined) return <span class="muted">–</span>;
  return (
    <span class="latest">
      <a href={paths.run(run.dagId, run.runId)} aria-label={`Latest run: ${run.state}`}>
        <StateBadge state={run.state} />
      </a>
      <span class="muted">
        <Age at={run.startAt ?? run.runAfterAt} />
      </span>
    </span>
  );
}

function RecentRuns({ dagId, runs }: { readonly dagId: string; readonly runs: readonly DagRunBar[] }) {
  const { now } = useClock();
  const failed = runs.filter((run) => run.state === "failed").length;
  const label = runs.length === 0 ? "No runs yet" : `Last ${runs.length} runs, ${failed} failed`;
  return <a href={paths.dagTab(dagId, "runs")}>{runBars([...runs].reverse(), { label, now })}</a>;
}
