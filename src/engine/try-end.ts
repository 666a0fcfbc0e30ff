/** How a try ends: by a report, by a failure that the scheduler finds, or because its task instance was cleared. */
import type { ResultLengths } from "../executor/protocol.ts";
import { decide, undecide } from "./decision.ts";
import { LONG_DURATION_MS } from "./defaults.ts";
import type { Offer } from "./dispatch.ts";
import type { Event, ReportedOutcome, ReportedTry } from "./event.ts";
import { retryDelayMs } from "./retry-delay.ts";
import { FLAG_SOLO, FLAG_VALUE, type RunState } from "./run-state.ts";
import {
  FAILED,
  FIRST_FINISHED,
  NONE,
  REASONS,
  REMOVED,
  RESTARTING,
  type Reason,
  RUNNING,
  reasonCode,
  SKIPPED,
  SUCCESS,
  stateName,
  UP_FOR_RETRY,
  UPSTREAM_FAILED,
} from "./states.ts";
import { evaluateLater, type Step, type Verdict } from "./step.ts";
import { setState } from "./transition.ts";

type Retry = Extract<ReportedOutcome, { type: "failed" }>["retry"];

/** Accepts or refuses each result, and returns what the reporter offers to run next. */
export function report(step: Step, event: Extract<Event, { type: "report" }>): Offer {
  for (const reported of event.reports) step.verdicts.push(acceptReport(step, event.invocation, reported));
  if (step.touched.size === 0) grantAgain(step, event);
  return {
    invocation: event.invocation,
    channel: event.channel,
    wallLeftMs: event.wallLeftMs,
    hop: event.hop,
    capacity: Math.max(0, event.capacity - step.grants.length),
  };
}

/**
 * A report without news is a repeat: its reply was lost, and what that handed over is unknown to the reporter, who would
 * let the leases end. It leaves out what it has already.
 */
function grantAgain(step: Step, event: Extract<Event, { type: "report" }>): void {
  const reported = new Set(event.reports.map(({ token }) => token));
  for (const [token, { run, place }] of step.state.holders.get(event.invocation)?.grants ?? []) {
    if (!reported.has(token) && run.stateOf[place] === RUNNING) step.grants.push({ run, place, token });
  }
}

function acceptReport(step: Step, invocation: string, reported: ReportedTry): Verdict {
  const { token } = reported;
  const run = step.state.runsById.get(reported.runId);
  const place = run === undefined ? -1 : run.find(reported.taskId, reported.mapIndex);
  if (run === undefined || place < 0) return { token, accepted: false, reason: "unknown_run" };
  if (run.token[place] !== token) return { token, accepted: false, reason: "superseded" };
  const code = run.stateOf[place] ?? NONE;
  if (code === RESTARTING) {
    restartTry(step, run, place);
    return { token, accepted: false, reason: "cancelled" };
  }
  if (code === RUNNING) {
    if (step.state.holderById.get(run.holder[place] ?? 0)?.invocation !== invocation) {
      return { token, accepted: false, reason: "already_claimed" };
    }
    endTry(step, run, place, reported.outcome);
    return accept(run, place, token);
  }
  // A repeat of a report whose reply was lost: its result stands.
  const reason = REASONS[run.reasonOf[place] ?? 0] ?? "";
  if (isResultOf(code, reported.outcome) && !DECIDED_BY_OTHERS.has(reason)) return accept(run, place, token);
  return { token, accepted: false, reason: DECIDED_BY_USER.has(reason) ? "cancelled" : "not_ready" };
}

/** The executor runs the callback of what its report led to. */
function accept(run: RunState, place: number, token: number): Verdict {
  const state = stateName(run.stateOf[place] ?? NONE);
  const isEnd = state === "success" || state === "failed" || state === "skipped" || state === "up_for_retry";
  return { token, accepted: true, reason: null, ...(isEnd && { state }) };
}

/** Ends of a try that no report made, so that a report which comes after them was never accepted. */
const DECIDED_BY_USER: ReadonlySet<Reason> = new Set(["cancelled", "marked", "dagrun_timeout", "fail_fast"]);
const DECIDED_BY_OTHERS: ReadonlySet<Reason> = new Set([
  ...DECIDED_BY_USER,
  "heartbeat_lost",
  "queue_timeout",
  "cleared",
]);

function isResultOf(code: number, outcome: ReportedOutcome): boolean {
  if (outcome.type === "success") return code === SUCCESS;
  if (outcome.type === "skipped") return code === SKIPPED;
  return code === FAILED || code === UP_FOR_RETRY;
}

function endTry(step: Step, run: RunState, place: number, outcome: ReportedOutcome): void {
  switch (outcome.type) {
    case "success":
      noteDuration(step, run, place);
      succeed(step, run, place, outcome);
      return;
    case "skipped":
      setState(step, run, place, SKIPPED, "skip_raised");
      return;
    case "failed":
      failTry(step, run, place, outcome.retry, REASONS[reasonCode(outcome.reason ?? "task_error")] ?? "task_error");
  }
}

