/**
 * Writes the task instances that an event changed. Most of what an event writes is the same for all of them (a hundred
 * claimed tries get one state, one invocation, one lease), and taking a value out of JSON costs more than writing it: so
 * rows that agree go in one statement, which names once what they share. Rows that agree with few others go together,
 * each with everything, so that the number of statements stays bounded.
 */
import { LANES } from "../engine/graph.ts";
import { rowFlags } from "../engine/restore.ts";
import { FLAG_CHANGED, type RunState } from "../engine/run-state.ts";
import { NONE, REASONS, stateName } from "../engine/states.ts";
import type { StateSql, StateValue } from "./ports.ts";
import { execMany, type Payload } from "./rows.ts";

const OWN = ["run_seq", "task_id", "map_index", "token", "queued_at", "start_at"];
const PAYLOAD = ["log_chunk_count", "return_json", "return_ref", "error", "instance_name"];
const SHARED = [
  ...["state", "reason", "try_number", "max_tries", "lane", "losses", "flags"],
  ...["invocation", "bundle_id", "due_at", "end_at", "version"],
];
/** From so many rows on, and among so few kinds of them, a statement of their own pays. */
const MIN_ROWS = 16;
const FEW_KINDS = 4;
/** Up to here, values out of JSON cost less than a second statement: a step of a chain is two rows, one that ended and one that began. */
const FEW_ROWS = 6;

export interface InstanceSources {
  readonly payloads: ReadonlyMap<number, Payload>;
  invocationOf(run: RunState, place: number): string | null;
  bundleOf(invocation: string | null): string | null;
}

interface Kind {
  readonly hasPayload: boolean;
  readonly shared: readonly StateValue[];
  readonly rows: StateValue[][];
}

/** Writes every changed task instance of the runs, and forgets that they were changed. */
export function writeInstances(
  sql: StateSql,
  runs: Iterable<RunState>,
  version: number,
  sources: InstanceSources,
): void {
  const kinds = new Map<string, Kind>();
  let count = 0;
  for (const run of runs) {
    count += run.changed.length;
    for (const place of run.changed) {
      const payload = sources.payloads.get(run.token[place] ?? 0);
      const shared = sharedValues(run, place, version, sources);
      addRow(kinds, shared, ownValues(run, place), payload);
      run.clearFlag(place, FLAG_CHANGED);
    }
    run.changed = [];
  }
  const single: Record<"plain" | "payload", string[]> = { plain: [], payload: [] };
  for (const { hasPayload, shared, rows } of kinds.values()) {
    if (count <= FEW_ROWS && kinds.size > 1) {
      const hasNothingToKeep = WITHOUT_RESULT.includes(String(shared[0]));
      const list = hasPayload || hasNothingToKeep ? single.payload : single.plain;
      const payload = !hasPayload && hasNothingToKeep ? NO_PAYLOAD : [];
      for (const row of rows) list.push(JSON.stringify([...row, ...payload, ...shared]));
    } else if (rows.length >= MIN_ROWS || kinds.size <= FEW_KINDS) {
      const statement = hasPayload ? UPSERT_ALIKE_WITH_PAYLOAD : UPSERT_ALIKE;
      execMany(
        sql,
        statement,
        rows.map((row) => JSON.stringify(row)),
        ...shared,
      );
    } else {
      const list = hasPayload ? single.payload : single.plain;
      for (const row of rows) list.push(JSON.stringify([...row, ...shared]));
    }
  }
  execMany(sql, UPSERT, single.plain);
  execMany(sql, UPSERT_WITH_PAYLOAD, single.payload);
}

function addRow(
  kinds: Map<string, Kind>,
  shared: readonly StateValue[],
  own: StateValue[],
  payload: Payload | undefined,
): void {
  const hasPayload = payload !== undefined;
  const key = `${hasPayload} ${shared.join(" ")}`;
  const kind = kinds.get(key) ?? { hasPayload, shared, rows: [] };
  if (kind.rows.length === 0) kinds.set(key, kind);
  kind.rows.push(payload === undefined ? own : own.concat(payloadValues(payload)));
}

