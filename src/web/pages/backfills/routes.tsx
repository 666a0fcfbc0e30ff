import { z } from "zod";
import { notFound, platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readTogether } from "../../../catalog/port.ts";
import { readBackfill } from "../../../catalog/read-through.ts";
import { backfills } from "../../../catalog/sql/backfills.ts";
import { dagRuns } from "../../../catalog/sql/dag-runs.ts";
import { DAG_RUN_STATES } from "../../../engine/states.ts";
import { chipsOf } from "../../browse.ts";
import { NO_FACTS, pageFactsOf, toDefaultView } from "../../page-facts.ts";
import { paths, withQuery } from "../../paths.ts";
import { ptagOf } from "../../ptag.ts";
import { dagIdOf } from "../../request.ts";
import { respond, shellOf } from "../../respond.tsx";
import { cursorOf } from "../dag/grid-routes.tsx";
import { readDagPage } from "../dag/read-page.ts";
import { backfillIdOf } from "./backfill-id.ts";
import { BACKFILL_REGION, BackfillPage, BackfillRegion } from "./backfill-page.tsx";
import { isWatched } from "./backfill-table.tsx";
import { BACKFILL_STATES, BACKFILLS_REGION, BackfillResults, BackfillsPage } from "./backfills-page.tsx";
import { DAG_BACKFILLS_REGION, DagBackfillsPage, DagBackfillsRegion } from "./dag-backfills-page.tsx";

export const backfillPageRoutes = new Routes("page");

/** Each row counts its runs, so a page has few. */
const BACKFILLS_PER_PAGE = 20;
const RUNS_PER_PAGE = 50;
const afterId = z.coerce.number().int().min(1).nullable().catch(null);

const listQuery = z.object({
  q: z.string().trim().max(250).catch(""),
  state: z.enum(["", ...BACKFILL_STATES]).catch(""),
  after: afterId,
});

backfillPageRoutes.get(paths.backfills, { permission: "run.read", query: listQuery }, async (c, { query }) => {
  const { after, ...shown } = query;
  const filter = {
    allowedDagIds: allowedDagIds(principalOf(c)),
    search: query.q,
    isCompleted: query.state === "" ? undefined : query.state === "completed",
  };
  const [found, [facts = NO_FACTS]] = await readTogether(platformOf(c).catalog, [
    backfills.page(filter, { limit: BACKFILLS_PER_PAGE + 1, after }),
    pageFactsOf(c, paths.backfills),
  ]);
  const begin = toDefaultView(c, paths.backfills, facts);
  if (begin !== null) return begin;
  const rows = found.slice(0, BACKFILLS_PER_PAGE);
  const last = found.length > BACKFILLS_PER_PAGE ? rows.at(-1) : undefined;
  const hrefOf = (id: number | null) => `${paths.backfills}${withQuery({ ...shown, after: id })}`;
  const results = {
    region: BACKFILLS_REGION,
    path: paths.backfills,
    address: hrefOf(after),
    isEmpty: rows.length === 0,
    isActive: isWatched(rows),
    chips: chipsOf(paths.backfills, shown, { q: "DAG", state: "State" }),
    firstHref: after === null ? null : hrefOf(null),
    nextHref: last === undefined ? null : hrefOf(last.backfill.id),
    further: null,
  };
  const ptag = ptagOf(rows, results);
  const data = { query: shown, rows, results: { ...results, ptag } };
  return respond(c, {
    ptag,
    address: results.address,
    page: () => <BackfillsPage shell={shellOf(c, facts.importErrorCount)} data={data} views={facts.savedViews} />,
    parts: { [BACKFILLS_REGION]: () => <BackfillResults data={data} /> },
  });
});

backfillPageRoutes.get(
  "/dags/:dag_id/backfills",
  { permission: "run.read", query: z.object({ after: afterId }) },
  async (c, { query }) => {
    const filter = { allowedDagIds: allowedDagIds(principalOf(c)), dagId: dagIdOf(c) };
    const list = backfills.page(filter, { limit: BACKFILLS_PER_PAGE + 1, after: query.after });
    const { dag, importErrorCount, rows: found } = await readDagPage(c, { type: "latest" }, [list]);
    const rows = found[0].slice(0, BACKFILLS_PER_PAGE);
    const nextAfter = found[0].length > BACKFILLS_PER_PAGE ? (rows.at(-1)?.backfill.id ?? null) : null;
    const data = { dag, rows, after: query.after, nextAfter };
    const ptag = ptagOf(data);
    return respond(c, {
      ptag,
      page: () => <DagBackfillsPage shell={shellOf(c, importErrorCount)} data={data} ptag={ptag} />,
      parts: { [DAG_BACKFILLS_REGION]: () => <DagBackfillsRegion data={data} ptag={ptag} /> },
    });
  },
);

const oneQuery = z.object({
  state: z.enum(["", ...DAG_RUN_STATES]).catch(""),
  after: z.string().max(300).catch(""),
});

backfillPageRoutes.get(
  "/dags/:dag_id/backfills/:backfill_id",
  { permission: "run.read", query: oneQuery },
  async (c, { query }) => {
    const dagId = dagIdOf(c);
    const id = backfillIdOf(c);
    const allowed = allowedDagIds(principalOf(c));
    const filter = { allowedDagIds: allowed, dagId };
    const states = query.state === "" ? undefined : [query.state];
    const runList = dagRuns.list(
      { ...filter, backfillId: id, states },
      { limit: RUNS_PER_PAGE + 1, after: cursorOf(dagId, query.after) },
    );
    const ofCatalog = readDagPage(c, { type: "latest" }, [backfills.page({ ...filter, id }, oneRow), runList]);
    const [{ dag, importErrorCount, rows }, backfill] = await Promise.all([
      ofCatalog,
      readBackfill(platformOf(c), { dagId, id }, async () => (await ofCatalog).rows[0][0]?.backfill ?? null),
    ]);
    if (backfill === null) throw notFound(c);
    const [[row], found] = rows;
    const runs = found.slice(0, RUNS_PER_PAGE);
    const last = found.length > RUNS_PER_PAGE ? runs.at(-1) : undefined;
    const data = {
      backfill,
      progress: row?.progress ?? { queued: 0, running: 0, success: 0, failed: 0 },
      isDagPaused: dag.isPaused,
      runs,
      query,
      nextAfter: last === undefined ? null : `${last.runAfterAt}~${last.runId}`,
    };
    const ptag = ptagOf(data);
    return respond(c, {
      ptag,
      page: () => <BackfillPage shell={shellOf(c, importErrorCount)} data={data} ptag={ptag} />,
      parts: { [BACKFILL_REGION]: () => <BackfillRegion data={data} ptag={ptag} /> },
    });
  },
);

const oneRow = { limit: 1, after: null };
