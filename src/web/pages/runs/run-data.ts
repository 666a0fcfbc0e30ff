/** What the page of a run is told, and how its address says it. */
import type { RunHead } from "../../../catalog/sql/run-pages.ts";
import type { TaskInstanceState } from "../../../engine/states.ts";
import type { DagRunView } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { paths, withQuery } from "../../paths.ts";
import { stateSign } from "../../states.ts";
import type { RunRow } from "./run-rows.ts";

export const TASKS_PER_PAGE = 100;
export const SHOWN_FAILURES = 3;
export const RUN_REGION = domId("run", "live");

export interface RunQuery {
  readonly from: number;
  readonly state: TaskInstanceState | "";
  /** A mapped task whose instances are listed. */
  readonly open: string;
}

export interface RunData {
  readonly run: DagRunView;
  readonly head: RunHead | null;
  readonly query: RunQuery;
  /** Those of the page, of all that pass the filter. */
  readonly rows: readonly RunRow[];
  readonly rowCount: number;
  /** The first tasks that failed. */
  readonly failed: readonly RunRow[];
  readonly failedCount: number;
  readonly counts: readonly { readonly state: TaskInstanceState; readonly count: number }[];
  /** Instances of the mapped task that is open, the first ones. */
  readonly openRows: readonly RunRow[];
  readonly bundleIds: readonly string[];
  /** Where news are told, if the runtime tells them. */
  readonly socket: string | null;
}

export function runAddress(run: DagRunView, query: RunQuery, change: Partial<RunQuery> = {}): string {
  const { from, state, open } = { ...query, ...change };
  return `${paths.run(run.dagId, run.runId)}${withQuery({ from: from || null, state, open })}`;
}

export function runTitle(run: DagRunView): string {
  return `${stateSign(run.state)} · ${run.runId} · ${run.dagId}`;
}

/** What the last successful runs took on average; null when there are too few to say. */
export function expectedMs(head: RunHead | null): number | null {
  const done = (head?.before ?? []).flatMap(({ state, startAt, endAt }) =>
    state === "success" && startAt !== null && endAt !== null ? [endAt - startAt] : [],
  );
  return done.length < 3 ? null : done.reduce((sum, ms) => sum + ms, 0) / done.length;
}
