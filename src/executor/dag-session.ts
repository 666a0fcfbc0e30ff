/**
 * One invocation's dealings with the scheduler of one DAG: a claim, then heartbeats and reports until nothing is left. The
 * scheduler repeats only its last reply, by sequence number, so at most one claim or report is under way at any time.
 *
 *   claim ─► tries run ─► a report as soon as results are there ─► its reply hands back tries ─► … ─► finished
 *
 * Results are gathered before a report for at most 5 ms, and only while tries of the newest wave (the grants of one reply)
 * may still end within that time: a chain sends each report at once and sets no timer, a hundred tiny tries make one
 * report, and a slow try beside them holds up nothing. Results that arrive during a report make the next one.
 */
import type { DagId, RunId } from "../dag/ids.ts";
import { deepFreeze } from "./deep-freeze.ts";
import type { Invocation } from "./invocation.ts";
import type { ExecutorPorts, ExecutorProblem } from "./ports.ts";
import {
  type CallbackClaim,
  type CallbackGrant,
  type CallbackReport,
  type ClaimItem,
  type ClaimReply,
  type Grant,
  PROTOCOL_VERSION,
  type ReportReply,
  type ReportRequest,
  type RunFacts,
  type TryReport,
} from "./protocol.ts";
import { runCallback } from "./run-callback.ts";
import { type RunningTry, startTry } from "./run-try.ts";
import { callScheduler } from "./scheduler-call.ts";

const GATHER_MS = 5;
const HEARTBEAT_MIN_MS = 1_000;
/** One report stays far below the platform's limit on an RPC. In UTF-16 units, of which a byte limit is a small multiple. */
const REPORT_MAX_LENGTH = 2_000_000;
const REPORT_MAX_COUNT = 100;
/** As `max_batch_size` of their queue in wrangler.toml. */
const SHORT_TRIES = 100;

export class DagSession {
  readonly #ports: ExecutorPorts;
  readonly #invocation: Invocation;
  readonly #dagId: DagId;
  readonly #runs = new Map<RunId, RunFacts>();
  readonly #running = new Map<number, RunningTry>();
  readonly #results: TryReport[] = [];
  /** Tries whose results the scheduler has not answered yet: their leases must live on, and callbacks may follow. */
  readonly #unconfirmed = new Map<number, RunningTry>();
  readonly #callbackTokens = new Set<number>();
  readonly #callbackResults: CallbackReport[] = [];
  /** Callbacks of tries, after their reports. */
  #followUpCount = 0;
  readonly #end = new AbortController();
  readonly #finished = Promise.withResolvers<void>();
  #sequence = 0;
  #hop = 0;
  #wave = 0;
  #waveLeftCount = 0;
  #gathering: AbortController | null = null;
  #isReporting = false;

  constructor(ports: ExecutorPorts, invocation: Invocation, dagId: DagId) {
    this.#ports = ports;
    this.#invocation = invocation;
    this.#dagId = dagId;
  }

  /** Claims and starts what is granted; `null` when the scheduler could not be reached. Called once. */
  async claim(items: readonly ClaimItem[], callbacks: readonly CallbackClaim[] = []): Promise<ClaimReply | null> {
    const request = {
      v: PROTOCOL_VERSION,
      dagId: this.#dagId,
      invocation: this.#invocation.id,
      sequence: ++this.#sequence,
      channel: this.#invocation.channel,
      items,
      ...(callbacks.length === 0 ? {} : { callbacks }),
      bundleId: this.#ports.functions.bundleId,
    };
    const reply = await callScheduler(this.#ports, {
      dagId: this.#dagId,
      giveUpAt: this.#invocation.claimUntil,
      send: (scheduler) => this.#invocation.count(scheduler.claim(request)),
      onFailure: (error) => this.#problem("claim_failed", `Cannot claim ${items.length} tries: ${String(error)}`),
    });
    if (reply !== null) {
      this.#start(reply.grants, reply.runs);
      for (const grant of reply.callbacks ?? []) this.#startCallback(grant);
    }
    if (this.#isIdle()) this.#finish();
    else void this.#keepAlive(Math.max(reply?.heartbeatMs ?? 0, HEARTBEAT_MIN_MS));
    return reply;
  }

