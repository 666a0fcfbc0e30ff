import { DAG_RUN_STATES, DAG_RUN_TYPES, TASK_INSTANCE_STATES } from "../../../engine/states.ts";
import { hx } from "../../hx.ts";
import { Icon } from "../../parts/icon.tsx";
import { paths } from "../../paths.ts";
import { stateLabel } from "../../states.ts";
import { GRID_REGION, type GridData, type GridQuery, gridAddress, ROWS_PER_WINDOW, RUN_WINDOWS } from "./grid-data.ts";

/** Which runs are the columns, and whether groups are open. */
export function GridBar({ data }: { readonly data: GridData }) {
  const { dag, query, areOpen } = data;
  return (
    <div class="view-bar">
      <RunFilter data={data} />
      <span class="small muted pages">
        Runs
        {RUN_WINDOWS.map((runs) =>
          runs === query.runs ? (
            <span class="chip is-current">{runs}</span>
          ) : (
            <a class="chip" href={gridAddress(dag.dagId, query, { runs })} aria-label={`Show ${runs} runs`}>
              {runs}
            </a>
          ),
        )}
      </span>
      <div class="end">
        {data.hasGroups && (
          <Change data={data} change={{ groups: areOpen ? "closed" : "open", flip: [], from: 0 }}>
            {areOpen ? "Close groups" : "Open groups"}
          </Change>
        )}
        <Change data={data} change={{ view: query.view === "table" ? "" : "table" }}>
          {query.view === "table" ? "As a grid" : "As a table"}
        </Change>
        {data.hasOlder && (
          <Change data={data} change={{ before: olderThan(data) }}>
            <Icon name="chevron-left" />
            Older
          </Change>
        )}
        {query.before !== "" && (
          <Change data={data} change={{ before: "" }}>
            Latest
            <Icon name="chevron-right" />
          </Change>
        )}
      </div>
    </div>
  );
}

function olderThan({ runs }: GridData): string {
  const [oldest] = runs;
  return oldest === undefined ? "" : `${oldest.runAfterAt}~${oldest.runId}`;
}

function Change(props: { readonly data: GridData; readonly change: Partial<GridQuery>; readonly children: unknown }) {
  const href = gridAddress(props.data.dag.dagId, props.data.query, props.change);
  return (
    <a
      class="button quiet small"
      href={href}
      {...hx({ get: href, target: `#${GRID_REGION}`, swap: "outerMorph show:none" })}
    >
      {props.children}
    </a>
  );
}

function RunFilter({ data }: { readonly data: GridData }) {
  const { dag, query } = data;
  const action = paths.dag(dag.dagId);
  const kept = {
    runs: query.runs === 25 ? "" : query.runs,
    before: query.before,
    groups: query.groups,
    flip: query.flip.join(","),
    view: query.view,
  };
  return (
    <form
      method="get"
      action={action}
      class="filters"
      {...hx({ get: action, trigger: "change, submit", target: `#${GRID_REGION}`, swap: "outerMorph show:none" })}
    >
      {Object.entries(kept).map(
        ([name, value]) => value !== "" && <input type="hidden" name={name} value={String(value)} />,
      )}
      <input
        class="input"
        name="q"
        value={query.q}
        placeholder="Part of a task's name"
        aria-label="Part of a task's name"
        autocomplete="off"
        data-search
      />
      <select class="select" name="task_state" aria-label="State of the task in one of the runs">
        <option value="">Any task</option>
        {TASK_INSTANCE_STATES.map((state) => (
          <option value={state} selected={query.task_state === state}>
            {stateLabel(state)}
          </option>
        ))}
      </select>
      <select class="select" name="state" aria-label="State of the run">
        <option value="">Any run</option>
        {DAG_RUN_STATES.map((state) => (
          <option value={state} selected={query.state === state}>
            {state}
          </option>
        ))}
      </select>
      <select class="select" name="type" aria-label="Type of the run">
        <option value="">Any type</option>
        {DAG_RUN_TYPES.map((type) => (
          <option value={type} selected={query.type === type}>
            {type.replaceAll("_", " ")}
          </option>
        ))}
      </select>
      <noscript>
        <button type="submit" class="button small">
          Apply
        </button>
      </noscript>
    </form>
  );
}

export function RowWindow({ data }: { readonly data: GridData }) {
  const { dag, query, rowCount } = data;
  const end = query.from + data.rows.length;
  if (query.from === 0 && end >= rowCount) return null;
  return (
    <nav class="card-body pagination" aria-label="Rows of the grid">
      {query.from > 0 && (
        <a
          class="button small"
          href={gridAddress(dag.dagId, query, { from: Math.max(0, query.from - ROWS_PER_WINDOW) })}
        >
          Rows before
        </a>
      )}
      <span>
        {query.from + 1}–{end} of {rowCount}
      </span>
      {end < rowCount && (
        <a class="button small" href={gridAddress(dag.dagId, query, { from: end })}>
          Rows after
        </a>
      )}
    </nav>
  );
}
