import { counted } from "../../format.ts";
import { live } from "../../hx.ts";
import type { Shell } from "../../layout/page.tsx";
import { Card } from "../../parts/card.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { TriggerButton } from "../../parts/trigger-button.tsx";
import { DagFrame } from "./dag-frame.tsx";
import { Grid, GridLegend } from "./grid.tsx";
import { GridBar, RowWindow } from "./grid-bar.tsx";
import { GRID_REGION, type GridData, gridAddress } from "./grid-data.ts";
import { GridTable } from "./grid-table.tsx";
import { LatestRun } from "./latest-run.tsx";

interface GridProps {
  readonly data: GridData;
  readonly ptag: string;
}

export function GridPage({ shell, data, ptag }: GridProps & { readonly shell: Shell }) {
  return (
    <DagFrame shell={shell} dag={data.dag} tab="grid">
      <GridRegion data={data} ptag={ptag} />
    </DagFrame>
  );
}

export function GridRegion({ data, ptag }: GridProps) {
  const { dag, query, runs, rows } = data;
  const isActive = runs.some((run) => run.endAt === null);
  const latest = runs.at(-1);
  return (
    <div
      id={GRID_REGION}
      class={latest === undefined ? "" : "with-inspector"}
      {...live(gridAddress(dag.dagId, query), { isActive, ptag })}
    >
      <Card title="Grid" count={counted(data.rowCount, "row")}>
        <GridBar data={data} />
        {rows.length === 0 ? (
          <NoTasks data={data} />
        ) : query.view === "table" ? (
          <GridTable data={data} />
        ) : (
          <Grid data={data} />
        )}
        <RowWindow data={data} />
        {latest === undefined ? <NoRuns data={data} /> : <GridLegend />}
      </Card>
      {latest !== undefined && (
        <LatestRun run={latest} counts={data.latestCounts} isLatest={query.before === "" && query.state === ""} />
      )}
    </div>
  );
}

function NoTasks({ data }: { readonly data: GridData }) {
  const { dag, query } = data;
  if (data.taskCount > 0) {
    return (
      <EmptyState icon="search" title="No task is like that">
        <a href={gridAddress(dag.dagId, query, { q: "", task_state: "", from: 0 })}>Show all tasks</a>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="This DAG has no tasks">
      Call <code>task(…)</code> in its definition.
    </EmptyState>
  );
}

function NoRuns({ data }: { readonly data: GridData }) {
  const { dag, query } = data;
  if (query.type !== "" || query.state !== "" || query.before !== "") {
    return (
      <EmptyState icon="search" title="No run is like that">
        <a href={gridAddress(dag.dagId, query, { type: "", state: "", before: "" })}>Show the latest runs</a>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="play" title="No runs yet" action={<TriggerButton dagId={dag.dagId} />}>
      {dag.isPaused
        ? "The DAG is paused: nothing starts until it is resumed."
        : "The first run appears here as soon as it starts."}
    </EmptyState>
  );
}
