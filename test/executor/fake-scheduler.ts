import type { DagId, RunId, TaskId } from "../../src/dag/ids.ts";
import {
  type ClaimReply,
  type ClaimRequest,
  type Grant,
  type HeartbeatReply,
  type HeartbeatRequest,
  PROTOCOL_VERSION,
  type QueueMessage,
  type RefusalReason,
  type ReportReply,
  type ReportRequest,
  type RunFacts,
  type SchedulerForExecutor,
  type TaskInstanceKey,
  type TryReport,
  type XComValue,
} from "../../src/executor/protocol.ts";

export interface FakeTask {
  readonly taskId: string;
  readonly after?: readonly string[];
  readonly executionTimeoutMs?: number;
  readonly inputs?: Grant["inputs"];
}

type Entry = { readonly task: FakeTask; readonly token: number; state: "ready" | "waiting" | "granted" | "done" };

/**
 * The scheduler of one scripted run, as far as an executor can tell: it grants each token once, repeats its last reply by
 * sequence number, commits at most one result per token, and hands back what became ready. `lose` and `fail` inject faults.
 */
export class FakeScheduler implements SchedulerForExecutor {
  readonly dagId: DagId;
  readonly runId = "run" as RunId;
  readonly claims: ClaimRequest[] = [];
  readonly reports: ReportRequest[] = [];
  readonly heartbeats: HeartbeatRequest[] = [];
  readonly committed = new Map<string, TryReport>();
  readonly refusals = new Map<string, { readonly reason: RefusalReason; readonly retry: boolean }>();
  readonly xcoms = new Map<string, XComValue>();
  cancel: number[] = [];
  /** Replies to lose after the request was applied, and requests to fail before. */
  lose = 0;
  fail = 0;
  /** Tasks that are granted once more with every reply to a report, as after a lost one. */
  grantAgain: readonly string[] = [];
  /** Grants handed back beyond what was asked for. */
  offerExtra = 0;
  /** Called while a report is under way, before its reply: a test can make it wait. */
  onReport: () => Promise<void> = async () => {};
  readonly #entries: readonly Entry[];
  readonly #lastReplies = new Map<string, { readonly sequence: number; readonly reply: ClaimReply | ReportReply }>();
  readonly #underWay = new Set<string>();

