import { z } from "zod";
import { platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readTogether } from "../../../catalog/port.ts";
import { eventLog } from "../../../catalog/sql/event-log.ts";
import { runPages } from "../../../catalog/sql/run-pages.ts";
import { EventTable } from "../../parts/event-table.tsx";
import { NoEvents } from "../../parts/no-events.tsx";
import { Pagination } from "../../parts/pagination.tsx";
import { paths, withQuery } from "../../paths.ts";
import { dagIdOf, runIdOf } from "../../request.ts";
import { respond, shellOf } from "../../respond.tsx";
import { runOf } from "./routes.tsx";
import { RunDocument, RunHeader } from "./run-frame.tsx";

export const runEventRoutes = new Routes("page");

const EVENTS_PER_PAGE = 50;

const query = z.object({ after: z.coerce.number().int().min(1).nullable().catch(null) });

runEventRoutes.get(
  "/dags/:dag_id/runs/:run_id/events",
  { permission: "audit.read", query },
  async (c, { query: asked }) => {
    const allowed = { allowedDagIds: allowedDagIds(principalOf(c)) };
    const key = { dagId: dagIdOf(c), runId: runIdOf(c) };
    const [run, [[head], rows]] = await Promise.all([
      runOf(c),
      readTogether(platformOf(c).catalog, [
        runPages.head({ ...key, ...allowed }),
        eventLog.list({ ...allowed, ...key }, { limit: EVENTS_PER_PAGE + 1, after: asked.after }),
      ]),
    ]);
    const events = rows.slice(0, EVENTS_PER_PAGE);
    const url = paths.runTab(run.dagId, run.runId, "events");
    const last = rows.length > EVENTS_PER_PAGE ? events.at(-1)?.eventLogId : undefined;
    const page = () => (
      <RunDocument shell={shellOf(c, head?.importErrorCount ?? 0)} run={run}>
        <RunHeader run={run} head={head ?? null} tab="events" />
        {events.length === 0 ? <NoEvents /> : <EventTable events={events} />}
        <Pagination
          firstHref={asked.after === null ? null : url}
          nextHref={last === undefined ? null : `${url}${withQuery({ after: last })}`}
        />
      </RunDocument>
    );
    return respond(c, { ptag: null, page, parts: {} });
  },
);
