import type { DagProjection } from "../../../catalog/projection.ts";
import { DAG_RUN_STATES } from "../../../engine/states.ts";
import type { DagRunView } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { hx, live } from "../../hx.ts";
import type { Shell } from "../../layout/page.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Pagination } from "../../parts/pagination.tsx";
import { RunTable } from "../../parts/run-table.tsx";
import { paths, withQuery } from "../../paths.ts";
import { DagFrame } from "./dag-frame.tsx";

export interface RunsData {
  readonly dag: DagProjection;
  readonly runs: readonly DagRunView[];
  readonly query: { readonly state: string; readonly after: string };
  readonly nextAfter: string | null;
}

export const RUNS_REGION = domId("dag", "runs");

export function RunsPage({
  shell,
  data,
  ptag,
}: {
  readonly shell: Shell;
  readonly data: RunsData;
  readonly ptag: string;
}) {
  const url = paths.dagTab(data.dag.dagId, "runs");
  return (
    <DagFrame shell={shell} dag={data.dag} tab="runs">
      <form
        method="get"
        action={url}
        class="filters"
        {...hx({
          get: url,
          target: `#${RUNS_REGION}`,
          swap: "outerHTML",
          trigger: "submit, change",
          sync: "this:replace",
        })}
      >
        <select class="select" name="state" aria-label="State">
          <option value="">Any state</option>
          {DAG_RUN_STATES.map((state) => (
            <option value={state} selected={data.query.state === state}>
              {state}
            </option>
          ))}
        </select>
        <noscript>
          <button type="submit" class="button">
            Apply
          </button>
        </noscript>
      </form>
      <RunsRegion data={data} ptag={ptag} />
    </DagFrame>
  );
}

export function RunsRegion({ data, ptag }: { readonly data: RunsData; readonly ptag: string }) {
  const url = paths.dagTab(data.dag.dagId, "runs");
  const { query } = data;
  const isActive = data.runs.some((run) => run.endAt === null);
  return (
    <div class="stack" id={RUNS_REGION} {...live(`${url}${withQuery(query)}`, { isActive, ptag })}>
      {data.runs.length === 0 ? (
        <div class="card">
          {query.state === "" ? (
            <EmptyState icon="play" title="No runs yet">
              {data.dag.isPaused
                ? "The DAG is paused: trigger a run by hand, or turn its schedule on."
                : "The first run appears here as soon as it starts."}
            </EmptyState>
          ) : (
            <EmptyState icon="search" title={`No run is ${query.state}`}>
              <a href={url}>Show all runs</a>
            </EmptyState>
          )}
        </div>
      ) : (
        <RunTable runs={data.runs} id={domId("dag", "run-table")} ofOneDag />
      )}
      <Pagination
        firstHref={query.after === "" ? null : `${url}${withQuery({ state: query.state })}`}
        nextHref={data.nextAfter === null ? null : `${url}${withQuery({ state: query.state, after: data.nextAfter })}`}
      />
    </div>
  );
}
