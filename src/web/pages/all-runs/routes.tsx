import { z } from "zod";
import { platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readTogether } from "../../../catalog/port.ts";
import { RUN_SPAN, recent } from "../../../catalog/sql/recent.ts";
import type { DagId, RunId } from "../../../dag/ids.ts";
import { misreadBounds } from "../../bounds.ts";
import { chipsOf, furtherOf } from "../../browse.ts";
import { cursorQuery, cursorText, readCursor } from "../../cursor.ts";
import { NO_FACTS, pageFactsOf, toDefaultView } from "../../page-facts.ts";
import { paths, withQuery } from "../../paths.ts";
import { ptagOf } from "../../ptag.ts";
import { clockOf, respond, shellOf } from "../../respond.tsx";
import { ALL_RUNS_REGION, AllRunsPage, AllRunsResults } from "./all-runs-page.tsx";
import { runFilterOf, runFilterShape } from "./runs-query.ts";

export const allRunRoutes = new Routes("page");

const RUNS_PER_PAGE = 50;
const FILTER_NAMES = {
  q: "Search",
  dag: "DAG",
  run: "Run",
  state: "State",
  type: "Type",
  version: "Version",
  from: "From",
  to: "To",
};
const listQuery = z.object({ ...runFilterShape, after: cursorQuery });
const cursorShape = z.tuple([z.number().int(), z.string(), z.string()]);

allRunRoutes.get(paths.allRuns, { permission: "run.read", query: listQuery }, async (c, { query }) => {
  const { after: cursor, ...shown } = query;
  const at = readCursor(cursor, cursorShape);
  const after = at === null ? null : { runAfterAt: at[0], dagId: at[1] as DagId, runId: at[2] as RunId };
  const { zone } = clockOf(c);
  const misread = misreadBounds(query, zone);
  const filter = runFilterOf(query, allowedDagIds(principalOf(c)), zone);
  const [rows, [floor = null], [facts = NO_FACTS]] = await readTogether(platformOf(c).catalog, [
    recent.runs(filter, { limit: RUNS_PER_PAGE + 1, after }),
    recent.floor(filter, after, RUN_SPAN),
    pageFactsOf(c, paths.allRuns),
  ]);
  const begin = toDefaultView(c, paths.allRuns, facts);
  if (begin !== null) return begin;
  const runs = rows.slice(0, RUNS_PER_PAGE);
  const last = rows.length > RUNS_PER_PAGE ? runs.at(-1) : undefined;
  const href = (parts: readonly (string | number)[]) =>
    `${paths.allRuns}${withQuery({ ...shown, after: cursorText(parts) })}`;
  const address = `${paths.allRuns}${withQuery({ ...shown, after: cursor })}`;
  const results = {
    region: ALL_RUNS_REGION,
    path: paths.allRuns,
    address,
    isEmpty: runs.length === 0,
    isActive: runs.some(({ endAt }) => endAt === null),
    chips: chipsOf(paths.allRuns, shown, FILTER_NAMES, misread),
    misread,
    firstHref: after === null ? null : `${paths.allRuns}${withQuery(shown)}`,
    nextHref: last === undefined ? null : href([last.runAfterAt, last.dagId, last.runId]),
    further: last === undefined ? furtherOf(floor, (instant) => href([instant, "", ""])) : null,
  };
  const ptag = ptagOf(runs, results);
  const data = { query: shown, runs, results: { ...results, ptag } };
  return respond(c, {
    ptag,
    address,
    page: () => <AllRunsPage shell={shellOf(c, facts.importErrorCount)} data={data} views={facts.savedViews} />,
    parts: { [ALL_RUNS_REGION]: () => <AllRunsResults data={data} /> },
  });
});
