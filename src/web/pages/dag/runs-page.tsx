import type { DagProjection } from "../../../catalog/projection.ts";
import { DAG_RUN_STATES, DAG_RUN_TYPES, type DagRunState, type DagRunType } from "../../../engine/states.ts";
import { instantToLocal } from "../../../lib/time-zone.ts";
import type { DagRunView } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { hx, live } from "../../hx.ts";
import { useClock } from "../../layout/clock.ts";
import type { Shell } from "../../layout/page.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Pagination } from "../../parts/pagination.tsx";
import { RunTable } from "../../parts/run-table.tsx";
import { paths, withQuery } from "../../paths.ts";
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
  /** What the two texts mean; null for what is empty or no date. */
  readonly range: { readonly from: number | null; readonly to: number | null };
  readonly wrong: readonly ("from" | "to")[];
  readonly nextAfter: string | null;
}

export const RUNS_REGION = domId("dag", "runs");

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
      <RunFilters data={data} />
      <RunsRegion data={data} ptag={ptag} />
    </DagFrame>
  );
}

function RunFilters({ data }: { readonly data: RunsData }) {
  const { query, dag, wrong } = data;
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
      <Choice name="state" label="State" none="Any state" value={query.state} options={DAG_RUN_STATES} />
      <Choice name="type" label="Type" none="Any type" value={query.type} options={DAG_RUN_TYPES} />
      <input
        class="input is-short"
        name="version"
        type="number"
        min="1"
        value={String(query.version)}
        placeholder="Version"
        aria-label="Version of the DAG"
      />
      {(["from", "to"] as const).map((name) => (
        <span class="range small muted">
          <span aria-hidden="true">{name === "from" ? "From" : "to"}</span>
          <DateField data={data} name={name} isWrong={wrong.includes(name)} />
        </span>
      ))}
      <noscript>
        <button type="submit" class="button">
          Apply
        </button>
      </noscript>
    </form>
  );
}

function Choice(props: {
  readonly name: string;
  readonly label: string;
  readonly none: string;
  readonly value: string;
  readonly options: readonly string[];
}) {
  return (
    <select class="select" name={props.name} aria-label={props.label}>
      <option value="">{props.none}</option>
      {props.options.map((option) => (
        <option value={option} selected={props.value === option}>
          {option.replaceAll("_", " ")}
        </option>
      ))}
    </select>
  );
}

/** Local time in the reader's zone; what it is not told in words, the title tells. */
function DateField({
  data,
  name,
  isWrong,
}: {
  readonly data: RunsData;
  readonly name: "from" | "to";
  readonly isWrong: boolean;
}) {
  const { zone } = useClock();
  const at = data.range[name];
  const value = at === null ? "" : new Date(instantToLocal(at, zone)).toISOString().slice(0, 16);
  return (
    <input
      class="input"
      type="datetime-local"
      name={name}
      value={value}
      title={`When the run was due, in ${zone}`}
      aria-label={`Due ${name === "from" ? "from" : "until"}, in ${zone}`}
      aria-invalid={isWrong ? "true" : undefined}
    />
  );
}

export function RunsRegion({ data, ptag }: RunsProps) {
  const { query, dag } = data;
  const isActive = data.runs.some((run) => run.endAt === null);
  const first = { ...query, after: "" };
  const isFiltered = Object.values(first).some((value) => value !== "");
  return (
    <div class="stack" id={RUNS_REGION} {...live(runsAddress(dag.dagId, query), { isActive, ptag })}>
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
        <RunTable runs={data.runs} id={domId("dag", "run-table")} ofOneDag />
      )}
      <Pagination
        firstHref={query.after === "" ? null : runsAddress(dag.dagId, first)}
        nextHref={data.nextAfter === null ? null : runsAddress(dag.dagId, { ...query, after: data.nextAfter })}
      />
    </div>
  );
}
