/** What the grid is told, and how its address says it. */
import type { DagProjection } from "../../../catalog/projection.ts";
import type { DagRunBar } from "../../../catalog/sql/dag-runs.ts";
import type { DagRunState, DagRunType, TaskInstanceState } from "../../../engine/states.ts";
import { domId } from "../../dom-id.ts";
import { paths, withQuery } from "../../paths.ts";
import type { GridRowData } from "./grid-rows.ts";

export const RUN_WINDOWS = [5, 10, 25, 50] as const;
export const ROWS_PER_WINDOW = 250;
export const GRID_REGION = domId("dag", "grid");

export interface GridQuery {
  readonly runs: number;
  /** The newest run that is not shown, as `runAfterAt~runId`; empty for the latest. */
  readonly before: string;
  readonly type: DagRunType | "";
  readonly state: DagRunState | "";
  /** Part of a task's id. */
  readonly q: string;
  /** Only tasks that are so in one of the runs shown. */
  readonly task_state: TaskInstanceState | "";
  /** Place of the first row. */
  readonly from: number;
  /** Whether groups begin open; empty leaves it to their number. */
  readonly groups: "" | "open" | "closed";
  /** Groups that are not as they begin. */
  readonly flip: readonly string[];
  readonly view: "" | "table";
}

export interface GridData {
  readonly dag: DagProjection;
  readonly query: GridQuery;
  /** Oldest first. */
  readonly runs: readonly DagRunBar[];
  /** The rows of this window. */
  readonly rows: readonly GridRowData[];
  readonly rowCount: number;
  /** Of the DAG, whatever the rows are narrowed to. */
  readonly taskCount: number;
  readonly hasGroups: boolean;
  readonly areOpen: boolean;
  readonly hasOlder: boolean;
  readonly latestCounts: readonly { readonly state: TaskInstanceState; readonly count: number }[];
}

/** The address with some of its choices changed; what is at its default is left out. */
export function gridAddress(dagId: string, query: GridQuery, change: Partial<GridQuery> = {}): string {
  const { runs, flip, from, ...rest } = { ...query, ...change };
  return `${paths.dag(dagId)}${withQuery({ runs: runs === 25 ? null : runs, ...rest, from: from || null, flip: flip.join(",") })}`;
}

export function flippedGroup(query: GridQuery, groupId: string): readonly string[] {
  return query.flip.includes(groupId) ? query.flip.filter((id) => id !== groupId) : [...query.flip, groupId];
}
