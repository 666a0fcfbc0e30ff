import type { GraphMap } from "../../graph/graph-map.ts";
import { Card } from "../../parts/card.tsx";
import { aggregateState } from "../../states.ts";
import { graphMapSvg } from "../../svg/graph-map.ts";
import { type GraphData, graphAddress } from "./graph-data.ts";

/** All of a large DAG at a glance; a click goes to the surroundings of the nearest task. */
export function GraphMapCard({ data, map }: { readonly data: GraphData; readonly map: GraphMap }) {
  const { dag, query, run, spec, tasks, view } = data;
  const points = spec.tasks.map(({ taskId }) => ({
    state: run === null ? null : (aggregateState(tasks.get(taskId)?.counts.map(({ state }) => state) ?? []) ?? "none"),
    isShown: view.shown?.has(taskId) ?? false,
  }));
  return (
    <Card title="All tasks" count="a point each; click to go near">
      <div
        class="graph-pane graph-map-pane"
        data-graph-map
        data-base={graphAddress(dag.dagId, query, { focus: "", flip: [] })}
      >
        {graphMapSvg(map, points)}
      </div>
    </Card>
  );
}
