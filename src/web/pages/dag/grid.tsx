import type { DagRunBar } from "../../../catalog/sql/dag-runs.ts";
import { formatDuration } from "../../format.ts";
import { useClock } from "../../layout/clock.ts";
import { Icon } from "../../parts/icon.tsx";
import { paths } from "../../paths.ts";
import { stateLabel } from "../../states.ts";
import { gridCells, legendCell } from "../../svg/grid-cells.ts";
import { durationOf } from "../../svg/run-bars.ts";
import { runColumns } from "../../svg/run-columns.ts";
import type { GridRowData } from "./grid-rows.ts";

export interface GridProps {
  readonly dagId: string;
  /** Oldest first: time goes to the right. */
  readonly runs: readonly DagRunBar[];
  readonly rows: readonly GridRowData[];
}

const ROWS_PER_CHUNK = 50;

/** Runs as columns, tasks as rows. The arrow keys walk it, Enter opens; see public/js/grid.js. */
export function Grid({ dagId, runs, rows }: GridProps) {
  const { now } = useClock();
  const longest = Math.max(0, ...runs.map((run) => durationOf(run, now)));
  const columns = runs.map((run) => ({ ...run, href: paths.run(dagId, run.runId) }));
  return (
    <section
      class="grid"
      tabindex={0}
      aria-label="Grid of runs and tasks: move with the arrow keys, open with Enter"
      data-grid
      data-base={paths.dag(dagId)}
      data-runs={JSON.stringify(runs.map((run) => run.runId))}
    >
      {runs.length > 0 && (
        <div class="grid-head">
          <div class="grid-axis" aria-hidden="true">
            <span>{longest === 0 ? "" : formatDuration(longest)}</span>
            <span>0</span>
          </div>
          {runColumns(columns, now)}
        </div>
      )}
      {chunksOf(rows).map((chunk) => (
        <div class="grid-chunk">
          {chunk.map((row) => (
            <GridRow dagId={dagId} row={row} lastRunId={runs.at(-1)?.runId ?? null} />
          ))}
        </div>
      ))}
      <p class="visually-hidden" role="status" data-grid-status />
    </section>
  );
}

function GridRow(props: { readonly dagId: string; readonly row: GridRowData; readonly lastRunId: string | null }) {
  const { row } = props;
  const depth = row.depth === 0 ? "" : ` depth-${Math.min(row.depth, 4)}`;
  return (
    <div class="grid-row" data-key={row.key}>
      <div class={`grid-label${depth}${row.taskId === null ? " is-group" : ""}`} title={row.taskId ?? row.label}>
        {row.taskId === null && <Icon name="folder" />}
        {row.taskId === null || props.lastRunId === null ? (
          <span>{row.label}</span>
        ) : (
          <a href={paths.task({ dagId: props.dagId, runId: props.lastRunId, taskId: row.taskId })}>{row.label}</a>
        )}
      </div>
      {gridCells(row)}
    </div>
  );
}

const shownStates = [
  "success",
  "running",
  "failed",
  "upstream_failed",
  "up_for_retry",
  "queued",
  "scheduled",
  "skipped",
  "none",
] as const;

export function GridLegend() {
  return (
    <ul class="legend" aria-label="Legend">
      {shownStates.map((state) => (
        <li>
          {legendCell(state)}
          {stateLabel(state)}
        </li>
      ))}
    </ul>
  );
}

function chunksOf(rows: readonly GridRowData[]): readonly (readonly GridRowData[])[] {
  const chunks: GridRowData[][] = [];
  for (let place = 0; place < rows.length; place += ROWS_PER_CHUNK)
    chunks.push(rows.slice(place, place + ROWS_PER_CHUNK));
  return chunks;
}