function succeed(
  step: Step,
  run: RunState,
  place: number,
  outcome: Extract<ReportedOutcome, { type: "success" }>,
): void {
  const task = run.taskAt(place);
  if (outcome.hasValue !== false) run.setFlag(place, FLAG_VALUE);
  else run.clearFlag(place, FLAG_VALUE);
  if (outcome.lengths !== undefined) noteLengths(step, run, task.spec.taskId, outcome.lengths);
  setState(step, run, place, SUCCESS, "");
  if (outcome.decision !== undefined) decide(step, run, place, outcome.decision);
}

function noteLengths(step: Step, run: RunState, taskId: string, lengths: ResultLengths): void {
  const note = (key: string, length: number) => {
    run.lengths.set(key, length);
    step.lengths.push({ run, key, length });
  };
  for (const name in lengths.variants) note(`${taskId}#${name}`, lengths.variants[name] ?? 0);
  if (lengths.own !== null) note(taskId, lengths.own);
}

/** The first failed task ends the others: what runs fails, the rest is skipped. Teardowns still clean up. */
function failFast(step: Step, run: RunState): void {
  for (const task of run.graph.tasks) {
    if (task.spec.isTeardown === true) continue;
    run.forEachPlace(task.index, (place) => {
      const code = run.stateOf[place] ?? NONE;
      if (code >= FIRST_FINISHED) return;
      setState(step, run, place, code === RUNNING || code === RESTARTING ? FAILED : SKIPPED, "fail_fast");
    });
  }
}

function noteDuration(step: Step, run: RunState, place: number): void {
  const { lastDurations } = step.state;
  const durationMs = step.now - (run.startAtOf[place] ?? step.now);
  const { taskId } = run.taskAt(place).spec;
  if (durationMs > LONG_DURATION_MS) lastDurations.set(taskId, durationMs);
  else if (lastDurations.size > 0) lastDurations.delete(taskId);
}

/** A failed try: the task instance waits for its next one, or has failed. */
export function failTry(step: Step, run: RunState, place: number, retry: Retry, reason: Reason): void {
  const { now, state } = step;
  const task = run.taskAt(place).spec;
  const tryNumber = run.tryNumber[place] ?? 0;
  run.clearFlag(place, FLAG_SOLO);
  if (retry.type === "forbidden" || tryNumber > (run.maxTries[place] ?? 0)) {
    setState(step, run, place, FAILED, retry.type === "forbidden" ? "retry_forbidden" : reason);
    if (run.graph.spec.failFast === true && run.taskAt(place).spec.isTeardown !== true) failFast(step, run);
    return;
  }
  closeTry(step, run, place, "failed", reason);
  const delayMs =
    retry.type === "after"
      ? retry.ms
      : retryDelayMs(task, { dagId: state.dagId, taskId: task.taskId, logicalAt: run.logicalAt, tryNumber });
  setState(step, run, place, UP_FOR_RETRY, reason);
  run.endAtOf[place] = now;
  run.dueAt[place] = now + delayMs;
  state.timers.push({ at: now + delayMs, run, place });
}

/** A cleared try came to its end: the task instance starts afresh. */
export function restartTry(step: Step, run: RunState, place: number): void {
  closeTry(step, run, place, "failed", "cleared");
  resetInstance(step, run, place);
}

/** Back to no state, to be judged anew by its rule. */
export function resetInstance(step: Step, run: RunState, place: number): void {
  setState(step, run, place, NONE, "cleared");
  run.dueAt[place] = 0;
  run.startAtOf[place] = 0;
  run.endAtOf[place] = 0;
  run.clearFlag(place, FLAG_SOLO | FLAG_VALUE);
  undecide(step, run, place);
  evaluateLater(step, run, run.task[place] ?? 0);
}

/** As many further tries as its task has retries. */
export function restoreRetries(run: RunState, place: number): void {
  run.maxTries[place] = Math.min(65_535, (run.tryNumber[place] ?? 0) + run.taskAt(place).spec.retries);
}

/** What has ended or was removed starts afresh: its last try is kept as history, with the retries of its task again. */
export function closeAndReset(step: Step, run: RunState, place: number): void {
  const code = run.stateOf[place] ?? NONE;
  restoreRetries(run, place);
  if ((run.token[place] ?? 0) > 0) closeTry(step, run, place, endedName(code), "cleared");
  resetInstance(step, run, place);
  // Kept once, whatever becomes of the instance before its next try.
  run.token[place] = 0;
}

/** How history tells of it: a try that was stopped on the way has failed. */
function endedName(code: number): "failed" | "success" | "skipped" | "upstream_failed" | "removed" {
  if (code === SUCCESS) return "success";
  if (code === SKIPPED) return "skipped";
  if (code === UPSTREAM_FAILED) return "upstream_failed";
  return code === REMOVED ? "removed" : "failed";
}

export function closeTry(
  step: Step,
  run: RunState,
  place: number,
  state: "failed" | "success" | "skipped" | "upstream_failed" | "removed",
  reason: Reason,
): void {
  const isOver = (run.stateOf[place] ?? NONE) >= FIRST_FINISHED;
  step.closedTries.push({
    run,
    place,
    tryNumber: run.tryNumber[place] ?? 0,
    state,
    reason,
    token: run.token[place] ?? 0,
    queuedAt: run.queuedAtOf[place] ?? 0,
    startAt: run.startAtOf[place] ?? 0,
    endAt: isOver ? (run.endAtOf[place] ?? step.now) : step.now,
  });
}
