import type { TaskSpec } from "../../../dag/spec.ts";
import { counted } from "../../format.ts";
import type { GraphBox } from "../../graph/graph-layout.ts";
import { neighboursIn } from "../../graph/graph-view.ts";
import { live } from "../../hx.ts";
import type { Shell } from "../../layout/page.tsx";
import { Card } from "../../parts/card.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { paths } from "../../paths.ts";
import { graphSvg, type ShownBox } from "../../svg/graph.ts";
import { DagFrame } from "./dag-frame.tsx";
import { GraphBar } from "./graph-bar.tsx";
import { groupStates, membersByGroup, taskStates } from "./graph-boxes.ts";
import { flipped, GRAPH_REGION, type GraphData, graphAddress } from "./graph-data.ts";
import { GraphMapCard } from "./graph-map-card.tsx";
import { GraphTable } from "./graph-table.tsx";
import { GridLegend } from "./grid.tsx";

interface GraphProps {
  readonly data: GraphData;
  readonly ptag: string;
}

export function GraphPage({ shell, data, ptag }: GraphProps & { readonly shell: Shell }) {
  return (
    <DagFrame shell={shell} dag={data.dag} tab="graph">
      <GraphRegion data={data} ptag={ptag} />
    </DagFrame>
  );
}

export function GraphRegion({ data, ptag }: GraphProps) {
  const { dag, layout, query, run } = data;
  const known = {
    tasks: neighboursIn(data.spec).byId,
    members: layout.boxes.some(({ type }) => type === "closed") ? membersByGroup(data.spec) : new Map(),
  };
  const isActive = run !== null && run.endAt === null;
  return (
    <div class="stack" id={GRAPH_REGION} {...live(graphAddress(dag.dagId, query), { isActive, ptag })}>
      <Card title="Graph" count={countText(data)} end={<a href={versionHref(data)}>v{data.versionNumber}</a>}>
        <GraphBar data={data} />
        {layout.boxes.length === 0 ? (
          <EmptyState title="This DAG has no tasks">
            Call <code>task(…)</code> in its definition.
          </EmptyState>
        ) : (
          <section
            class={query.zoom === "" ? "graph-pane is-auto" : "graph-pane"}
            tabindex={0}
            aria-label="Graph of tasks: move between them with the arrow keys"
            data-graph
          >
            {graphSvg(layout, {
              label: `Graph of ${dag.dagId}`,
              zoom: typeof query.zoom === "number" ? query.zoom / 100 : query.zoom === "fit" ? "fit" : "auto",
              show: (box) => shownBox(data, box, known),
            })}
          </section>
        )}
        {run !== null && <GridLegend />}
        <GraphTable data={data} />
      </Card>
      {data.map !== null && <GraphMapCard data={data} map={data.map} />}
    </div>
  );
}

function versionHref({ dag, versionNumber }: GraphData): string {
  return `${paths.dagTab(dag.dagId, "code")}?version=${versionNumber}`;
}

function countText({ spec, view }: GraphData): string {
  const all = counted(spec.tasks.length, "task");
  return view.shown === null ? all : `${view.shown.size} of ${all}`;
}

interface KnownTasks {
  readonly tasks: ReadonlyMap<string, TaskSpec>;
  readonly members: ReadonlyMap<string, readonly TaskSpec[]>;
}

function shownBox(data: GraphData, box: GraphBox, known: KnownTasks): ShownBox {
  const { dag, query, run, tasks, view } = data;
  if (box.type !== "task") {
    const href = graphAddress(dag.dagId, query, { flip: flipped(query, box.id) });
    if (box.type === "open") return { href, note: "", state: null, counts: [] };
    return { href, ...groupStates(known.members.get(box.id) ?? [], { tasks, hasRun: run !== null }) };
  }
  const focusHref = graphAddress(dag.dagId, query, { focus: box.id, flip: [] });
  const task = known.tasks.get(box.id);
  if (task === undefined) return { href: focusHref, note: "", state: null, counts: [] };
  return {
    href: run === null ? focusHref : paths.task({ dagId: dag.dagId, runId: run.runId, taskId: box.id }),
    ...taskStates(task, tasks.get(box.id), run !== null),
    isFocus: view.focus === box.id,
    focusHref,
    hidden: hiddenAround(data, box.id),
  };
}

/** How many neighbours of a drawn task are not drawn. */
function hiddenAround({ spec, view }: GraphData, taskId: string): { readonly before: number; readonly behind: number } {
  const { shown } = view;
  if (shown === null) return { before: 0, behind: 0 };
  const { byId, behind } = neighboursIn(spec);
  const countHidden = (ids: readonly string[] = []) => ids.filter((id) => !shown.has(id)).length;
  return { before: countHidden(byId.get(taskId)?.upstream), behind: countHidden(behind.get(taskId)) };
}
