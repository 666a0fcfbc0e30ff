import { z } from "zod";
import { platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readTogether } from "../../../catalog/port.ts";
import { eventLog } from "../../../catalog/sql/event-log.ts";
import { importErrors } from "../../../catalog/sql/import-errors.ts";
import { paths, withQuery } from "../../paths.ts";
import { respond, shellOf } from "../../respond.tsx";
import { AuditLogPage } from "./audit-log-page.tsx";

export const auditLogRoutes = new Routes("page");

const EVENTS_PER_PAGE = 100;
const query = z.object({ after: z.coerce.number().int().min(1).optional().catch(undefined) });

auditLogRoutes.get(paths.auditLog, { permission: "audit.read", query }, async (c, { query }) => {
  const filter = { allowedDagIds: allowedDagIds(principalOf(c)) };
  const [rows, [importErrorCount = 0]] = await readTogether(platformOf(c).catalog, [
    eventLog.list(filter, { limit: EVENTS_PER_PAGE + 1, after: query.after ?? null }),
    importErrors.count(filter),
  ]);
  const events = rows.slice(0, EVENTS_PER_PAGE);
  const last = rows.length > EVENTS_PER_PAGE ? events.at(-1) : undefined;
  const page = () => (
    <AuditLogPage
      shell={shellOf(c, importErrorCount)}
      events={events}
      firstHref={query.after === undefined ? null : paths.auditLog}
      nextHref={last === undefined ? null : `${paths.auditLog}${withQuery({ after: last.eventLogId })}`}
    />
  );
  return respond(c, { ptag: null, page, parts: {} });
});
