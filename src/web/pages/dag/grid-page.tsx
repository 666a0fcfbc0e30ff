import type { DagProjection } from "../../../catalog/projection.ts";
import type { DagRunBar } from "../../../catalog/sql/dag-runs.ts";
import type { TaskInstanceState } from "../../../engine/states.ts";
import { domId } from "../../dom-id.ts";
import { counted } from "../../format.ts";
import { live } from "../../hx.ts";
import type { Shell } from "../../layout/page.tsx";
import { Card } from "../../parts/card.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { TriggerButton } from "../../parts/trigger-button.tsx";
import { paths, withQuery } from "../../paths.ts";
import { DagFrame } from "./dag-frame.tsx";
import { Grid, GridLegend } from "./grid.tsx";
import type { GridRowData } from "./grid-rows.ts";
import { LatestRun } from "./latest-run.tsx";

export interface GridData {
  readonly dag: DagProjection;
  /** Oldest first. */
  readonly runs: readonly DagRunBar[];
  /** The rows of this window; `from` is the place of the first. */
  readonly rows: readonly GridRowData[];
  readonly from: number;
  readonly rowCount: number;
  readonly latestCounts: readonly { readonly state: TaskInstanceState; readonly count: number }[];
  readonly limit: number;
}

export const RUN_WINDOWS = [5, 10, 25, 50] as const;
export const ROWS_PER_WINDOW = 500;
export const GRID_REGION = domId("dag", "grid");

export function GridPage({
  shell,
  data,
  ptag,
}: {
  readonly shell: Shell;
  readonly data: GridData;
  readonly ptag: string;
}) {
  return (
    <DagFrame shell={shell} dag={data.dag} tab="grid">
      <GridRegion data={data} ptag={ptag} />
    </DagFrame>
  );
}

export function GridRegion({ data, ptag }: { readonly data: GridData; readonly ptag: string }) {
  const { dagId } = data.dag;
  const isActive = data.runs.some((run) => run.endAt === null);
  const latest = data.runs.at(-1);
  const address = (query: { from?: number; runs?: number }) =>
    `${paths.dag(dagId)}${withQuery({ runs: query.runs ?? (data.limit === 25 ? null : data.limit), from: query.from || null })}`;
  return (
    <div
      id={GRID_REGION}
      class={latest === undefined ? "" : "with-inspector"}
      {...live(address({ from: data.from }), { isActive, ptag })}
    >
      <Card title="Grid" count={counted(data.rowCount, "row")} end={<RunWindow data={data} address={address} />}>
        {data.rows.length === 0 ? (
          <EmptyState title="This DAG has no tasks">
            Call <code>task(…)</code> in its definition.
          </EmptyState>
        ) : (
          <Grid dagId={dagId} runs={data.runs} rows={data.rows} />
        )}
        <RowWindow data={data} address={address} />
        {latest === undefined ? (
          <EmptyState icon="play" title="No runs yet" action={<TriggerButton dagId={dagId} />}>
            {data.dag.isPaused
              ? "Turn the schedule on, or trigger a run by hand."
              : "The first run appears here as soon as it starts."}
          </EmptyState>
        ) : (
          <GridLegend />
        )}
      </Card>
      {latest !== undefined && <LatestRun run={latest} counts={data.latestCounts} />}
    </div>
  );
}

type Address = (query: { from?: number; runs?: number }) => string;

function RunWindow({ data, address }: { readonly data: GridData; readonly address: Address }) {
  return (
    <span class="small muted pages">
      Runs
      {RUN_WINDOWS.map((runs) =>
        runs === data.limit ? (
          <span class="chip is-current">{runs}</span>
        ) : (
          <a class="chip" href={address({ runs })} aria-label={`Show ${runs} runs`}>
            {runs}
          </a>
        ),
      )}
    </span>
  );
}

function RowWindow({ data, address }: { readonly data: GridData; readonly address: Address }) {
  const end = data.from + data.rows.length;
  if (data.from === 0 && end >= data.rowCount) return null;
  return (
    <nav class="card-body pagination" aria-label="Rows of the grid">
      {data.from > 0 && (
        <a class="button small" href={address({ from: Math.max(0, data.from - ROWS_PER_WINDOW) })}>
          Rows before
        </a>
      )}
      <span>
        {data.from + 1}–{end} of {data.rowCount}
      </span>
      {end < data.rowCount && (
        <a class="button small" href={address({ from: end })}>
          Rows after
        </a>
      )}
    </nav>
  );
}
