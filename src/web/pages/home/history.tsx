import { MAX_HISTORY_RUNS } from "../../../catalog/sql/home.ts";
import { DAG_RUN_STATES, type DagRunState } from "../../../engine/states.ts";
import { domId } from "../../dom-id.ts";
import { counted, formatInstant } from "../../format.ts";
import { formatInstantInput } from "../../instant-input.ts";
import { useClock } from "../../layout/clock.ts";
import { Card } from "../../parts/card.tsx";
import { RangeFields } from "../../parts/filter-fields.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { paths } from "../../paths.ts";
import { historyBars } from "../../svg/history-bars.ts";
import type { HomeData } from "./home-page.tsx";
import { homeAddress, RANGE_NAMES } from "./range.ts";

export interface HistoryRow {
  readonly bucket: number;
  readonly state: DagRunState;
  readonly count: number;
}

/** Runs by state over the range, as bars and, for who cannot see them, as a table. */
export function History({ data }: { readonly data: HomeData }) {
  const { range, history } = data;
  const { zone } = useClock();
  const count = Math.max(1, Math.ceil((range.to - range.from) / range.bucketMs));
  const bars = Array.from({ length: count }, (_, bucket) => ({
    label: formatInstant(range.from + bucket * range.bucketMs, zone),
    counts: Object.fromEntries(
      history.filter((row) => row.bucket === bucket).map((row) => [row.state, row.count]),
    ) as Partial<Record<DagRunState, number>>,
  }));
  const total = history.reduce((sum, row) => sum + row.count, 0);
  const totals = DAG_RUN_STATES.map((state) => ({
    state,
    count: history.reduce((sum, row) => (row.state === state ? sum + row.count : sum), 0),
  })).filter((row) => row.count > 0);
  return (
    <Card
      title="History"
      id={domId("home", "history")}
      count={`${total < MAX_HISTORY_RUNS ? "" : "the latest "}${counted(total, "run")}, by the time they were due`}
      end={
        <nav class="chips" aria-label="Range">
          {RANGE_NAMES.map((name) => (
            <a
              class={`button quiet small${range.name === name ? " is-current" : ""}`}
              href={homeAddress({ range: name })}
              aria-current={range.name === name ? "true" : undefined}
            >
              {name}
            </a>
          ))}
        </nav>
      }
    >
      <div class="card-body">
        {historyBars(bars, `${counted(total, "run")} by state, from ${formatInstant(range.from, zone)}`)}
        <p class="history-axis small muted">
          <span>{toMinute(range.from, zone)}</span>
          <span>{toMinute(range.to, zone)}</span>
        </p>
        <p class="chips">
          {totals.map(({ state, count: found }) => (
            <span class="history-total">
              <StateBadge state={state} /> {found}
            </span>
          ))}
        </p>
        <details class="small">
          <summary>Choose the range, or read it as a table</summary>
          <form class="filters" method="get" action={paths.home}>
            <RangeFields
              label="From"
              from={formatInstantInput(range.from, zone)}
              to={formatInstantInput(range.to, zone)}
              zone={zone}
            />
            <button type="submit" class="button small">
              Show
            </button>
          </form>
          <table class="table">
            <thead>
              <tr>
                <th>From</th>
                <th>Runs</th>
              </tr>
            </thead>
            <tbody>
              {bars
                .filter(({ counts }) => Object.keys(counts).length > 0)
                .map(({ label, counts }) => (
                  <tr>
                    <td>{label}</td>
                    <td>
                      {Object.entries(counts)
                        .map(([state, found]) => `${found} ${state}`)
                        .join(", ")}
                    </td>
                  </tr>
                ))}
            </tbody>
          </table>
        </details>
      </div>
    </Card>
  );
}

function toMinute(at: number, zone: string): string {
  return formatInstant(at, zone).replace(/:\d\d (\S+)$/, " $1");
}
