/**
 * The tables of the one object for all limits, and what their rows mean. Append-only migrations, as in schedulers. A slot
 * is one row from its request to its end: 3 rows written for each try that uses a limited pool.
 */
import type { DagId } from "../dag/ids.ts";
import {
  type DagEntry,
  dagEntry,
  give,
  type Holder,
  type LimitsState,
  type LimitsStep,
  newLimitsState,
  newLimitsStep,
  type Pool,
  type Request,
  request,
} from "../engine/limits/limits-state.ts";
import type { SlotAsk } from "../engine/limits/messages.ts";
import type { StateRow, StateSql } from "../scheduler/ports.ts";

export const LIMITS_MIGRATIONS: readonly string[] = [
  `CREATE TABLE deployment (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     version INTEGER NOT NULL,
     -- NULL is unlimited.
     parallelism INTEGER CHECK (parallelism >= 0),
     parallelism_since INTEGER NOT NULL
   ) STRICT;

   CREATE TABLE pool (
     name TEXT PRIMARY KEY,
     slots INTEGER NOT NULL CHECK (slots >= -1),
     include_deferred INTEGER NOT NULL,
     description TEXT NOT NULL,
     since_version INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE dag (
     dag_id TEXT PRIMARY KEY,
     -- Number of its last message.
     sequence INTEGER NOT NULL,
     -- The version of the limits that it said its holders for.
     answered_version INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE slot (
     dag_id TEXT NOT NULL,
     ticket INTEGER NOT NULL,
     run_id TEXT NOT NULL,
     task_id TEXT NOT NULL,
     map_index INTEGER NOT NULL,
     pool TEXT NOT NULL,
     slots INTEGER NOT NULL CHECK (slots >= 1),
     weight REAL NOT NULL,
     run_at INTEGER NOT NULL,
     asked_at INTEGER NOT NULL,
     passed_over_at INTEGER,
     -- NULL while it is asked for.
     granted_at INTEGER,
     PRIMARY KEY (dag_id, ticket)
   ) STRICT, WITHOUT ROWID;

   -- Audit events on their way to the catalog; gone once they are there.
   CREATE TABLE event (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     body TEXT NOT NULL
   ) STRICT;`,
];

export function readState(sql: StateSql): LimitsState {
  const state = newLimitsState();
  const [deployment] = sql.exec("SELECT * FROM deployment WHERE id = 1");
  if (deployment !== undefined) {
    state.version = Number(deployment["version"]);
    state.parallelism = deployment["parallelism"] === null ? null : Number(deployment["parallelism"]);
    state.parallelismSince = Number(deployment["parallelism_since"]);
  }
  for (const row of sql.exec("SELECT * FROM pool")) state.pools.set(String(row["name"]), poolOf(row));
  for (const row of sql.exec("SELECT * FROM dag")) {
    const entry = dagEntry(state, String(row["dag_id"]) as DagId);
    entry.sequence = Number(row["sequence"]);
    entry.answeredVersion = Number(row["answered_version"]);
  }
  const step = newLimitsStep();
  for (const row of sql.exec("SELECT * FROM slot ORDER BY dag_id, ticket")) {
    const entry = dagEntry(state, String(row["dag_id"]) as DagId);
    if (row["granted_at"] === null) request(state, entry, askOf(row), step, passedOverAt(row));
    else give(state, entry, askOf(row), Number(row["granted_at"]), step);
  }
  return state;
}

function passedOverAt(row: StateRow): number | null {
  return row["passed_over_at"] === null ? null : Number(row["passed_over_at"]);
}

function poolOf(row: StateRow): Pool {
  return {
    name: String(row["name"]),
    slots: Number(row["slots"]),
    includeDeferred: row["include_deferred"] === 1,
    description: String(row["description"]),
    sinceVersion: Number(row["since_version"]),
  };
}

function askOf(row: StateRow): SlotAsk {
  return {
    ticket: Number(row["ticket"]),
    runId: String(row["run_id"]),
    taskId: String(row["task_id"]),
    mapIndex: Number(row["map_index"]),
    pool: String(row["pool"]),
    slots: Number(row["slots"]),
    weight: Number(row["weight"]),
    runAt: Number(row["run_at"]),
    askedAt: Number(row["asked_at"]),
  };
}

/** What a step changed of the slots: one statement for what ended, one for what is asked for or granted. */
export function writeSlots(sql: StateSql, { requested, granted, gone }: LimitsStep): void {
  if (gone.length > 0) {
    sql.exec(
      `DELETE FROM slot WHERE (dag_id, ticket) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?1))`,
      JSON.stringify(gone.map(({ dagId, ticket }) => [dagId, ticket])),
    );
  }
  const rows = [
    ...[...requested].filter((each) => !each.isGone).map((each) => slotValues(each, each.passedOverAt, null)),
    ...granted.map((each) => slotValues(each, null, each.grantedAt)),
  ];
  // A JSON parameter stays well below the platform's 2 MB.
  for (let at = 0; at < rows.length; at += 2_000) {
    sql.exec(
      `INSERT INTO slot (dag_id, ticket, run_id, task_id, map_index, pool, slots, weight, run_at, asked_at,
         passed_over_at, granted_at)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
         value ->> 8, value ->> 9, value ->> 10, value ->> 11 FROM json_each(?1) WHERE true
       ON CONFLICT (dag_id, ticket) DO UPDATE SET passed_over_at = excluded.passed_over_at,
         granted_at = excluded.granted_at`,
      JSON.stringify(rows.slice(at, at + 2_000)),
    );
  }
}

function slotValues(slot: Request | Holder, passedOverAt: number | null, grantedAt: number | null) {
  const { dagId, ticket, runId, taskId, mapIndex, pool, slots, weight, runAt, askedAt } = slot;
  return [dagId, ticket, runId, taskId, mapIndex, pool, slots, weight, runAt, askedAt, passedOverAt, grantedAt];
}

export function writeDag(sql: StateSql, { dagId, sequence, answeredVersion }: DagEntry): void {
  sql.exec(
    `INSERT INTO dag (dag_id, sequence, answered_version) VALUES (?1, ?2, ?3)
     ON CONFLICT (dag_id) DO UPDATE SET sequence = excluded.sequence, answered_version = excluded.answered_version`,
    dagId,
    sequence,
    answeredVersion,
  );
}

export function writeLimits(sql: StateSql, state: LimitsState): void {
  sql.exec(
    `INSERT INTO deployment (id, version, parallelism, parallelism_since) VALUES (1, ?1, ?2, ?3)
     ON CONFLICT (id) DO UPDATE SET version = excluded.version, parallelism = excluded.parallelism,
       parallelism_since = excluded.parallelism_since`,
    state.version,
    state.parallelism,
    state.parallelismSince,
  );
  sql.exec("DELETE FROM pool");
  for (const { name, slots, includeDeferred, description, sinceVersion } of state.pools.values()) {
    sql.exec(
      "INSERT INTO pool (name, slots, include_deferred, description, since_version) VALUES (?1, ?2, ?3, ?4, ?5)",
      name,
      slots,
      includeDeferred ? 1 : 0,
      description,
      sinceVersion,
    );
  }
}