  constructor(dagId: string, tasks: readonly FakeTask[]) {
    this.dagId = dagId as DagId;
    this.#entries = tasks.map((task, index) => ({
      task,
      token: 1_000 + index,
      state: (task.after ?? []).length === 0 ? "ready" : "waiting",
    }));
  }

  /** The hints that a queue would deliver for what is ready. */
  messages(): readonly QueueMessage[] {
    return this.#entries
      .filter(({ state }) => state === "ready")
      .map(({ task, token }) => ({ v: PROTOCOL_VERSION, dagId: this.dagId, ...this.#key(task), token }));
  }

  tokenOf(taskId: string): number {
    return this.#entries.find(({ task }) => task.taskId === taskId)?.token ?? -1;
  }

  outcomeOf(taskId: string): TryReport["outcome"] | null {
    return this.committed.get(taskId)?.outcome ?? null;
  }

  async claim(request: ClaimRequest): Promise<ClaimReply> {
    this.claims.push(request);
    return this.#once(request, async () => {
      const grants: Grant[] = [];
      const refusals: ClaimReply["refusals"][number][] = [];
      for (const { token, taskId } of request.items) {
        const entry = this.#entries.find((candidate) => candidate.token === token);
        const refusal = this.refusals.get(taskId);
        if (refusal !== undefined) refusals.push({ token, ...refusal });
        else if (entry?.state === "ready") grants.push(this.#grant(entry));
        else refusals.push({ token, reason: entry === undefined ? "superseded" : "already_claimed", retry: false });
      }
      return { v: PROTOCOL_VERSION, grants, refusals, runs: this.#runs(grants), heartbeatMs: 15_000 };
    });
  }

  async report(request: ReportRequest): Promise<ReportReply> {
    this.reports.push(request);
    return this.#once(request, async () => {
      await this.onReport();
      const verdicts = request.reports.map((report) => {
        const entry = this.#entries.find(({ token }) => token === report.token);
        if (entry?.state !== "granted") return { token: report.token, accepted: false, reason: "superseded" as const };
        entry.state = "done";
        this.committed.set(report.taskId, report);
        return { token: report.token, accepted: true, reason: null };
      });
      for (const entry of this.#entries) {
        const isReady = (entry.task.after ?? []).every((taskId) => this.committed.has(taskId));
        if (entry.state === "waiting" && isReady) entry.state = "ready";
      }
      const again = this.#entries.filter(
        ({ state, task }) => state === "granted" && this.grantAgain.includes(task.taskId),
      );
      const grants = this.#entries
        .filter(({ state, task }) => state === "ready" && !this.refusals.has(task.taskId))
        .slice(0, request.capacity === 0 ? 0 : request.capacity + this.offerExtra)
        .concat(again)
        .map((entry) => this.#grant(entry));
      return { v: PROTOCOL_VERSION, verdicts, grants, runs: this.#runs(grants) };
    });
  }

  async heartbeat(request: HeartbeatRequest): Promise<HeartbeatReply> {
    this.heartbeats.push(request);
    return { v: PROTOCOL_VERSION, cancel: this.cancel.filter((token) => request.tokens.includes(token)) };
  }

  async readXComs(
    items: readonly { readonly key: TaskInstanceKey; readonly name: string }[],
  ): Promise<readonly (XComValue | null)[]> {
    return items.map(({ key, name }) => this.xcoms.get(`${key.taskId}/${name}`) ?? null);
  }

  async #once<Reply extends ClaimReply | ReportReply>(
    request: { readonly invocation: string; readonly sequence: number },
    apply: () => Promise<Reply>,
  ): Promise<Reply> {
    if (this.fail > 0) {
      this.fail--;
      throw new Error("Network connection lost");
    }
    if (this.#underWay.has(request.invocation)) throw new Error("two calls of an invocation are under way at once");
    this.#underWay.add(request.invocation);
    try {
      const last = this.#lastReplies.get(request.invocation);
      if (last?.sequence === request.sequence) return last.reply as Reply;
      if (request.sequence !== (last?.sequence ?? 0) + 1)
        throw new Error(`sequence ${request.sequence} is out of turn`);
      const reply = await apply();
      this.#lastReplies.set(request.invocation, { sequence: request.sequence, reply });
      if (this.lose > 0) {
        this.lose--;
        throw new Error("Network connection lost");
      }
      return structuredClone(reply);
    } finally {
      this.#underWay.delete(request.invocation);
    }
  }

  #grant(entry: Entry): Grant {
    entry.state = "granted";
    const { executionTimeoutMs = null, inputs = {} } = entry.task;
    const key = this.#key(entry.task);
    return { ...key, token: entry.token, tryNumber: 1, maxTries: 3, leaseMs: 90_000, executionTimeoutMs, inputs };
  }

  #runs(grants: readonly Grant[]): readonly RunFacts[] {
    return grants.length === 0 ? [] : [runFacts(this.runId)];
  }

  #key(task: FakeTask): TaskInstanceKey {
    return { runId: this.runId, taskId: task.taskId as TaskId, mapIndex: -1 };
  }
}

export function runFacts(runId: RunId): RunFacts {
  return {
    runId,
    runType: "manual",
    logicalAt: Date.UTC(2026, 0, 1),
    dataIntervalStartAt: Date.UTC(2025, 11, 31),
    dataIntervalEndAt: Date.UTC(2026, 0, 1),
    runAfterAt: Date.UTC(2026, 0, 1),
    startAt: Date.UTC(2026, 0, 1),
    params: { year: 2015 },
    conf: {},
  };
}
