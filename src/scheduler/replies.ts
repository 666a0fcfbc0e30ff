/** What an executor gets with a grant: the facts of the run and the values of the task's inputs, as far as they fit. */

import type { TaskId } from "../dag/ids.ts";
import { validateParams } from "../dag/params.ts";
import type { DagState } from "../engine/dag-state.ts";
import { HEARTBEAT_MS } from "../engine/defaults.ts";
import type { RunState } from "../engine/run-state.ts";
import { SUCCESS } from "../engine/states.ts";
import type { GrantedPlace } from "../engine/step.ts";
import type {
  ClaimReply,
  ClaimRequest,
  Grant,
  InputValue,
  ReportReply,
  ReportRequest,
  RunFacts,
  XComValue,
} from "../executor/protocol.ts";
import { CLAIM_INLINE_BYTES, PROTOCOL_VERSION } from "../executor/protocol.ts";
import type { Json } from "../lib/json.ts";
import type { StateSql } from "./ports.ts";
import { numberOrNull, xcomValue } from "./rows.ts";

/** Runs have params of up to a megabyte, so that what counts is their size. */
const MAX_CACHED_CHARS = 2_000_000;
const FACTS_CHARS = 500;

export class Replies {
  private readonly sql: StateSql;
  private readonly facts = new Map<number, RunFacts>();
  private factsChars = 0;

  constructor(sql: StateSql) {
    this.sql = sql;
  }

  grantsOf(state: DagState, places: readonly GrantedPlace[]): { grants: Grant[]; runs: RunFacts[] } {
    if (places.length === 0) return { grants: [], runs: [] };
    const values = this.readInputs(places);
    const runs = new Map<number, RunFacts>();
    let room = CLAIM_INLINE_BYTES;
    const grants = places.map(({ run, place, token }) => {
      if (!runs.has(run.seq)) runs.set(run.seq, this.factsOf(run));
      const task = run.taskAt(place).spec;
      const inputs: Record<string, { taskId: TaskId; value: InputValue }> = {};
      for (const [name, taskId] of Object.entries(task.inputs)) {
        let value: InputValue = values.get(`${run.seq} ${taskId}`) ?? { type: "missing" };
        if (value.type === "inline") {
          room -= value.json.length;
          if (room < 0) value = { type: "later" };
        }
        inputs[name] = { taskId, value };
      }
      return {
        runId: run.runId,
        taskId: task.taskId,
        mapIndex: run.mapIndex[place] ?? -1,
        token,
        tryNumber: run.tryNumber[place] ?? 1,
        maxTries: (run.maxTries[place] ?? 0) + 1,
        leaseMs: state.settings.leaseMs,
        executionTimeoutMs: task.executionTimeoutMs,
        inputs,
      };
    });
    return { grants, runs: [...runs.values()] };
  }

  /** Return values of all upstream tasks that the grants name, each read once. */
  private readInputs(places: readonly GrantedPlace[]): Map<string, XComValue> {
    const wanted = new Map<string, readonly [number, string]>();
    for (const { run, place } of places) {
      for (const taskId of Object.values(run.taskAt(place).spec.inputs)) {
        if (isSuccess(run, taskId)) wanted.set(`${run.seq} ${taskId}`, [run.seq, taskId]);
      }
    }
    if (wanted.size === 0) return new Map();
    const rows = this.sql.exec(
      `SELECT t.run_seq, t.task_id, t.return_json, t.return_ref FROM json_each(?1) AS k
       CROSS JOIN task_instance AS t ON t.run_seq = k.value ->> 0 AND t.task_id = k.value ->> 1 AND t.map_index = -1`,
      JSON.stringify([...wanted.values()]),
    );
    const values = new Map<string, XComValue>();
    for (const row of rows) {
      const value = xcomValue(row["return_json"], row["return_ref"]);
      if (value !== null) values.set(`${row["run_seq"]} ${row["task_id"]}`, withoutPreview(value));
    }
    return values;
  }

