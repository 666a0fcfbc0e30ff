/** What the rows of one DAG's object say, read apart from the code that wrote them, and what an event changed of it. */
import type { DagSpec, TaskSpec } from "../../../src/dag/spec.ts";
import type { StateRow } from "../../../src/scheduler/ports.ts";
import type { HostedSql } from "../machine/object-host.ts";

export interface InstanceRow {
  readonly key: string;
  readonly seq: number;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly state: string;
  readonly reason: string;
  readonly tryNumber: number;
  readonly maxTries: number;
  readonly token: number;
  readonly lane: string;
  readonly losses: number;
  readonly invocation: string | null;
  readonly dueAt: number;
  readonly queuedAt: number;
  readonly startAt: number;
  readonly endAt: number;
  readonly logChunkCount: number;
  readonly returnJson: string | null;
  readonly returnRef: string | null;
  readonly version: number;
}

export interface RunRow {
  readonly seq: number;
  readonly runId: string;
  readonly runType: string;
  readonly state: string;
  readonly reason: string | null;
  readonly versionNumber: number;
  readonly logicalAt: number | null;
  readonly intervalStartAt: number | null;
  readonly intervalEndAt: number | null;
  readonly runAfterAt: number;
  readonly queuedAt: number;
  readonly startAt: number | null;
  readonly endAt: number | null;
  readonly clearNumber: number;
  readonly idempotencyKey: string | null;
  /** The catalog has all of it: a start of the object passes over it. */
  readonly isSettled: boolean;
  readonly version: number;
}

export interface DagRow {
  readonly isPaused: boolean;
  readonly isRetired: boolean;
  readonly hasImportError: boolean;
  readonly versionNumber: number;
  readonly lastStartAt: number | null;
  readonly lastEndAt: number | null;
  readonly sinceAt: number | null;
  readonly ceiling: number;
  readonly flushedVersion: number;
}

export interface SkipRow {
  readonly seq: number;
  readonly fromAt: number;
  readonly toAt: number;
  readonly count: number | null;
  readonly reason: string;
}

export interface Change<Row> {
  readonly before: Row | null;
  readonly after: Row | null;
}

export interface TruthChange {
  readonly dag: Change<DagRow>;
  readonly runs: readonly Change<RunRow>[];
  readonly instances: readonly Change<InstanceRow>[];
  readonly skips: readonly SkipRow[];
}

const ACTIVE: ReadonlySet<string> = new Set(["queued", "running", "restarting"]);
const FINISHED: ReadonlySet<string> = new Set(["success", "skipped", "failed", "upstream_failed", "removed"]);

export function isActive(state: string): boolean {
  return ACTIVE.has(state);
}

export function isFinished(state: string): boolean {
  return FINISHED.has(state);
}

export class DagTruth {
  dag: DagRow | null = null;
  readonly runs = new Map<number, RunRow>();
  /** Those that are queued or running. */
  readonly liveRuns = new Map<number, RunRow>();
  readonly instances = new Map<string, InstanceRow>();
  readonly instancesOf = new Map<number, Map<string, InstanceRow>>();
  readonly skips: SkipRow[] = [];
  readonly #specs = new Map<number, { readonly version: number; readonly spec: DagSpec }>();
  readonly #sql: HostedSql;
  #version = 0;
  #dagVersion = 0;

  constructor(sql: HostedSql) {
    this.#sql = sql;
  }

  runById(runId: string): RunRow | undefined {
    for (const run of this.runs.values()) if (run.runId === runId) return run;
    return undefined;
  }

  instance(seq: number, taskId: string, mapIndex: number): InstanceRow | undefined {
    return this.instances.get(`${seq}/${taskId}/${mapIndex}`);
  }

  ofRun(seq: number): readonly InstanceRow[] {
    return [...(this.instancesOf.get(seq)?.values() ?? [])];
  }

  openBackfills(): readonly number[] {
    if (this.dag === null) return [];
    return this.#sql.exec("SELECT id FROM backfill WHERE completed_at IS NULL").map((row) => Number(row["id"]));
  }

  /** The version that a run is pinned to. */
  specOf(versionNumber: number): DagSpec | null {
    const known = this.#specs.get(versionNumber);
    if (known !== undefined) return known.spec;
    const [row] = this.#sql.exec("SELECT spec, version FROM dag_version WHERE version_number = ?", versionNumber);
    if (row === undefined) return null;
    const spec = JSON.parse(String(row["spec"])) as DagSpec;
    this.#specs.set(versionNumber, { version: Number(row["version"]), spec });
    return spec;
  }

  taskOf(run: RunRow, taskId: string): TaskSpec | null {
    return this.specOf(run.versionNumber)?.tasks.find((task) => task.taskId === taskId) ?? null;
  }

