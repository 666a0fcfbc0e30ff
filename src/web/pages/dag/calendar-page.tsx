import { counted, formatCount } from "../../format.ts";
import { useClock } from "../../layout/clock.ts";
import type { Shell } from "../../layout/page.tsx";
import { Card } from "../../parts/card.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Instant } from "../../parts/instant.tsx";
import { paths, withQuery } from "../../paths.ts";
import { CalendarDrawing } from "./calendar.tsx";
import { type CalendarCell, type CalendarQuery, coarser, stepped } from "./calendar-cells.ts";
import { type CalendarData, calendarAddress, cellHref } from "./calendar-data.ts";
import { DagFrame } from "./dag-frame.tsx";

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

export function CalendarPage({ shell, data }: { readonly shell: Shell; readonly data: CalendarData }) {
  const { dag, query, cells } = data;
  const total = [...cells.values()].reduce((sum, cell) => sum + cell.total, 0);
  return (
    <DagFrame shell={shell} dag={dag} tab="calendar">
      <Card title={titleOf(query)} count={counted(total, "run")} end={<Steps data={data} />}>
        <div class="view-bar">
          <nav class="segments" aria-label="Resolution">
            {(["day", "hour"] as const).map((mode) => (
              <a
                class="segment"
                href={calendarAddress(dag.dagId, { ...query, mode })}
                aria-current={mode === query.mode ? "true" : undefined}
              >
                {mode === "day" ? "Year by day" : "Month by hour"}
              </a>
            ))}
          </nav>
          <CalendarLegend />
        </div>
        <section class="calendar-pane" tabindex={0} aria-label="Calendar of runs">
          <CalendarDrawing data={data} />
        </section>
        {data.isCut && (
          <p class="card-body muted small">There are more runs than are counted: the latest ones are shown.</p>
        )}
        {data.plannedUntilAt !== null && (
          <p class="card-body muted small">
            Planned runs are shown until <Instant at={data.plannedUntilAt} />.
          </p>
        )}
        {cells.size === 0 ? (
          <EmptyState icon="calendar" title={`No runs in ${titleOf(query)}`}>
            Runs are shown on the day for which they were due.
          </EmptyState>
        ) : (
          <CalendarTable data={data} />
        )}
      </Card>
    </DagFrame>
  );
}

function titleOf({ mode, year, month }: CalendarQuery): string {
  return mode === "day" ? String(year) : `${MONTHS[month - 1]} ${year}`;
}

function Steps({ data }: { readonly data: CalendarData }) {
  const { dag, query } = data;
  return (
    <>
      <a
        class="button quiet small icon-only"
        href={calendarAddress(dag.dagId, stepped(query, -1))}
        aria-label="Earlier"
      >
        <Icon name="chevron-left" />
      </a>
      <a
        class="button quiet small"
        href={paths.dagTab(dag.dagId, "calendar") + withQuery({ mode: query.mode === "day" ? null : "hour" })}
      >
        Today
      </a>
      <a class="button quiet small icon-only" href={calendarAddress(dag.dagId, stepped(query, 1))} aria-label="Later">
        <Icon name="chevron-right" />
      </a>
    </>
  );
}

function CalendarLegend() {
  return (
    <ul class="legend is-bare" aria-label="Legend">
      {(
        [
          ["success", "all succeeded"],
          ["failed", "one failed"],
          ["live", "under way"],
          ["planned", "planned"],
        ] as const
      ).map(([kind, text]) => (
        <li>
          <svg class="calendar" aria-hidden="true" width="12" height="12">
            <rect class={`is-${kind} level-4`} x="0.75" y="0.75" width="10.5" height="10.5" rx="2.5" />
            {kind === "failed" && <path class="mark" d="M3.5 3.5l5 5m0-5l-5 5" />}
          </svg>
          {text}
        </li>
      ))}
    </ul>
  );
}

/** The same in words: the months of a year, each the way to its hours, or the days of a month and the way to their runs. */
function CalendarTable({ data }: { readonly data: CalendarData }) {
  const { zone } = useClock();
  const { dag, query } = data;
  return (
    <details class="card-foot">
      <summary class="small muted">The same as a table</summary>
      <div class="table-wrap">
        <table class="table">
          <thead>
            <tr>
              <th>{query.mode === "day" ? "Month" : "Day"}</th>
              <th class="number">Runs</th>
              <th class="number">Succeeded</th>
              <th class="number">Failed</th>
              <th class="number">Under way</th>
              <th class="number">Planned</th>
            </tr>
          </thead>
          <tbody>
            {coarser(data.cells, query).map((cell) => (
              <tr>
                <td>
                  <a
                    href={
                      query.mode === "day"
                        ? monthHref(dag.dagId, cell)
                        : cellHref(dag.dagId, cell, { ...query, mode: "day" }, zone)
                    }
                  >
                    {new Date(cell.at).toISOString().slice(0, query.mode === "day" ? 7 : 10)}
                  </a>
                </td>
                <td class="number">{formatCount(cell.total)}</td>
                <td class="number">{formatCount(cell.byState.success ?? 0)}</td>
                <td class="number">{formatCount(cell.byState.failed ?? 0)}</td>
                <td class="number">{formatCount((cell.byState.running ?? 0) + (cell.byState.queued ?? 0))}</td>
                <td class="number">{formatCount(cell.planned)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function monthHref(dagId: string, { at }: CalendarCell): string {
  const date = new Date(at);
  return calendarAddress(dagId, { mode: "hour", year: date.getUTCFullYear(), month: date.getUTCMonth() + 1 });
}
