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

const MAX_CACHED_FACTS = 1_000;

export class Replies {
  private readonly sql: StateSql;
  private readonly facts = new Map<number, RunFacts>();

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
    if (known !== undefined && known.startAt === (run.startAt ?? 0)) return known;
    const [row] = this.sql.exec("SELECT * FROM dag_run WHERE seq = ?", run.seq);
    const plain = runFacts(row ?? {}, run.graph.spec.params);
    const facts: RunFacts = { ...plain, ...nextInterval(state, run, plain) };
    if (this.facts.size >= MAX_CACHED_FACTS) this.facts.clear();
    this.facts.set(run.seq, facts);
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

/** The last reply to each live invocation, by its sequence number: a repeated call gets the same answer and does nothing. */
export class LastReplies<Reply> {
  private readonly limit: number;
  private readonly byInvocation = new Map<string, { readonly sequence: number; readonly reply: Reply }>();

  constructor(limit = 2_000) {
    this.limit = limit;
  }

  find(invocation: string, sequence: number): Reply | null {
    const last = this.byInvocation.get(invocation);
    return last !== undefined && last.sequence === sequence ? last.reply : null;
  }

  keep(invocation: string, sequence: number, reply: Reply): void {
    this.byInvocation.delete(invocation);
    this.byInvocation.set(invocation, { sequence, reply });
    if (this.byInvocation.size <= this.limit) return;
    // The oldest entry is the first: an invocation that is heard of again moves to the end.
    for (const oldest of this.byInvocation.keys()) {
      this.byInvocation.delete(oldest);
      return;
    }
  }
}
