/** What the graph page is told, and how its address says it. */
import type { DagProjection } from "../../../catalog/projection.ts";
import type { DagRunBar } from "../../../catalog/sql/dag-runs.ts";
import type { RunTask } from "../../../catalog/sql/run-tasks.ts";
import { domId } from "../../dom-id.ts";
import type { GraphLayout } from "../../graph/graph-layout.ts";
import type { GraphMap } from "../../graph/graph-map.ts";
import type { GraphSpec, GraphView } from "../../graph/graph-view.ts";
import { paths, withQuery } from "../../paths.ts";

export const GRAPH_REGION = domId("dag", "graph");
export const ZOOMS = [50, 75, 100, 125, 150, 200] as const;

export interface GraphQuery {
  /** Empty for the latest. */
  readonly run: string;
  /** A version by itself, without a run; empty for that of the run. */
  readonly version: number | "";
  readonly focus: string;
  readonly depth: number;
  readonly groups: "" | "open" | "closed";
  readonly flip: readonly string[];
  readonly dir: "" | "down";
  /** Percent; empty makes a wide graph smaller, as far as it can be read. */
  readonly zoom: number | "" | "fit";
}

export interface GraphData {
  readonly dag: DagProjection;
  readonly spec: GraphSpec;
  readonly versionNumber: number;
  readonly query: GraphQuery;
  readonly view: GraphView;
  readonly layout: GraphLayout;
  /** Of all tasks, when not all are drawn. */
  readonly map: GraphMap | null;
  /** Newest first. */
  readonly runs: readonly DagRunBar[];
  readonly run: DagRunBar | null;
  readonly tasks: ReadonlyMap<string, RunTask>;
}

/** The address of the page with some of its choices changed; what is at its default is left out. */
export function graphAddress(dagId: string, query: GraphQuery, change: Partial<GraphQuery> = {}): string {
  return `${paths.dagTab(dagId, "graph")}${withQuery(graphFields({ ...query, ...change }))}`;
}

export function graphFields(query: GraphQuery): Readonly<Record<string, string | number | null>> {
  return {
    run: query.run,
    version: query.version,
    focus: query.focus,
    depth: query.focus === "" || query.depth === 2 ? null : query.depth,
    groups: query.groups,
    flip: query.flip.join(","),
    dir: query.dir,
    zoom: query.zoom,
  };
}

/** The group the other way round. */
export function flipped(query: GraphQuery, groupId: string): readonly string[] {
  return query.flip.includes(groupId) ? query.flip.filter((id) => id !== groupId) : [...query.flip, groupId];
}
