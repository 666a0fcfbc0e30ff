import { z } from "zod";
import { principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { eventLog } from "../../../catalog/sql/event-log.ts";
import { paths, withQuery } from "../../paths.ts";
import { dagIdOf } from "../../request.ts";
import { respond, shellOf } from "../../respond.tsx";
import { EVENTS_REGION, EventsPage, EventsRegion } from "./events-page.tsx";
import { readDagPage } from "./read-page.ts";

export const dagEventRoutes = new Routes("page");

const EVENTS_PER_PAGE = 50;

const query = z.object({
  event: z.string().trim().max(100).catch(""),
  actor: z.string().trim().max(100).catch(""),
  after: z.coerce.number().int().min(1).nullable().catch(null),
});

dagEventRoutes.get("/dags/:dag_id/events", { permission: "audit.read", query }, async (c, { query: asked }) => {
  const dagId = dagIdOf(c);
  const filter = {
    allowedDagIds: allowedDagIds(principalOf(c)),
    dagId,
    events: asked.event === "" ? undefined : [asked.event],
    actor: asked.actor === "" ? undefined : asked.actor,
  };
  const page = { limit: EVENTS_PER_PAGE + 1, after: asked.after };
  const { dag, importErrorCount, rows } = await readDagPage(c, { type: "latest" }, [eventLog.list(filter, page)]);
  const events = rows[0].slice(0, EVENTS_PER_PAGE);
  const nextAfter = rows[0].length > EVENTS_PER_PAGE ? (events.at(-1)?.eventLogId ?? null) : null;
  const data = { dag, events, query: asked, nextAfter };
  return respond(c, {
    ptag: null,
    address: `${paths.dagTab(dagId, "events")}${withQuery({ event: asked.event, actor: asked.actor })}`,
    page: () => <EventsPage shell={shellOf(c, importErrorCount)} data={data} />,
    parts: { [EVENTS_REGION]: () => <EventsRegion data={data} /> },
  });
});
