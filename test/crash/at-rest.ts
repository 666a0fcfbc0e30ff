/**
 * What Updraft remembers, read from the files of its simulated bindings: the SQLite of every scheduler, which is the truth,
 * and that of the catalog. Read from copies, so that neither a running workerd nor the next start notices.
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

type Row = Readonly<Record<string, string | number | null>>;

/** One task instance, in words that both sides have. */
export type Fact = Readonly<Record<string, string | number | null>>;

export interface Memory {
  readonly runs: readonly Fact[];
  readonly instances: readonly Fact[];
  readonly tries: readonly Fact[];
  readonly xcoms: readonly Fact[];
}

export interface AtRest {
  readonly truth: Memory;
  readonly catalog: Memory;
  /** Of what the scheduler of each DAG has passed over on purpose. */
  readonly skips: readonly Fact[];
}

export function readAtRest(dataFolder: string): AtRest {
  const schedulers = databasesIn(join(dataFolder, "v3/do"), /DagScheduler$/).flatMap(readScheduler);
  const gather = (part: keyof Memory) => schedulers.flatMap(({ truth }) => truth[part]);
  const [catalog] = databasesIn(join(dataFolder, "v3/d1"), /./).flatMap(readCatalog);
  if (catalog === undefined) throw new Error(`No catalog in ${dataFolder}`);
  return {
    truth: { runs: gather("runs"), instances: gather("instances"), tries: gather("tries"), xcoms: gather("xcoms") },
    catalog,
    skips: schedulers.flatMap(({ skips }) => skips),
  };
}

function databasesIn(folder: string, name: RegExp): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && name.test(entry.name))
    .flatMap((entry) =>
      readdirSync(join(folder, entry.name))
        .filter((file) => file.endsWith(".sqlite") && file !== "metadata.sqlite")
        .map((file) => join(folder, entry.name, file)),
    );
}

/** With its write-ahead log, which holds what was committed last. */
function withCopy<Result>(file: string, read: (all: (sql: string) => readonly Row[]) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), "updraft-at-rest-"));
  const copy = join(folder, "copy.sqlite");
  try {
    for (const ending of ["", "-wal"]) if (existsSync(file + ending)) cpSync(file + ending, copy + ending);
    const database = new DatabaseSync(copy);
    try {
      return read((sql) =>
        database
          .prepare(sql)
          .all()
          .map((row) => ({ ...row }) as Row),
      );
    } finally {
      database.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const hasTable = "SELECT 1 AS one FROM sqlite_master WHERE type = 'table' AND name = 'dag_version'";
const orNull = (column: string) => `nullif(t.${column}, 0) AS ${column}`;

const RUN_COLUMNS = `r.run_id, r.run_type, r.state, r.reason, r.version_number, r.logical_at, r.run_after_at, r.queued_at,
  r.start_at, r.end_at, r.clear_number`;
const INSTANCE_COLUMNS = "t.task_id, t.map_index, t.state, t.try_number, t.max_tries, t.token, t.log_chunk_count";
const TRY_COLUMNS = "t.task_id, t.map_index, t.try_number, t.state, t.token, t.log_chunk_count";

function readScheduler(file: string): readonly { readonly truth: Memory; readonly skips: readonly Fact[] }[] {
  return withCopy(file, (all) => {
    if (all(hasTable).length === 0) return [];
    const dagId = `(SELECT dag_id FROM dag) AS dag_id`;
    const ofRun = "JOIN dag_run AS r ON r.seq = t.run_seq";
    const times = `${orNull("queued_at")}, ${orNull("start_at")}, ${orNull("end_at")}`;
    return [
      {
        truth: {
          runs: all(`SELECT ${dagId}, ${RUN_COLUMNS}, r.idempotency_key FROM dag_run AS r`),
          instances: all(`SELECT ${dagId}, r.run_id, ${INSTANCE_COLUMNS}, ${times} FROM task_instance AS t ${ofRun}`),
          tries: all(`SELECT ${dagId}, r.run_id, ${TRY_COLUMNS}, ${times} FROM task_instance_history AS t ${ofRun}`),
          xcoms: all(`SELECT ${dagId}, r.run_id, t.task_id, t.map_index, 'return_value' AS key,
              coalesce(t.return_json, t.return_ref ->> '$.preview') AS value
            FROM task_instance AS t ${ofRun} WHERE t.return_json IS NOT NULL OR t.return_ref IS NOT NULL
            UNION ALL
            SELECT ${dagId}, r.run_id, t.task_id, t.map_index, t.key, t.json FROM xcom AS t ${ofRun}
            WHERE t.json IS NOT NULL`),
        },
        skips: all(`SELECT ${dagId}, t.from_at, t.to_at, t.reason FROM skipped_interval AS t`),
      },
    ];
  });
}

function readCatalog(file: string): readonly Memory[] {
  return withCopy(file, (all) => {
    if (all(hasTable).length === 0) return [];
    const times = "t.queued_at, t.start_at, t.end_at";
    return [
      {
        runs: all(`SELECT r.dag_id, ${RUN_COLUMNS} FROM live_dag_run AS r`),
        instances: all(`SELECT t.dag_id, t.run_id, ${INSTANCE_COLUMNS}, ${times} FROM live_task_instance AS t`),
        tries: all(`SELECT t.dag_id, t.run_id, ${TRY_COLUMNS}, ${times} FROM live_task_instance_history AS t`),
        xcoms: all(`SELECT t.dag_id, t.run_id, t.task_id, t.map_index, t.key, t.preview AS value FROM live_xcom AS t`),
      },
    ];
  });
}
