import type { RunId, TaskId } from "../../dag/ids.ts";
import { type AllowedDagIds, COUNT_LIMIT, Filter, type InstantRange, type Page } from "../filter.ts";
import type { Query, Row, Statement } from "../port.ts";
import type { AuditEvent } from "../projection.ts";
import { dagIdOrNull, integer, integerOrNull, text, textOrNull } from "../row.ts";

export interface EventLogFilter {
  /** With a list, events without a DAG (log-ins, syncs) are not shown. */
  readonly allowedDagIds: AllowedDagIds;
  readonly dagId?: string | undefined;
  readonly runId?: string | undefined;
  readonly taskId?: string | undefined;
  readonly mapIndex?: number | undefined;
  readonly tryNumber?: number | undefined;
  readonly events?: readonly string[] | undefined;
  readonly excludedEvents?: readonly string[] | undefined;
  readonly actor?: string | undefined;
  readonly at?: InstantRange | undefined;
  /** Part of the event, of who did it or of the DAG. */
  readonly search?: string | undefined;
  /** Looks at no more than so many events. */
  readonly span?: EventSpan | undefined;
}

export interface EventSpan {
  readonly after: number | null;
  readonly size: number;
}

export interface EventLogView extends AuditEvent {
  readonly eventLogId: number;
}

const columns = "event_log_id, actor, at, dag_id, event, event_id, extra, map_index, run_id, task_id, try_number";

function parse(row: Row): EventLogView {
  return {
    eventLogId: integer(row, "event_log_id"),
    eventId: text(row, "event_id"),
    at: integer(row, "at"),
    dagId: dagIdOrNull(row),
    runId: textOrNull(row, "run_id") as RunId | null,
    taskId: textOrNull(row, "task_id") as TaskId | null,
    mapIndex: integerOrNull(row, "map_index"),
    tryNumber: integerOrNull(row, "try_number"),
    event: text(row, "event"),
    actor: text(row, "actor"),
    extra: textOrNull(row, "extra"),
  };
}

/** The number that a span ends at. Numbers follow each other, so it is reckoned, not looked for. */
function floorSql(where: Filter, { after, size }: EventSpan): string {
  const newest = after === null ? "(SELECT coalesce(max(event_log_id), 0) FROM event_log)" : where.bind(after);
  return `(${newest} - ${where.bind(size)})`;
}

function filterOf(filter: EventLogFilter): Filter {
  const where = new Filter();
  where.equal("dag_id", filter.dagId);
  where.allowed(filter.allowedDagIds);
  where.equal("run_id", filter.runId);
  where.equal("task_id", filter.taskId);
  where.equal("map_index", filter.mapIndex);
  where.equal("try_number", filter.tryNumber);
  where.oneOf("event", filter.events);
  if (filter.excludedEvents !== undefined) {
    where.add(`event NOT IN (SELECT value FROM json_each(${where.bind(JSON.stringify(filter.excludedEvents))}))`);
  }
  where.equal("actor", filter.actor);
  where.within("at", filter.at);
  where.contains(["event", "actor", "dag_id"], filter.search);
  if (filter.span !== undefined) where.add(`event_log_id >= ${floorSql(where, filter.span)}`);
  return where;
}

/** The audit log, in the order of arrival. */
export const eventLog = {
  /** Newest first unless said otherwise; the cursor is the number of the last row of the page before. */
  list(filter: EventLogFilter, options: Page<number> & { readonly descending?: boolean }): Query<EventLogView> {
    const where = filterOf(filter);
    const direction = options.descending === false ? "ASC" : "DESC";
    if ("after" in options && options.after !== null) where.after(["event_log_id"], direction, [options.after]);
    const sql = `SELECT ${columns} FROM event_log ${where.where()} ORDER BY event_log_id ${direction} ${where.limit(options)}`;
    return { sql, params: where.params, parse };
  },

  /** How far back a span reaches; no row when it reaches the beginning. */
  floor(span: EventSpan): Query<{ readonly eventLogId: number; readonly at: number }> {
    const where = new Filter();
    const sql = `SELECT event_log_id, at FROM event_log WHERE event_log_id < ${floorSql(where, span)}
      ORDER BY event_log_id DESC LIMIT 1`;
    return {
      sql,
      params: where.params,
      parse: (row) => ({ eventLogId: integer(row, "event_log_id") + 1, at: integer(row, "at") }),
    };
  },

  /** At most `COUNT_LIMIT`. */
  count(filter: EventLogFilter): Query<number> {
    const where = filterOf(filter);
    const sql = `SELECT count(*) AS count FROM (SELECT 1 FROM event_log ${where.where()} LIMIT ${COUNT_LIMIT})`;
    return { sql, params: where.params, parse: (row) => integer(row, "count") };
  },

  get(eventLogId: number, allowedDagIds: AllowedDagIds): Query<EventLogView> {
    const where = new Filter();
    where.equal("event_log_id", eventLogId);
    where.allowed(allowedDagIds);
    return { sql: `SELECT ${columns} FROM event_log ${where.where()}`, params: where.params, parse };
  },

  /** For what happens outside a DAG's scheduler, e.g. log-ins. The same event twice is one row. */
  append(event: AuditEvent): Statement {
    return {
      sql: `INSERT INTO event_log (actor, at, dag_id, event, event_id, extra, map_index, run_id, task_id, try_number)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (event_id) DO NOTHING`,
      params: [
        event.actor,
        event.at,
        event.dagId,
        event.event,
        event.eventId,
        event.extra,
        event.mapIndex,
        event.runId,
        event.taskId,
        event.tryNumber,
      ],
    };
  },
};
