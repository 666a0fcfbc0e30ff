import type { DagProjection } from "../../../catalog/projection.ts";
import type { DagRunBar } from "../../../catalog/sql/dag-runs.ts";
import { domId } from "../../dom-id.ts";
import { counted, formatCount, formatDuration, indexText } from "../../format.ts";
import { live } from "../../hx.ts";
import { useClock } from "../../layout/clock.ts";
import type { Shell } from "../../layout/page.tsx";
import { Card } from "../../parts/card.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Pagination } from "../../parts/pagination.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { paths, withQuery } from "../../paths.ts";
import { type TimeSpan, waterfallAxis, waterfallTries } from "../../svg/waterfall.ts";
import { DagFrame } from "./dag-frame.tsx";
import { type GanttRow, totalsOf } from "./gantt-rows.ts";
import type { GanttZoom } from "./gantt-zoom.ts";
import { GanttZoomBar } from "./gantt-zoom-bar.tsx";
import { RunPicker } from "./run-picker.tsx";

export interface GanttData {
  readonly dag: DagProjection;
  /** Newest first. */
  readonly runs: readonly DagRunBar[];
  readonly run: DagRunBar | null;
  /** All of its time that is known. */
  readonly whole: TimeSpan;
  /** What of it is shown. */
  readonly span: TimeSpan;
  /** Those of the page, in the order in which they began. */
  readonly rows: readonly GanttRow[];
  /** How many have something in the span, and how many there are. */
  readonly countInSpan: number;
  readonly count: number;
  readonly query: GanttQuery;
  /** Whether there are more tries than were read. */
  readonly isCut: boolean;
}

export interface GanttQuery extends GanttZoom {
  readonly run: string;
  /** First row of the page. */
  readonly row: number;
}

export const GANTT_REGION = domId("dag", "gantt");
export const ROWS_PER_PAGE = 150;

interface GanttProps {
  readonly data: GanttData;
  readonly ptag: string;
}

export function GanttPage({ shell, data, ptag }: GanttProps & { readonly shell: Shell }) {
  return (
    <DagFrame shell={shell} dag={data.dag} tab="gantt">
      <GanttRegion data={data} ptag={ptag} />
    </DagFrame>
  );
}

export function ganttAddress(dagId: string, { run, row, from, to }: Partial<GanttQuery>): string {
  return `${paths.dagTab(dagId, "gantt")}${withQuery({ run, from, to, row: row || null })}`;
}

/** When each try waited in the queue (pale) and ran, in the order in which the task instances began. */
export function GanttRegion({ data, ptag }: GanttProps) {
  const { dag, run, runs, query, whole, span, rows } = data;
  const { dagId } = dag;
  const next = query.row + ROWS_PER_PAGE;
  const isActive = run !== null && run.endAt === null;
  return (
    <div class="stack" id={GANTT_REGION} {...live(ganttAddress(dagId, query), { isActive, ptag })}>
      <Card
        title="Gantt"
        count={
          data.countInSpan === data.count
            ? counted(data.count, "task instance")
            : `${formatCount(data.countInSpan)} of ${counted(data.count, "task instance")}`
        }
        end={run === null ? undefined : <a href={paths.run(dagId, run.runId)}>Open the run</a>}
      >
        {run !== null && (
          <div class="view-bar">
            <RunPicker
              runs={runs}
              shown={run}
              action={paths.dagTab(dagId, "gantt")}
              region={GANTT_REGION}
              fields={{}}
              hrefOf={(runId) => ganttAddress(dagId, { run: runId })}
            />
            <StateBadge state={run.state} />
            <GanttZoomBar
              whole={whole}
              shown={span}
              region={GANTT_REGION}
              hrefOf={(zoom) => ganttAddress(dagId, { run: query.run, ...zoom })}
            />
          </div>
        )}
        {run === null || data.count === 0 ? (
          <NothingRan data={data} />
        ) : (
          <GanttTable run={run} rows={rows} span={span} beginAt={whole.from} />
        )}
        {data.isCut && <p class="card-body muted small">This run has more tries than are shown.</p>}
        <Pagination
          firstHref={query.row > 0 ? ganttAddress(dagId, { ...query, row: 0 }) : null}
          nextHref={next < data.countInSpan ? ganttAddress(dagId, { ...query, row: next }) : null}
        />
      </Card>
    </div>
  );
}

function NothingRan({ data }: { readonly data: GanttData }) {
  return (
    <EmptyState icon="clock" title={data.run === null ? "No runs yet" : "Nothing of this run has been queued yet"}>
      What waits and runs appears here as soon as it does.
    </EmptyState>
  );
}

function GanttTable(props: {
  readonly run: DagRunBar;
  readonly rows: readonly GanttRow[];
  readonly span: TimeSpan;
  readonly beginAt: number;
}) {
  const { run, rows, span } = props;
  return (
    <div class="table-wrap">
      <table class="table blocks gantt">
        <thead>
          <tr>
            <th>Task</th>
            <th class="number">Tries</th>
            <th class="number">Queued</th>
            <th class="number">Ran</th>
            <th class="track">
              <span class="visually-hidden">Timeline</span>
              {waterfallAxis(span, props.beginAt)}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <GanttLine run={run} row={row} span={span} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function GanttLine({ run, row, span }: { readonly run: DagRunBar; readonly row: GanttRow; readonly span: TimeSpan }) {
  const { now } = useClock();
  const { taskId, mapIndex, instanceName, tries } = row;
  const { queuedMs, ranMs } = totalsOf(row, now);
  return (
    <tr data-key={`${taskId}/${mapIndex}`}>
      <td class="lead">
        <a class="name clip" href={paths.task({ dagId: run.dagId, runId: run.runId, taskId, mapIndex })} title={taskId}>
          {taskId}
          {mapIndex >= 0 && <span class="muted"> {indexText(mapIndex, instanceName)}</span>}
        </a>
      </td>
      <td class="number muted optional">{tries.length}</td>
      <td class="number muted optional">{formatDuration(queuedMs)}</td>
      <td class="number lead-end">{formatDuration(ranMs)}</td>
      <td class="track">{waterfallTries(tries, span, now)}</td>
    </tr>
  );
}
