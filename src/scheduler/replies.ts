/** What an executor gets with a grant: the facts of the run and the values of the task's inputs, as far as they fit. */

import type { DagState } from "../engine/dag-state.ts";
import { HEARTBEAT_MS } from "../engine/defaults.ts";
import type { RunState } from "../engine/run-state.ts";
import type { GrantedPlace } from "../engine/step.ts";
import type { ClaimReply, ClaimRequest, Grant, ReportReply, ReportRequest, RunFacts } from "../executor/protocol.ts";
import { PROTOCOL_VERSION } from "../executor/protocol.ts";
import { GrantInputs } from "./grant-inputs.ts";
import type { StateSql } from "./ports.ts";
import { runFacts } from "./run-facts.ts";

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
    const values = new GrantInputs(this.sql, places);
    const runs = new Map<number, RunFacts>();
    const grants = places.map(({ run, place, token }): Grant => {
      if (!runs.has(run.seq)) runs.set(run.seq, this.factsOf(state, run));
      const task = run.taskAt(place).spec;
      const { inputs, mapped } = values.of(run, place);
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
        ...(mapped === null ? {} : { mapped }),
      };
    });
    return { grants, runs: [...runs.values()] };
  }

  private factsOf(state: DagState, run: RunState): RunFacts {
    const known = this.facts.get(run.seq);
    // A number is given again once the last run that had it was deleted.
    if (known !== undefined && known.runId === run.runId && known.startAt === (run.startAt ?? 0)) return known;
    const [row] = this.sql.exec("SELECT * FROM dag_run WHERE seq = ?", run.seq);
    const plain = runFacts(row ?? {}, run.graph.spec.params);
    const facts: RunFacts = { ...plain, ...nextInterval(state, run, plain) };
    const chars = FACTS_CHARS + 2 * String(row?.["conf"] ?? "").length;
    if (this.factsChars + chars > MAX_CACHED_CHARS) {
      this.facts.clear();
      this.factsChars = 0;
    }
    this.facts.set(run.seq, facts);
    this.factsChars += chars;
    return facts;
  }
}

/** The interval after the run's, for tasks that go on in the latest one alone. */
function nextInterval(state: DagState, run: RunState, facts: RunFacts): Pick<RunFacts, "nextDataIntervalEndAt"> {
  const { dataIntervalStartAt: startAt, dataIntervalEndAt: endAt } = facts;
  if (startAt === null || endAt === null || !run.graph.tasks.some((task) => task.spec.decision?.type === "latest_only"))
    return {};
  const next = state.timetable?.next({
    last: { startAt, endAt },
    earliestAt: run.graph.spec.startAt,
    latestAt: run.graph.spec.endAt,
    now: endAt,
    catchup: true,
  });
  return { nextDataIntervalEndAt: next?.dataIntervalEndAt ?? null };
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
