/** Who runs a callback, and what came of it. A claim and a report are each one transaction, and a repeat of one changes nothing. */
import { afterFailedAttempt } from "../../engine/callbacks.ts";
import { CALLBACK_TIMEOUT_MS } from "../../engine/defaults.ts";
import type {
  CallbackGrant,
  CallbackOrder,
  ClaimReply,
  ClaimRequest,
  ReportRequest,
  RunFacts,
} from "../../executor/protocol.ts";
import { type Committed, commitEvent } from "../commit.ts";
import { graphOf, type Loaded } from "../load.ts";
import type { StateRow, StateSql } from "../ports.ts";
import { runFacts } from "../run-facts.ts";
import type { SchedulerObject } from "../scheduler-object.ts";
import {
  changeCallback,
  finishCallback,
  grantCallback,
  liveCallback,
  readNextCallbackAt,
  renewCallbacks,
} from "./rows.ts";

/** Grants those that are to be run; the others are done, taken, or ordered anew under another token. */
export function claimCallbacks(
  scheduler: SchedulerObject,
  request: ClaimRequest,
): Required<Pick<ClaimReply, "callbacks" | "runs">> {
  const grants: CallbackGrant[] = [];
  const runs = new Map<string, RunFacts>();
  const claims = request.callbacks ?? [];
  if (claims.length === 0) return { callbacks: grants, runs: [] };
  const { sql, settings } = scheduler.ports;
  scheduler.transact((loaded, now) => {
    for (const claim of claims) {
      const row = findCallback(sql, claim);
      if (row === null) continue;
      // A repeat by the same invocation, whose reply was lost, gets its grant again and nothing changes.
      const isRepeat = row["state"] === "running" && row["invocation"] === request.invocation;
      if (row["state"] !== "queued" && !isRepeat) continue;
      const attempt = Number(row["attempt_count"]) + (isRepeat ? 0 : 1);
      if (!isRepeat) {
        const leaseEndAt = now + settings.leaseMs;
        grantCallback(sql, loaded, claim.callbackId, { invocation: request.invocation, leaseEndAt });
      }
      const order = JSON.parse(String(row["order_json"])) as CallbackOrder;
      grants.push({ ...claim, attempt, timeoutMs: CALLBACK_TIMEOUT_MS, order });
      if (!runs.has(claim.runId)) runs.set(claim.runId, readRunFacts(sql, loaded, Number(row["run_seq"])));
    }
    return commitCallbacks(scheduler, loaded, now);
  });
  return { callbacks: grants, runs: [...runs.values()] };
}

/** Keeps what came of those that the reporter was granted. A repeat finds them over, and changes nothing. */
export function reportCallbacks(scheduler: SchedulerObject, request: ReportRequest): void {
  const reports = request.callbacks ?? [];
  if (reports.length === 0) return;
  const { sql } = scheduler.ports;
  scheduler.transact((loaded, now) => {
    for (const report of reports) {
      const row = findCallback(sql, report);
      if (row === null || row["state"] !== "running" || row["invocation"] !== request.invocation) continue;
      sql.exec("UPDATE callback SET log_chunk_count = ? WHERE id = ?", report.logChunkCount, report.callbackId);
      if (report.outcome.type === "success") {
        finishCallback(sql, loaded, report.callbackId, now);
        continue;
      }
      const { name, message } = report.outcome.error;
      const change = afterFailedAttempt(liveCallback(row), now, `${name}: ${message}`);
      changeCallback(sql, loaded, report.callbackId, change, now);
    }
    return commitCallbacks(scheduler, loaded, now);
  });
}

/**
 * A sign of life of an invocation: the leases of the callbacks that it runs go on. Returns which of the tokens are theirs.
 * A renewal is a write, so there is one only when half of the lease is over.
 */
export function keepCallbacksAlive(
  scheduler: SchedulerObject,
  request: { readonly invocation: string; readonly tokens: readonly number[] },
): ReadonlySet<number> {
  const { sql, settings } = scheduler.ports;
  const held = sql
    .exec(
      "SELECT token FROM callback WHERE due_at IS NOT NULL AND state = 'running' AND invocation = ?",
      request.invocation,
    )
    .map((row) => Number(row["token"]))
    .filter((token) => request.tokens.includes(token));
  if (held.length > 0) renewCallbacks(sql, held, { now: scheduler.now(), leaseMs: settings.leaseMs });
  return new Set(held);
}

function commitCallbacks(scheduler: SchedulerObject, loaded: Loaded, now: number): Committed {
  loaded.state.nextCallbackAt = readNextCallbackAt(scheduler.ports.sql);
  return commitEvent(scheduler.ports, loaded, { type: "tick" }, now, {});
}

/** By its id, if it is the run's and its order is still the one that the token names. */
function findCallback(
  sql: StateSql,
  key: { readonly runId: string; readonly callbackId: number; readonly token: number },
): StateRow | null {
  const [row] = sql.exec(
    `SELECT c.* FROM callback AS c JOIN dag_run AS r ON r.seq = c.run_seq
     WHERE c.id = ? AND r.run_id = ? AND c.token = ?`,
    key.callbackId,
    key.runId,
    key.token,
  );
  return row ?? null;
}

function readRunFacts(sql: StateSql, loaded: Loaded, seq: number): RunFacts {
  const [row] = sql.exec("SELECT * FROM dag_run WHERE seq = ?", seq);
  return runFacts(row ?? {}, graphOf(sql, loaded, Number(row?.["version_number"])).spec.params);
}
