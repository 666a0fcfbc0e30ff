import type { DagProjection } from "../../../catalog/projection.ts";
import { DAG_RUN_STATES, DAG_RUN_TYPES, type DagRunState, type DagRunType } from "../../../engine/states.ts";
import type { DagRunView } from "../../../platform.ts";
import type { MisreadBound } from "../../bounds.ts";
import { domId } from "../../dom-id.ts";
import { hx, live } from "../../hx.ts";
import type { Shell } from "../../layout/page.tsx";
import { BatchBar } from "../../parts/batch-bar.tsx";
import { MisreadBounds } from "../../parts/browse-list.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { type Choice, ChoiceField, RangeFields } from "../../parts/filter-fields.tsx";
import { Pagination } from "../../parts/pagination.tsx";
import { RunTable } from "../../parts/run-table.tsx";
import { paths, withQuery } from "../../paths.ts";
import { runBatchButtons } from "../all-runs/run-batch.ts";
import { DagFrame } from "./dag-frame.tsx";

export interface RunsQuery {
  readonly q: string;
  readonly state: DagRunState | "";
  readonly type: DagRunType | "";
  readonly version: number | "";
  readonly from: string;
  readonly to: string;
  readonly after: string;
}

export interface RunsData {
  readonly dag: DagProjection;
  readonly runs: readonly DagRunView[];
  readonly query: RunsQuery;
  readonly misread: readonly MisreadBound[];
  readonly nextAfter: string | null;
}

export const RUNS_REGION = domId("dag", "runs");
const BATCH_FORM = domId("dag", "runs", "batch");

interface RunsProps {
  readonly data: RunsData;
  readonly ptag: string;
}

export function runsAddress(dagId: string, query: RunsQuery): string {
  return `${paths.dagTab(dagId, "runs")}${withQuery({ ...query })}`;
}

export function RunsPage({ shell, data, ptag }: RunsProps & { readonly shell: Shell }) {
  return (
    <DagFrame shell={shell} dag={data.dag} tab="runs">
      <RunFilters data={data} zone={shell.clock.zone} />
      <RunsRegion data={data} ptag={ptag} />
    </DagFrame>
  );
}

function RunFilters({ data, zone }: { readonly data: RunsData; readonly zone: string }) {
  const { query, dag } = data;
  const url = paths.dagTab(dag.dagId, "runs");
  return (
    <form
      method="get"
      action={url}
      class="filters"
      {...hx({
        get: url,
        target: `#${RUNS_REGION}`,
        swap: "outerHTML",
        trigger: "submit, change, input delay:250ms",
        sync: "this:replace",
      })}
    >
      <input
        class="input"
        name="q"
        value={query.q}
        placeholder="Part of a run id"
        aria-label="Part of a run id"
        data-search
      />
      <ChoiceField
        name="state"
        label="State"
        any="Any state"
        value={query.state}
        choices={DAG_RUN_STATES.map(choiceOf)}
      />
      <ChoiceField name="type" label="Type" any="Any type" value={query.type} choices={DAG_RUN_TYPES.map(choiceOf)} />
      <input
        class="input is-short"
        name="version"
        type="number"
        min="1"
        value={String(query.version)}
        placeholder="Version"
        aria-label="Version of the DAG"
      />
      <RangeFields label="Due from" from={query.from} to={query.to} zone={zone} />
      <noscript>
        <button type="submit" class="button">
          Apply
        </button>
      </noscript>
    </form>
  );
}

const choiceOf = (value: string): Choice => ({ value, label: value.replaceAll("_", " ") });

/** What narrows this list, as the list of all runs is narrowed by it: "all that match" are runs of this DAG. */
function batchFilterOf(dagId: string, query: RunsQuery): readonly (readonly [string, string])[] {
  const { q, state, type, version, from, to } = query;
  const filter = { dag: dagId, run: q, state, type, version: String(version), from, to };
  return Object.entries(filter).filter(([, value]) => value !== "");
}

export function RunsRegion({ data, ptag }: RunsProps) {
  const { query, dag } = data;
  const isActive = data.runs.some((run) => run.endAt === null);
  const first = { ...query, after: "" };
  const isFiltered = Object.values(first).some((value) => value !== "");
  return (
    <div class="stack" id={RUNS_REGION} {...live(runsAddress(dag.dagId, query), { isActive, ptag })}>
      <MisreadBounds misread={data.misread} />
      {data.runs.length === 0 ? (
        <div class="card">
          {isFiltered ? (
            <EmptyState icon="search" title={query.state === "" ? "No run is like that" : `No run is ${query.state}`}>
              <a href={paths.dagTab(dag.dagId, "runs")}>Show all runs</a>
            </EmptyState>
          ) : (
            <EmptyState icon="play" title="No runs yet">
              {dag.isPaused
                ? "The DAG is paused: nothing starts until it is resumed."
                : "The first run appears here as soon as it starts."}
            </EmptyState>
          )}
        </div>
      ) : (
        <>
          <BatchBar
            form={BATCH_FORM}
            path={paths.runBatch}
            filter={batchFilterOf(dag.dagId, query)}
            actions={runBatchButtons}
          />
          <RunTable runs={data.runs} id={domId("dag", "run-table")} batchForm={BATCH_FORM} ofOneDag />
        </>
      )}
      <Pagination
        firstHref={query.after === "" ? null : runsAddress(dag.dagId, first)}
        nextHref={data.nextAfter === null ? null : runsAddress(dag.dagId, { ...query, after: data.nextAfter })}
      />
    </div>
  );
}
