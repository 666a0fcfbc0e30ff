import { DEPTHS } from "../../graph/graph-view.ts";
import { hx } from "../../hx.ts";
import { Icon } from "../../parts/icon.tsx";
import type { IconName } from "../../parts/icon-names.ts";
import { paths } from "../../paths.ts";
import { GRAPH_REGION, type GraphData, type GraphQuery, graphAddress, graphFields, ZOOMS } from "./graph-data.ts";
import { RunPicker } from "./run-picker.tsx";

/** More names than this are not offered; any can be typed. */
const MAX_NAMES = 250;

/** What the graph shows, and how. Each control is a link or a form, so that the address says what is seen. */
export function GraphBar({ data }: { readonly data: GraphData }) {
  const { dag, query, run, runs } = data;
  const action = paths.dagTab(dag.dagId, "graph");
  const { run: _run, version: _version, ...others } = graphFields(query);
  return (
    <div class="view-bar">
      <RunPicker
        runs={runs}
        shown={run}
        action={action}
        region={GRAPH_REGION}
        fields={others}
        hrefOf={(runId) => graphAddress(dag.dagId, query, { run: runId, version: "" })}
      />
      {query.version !== "" && runs.length > 0 && (
        <a class="button quiet small" href={graphAddress(dag.dagId, query, { version: "" })}>
          With the latest run
        </a>
      )}
      <FocusForm data={data} action={action} />
      {data.view.focus !== null && <Depths data={data} />}
      <div class="end">
        {data.spec.groups.length > 0 && <GroupsLink data={data} />}
        <Change
          data={data}
          change={{ dir: query.dir === "down" ? "" : "down" }}
          icon={query.dir === "down" ? "arrow-right" : "arrow-down"}
          label={query.dir === "down" ? "Lay out from left to right" : "Lay out from top to bottom"}
        />
        <Change data={data} change={{ zoom: zoomed(query, -1) }} icon="zoom-out" label="Smaller" hotkey="-" />
        <Change
          data={data}
          change={{ zoom: query.zoom === "fit" ? "" : "fit" }}
          icon="maximize"
          label={query.zoom === "fit" ? "As large as can be read" : "Fit the width"}
          hotkey="0"
        />
        <Change data={data} change={{ zoom: zoomed(query, 1) }} icon="zoom-in" label="Larger" hotkey="+" />
      </div>
    </div>
  );
}

function zoomed({ zoom }: GraphQuery, step: -1 | 1): number {
  const place = ZOOMS.findIndex((known) => known === (typeof zoom === "number" ? zoom : 100));
  return ZOOMS[Math.min(ZOOMS.length - 1, Math.max(0, place + step))] ?? 100;
}

function Change(props: {
  readonly data: GraphData;
  readonly change: Partial<GraphQuery>;
  readonly icon: IconName;
  readonly label: string;
  readonly hotkey?: string;
}) {
  const href = graphAddress(props.data.dag.dagId, props.data.query, props.change);
  return (
    <a
      class="button quiet small icon-only"
      href={href}
      aria-label={props.label}
      title={props.label}
      data-hotkey={props.hotkey}
      {...swap(href)}
    >
      <Icon name={props.icon} />
    </a>
  );
}

function GroupsLink({ data }: { readonly data: GraphData }) {
  const { view, query, dag } = data;
  const href = graphAddress(dag.dagId, query, { groups: view.areOpen ? "closed" : "open", flip: [] });
  return (
    <a class="button quiet small" href={href} {...swap(href)}>
      {view.areOpen ? "Close groups" : "Open groups"}
    </a>
  );
}

/** The surroundings of one task, by its name or a part of it. */
function FocusForm({ data, action }: { readonly data: GraphData; readonly action: string }) {
  const { dag, query, spec, view } = data;
  const { focus: _focus, ...others } = graphFields({ ...query, flip: [] });
  const all = graphAddress(dag.dagId, query, { focus: "", groups: "" });
  return (
    <form
      method="get"
      action={action}
      class="run-picker"
      {...hx({ get: action, trigger: "submit", target: `#${GRAPH_REGION}`, swap: "outerMorph show:none" })}
    >
      {Object.entries(others).map(([name, value]) =>
        value === null || value === "" ? null : <input type="hidden" name={name} value={String(value)} />,
      )}
      <input
        class="input"
        name="focus"
        value={view.focus ?? query.focus}
        placeholder="Around a task…"
        aria-label="Show the surroundings of a task"
        list="graph-tasks"
        autocomplete="off"
        data-search
      />
      <datalist id="graph-tasks">
        {spec.tasks.slice(0, MAX_NAMES).map(({ taskId }) => (
          <option value={taskId} />
        ))}
      </datalist>
      {query.focus !== "" && (
        <a
          class="button quiet small icon-only"
          href={all}
          aria-label="Show the whole graph"
          title="Show the whole graph"
          {...swap(all)}
        >
          <Icon name="x" />
        </a>
      )}
    </form>
  );
}

function Depths({ data }: { readonly data: GraphData }) {
  const { dag, query, view } = data;
  return (
    <span class="small muted pages">
      Steps
      {DEPTHS.map((depth) => {
        const href = graphAddress(dag.dagId, query, { focus: view.focus ?? "", depth });
        return depth === query.depth ? (
          <span class="chip is-current">{depth}</span>
        ) : (
          <a class="chip" href={href} aria-label={`Show ${depth} steps`} {...swap(href)}>
            {depth}
          </a>
        );
      })}
    </span>
  );
}

function swap(href: string): Record<string, string> {
  return hx({ get: href, target: `#${GRAPH_REGION}`, swap: "outerMorph show:none" });
}
