import { z } from "zod";
import { notFound, platformOf, principalOf } from "../../auth/context.ts";
import { allowedDagIds } from "../../auth/permissions.ts";
import { Routes } from "../../auth/routes.ts";
import { readOne, readTogether } from "../../catalog/port.ts";
import { type EventLogView, eventLog } from "../../catalog/sql/event-log.ts";
import { numberParam } from "../params.ts";
import { instantQuery, isoInstant, listQuery, orderOf, orderQuery, pageQuery } from "../shapes/fields.ts";

export const eventLogRoutes = new Routes("api");
const tag = "Event Log";

const eventLogShape = z.object({
  event_log_id: z.number().int(),
  when: z.iso.datetime(),
  dag_id: z.string().nullable(),
  dag_display_name: z.string().nullable(),
  task_id: z.string().nullable(),
  task_display_name: z.string().nullable(),
  run_id: z.string().nullable(),
  map_index: z.number().int().nullable(),
  try_number: z.number().int().nullable(),
  event: z.string(),
  logical_date: z.null(),
  owner: z.string(),
  owner_display_name: z.string(),
  extra: z.string().nullable(),
});

function eventLogJson(event: EventLogView): z.input<typeof eventLogShape> {
  return {
    event_log_id: event.eventLogId,
    when: isoInstant(event.at),
    dag_id: event.dagId,
    dag_display_name: event.dagId,
    task_id: event.taskId,
    task_display_name: event.taskId,
    run_id: event.runId,
    map_index: event.mapIndex,
    try_number: event.tryNumber,
    event: event.event,
    logical_date: null,
    owner: event.actor,
    owner_display_name: event.actor,
    extra: event.extra,
  };
}

/** The number is the order of arrival, and the instants follow it. */
const orders = { id: "id", event_log_id: "id", when: "id", dttm: "id" } as const;

eventLogRoutes.get(
  "/api/v2/eventLogs",
  {
    permission: "audit.read",
    tag,
    summary: "List the audit log",
    query: z.strictObject({
      ...pageQuery,
      order_by: orderQuery(orders, "id"),
      dag_id: z.string().max(250).optional(),
      run_id: z.string().max(250).optional(),
      task_id: z.string().max(250).optional(),
      map_index: z.coerce.number().int().optional(),
      try_number: z.coerce.number().int().optional(),
      owner: z.string().max(250).optional(),
      event: z.string().max(250).optional(),
      included_events: listQuery(z.string()),
      excluded_events: listQuery(z.string()),
      before: instantQuery,
      after: instantQuery,
    }),
    responses: { 200: z.object({ event_logs: z.array(eventLogShape), total_entries: z.number().int() }) },
  },
  async (c, { query }) => {
    const filter = {
      allowedDagIds: allowedDagIds(principalOf(c)),
      dagId: query.dag_id,
      runId: query.run_id,
      taskId: query.task_id,
      mapIndex: query.map_index,
      tryNumber: query.try_number,
      actor: query.owner,
      events: query.event === undefined ? query.included_events : [query.event],
      excludedEvents: query.excluded_events,
      at: { from: query.after, to: query.before },
    };
    const { descending } = orderOf(orders, query.order_by);
    const page = { limit: query.limit, offset: query.offset, descending };
    const queries = [eventLog.list(filter, page), eventLog.count(filter)] as const;
    const [rows, [count]] = await readTogether(platformOf(c).catalog, queries);
    return c.json({ event_logs: rows.map(eventLogJson), total_entries: count ?? 0 });
  },
);

eventLogRoutes.get(
  "/api/v2/eventLogs/:event_log_id",
  { permission: "audit.read", tag, summary: "Get an entry of the audit log", responses: { 200: eventLogShape } },
  async (c) => {
    const query = eventLog.get(numberParam(c, "event_log_id"), allowedDagIds(principalOf(c)));
    const event = await readOne(platformOf(c).catalog, query);
    if (event === null) throw notFound(c);
    return c.json(eventLogJson(event));
  },
);
