import { z } from "zod";
import { platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readTogether } from "../../../catalog/port.ts";
import { eventLog } from "../../../catalog/sql/event-log.ts";
import { misreadBounds, rangeOf } from "../../bounds.ts";
import { chipsOf } from "../../browse.ts";
import { NO_FACTS, pageFactsOf, toDefaultView } from "../../page-facts.ts";
import { paths, withQuery } from "../../paths.ts";
import { ptagOf } from "../../ptag.ts";
import { clockOf, respond, shellOf } from "../../respond.tsx";
import { AUDIT_REGION, AuditLogPage, AuditResults } from "./audit-log-page.tsx";

export const auditLogRoutes = new Routes("page");

const EVENTS_PER_PAGE = 100;
/** How many events one page may look at for a condition that no index knows. */
const SPAN = 20_000;
const text = z.string().max(250).catch("");
const listQuery = z.object({
  q: text,
  event: text,
  actor: text,
  dag: text,
  from: text,
  to: text,
  after: z.coerce.number().int().min(1).optional().catch(undefined),
});

auditLogRoutes.get(paths.auditLog, { permission: "audit.read", query: listQuery }, async (c, { query }) => {
  const { after, ...shown } = query;
  const { zone } = clockOf(c);
  const misread = misreadBounds(query, zone);
  const filter = {
    allowedDagIds: allowedDagIds(principalOf(c)),
    dagId: query.dag || undefined,
    events: query.event === "" ? undefined : [query.event],
    actor: query.actor || undefined,
    search: query.q,
    at: rangeOf(query, zone),
    span: { after: after ?? null, size: SPAN },
  };
  const [rows, [floor = null], [facts = NO_FACTS]] = await readTogether(platformOf(c).catalog, [
    eventLog.list(filter, { limit: EVENTS_PER_PAGE + 1, after: after ?? null }),
    eventLog.floor(filter.span),
    pageFactsOf(c, paths.auditLog),
  ]);
  const begin = toDefaultView(c, paths.auditLog, facts);
  if (begin !== null) return begin;
  const events = rows.slice(0, EVENTS_PER_PAGE);
  const last = rows.length > EVENTS_PER_PAGE ? events.at(-1) : undefined;
  const href = (eventLogId: number) => `${paths.auditLog}${withQuery({ ...shown, after: eventLogId })}`;
  const names = { q: "Search", event: "Event", actor: "Who", dag: "DAG", from: "From", to: "To" };
  const results = {
    region: AUDIT_REGION,
    path: paths.auditLog,
    address: `${paths.auditLog}${withQuery({ ...shown, after })}`,
    isEmpty: events.length === 0,
    isActive: false,
    chips: chipsOf(paths.auditLog, shown, names, misread),
    misread,
    firstHref: after === undefined ? null : `${paths.auditLog}${withQuery(shown)}`,
    nextHref: last === undefined ? null : href(last.eventLogId),
    further: last !== undefined || floor === null ? null : { at: floor.at, href: href(floor.eventLogId) },
  };
  const ptag = ptagOf(events, results);
  const data = { query: shown, events, results: { ...results, ptag } };
  return respond(c, {
    ptag,
    address: results.address,
    page: () => <AuditLogPage shell={shellOf(c, facts.importErrorCount)} data={data} views={facts.savedViews} />,
    parts: { [AUDIT_REGION]: () => <AuditResults data={data} /> },
  });
});
