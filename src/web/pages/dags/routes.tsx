import { z } from "zod";
import { type AppContext, actorOf, notFound, platformOf, principalOf } from "../../../auth/context.ts";
import { HttpError } from "../../../auth/http-error.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readAll, readTogether } from "../../../catalog/port.ts";
import { dagRuns } from "../../../catalog/sql/dag-runs.ts";
import { dags } from "../../../catalog/sql/dags.ts";
import { importErrors } from "../../../catalog/sql/import-errors.ts";
import { DAG_RUN_STATES } from "../../../engine/states.ts";
import { ToastPartial } from "../../layout/toast.tsx";
import { PauseSwitch } from "../../parts/pause-switch.tsx";
import { paths } from "../../paths.ts";
import { ptagOf } from "../../ptag.ts";
import { cameFrom, dagIdOf, wantsPart } from "../../request.ts";
import { fragment, respond, setFlash, shellOf } from "../../respond.tsx";
import { dagsAddress } from "./dag-filters.tsx";
import { DAGS_PER_PAGE, DAGS_REGION, DagsPage, DagsResults } from "./dags-page.tsx";

export const dagsRoutes = new Routes("page");

const BARS = 14;

// An address that was mistyped or has aged shows the list all the same: what is not understood falls back.
const listQuery = z.object({
  q: z.string().max(250).catch(""),
  paused: z.enum(["all", "no", "yes"]).catch("all"),
  state: z.enum(["", ...DAG_RUN_STATES]).catch(""),
  tag: z.string().max(250).catch(""),
  page: z.coerce.number().int().min(1).max(10_000).catch(1),
});

dagsRoutes.get(paths.dags, { permission: "dag.read", query: listQuery }, async (c, { query }) => {
  const { catalog } = platformOf(c);
  const allowed = { allowedDagIds: allowedDagIds(principalOf(c)) };
  const filter = {
    ...allowed,
    search: query.q,
    isPaused: query.paused === "all" ? undefined : query.paused === "yes",
    latestRunStates: query.state === "" ? undefined : [query.state],
    tags: query.tag === "" ? undefined : [query.tag],
  };
  const [rows, [count = 0], tags, [importErrorCount = 0]] = await readTogether(catalog, [
    dags.list(filter, { limit: DAGS_PER_PAGE, offset: (query.page - 1) * DAGS_PER_PAGE }),
    dags.count(filter),
    dags.tags(allowed.allowedDagIds),
    importErrors.count(allowed),
  ]);
  const runs = await readAll(
    catalog,
    dagRuns.latestPerDag(
      rows.map((dag) => dag.dagId),
      BARS,
    ),
  );
  const runsOf = Map.groupBy(runs, (run) => run.dagId);
  const data = { query, tags, count, dags: rows.map((dag) => ({ dag, runs: runsOf.get(dag.dagId) ?? [] })) };
  const ptag = ptagOf(data);
  return respond(c, {
    ptag,
    address: dagsAddress(query),
    page: () => <DagsPage shell={shellOf(c, importErrorCount)} data={data} ptag={ptag} />,
    parts: { [DAGS_REGION]: () => <DagsResults data={data} ptag={ptag} /> },
  });
});

dagsRoutes.put("/dags/:dag_id/pause", { permission: "dag.edit" }, (c) =>
  pause(c, { isPaused: true, isLabelled: false }),
);
dagsRoutes.delete("/dags/:dag_id/pause", { permission: "dag.edit" }, (c) =>
  pause(c, { isPaused: false, isLabelled: false }),
);

// For plain forms, which can only post.
dagsRoutes.post(
  "/dags/:dag_id/pause-state",
  { permission: "dag.edit", form: z.object({ is_paused: z.enum(["true", "false"]), labelled: z.string().optional() }) },
  (c, { body }) => pause(c, { isPaused: body.is_paused === "true", isLabelled: body.labelled === "true" }),
);

async function pause(c: AppContext, wanted: { readonly isPaused: boolean; readonly isLabelled: boolean }) {
  const dagId = dagIdOf(c);
  const reply = await platformOf(c).schedulers.get(dagId).setPaused(wanted.isPaused, actorOf(c));
  if (!reply.ok) throw reply.code === "conflict" ? new HttpError(409, reply.message) : notFound(c);
  const flash = { tone: "done", text: reply.isPaused ? `${dagId} is paused` : `${dagId} is scheduled again` } as const;
  if (!wantsPart(c)) {
    setFlash(c, flash);
    return c.redirect(cameFrom(c, paths.dag(dagId)), 303);
  }
  return fragment(
    c,
    <>
      <PauseSwitch dagId={dagId} isPaused={reply.isPaused} isLabelled={wanted.isLabelled} />
      <ToastPartial flash={flash} />
    </>,
  );
}