  /** Reads what changed since the last look; null when the object has no tables. */
  look(): TruthChange | null {
    const [known] = this.#sql.exec("SELECT count(*) AS count FROM sqlite_master WHERE name = 'dag'");
    if (known?.["count"] !== 1) return this.dag === null ? null : this.#forget();
    const [row] = this.#sql.exec("SELECT * FROM dag");
    if (row === undefined) return null;
    const before = this.dag;
    this.dag = dagRow(row);
    // A version that no run used may be written over.
    if (row["version"] !== this.#dagVersion) this.#specs.delete(this.dag.versionNumber);
    this.#dagVersion = Number(row["version"]);
    const runs = this.#changes(this.runs, "dag_run", runRow, (run) => run.seq);
    const instances = this.#changes(this.instances, "task_instance", instanceRow, (instance) => instance.key);
    for (const { before: was, after } of runs) {
      const isLive = after?.state === "queued" || after?.state === "running";
      if (after !== null && isLive) this.liveRuns.set(after.seq, after);
      else this.liveRuns.delete((after ?? was)?.seq ?? 0);
    }
    for (const { before: was, after } of instances) this.#index(was, after);
    const last = this.skips.at(-1)?.seq ?? 0;
    const skips = this.#sql.exec("SELECT * FROM skipped_interval WHERE seq > ? ORDER BY seq", last).map(skipRow);
    this.skips.push(...skips);
    for (const { after } of [...runs, ...instances]) this.#version = Math.max(this.#version, after?.version ?? 0);
    return { dag: { before, after: this.dag }, runs, instances, skips };
  }

  #index(before: InstanceRow | null, after: InstanceRow | null): void {
    const row = after ?? before;
    if (row === null) return;
    const ofRun = this.instancesOf.get(row.seq) ?? new Map<string, InstanceRow>();
    this.instancesOf.set(row.seq, ofRun);
    if (after === null) ofRun.delete(row.key);
    else ofRun.set(row.key, after);
  }

  #changes<Row extends { readonly version: number }, Key>(
    known: Map<Key, Row>,
    table: string,
    read: (row: StateRow) => Row,
    keyOf: (row: Row) => Key,
  ): Change<Row>[] {
    const changes: Change<Row>[] = [];
    for (const row of this.#sql.exec(`SELECT * FROM ${table} WHERE version > ?`, this.#version)) {
      const after = read(row);
      changes.push({ before: known.get(keyOf(after)) ?? null, after });
      known.set(keyOf(after), after);
    }
    const [counted] = this.#sql.exec(`SELECT count(*) AS count FROM ${table}`);
    if (Number(counted?.["count"]) === known.size) return changes;
    const left = new Set(this.#sql.exec(`SELECT * FROM ${table}`).map((row) => keyOf(read(row))));
    for (const [key, before] of [...known]) {
      if (left.has(key)) continue;
      known.delete(key);
      changes.push({ before, after: null });
    }
    return changes;
  }

  /** The object was emptied. */
  #forget(): TruthChange {
    const change = {
      dag: { before: this.dag, after: null },
      runs: [...this.runs.values()].map((before) => ({ before, after: null })),
      instances: [...this.instances.values()].map((before) => ({ before, after: null })),
      skips: [],
    };
    this.dag = null;
    this.runs.clear();
    this.liveRuns.clear();
    this.instances.clear();
    this.instancesOf.clear();
    this.skips.length = 0;
    this.#specs.clear();
    this.#version = 0;
    return change;
  }
}

function optional(value: StateRow[string] | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

function text(value: StateRow[string] | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

function dagRow(row: StateRow): DagRow {
  return {
    isPaused: row["is_paused"] === 1,
    isRetired: row["is_retired"] === 1,
    hasImportError: row["has_import_error"] === 1,
    versionNumber: Number(row["version_number"]),
    lastStartAt: optional(row["last_start_at"]),
    lastEndAt: optional(row["last_end_at"]),
    sinceAt: optional(row["since_at"]),
    ceiling: Number(row["sequence_ceiling"]),
    flushedVersion: Number(row["flushed_version"]),
  };
}

function runRow(row: StateRow): RunRow {
  return {
    seq: Number(row["seq"]),
    runId: String(row["run_id"]),
    runType: String(row["run_type"]),
    state: String(row["state"]),
    reason: text(row["reason"]),
    versionNumber: Number(row["version_number"]),
    logicalAt: optional(row["logical_at"]),
    intervalStartAt: optional(row["data_interval_start_at"]),
    intervalEndAt: optional(row["data_interval_end_at"]),
    runAfterAt: Number(row["run_after_at"]),
    queuedAt: Number(row["queued_at"]),
    startAt: optional(row["start_at"]),
    endAt: optional(row["end_at"]),
    clearNumber: Number(row["clear_number"]),
    idempotencyKey: text(row["idempotency_key"]),
    isSettled: row["is_settled"] === 1,
    version: Number(row["version"]),
  };
}

function instanceRow(row: StateRow): InstanceRow {
  const seq = Number(row["run_seq"]);
  const taskId = String(row["task_id"]);
  const mapIndex = Number(row["map_index"]);
  return {
    key: `${seq}/${taskId}/${mapIndex}`,
    seq,
    taskId,
    mapIndex,
    state: String(row["state"]),
    reason: String(row["reason"]),
    tryNumber: Number(row["try_number"]),
    maxTries: Number(row["max_tries"]),
    token: Number(row["token"]),
    lane: String(row["lane"]),
    losses: Number(row["losses"]),
    invocation: text(row["invocation"]),
    dueAt: Number(row["due_at"]),
    queuedAt: Number(row["queued_at"]),
    startAt: Number(row["start_at"]),
    endAt: Number(row["end_at"]),
    logChunkCount: Number(row["log_chunk_count"]),
    returnJson: text(row["return_json"]),
    returnRef: text(row["return_ref"]),
    version: Number(row["version"]),
  };
}

function skipRow(row: StateRow): SkipRow {
  return {
    seq: Number(row["seq"]),
    fromAt: Number(row["from_at"]),
    toAt: Number(row["to_at"]),
    count: optional(row["count"]),
    reason: String(row["reason"]),
  };
}