  /** Resolves when every try has ended and its result was answered or given up. Never rejects. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  #start(grants: readonly Grant[], runs: readonly RunFacts[]): void {
    for (const run of runs) {
      deepFreeze(run);
      this.#runs.set(run.runId, run);
    }
    const wave = ++this.#wave;
    this.#waveLeftCount = 0;
    for (const grant of grants) {
      const run = this.#runs.get(grant.runId);
      // A grant without its run cannot be run; its lease expires and the scheduler grants it again.
      // Nor one that is here already: a repeated report gets all grants of its invocation again.
      if (run === undefined || this.#running.has(grant.token) || this.#unconfirmed.has(grant.token)) continue;
      this.#waveLeftCount++;
      const attempt = startTry(this.#ports, this.#invocation.reader, { dagId: this.#dagId, grant, run });
      this.#running.set(grant.token, attempt);
      void attempt.report.then((report) => this.#onResult(attempt, report, wave));
    }
  }

  #startCallback(grant: CallbackGrant): void {
    const run = this.#runs.get(grant.runId);
    if (run === undefined || this.#callbackTokens.has(grant.token)) return;
    this.#callbackTokens.add(grant.token);
    void runCallback(this.#ports, { dagId: this.#dagId, grant, run }).then((report) => {
      this.#callbackResults.push(report);
      if (!this.#isReporting) void this.#reportAll();
    });
  }

  #onResult(attempt: RunningTry, report: TryReport, wave: number): void {
    this.#running.delete(report.token);
    this.#unconfirmed.set(report.token, attempt);
    this.#results.push(report);
    if (wave === this.#wave) this.#waveLeftCount--;
    if (this.#waveLeftCount <= 0) this.#gathering?.abort();
    if (!this.#isReporting) void this.#reportAll();
  }

  async #reportAll(): Promise<void> {
    this.#isReporting = true;
    while (this.#results.length > 0 || this.#callbackResults.length > 0) {
      if (this.#waveLeftCount > 0 && this.#results.length > 0) await this.#gather();
      const reports = this.#takeResults();
      const callbacks = this.#callbackResults.splice(0, REPORT_MAX_COUNT);
      const reply = await this.#report(reports, callbacks);
      for (const { token } of callbacks) this.#callbackTokens.delete(token);
      this.#followUp(reports, reply);
      if (reply !== null && reply.grants.length > 0) this.#start(reply.grants, reply.runs);
    }
    this.#isReporting = false;
    if (this.#isIdle()) this.#finish();
  }

  /** What is not accepted is followed by nothing: the scheduler knows better how the try ended, and delivers its callback. */
  #followUp(reports: readonly TryReport[], reply: ReportReply | null): void {
    for (const [place, { token }] of reports.entries()) {
      const attempt = this.#unconfirmed.get(token);
      this.#unconfirmed.delete(token);
      const verdict = reply?.verdicts[place];
      const following = verdict === undefined ? null : (attempt?.afterReport(verdict) ?? null);
      if (following === null) continue;
      this.#followUpCount++;
      void following.then(() => {
        this.#followUpCount--;
        if (!this.#isReporting && this.#isIdle()) this.#finish();
      });
    }
  }

