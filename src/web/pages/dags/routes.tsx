import { z } from "zod";
import { type AppContext, actorOf, notFound, platformOf, principalOf } from "../../../auth/context.ts";
import { HttpError } from "../../../auth/http-error.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readTogether } from "../../../catalog/port.ts";
import { dagList } from "../../../catalog/sql/dag-list.ts";
import { cursorQuery, cursorText, readCursor } from "../../cursor.ts";
import { ToastPartial } from "../../layout/toast.tsx";
import { NO_FACTS, pageFactsOf, toDefaultView } from "../../page-facts.ts";
import { PauseSwitch } from "../../parts/pause-switch.tsx";
import { paths } from "../../paths.ts";
import { ptagOf } from "../../ptag.ts";
import { cameFrom, dagIdOf, wantsPart } from "../../request.ts";
import { fragment, respond, setFlash, shellOf } from "../../respond.tsx";
import { DAGS_REGION, DagsPage, DagsResults } from "./dags-page.tsx";
import { chipsOfDags, dagsAddress, dagsQueryShape, filterOf, sortOf } from "./dags-query.ts";

export const dagsRoutes = new Routes("page");

const BARS = 14;
/** With their bars, these stay below 3,000 elements. */
const DAGS_PER_PAGE = 35;
const cursorShape = z.tuple([z.union([z.string(), z.number()]), z.string()]);

dagsRoutes.get(
  paths.dags,
  { permission: "dag.read", query: dagsQueryShape.extend({ after: cursorQuery }) },
  async (c, { query }) => {
    const { after: cursor, ...shown } = query;
    const at = readCursor(cursor, cursorShape);
    const after = at === null ? null : { key: at[0], dagId: at[1] };
    const filter = filterOf(query, allowedDagIds(principalOf(c)));
    const [rows, [facets = NO_FACETS], [facts = NO_FACTS]] = await readTogether(platformOf(c).catalog, [
      dagList.page(filter, { limit: DAGS_PER_PAGE + 1, barCount: BARS, ...sortOf(query), after }),
      dagList.facets(filter),
      pageFactsOf(c, paths.dags),
    ]);
    const begin = toDefaultView(c, paths.dags, facts);
    if (begin !== null) return begin;
    const listed = rows.slice(0, DAGS_PER_PAGE);
    const last = rows.length > DAGS_PER_PAGE ? listed.at(-1) : undefined;
    const address = dagsAddress(shown, cursor);
    const results = {
      region: DAGS_REGION,
      path: paths.dags,
      address,
      isEmpty: listed.length === 0,
      isActive: listed.some(({ runs }) => runs.some((run) => run.endAt === null)),
      chips: chipsOfDags(shown),
      firstHref: after === null ? null : dagsAddress(shown),
      nextHref: last === undefined ? null : dagsAddress(shown, cursorText([last.key, last.dag.dagId])),
      further: null,
    };
    const ptag = ptagOf(listed, facets, results);
    const data = { query: shown, facets, dags: listed, results: { ...results, ptag } };
    return respond(c, {
      ptag,
      address,
      page: () => <DagsPage shell={shellOf(c, facts.importErrorCount)} data={data} views={facts.savedViews} />,
      parts: { [DAGS_REGION]: () => <DagsResults data={data} /> },
    });
  },
);

const NO_FACETS = { count: 0, tags: [], owners: [] } as const;

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