  private factsOf(run: RunState): RunFacts {
    const known = this.facts.get(run.seq);
    // A number is given again once the last run that had it was deleted.
    if (known !== undefined && known.runId === run.runId && known.startAt === (run.startAt ?? 0)) return known;
    const [row] = this.sql.exec(
      "SELECT conf, data_interval_start_at, data_interval_end_at FROM dag_run WHERE seq = ?",
      run.seq,
    );
    const text = String(row?.["conf"] ?? "{}");
    const conf = JSON.parse(text) as Record<string, Json>;
    const checked = validateParams(run.graph.spec.params, conf);
    const facts: RunFacts = {
      runId: run.runId,
      runType: run.runType,
      logicalAt: run.logicalAt,
      dataIntervalStartAt: numberOrNull(row?.["data_interval_start_at"]),
      dataIntervalEndAt: numberOrNull(row?.["data_interval_end_at"]),
      runAfterAt: run.runAfterAt,
      startAt: run.startAt ?? 0,
      params: checked.ok ? checked.params : conf,
      conf,
    };
    const chars = FACTS_CHARS + 2 * text.length;
    if (this.factsChars + chars > MAX_CACHED_CHARS) {
      this.facts.clear();
      this.factsChars = 0;
    }
    this.facts.set(run.seq, facts);
    this.factsChars += chars;
    return facts;
  }
}

/** A preview is for those who show it. */
function withoutPreview(value: XComValue): XComValue {
  if (value.type === "inline") return value;
  const { preview: _, ...ref } = value;
  return ref;
}

function isSuccess(run: RunState, taskId: string): boolean {
  const place = run.find(taskId, -1);
  return place >= 0 && run.stateOf[place] === SUCCESS;
}

/** The answers of an object that has no DAG. */
export function refuseClaim(request: ClaimRequest): ClaimReply {
  const refusals = request.items.map(({ token }) => ({ token, reason: "no_definition", retry: false }) as const);
  return { v: PROTOCOL_VERSION, grants: [], refusals, runs: [], heartbeatMs: HEARTBEAT_MS };
}

export function refuseReport(request: ReportRequest): ReportReply {
  const verdicts = request.reports.map(({ token }) => ({ token, accepted: false, reason: "no_definition" }) as const);
  return { v: PROTOCOL_VERSION, verdicts, grants: [], runs: [] };
}

/** Roughly, in characters. */
export function sizeOfReply(reply: ClaimReply | ReportReply): number {
  const answers = "refusals" in reply ? reply.refusals.length : reply.verdicts.length;
  let size = 100 * answers;
  for (const { inputs } of reply.grants) {
    size += 400;
    for (const { value } of Object.values(inputs)) size += value.type === "inline" ? value.json.length : 200;
  }
  for (const { conf } of reply.runs) size += 400 + 2 * JSON.stringify(conf).length;
  return size;
}

/**
 * The last reply to each live invocation, by its sequence number: a repeated call gets the same answer and does nothing.
 * Kept up to a number and a size, the last one in any case.
 */
export class LastReplies<Reply> {
  private readonly options: LastRepliesOptions<Reply>;
  private readonly byInvocation = new Map<
    string,
    { readonly sequence: number; readonly reply: Reply; readonly size: number }
  >();
  private size = 0;

  constructor(options: LastRepliesOptions<Reply>) {
    this.options = options;
  }

  find(invocation: string, sequence: number): Reply | null {
    const last = this.byInvocation.get(invocation);
    return last !== undefined && last.sequence === sequence ? last.reply : null;
  }

  keep(invocation: string, sequence: number, reply: Reply): void {
    this.forget(invocation);
    const size = this.options.sizeOf(reply);
    this.byInvocation.set(invocation, { sequence, reply, size });
    this.size += size;
    // The oldest entry is the first: an invocation that is heard of again moves to the end.
    for (const oldest of this.byInvocation.keys()) {
      const isFull = this.byInvocation.size > this.options.limit || this.size > this.options.maxSize;
      if (!isFull || oldest === invocation) return;
      this.forget(oldest);
    }
  }

  private forget(invocation: string): void {
    this.size -= this.byInvocation.get(invocation)?.size ?? 0;
    this.byInvocation.delete(invocation);
  }
}

interface LastRepliesOptions<Reply> {
  readonly limit: number;
  readonly maxSize: number;
  readonly sizeOf: (reply: Reply) => number;
}
