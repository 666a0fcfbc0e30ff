import { formatDuration } from "../../format.ts";
import { hx } from "../../hx.ts";
import { useClock } from "../../layout/clock.ts";
import { Icon } from "../../parts/icon.tsx";
import { paths } from "../../paths.ts";
import { stateLabel } from "../../states.ts";
import { cellLetters, gridCells, legendCell } from "../../svg/grid-cells.ts";
import { durationOf } from "../../svg/run-bars.ts";
import { runColumns } from "../../svg/run-columns.ts";
import { flippedGroup, GRID_REGION, type GridData, gridAddress } from "./grid-data.ts";
import type { GridRowData } from "./grid-rows.ts";

const ROWS_PER_CHUNK = 50;

/** Runs as columns, tasks as rows. The arrow keys walk it, Enter opens; see public/js/grid.js. */
export function Grid({ data }: { readonly data: GridData }) {
  const { now } = useClock();
  const { runs } = data;
  const { dagId } = data.dag;
  const longest = Math.max(0, ...runs.map((run) => durationOf(run, now)));
  const columns = runs.map((run) => ({ ...run, href: paths.run(dagId, run.runId) }));
  return (
    <section
      class="grid"
      tabindex={0}
      aria-label="Grid of runs and tasks: move with the arrow keys, open with Enter"
      data-grid
      data-base={paths.dag(dagId)}
      data-letters={cellLetters()}
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
      {chunksOf(data.rows).map((chunk) => (
        <div class="grid-chunk">
          {chunk.map((row) => (
            <GridRow data={data} row={row} />
          ))}
        </div>
      ))}
      <p class="visually-hidden" role="status" data-grid-status />
    </section>
  );
}

function GridRow({ data, row }: { readonly data: GridData; readonly row: GridRowData }) {
  const depth = row.depth === 0 ? "" : ` depth-${Math.min(row.depth, 4)}`;
  return (
    <div class="grid-row" data-key={row.key}>
      <div class={`grid-label${depth}${row.taskId === null ? " is-group" : ""}`} title={row.taskId ?? row.label}>
        <RowLabel data={data} row={row} />
      </div>
      {gridCells(row)}
    </div>
  );
}

function RowLabel({ data, row }: { readonly data: GridData; readonly row: GridRowData }) {
  const { dag, query, runs } = data;
  const lastRunId = runs.at(-1)?.runId;
  if (row.groupId !== null) {
    const href = gridAddress(dag.dagId, query, { flip: flippedGroup(query, row.groupId) });
    return (
      <a
        class="grid-fold"
        href={href}
        aria-expanded={row.isOpen ? "true" : "false"}
        {...hx({ get: href, target: `#${GRID_REGION}`, swap: "outerMorph show:none" })}
      >
        <Icon name={row.isOpen ? "chevron-down" : "chevron-right"} />
        <span>{row.label}</span>
      </a>
    );
  }
  if (row.taskId === null || lastRunId === undefined) return <span>{row.label}</span>;
  const count = row.counts?.at(-1) ?? 0;
  return (
    <a href={paths.task({ dagId: dag.dagId, runId: lastRunId, taskId: row.taskId })}>
      {row.label}
      {count > 1 && <span class="muted"> [{count}]</span>}
    </a>
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