function ownValues(run: RunState, place: number): StateValue[] {
  return [
    run.seq,
    run.taskAt(place).spec.taskId,
    run.mapIndex[place] ?? -1,
    run.token[place] ?? 0,
    run.queuedAtOf[place] ?? 0,
    run.startAtOf[place] ?? 0,
  ];
}

function sharedValues(run: RunState, place: number, version: number, sources: InstanceSources): StateValue[] {
  const invocation = sources.invocationOf(run, place);
  return [
    stateName(run.stateOf[place] ?? NONE),
    REASONS[run.reasonOf[place] ?? 0] ?? "",
    run.tryNumber[place] ?? 0,
    run.maxTries[place] ?? 0,
    LANES[run.laneOf[place] ?? 0] ?? "tasks",
    run.losses[place] ?? 0,
    rowFlags(run, place),
    invocation,
    sources.bundleOf(invocation),
    run.dueAt[place] ?? 0,
    run.endAtOf[place] ?? 0,
    version,
  ];
}

function payloadValues(payload: Payload): StateValue[] {
  const value = payload.returnValue;
  return [
    payload.logChunkCount,
    value?.type === "inline" ? value.json : null,
    value?.type === "ref" ? JSON.stringify(value) : null,
    payload.error === null ? null : JSON.stringify(payload.error),
    payload.instanceName,
  ];
}

/** A new try starts without what the last one left, which is what it would write with these. */
const WITHOUT_RESULT: readonly string[] = ["none", "queued", "running"];
const NO_PAYLOAD: readonly StateValue[] = [0, null, null, null, null];
// A state that the user or the scheduler decides keeps it.
const WITHOUT_PAYLOAD = `log_chunk_count = CASE WHEN excluded.state IN ('none', 'queued', 'running') THEN 0 ELSE task_instance.log_chunk_count END,
  instance_name = CASE WHEN excluded.state NOT IN ('none', 'queued', 'running') THEN task_instance.instance_name END,
  return_json = CASE WHEN excluded.state IN ('success', 'restarting') THEN task_instance.return_json END,
  return_ref = CASE WHEN excluded.state IN ('success', 'restarting') THEN task_instance.return_ref END,
  error = CASE WHEN excluded.state IN ('failed', 'up_for_retry', 'restarting') THEN task_instance.error END`;

const UPSERT = upsert({ isAlike: false, hasPayload: false });
const UPSERT_WITH_PAYLOAD = upsert({ isAlike: false, hasPayload: true });
const UPSERT_ALIKE = upsert({ isAlike: true, hasPayload: false });
const UPSERT_ALIKE_WITH_PAYLOAD = upsert({ isAlike: true, hasPayload: true });

/** The columns of each row come from its JSON array; what rows that are alike share comes from parameters after it. */
function upsert({ isAlike, hasPayload }: { readonly isAlike: boolean; readonly hasPayload: boolean }): string {
  const ofRow = [...OWN, ...(hasPayload ? PAYLOAD : [])];
  const fromJson = (columns: readonly string[], first: number) => columns.map((_, at) => `value ->> ${first + at}`);
  const shared = isAlike ? SHARED.map((_, at) => `?${at + 2}`) : fromJson(SHARED, ofRow.length);
  const changed = [...OWN.slice(3), ...SHARED, ...(hasPayload ? PAYLOAD : [])].map((column) =>
    column === "bundle_id"
      ? "bundle_id = coalesce(excluded.bundle_id, task_instance.bundle_id)"
      : `${column} = excluded.${column}`,
  );
  return `INSERT INTO task_instance (${[...ofRow, ...SHARED].join(", ")})
    SELECT ${[...fromJson(ofRow, 0), ...shared].join(", ")} FROM json_each(?1) WHERE true
    ON CONFLICT (run_seq, task_id, map_index) DO UPDATE SET ${(hasPayload ? changed : [...changed, WITHOUT_PAYLOAD]).join(", ")}`;
}