  #isIdle(): boolean {
    return this.#running.size === 0 && this.#callbackTokens.size === 0 && this.#followUpCount === 0;
  }

  async #gather(): Promise<void> {
    const gathering = new AbortController();
    this.#gathering = gathering;
    await this.#ports.timer.sleep(GATHER_MS, gathering.signal);
    this.#gathering = null;
    // What is left of the wave is slow: later results do not wait for it again.
    this.#waveLeftCount = 0;
  }

  #takeResults(): readonly TryReport[] {
    let count = 0;
    let length = 0;
    for (const report of this.#results) {
      length += reportLength(report);
      if (count > 0 && (count >= REPORT_MAX_COUNT || length > REPORT_MAX_LENGTH)) break;
      count++;
    }
    return this.#results.splice(0, count);
  }

  async #report(reports: readonly TryReport[], callbacks: readonly CallbackReport[]): Promise<ReportReply | null> {
    const now = this.#ports.timer.now();
    const request: ReportRequest = {
      v: PROTOCOL_VERSION,
      dagId: this.#dagId,
      invocation: this.#invocation.id,
      sequence: ++this.#sequence,
      channel: this.#invocation.channel,
      reports,
      ...(callbacks.length === 0 ? {} : { callbacks }),
      capacity: this.#invocation.mayContinue({ now, hop: ++this.#hop }) ? this.#roomAfter(reports.length) : 0,
      wallLeftMs: this.#invocation.wallLeftMs(now),
      hop: this.#hop,
      bundleId: this.#ports.functions.bundleId,
    };
    return callScheduler(this.#ports, {
      dagId: this.#dagId,
      giveUpAt: this.#invocation.reportUntil,
      send: (scheduler) => this.#invocation.count(scheduler.report(request)),
      onFailure: (error) => this.#problem("report_failed", `Cannot report ${reports.length} tries: ${String(error)}`),
    });
  }

  /**
   * How many tries it takes after so many results. Short ones as many as a delivery may bring: with one for one, an
   * invocation that came for a single task would go through a fan-out behind it one by one.
   */
  #roomAfter(resultCount: number): number {
    return this.#invocation.channel === "tasks" ? Math.max(0, SHORT_TRIES - this.#running.size) : resultCount;
  }

  async #keepAlive(heartbeatMs: number): Promise<void> {
    for (;;) {
      await this.#ports.timer.sleep(heartbeatMs, this.#end.signal);
      if (this.#end.signal.aborted) return;
      if (this.#ports.timer.now() >= this.#invocation.stopAt) {
        for (const attempt of this.#running.values()) attempt.stop("wall_time");
      }
      await this.#heartbeat();
    }
  }

  /** A heartbeat that fails is not repeated: the next one follows long before the lease ends. */
  async #heartbeat(): Promise<void> {
    const tokens = [...this.#running.keys(), ...this.#unconfirmed.keys(), ...this.#callbackTokens];
    if (tokens.length === 0) return;
    const request = { v: PROTOCOL_VERSION, dagId: this.#dagId, invocation: this.#invocation.id, tokens };
    try {
      const scheduler = this.#ports.schedulers.get(this.#dagId);
      const reply = await this.#invocation.count(scheduler.heartbeat(request));
      for (const token of reply.cancel) this.#running.get(token)?.stop("cancelled");
    } catch (error) {
      this.#problem("heartbeat_failed", `Cannot renew the leases of ${tokens.length} tries: ${String(error)}`);
    }
  }

  #finish(): void {
    this.#end.abort();
    this.#finished.resolve();
  }

  #problem(code: ExecutorProblem["code"], message: string): void {
    this.#ports.onProblem({ code, message, dagId: this.#dagId });
  }
}

function reportLength(report: TryReport): number {
  const { outcome } = report;
  const value = outcome.type === "success" && outcome.returnValue?.type === "inline" ? outcome.returnValue.json : "";
  const error = outcome.type === "failed" ? outcome.error.message.length + (outcome.error.stack?.length ?? 0) : 0;
  const pushed = report.xcoms.reduce((sum, { key, value: { type, ...rest } }) => {
    return sum + key.length + (type === "inline" && "json" in rest ? rest.json.length : 500);
  }, 0);
  return 1_000 + value.length + error + pushed;
}
