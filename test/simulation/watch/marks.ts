/**
 * Rare states that a suite must have seen: a simulator whose faults never bite looks like a correct program. Each mark is
 * counted where it shows from outside, in what objects commit and answer.
 */
import type { ClaimReply, ClaimRequest, HeartbeatReply, ReportReply } from "../../../src/executor/protocol.ts";
import type { Commit, Served, UserAction } from "./invariant.ts";

export const MARKS = [
  "claim refused as duplicate",
  "claim refused as superseded",
  "reply repeated",
  "zombie told to stop",
  "stale result refused",
  "result accepted after an eviction",
  "message sent again",
  "lost grant replaced in its try",
  "grants lost together are sent alone",
  "lease expired and retried",
  "retries exhausted",
  "queue timeout",
  "upstream failed in a cascade",
  "pool full, then freed",
  "pool shrunk below its use",
  "execution timeout",
  "run timed out",
  "interval skipped",
  "catch-up of several intervals",
  "schedule changed in a deployment",
  "DST gap",
  "DST overlap",
  "clock went backwards",
  "version changed in a run",
  "version missing",
  "cleared while running",
  "cancel before the result",
  "result before the cancel",
  "dead letter ignored",
  "message of a newer release put back",
  "ambiguous write repeated",
  "late write after its repeat",
  "alarm failed and set again",
  "lost alarm found by the watchdog",
  "storage failed and memory thrown away",
  "mapped over a result",
  "mapped over nothing",
  "group mapped over a result",
  "result refused",
  "branch skipped",
  "past waited for",
  "DAG deleted and made again",
  "DAG paused itself",
  "deadline missed",
  "callback delivered",
  "large result stored aside",
  "trigger repeated with its key",
  "trigger key with another body",
  "slots given back unused",
] as const;

export type Mark = (typeof MARKS)[number];

export class Marks {
  readonly counts = Object.fromEntries(MARKS.map((mark) => [mark, 0])) as Record<Mark, number>;

  readonly #calls = new Set<string>();
  readonly #grantLives = new Map<string, number>();
  readonly #deleted = new Set<string>();

  hit(mark: Mark): void {
    this.counts[mark] += 1;
  }

  served({ method, reply, args, object, life }: Served): void {
    if (method === "claim" || method === "report") {
      const { invocation, sequence } = args[0] as ClaimRequest;
      const call = `${object}/${invocation}/${sequence}`;
      if (this.#calls.has(call)) this.hit("reply repeated");
      this.#calls.add(call);
      for (const { token } of (reply as ClaimReply).grants) this.#grantLives.set(`${object}/${token}`, life);
    }
    if (method === "claim") this.#claimed(reply as ClaimReply);
    if (method === "report") this.#reported(reply as ReportReply, object, life);
    if (method === "heartbeat" && (reply as HeartbeatReply).cancel.length > 0) this.hit("zombie told to stop");
    if (method === "exchange" && (args[0] as { drops: readonly number[] }).drops.length > 0) {
      this.hit("slots given back unused");
    }
  }

  #claimed({ refusals, callbacks }: ClaimReply): void {
    if ((callbacks?.length ?? 0) > 0) this.hit("callback delivered");
    for (const { reason } of refusals) {
      if (reason === "already_claimed" || reason === "finished") this.hit("claim refused as duplicate");
      if (reason === "superseded") this.hit("claim refused as superseded");
    }
  }

  #reported({ verdicts }: ReportReply, object: string, life: number): void {
    for (const { accepted, reason, token } of verdicts) {
      if (accepted && (this.#grantLives.get(`${object}/${token}`) ?? life) < life)
        this.hit("result accepted after an eviction");
      if (accepted) continue;
      if (reason === "cancelled") this.hit("cancel before the result");
      else this.hit("stale result refused");
    }
  }

  user({ verb, reply }: UserAction): void {
    if (verb !== "trigger" || reply === null) return;
    if (reply.ok && reply["created"] === false) this.hit("trigger repeated with its key");
    if (!reply.ok && reply["field"] === "Idempotency-Key") this.hit("trigger key with another body");
  }

  committed({ dagId, instances, runs, skips, cause, dag, truth }: Commit): void {
    if (dag.after === null) this.#deleted.add(dagId);
    else if (dag.before === null && this.#deleted.has(dagId)) this.hit("DAG deleted and made again");
    if (skips.length > 0) this.hit("interval skipped");
    if (runs.filter(({ before, after }) => before === null && after?.runType === "scheduled").length > 1) {
      this.hit("catch-up of several intervals");
    }
    if (dag.after?.isPaused === true && dag.before?.isPaused === false && cause.method !== "setPaused") {
      this.hit("DAG paused itself");
    }
    for (const { before, after } of runs) {
      if (after === null || before === null || before.state === after.state) continue;
      if (after.reason === "timed_out") this.hit("run timed out");
      if (cause.method === "markRun" && before.state === "success") this.hit("result before the cancel");
    }
    for (const { before, after } of instances) {
      if (after === null) continue;
      if (after.mapIndex >= 0 && before === null)
        this.#mapped(after.taskId, truth.runs.get(after.seq)?.versionNumber ?? 0, truth);
      if (before === null) {
        this.#ended(after.reason, after.state);
        continue;
      }
      if (before.state === after.state && before.token === after.token && after.state === "queued")
        this.hit("message sent again");
      if (before.state === "running" && after.state === "queued" && before.tryNumber === after.tryNumber) {
        this.hit(
          after.lane === "tasks-long" || after.losses === before.losses
            ? "grants lost together are sent alone"
            : "lost grant replaced in its try",
        );
      }
      if (before.state === "running" && after.state === "restarting") this.hit("cleared while running");
      if (before.state !== after.state) this.#ended(after.reason, after.state);
      if (after.returnRef !== null && before.returnRef === null) this.hit("large result stored aside");
      if (before.state === "running" && after.state === "up_for_retry" && after.reason === "heartbeat_lost") {
        this.hit("lease expired and retried");
      }
      if (after.state === "failed" && before.state === "running" && after.tryNumber > 1) this.hit("retries exhausted");
    }
  }

  #mapped(taskId: string, versionNumber: number, truth: Commit["truth"]): void {
    const spec = truth.specOf(versionNumber);
    const task = spec?.tasks.find((each) => each.taskId === taskId);
    const group = spec?.groups.find(({ groupId }) => groupId === task?.groupId)?.mapped;
    if (group?.type === "product" && group.inputs[0]?.source.type === "xcom") this.hit("group mapped over a result");
    const source = task?.mapped?.type === "product" ? task.mapped.inputs[0]?.source : undefined;
    if (source?.type === "xcom") this.hit("mapped over a result");
  }

  #ended(reason: string, state: string): void {
    if (state === "upstream_failed") this.hit("upstream failed in a cascade");
    if (reason === "queue_timeout") this.hit("queue timeout");
    if (reason === "execution_timeout") this.hit("execution timeout");
    if (reason === "version_missing") this.hit("version missing");
    if (reason === "nothing_to_map") this.hit("mapped over nothing");
    if (reason.startsWith("xcom_")) this.hit("result refused");
    if (reason === "not_followed") this.hit("branch skipped");
  }
}
