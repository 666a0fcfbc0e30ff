import { z } from "zod";
import { principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { dagRuns } from "../../../catalog/sql/dag-runs.ts";
import { DAG_RUN_STATES, DAG_RUN_TYPES } from "../../../engine/states.ts";
import { misreadBounds, rangeOf } from "../../bounds.ts";
import { ptagOf } from "../../ptag.ts";
import { dagIdOf } from "../../request.ts";
import { clockOf, respond, shellOf } from "../../respond.tsx";
import { cursorOf } from "./grid-routes.tsx";
import { readDagPage } from "./read-page.ts";
import { RUNS_REGION, RunsPage, type RunsQuery, RunsRegion, runsAddress } from "./runs-page.tsx";

export const dagRunListRoutes = new Routes("page");

const RUNS_PER_PAGE = 50;

const query = z.object({
  q: z.string().trim().max(250).catch(""),
  state: z.enum(["", ...DAG_RUN_STATES]).catch(""),
  type: z.enum(["", ...DAG_RUN_TYPES]).catch(""),
  version: z.union([z.literal(""), z.coerce.number().int().min(1)]).catch(""),
  /** Instants of when the run was due, as people or links write them. */
  from: z.string().trim().max(40).catch(""),
  to: z.string().trim().max(40).catch(""),
  after: z.string().max(300).catch(""),
});

dagRunListRoutes.get("/dags/:dag_id/runs", { permission: "run.read", query }, async (c, { query: asked }) => {
  const dagId = dagIdOf(c);
  const { zone } = clockOf(c);
  const filter = {
    allowedDagIds: allowedDagIds(principalOf(c)),
    dagId,
    states: asked.state === "" ? undefined : [asked.state],
    runTypes: asked.type === "" ? undefined : [asked.type],
    search: asked.q,
    versionNumber: asked.version === "" ? undefined : asked.version,
    runAfter: rangeOf(asked, zone),
  };
  const list = dagRuns.list(filter, { limit: RUNS_PER_PAGE + 1, after: cursorOf(dagId, asked.after) });
  const { dag, importErrorCount, rows } = await readDagPage(c, { type: "latest" }, [list]);
  const runs = rows[0].slice(0, RUNS_PER_PAGE);
  const last = rows[0].length > RUNS_PER_PAGE ? runs.at(-1) : undefined;
  const data = {
    dag,
    runs,
    query: asked,
    misread: misreadBounds(asked, zone),
    nextAfter: last === undefined ? null : `${last.runAfterAt}~${last.runId}`,
  };
  const ptag = ptagOf(data);
  const shown: RunsQuery = asked;
  return respond(c, {
    ptag,
    address: runsAddress(dagId, shown),
    page: () => <RunsPage shell={shellOf(c, importErrorCount)} data={data} ptag={ptag} />,
    parts: { [RUNS_REGION]: () => <RunsRegion data={data} ptag={ptag} /> },
  });
});
