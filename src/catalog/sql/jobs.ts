import { type AllowedDagIds, Filter, type OffsetPage } from "../filter.ts";
import type { Query, Row, Statement } from "../port.ts";
import type { JobProjection } from "../projection.ts";
import { dagIdOrNull, integer, integerOrNull, text, textOrNull } from "../row.ts";

export interface JobFilter {
  readonly allowedDagIds: AllowedDagIds;
  readonly jobTypes?: readonly JobProjection["jobType"][] | undefined;
  readonly states?: readonly JobProjection["state"][] | undefined;
  readonly dagId?: string | undefined;
  /** Part of the id of the DAG. */
  readonly search?: string | undefined;
  /** Only jobs that run and gave a sign of life at or after this instant. */
  readonly aliveSince?: number | undefined;
}

const columns = "job_id, dag_id, end_at, extra, job_type, latest_heartbeat_at, start_at, state";

function parse(row: Row): JobProjection {
  return {
    jobId: text(row, "job_id"),
    jobType: text(row, "job_type") as JobProjection["jobType"],
    dagId: dagIdOrNull(row),
    state: text(row, "state") as JobProjection["state"],
    startAt: integer(row, "start_at"),
    endAt: integerOrNull(row, "end_at"),
    latestHeartbeatAt: integer(row, "latest_heartbeat_at"),
    extra: textOrNull(row, "extra"),
  };
}

function filterOf(filter: JobFilter): Filter {
  const where = new Filter();
  // Jobs of the deployment itself have no DAG and hold no secrets: everybody may see that they live.
  if (filter.allowedDagIds !== null) {
    where.add(
      `(dag_id IS NULL OR dag_id IN (SELECT value FROM json_each(${where.bind(JSON.stringify(filter.allowedDagIds))})))`,
    );
  }
  where.oneOf("job_type", filter.jobTypes);
  where.oneOf("state", filter.states);
  where.equal("dag_id", filter.dagId);
  where.contains(["dag_id"], filter.search);
  if (filter.aliveSince !== undefined) {
    where.add("state = 'running'");
    where.within("latest_heartbeat_at", { from: filter.aliveSince });
  }
  return where;
}

export const jobs = {
  /** Latest start first. */
  list(filter: JobFilter, page: OffsetPage): Query<JobProjection> {
    const where = filterOf(filter);
    const sql = `SELECT ${columns} FROM job ${where.where()} ORDER BY start_at DESC, job_id ${where.limit(page)}`;
    return { sql, params: where.params, parse };
  },

  count(filter: JobFilter): Query<number> {
    const where = filterOf(filter);
    const sql = `SELECT count(*) AS count FROM job ${where.where()}`;
    return { sql, params: where.params, parse: (row) => integer(row, "count") };
  },

  /** The job of a kind with the latest sign of life: what `health` reports. */
  latest(jobType: JobProjection["jobType"]): Query<JobProjection> {
    return {
      sql: `SELECT ${columns} FROM job WHERE job_type = ?1 ORDER BY latest_heartbeat_at DESC LIMIT 1`,
      params: [jobType],
      parse,
    };
  },

  /** Writes the whole row; an older heartbeat changes nothing. */
  upsert(job: JobProjection): Statement {
    return {
      sql: `INSERT INTO job (${columns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (job_id) DO UPDATE SET dag_id = excluded.dag_id, end_at = excluded.end_at, extra = excluded.extra,
          latest_heartbeat_at = excluded.latest_heartbeat_at, start_at = excluded.start_at, state = excluded.state
        WHERE excluded.latest_heartbeat_at >= latest_heartbeat_at`,
      params: [job.jobId, job.dagId, job.endAt, job.extra, job.jobType, job.latestHeartbeatAt, job.startAt, job.state],
    };
  },

  heartbeat(jobId: string, now: number): Statement {
    return {
      sql: "UPDATE job SET latest_heartbeat_at = ?2 WHERE job_id = ?1 AND state = 'running' AND latest_heartbeat_at < ?2",
      params: [jobId, now],
    };
  },
};
