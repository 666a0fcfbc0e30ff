/**
 * Removes what nobody can see or needs any more, a bounded number of rows per table and call: the caller comes again. Reads
 * of an index or of the oldest rows find them, never a walk over what stays.
 */
import type { Statement } from "../port.ts";

interface Chunk {
  /** Rows older than this instant go. */
  readonly before: number;
  /** At most so many rows per table. */
  readonly limit: number;
}

const ofRuns = {
  task_instance: ["dag_id", "run_id", "task_id", "map_index"],
  task_instance_history: ["dag_id", "run_id", "task_id", "map_index", "try_number"],
  xcom: ["dag_id", "run_id", "task_id", "map_index", "key"],
  callback: ["dag_id", "run_id", "callback_id"],
} as const;

const ofDags = {
  ...ofRuns,
  dag_run: ["dag_id", "run_id"],
  dag_version: ["dag_id", "version_number"],
  backfill: ["dag_id", "backfill_id"],
} as const;

/** Rows of a deleted run, up to the version of its tombstone: the run may have come back under its id. */
function deleteOfRuns(table: string, key: readonly string[]): string {
  return `DELETE FROM ${table} WHERE (${key.join(", ")}) IN (
    SELECT ${key.map((column) => `t.${column}`).join(", ")}
    FROM dag_run AS r CROSS JOIN ${table} AS t ON t.dag_id = r.dag_id AND t.run_id = r.run_id AND t.version <= r.deleted_version
    WHERE r.deleted_at < ?1 LIMIT ?2)`;
}

function deleteOfDags(table: string, key: readonly string[]): string {
  return `DELETE FROM ${table} WHERE (${key.join(", ")}) IN (
    SELECT ${key.map((column) => `t.${column}`).join(", ")}
    FROM dag AS d CROSS JOIN ${table} AS t ON t.dag_id = d.dag_id AND t.version <= d.deleted_version
    WHERE d.deleted_at < ?1 LIMIT ?2)`;
}

/** True once none of the tables holds a row that the tombstone `p` hides. */
function nothingHidden(tables: readonly string[], match: string): string {
  return tables
    .map((table) => `NOT EXISTS (SELECT 1 FROM ${table} AS t WHERE ${match} AND t.version <= p.deleted_version)`)
    .join(" AND ");
}

const runIsBare = nothingHidden(Object.keys(ofRuns), "t.dag_id = p.dag_id AND t.run_id = p.run_id");
const dagIsBare = nothingHidden(Object.keys(ofDags), "t.dag_id = p.dag_id");

/** The tombstone itself: it goes when the row is dead, and is forgotten by the sweep when the row has come back. */
function buryAndForget(table: string, key: readonly string[], isBare: string): readonly string[] {
  const columns = key.join(", ");
  const found = (condition: string) =>
    `(${columns}) IN (SELECT ${columns} FROM ${table} AS p WHERE p.deleted_at < ?1 AND ${condition} AND ${isBare} LIMIT ?2)`;
  return [
    `DELETE FROM ${table} WHERE ${found("p.version <= p.deleted_version")}`,
    `UPDATE ${table} SET deleted_at = NULL WHERE ${found("p.version > p.deleted_version")}`,
  ];
}

const tombstoneSql = [
  ...Object.entries(ofRuns).map(([table, key]) => deleteOfRuns(table, key)),
  ...Object.entries(ofDags).map(([table, key]) => deleteOfDags(table, key)),
  ...buryAndForget("dag_run", ["dag_id", "run_id"], runIsBare),
  ...buryAndForget("dag", ["dag_id"], dagIsBare),
  `DELETE FROM xcom WHERE (dag_id, run_id, task_id, map_index, key) IN (
    SELECT dag_id, run_id, task_id, map_index, key FROM xcom WHERE is_deleted = 1 AND at < ?1 LIMIT ?2)`,
];

/** Rows in the order of their number are in the order of time, so only the oldest need a look. */
function deleteOldest(table: string, number: string): string {
  return `DELETE FROM ${table} WHERE ${number} IN (SELECT ${number} FROM ${table} ORDER BY ${number} LIMIT ?2) AND at < ?1`;
}

/** Returns a row per row that went, so that the caller sees whether a full chunk did and more is left. */
function statement(sql: string, chunk: Chunk): Statement {
  return { sql: `${sql} RETURNING 1 AS swept`, params: [chunk.before, chunk.limit] };
}

export const sweep = {
  /** What was deleted before `before`: seven days ago, so that every late row has met its tombstone. */
  tombstones(chunk: Chunk): readonly Statement[] {
    return tombstoneSql.map((sql) => statement(sql, chunk));
  },

  eventLog(chunk: Chunk): Statement {
    return statement(deleteOldest("event_log", "event_log_id"), chunk);
  },

  loginAttempts(chunk: Chunk): Statement {
    return statement(deleteOldest("login_attempt", "attempt_id"), chunk);
  },

  /** Sessions that ended before `before`. */
  sessions(chunk: Chunk): Statement {
    const ended = "SELECT session_hash FROM session WHERE expires_at < ?1 LIMIT ?2";
    return statement(`DELETE FROM session WHERE session_hash IN (${ended})`, chunk);
  },

  /** Tokens that ended or were revoked before `before`. */
  apiTokens(chunk: Chunk): Statement {
    const ended = "SELECT token_id FROM api_token WHERE expires_at < ?1 OR revoked_at < ?1 LIMIT ?2";
    return statement(`DELETE FROM api_token WHERE token_id IN (${ended})`, chunk);
  },

  /** Finished jobs. */
  jobs(chunk: Chunk): Statement {
    return statement("DELETE FROM job WHERE job_id IN (SELECT job_id FROM job WHERE end_at < ?1 LIMIT ?2)", chunk);
  },

  projectionErrors(chunk: Chunk): Statement {
    const key = "dag_id, table_name, row_key";
    return statement(
      `DELETE FROM projection_error WHERE (${key}) IN (SELECT ${key} FROM projection_error WHERE at < ?1 LIMIT ?2)`,
      chunk,
    );
  },
};
