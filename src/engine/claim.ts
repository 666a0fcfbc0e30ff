/**
 * Claims, heartbeats and lost grants: who may run a try. At most one grant per try is live; a token that is not the
 * instance's own is refused. A refused message is dropped unless it must come again alone.
 */
import type { ClaimItem, RefusalReason } from "../executor/protocol.ts";
import { failLostTry } from "./callbacks.ts";
import type { DagState } from "./dag-state.ts";
import { MAX_LOSS_COUNT } from "./defaults.ts";
import { grant, leaseEnd, orderSend } from "./dispatch.ts";
import type { Event } from "./event.ts";
import { LANES } from "./graph.ts";
import { FLAG_ALIVE, FLAG_SOLO, type RunState } from "./run-state.ts";
import { FIRST_FINISHED, QUEUED, RESTARTING, RUNNING } from "./states.ts";
import type { Step } from "./step.ts";
import { setState } from "./transition.ts";
import { restartTry } from "./try-end.ts";

export function claim(step: Step, event: Extract<Event, { type: "claim" }>): void {
  const { state } = step;
  const isAlone = event.items.length === 1;
  for (const item of event.items) {
    const run = state.runsById.get(item.runId);
    const place = run === undefined ? -1 : run.find(item.taskId, item.mapIndex);
    const reason = refusalReason(state, run, place, item, event.invocation);
    if (run === undefined || place < 0 || reason !== null) {
      step.refusals.push({ token: item.token, reason: reason ?? "unknown_task", retry: false });
      continue;
    }
    if (run.hasFlag(place, FLAG_SOLO) && !isAlone && run.stateOf[place] === QUEUED) {
      step.refusals.push({ token: item.token, reason: "solo_only", retry: true });
      continue;
    }
    noteClaim(state, run, place, step.now);
    // A repeat by the same invocation, whose reply was lost, gets its grant again and nothing changes.
    if (run.stateOf[place] === QUEUED) grant(step, run, place, event.invocation);
    else if (step.grants.every((given) => given.token !== item.token))
      step.grants.push({ run, place, token: item.token });
  }
}

function refusalReason(
  state: DagState,
  run: RunState | undefined,
  place: number,
  item: ClaimItem,
  invocation: string,
): RefusalReason | null {
  if (state.graph === null) return "no_definition";
  if (run === undefined) return "unknown_run";
  if (place < 0) return "unknown_task";
  const code = run.stateOf[place] ?? 0;
  if (code >= FIRST_FINISHED) return run.reason === "cancelled" ? "cancelled" : "finished";
  if (run.token[place] !== item.token) return "superseded";
  if (code === QUEUED) return null;
  if (code === RUNNING) return run.holder[place] === state.holders.get(invocation)?.id ? null : "already_claimed";
  return "not_ready";
}

/** Remembers that messages of this age are being claimed, so that later ones are not taken for lost. */
function noteClaim(state: DagState, run: RunState, place: number, now: number): void {
  const { entries } = state.lanes[LANES[run.laneOf[place] ?? 0] ?? "tasks"].claims;
  const token = run.token[place] ?? 0;
  while (entries.length > 0 && (entries.at(-1)?.token ?? 0) >= token) entries.pop();
  const last = entries.at(-1);
  // One entry a second is exact enough for a clock of several. The older entry keeps its instant: moving it on would
  // let a steady flow of younger messages hold back a lost one for ever.
  if (last === undefined || now - last.at >= 1_000) entries.push({ token, at: now });
  if (entries.length > 1_000) entries.splice(0, 500);
}

/** When a message with this token, or an older one, was last claimed in the lane; 0 if never. */
export function lastClaimAt(state: DagState, run: RunState, place: number): number {
  const { entries } = state.lanes[LANES[run.laneOf[place] ?? 0] ?? "tasks"].claims;
  const token = run.token[place] ?? 0;
  return entries.findLast((entry) => entry.token <= token)?.at ?? 0;
}

export function heartbeat(step: Step, event: Extract<Event, { type: "heartbeat" }>): void {
  const holder = step.state.holders.get(event.invocation);
  for (const token of event.tokens) {
    const held = holder?.grants.get(token);
    if (held === undefined) {
      step.cancels.push(token);
      continue;
    }
    const { run, place } = held;
    run.setFlag(place, FLAG_ALIVE);
    run.silent.delete(place);
    if (run.doubted.delete(place)) {
      run.markChanged(place);
      step.touched.add(run);
    }
    if (run.stateOf[place] === RESTARTING) step.cancels.push(token);
    // Never earlier: the full lease after a start of the object may reach beyond the end by the execution timeout.
    run.dueAt[place] = Math.max(run.dueAt[place] ?? 0, leaseEnd(step, run, place));
  }
}

/** One more lease, written down: whoever starts next must know that it was given. */
export function doubtGrant(step: Step, run: RunState, place: number): void {
  const { state, now } = step;
  run.doubted.add(place);
  run.dueAt[place] = now + state.settings.leaseMs;
  state.timers.push({ at: run.dueAt[place] ?? 0, run, place });
  run.markChanged(place);
  step.touched.add(run);
}

/** A running try whose lease ended, and with it those that its invocation lost together with it. */
export function loseGrant(step: Step, run: RunState, place: number): void {
  // The end of the execution timeout says nothing about the others.
  if (isTimedOut(step, run, place)) {
    endGrant(step, run, place, false);
    return;
  }
  const holder = step.state.holderById.get(run.holder[place] ?? 0);
  // A living invocation renews all its leases every heartbeat, so that one which died leaves leases that end within one.
  const until = step.now + step.state.settings.heartbeatMs;
  const lost = [...(holder?.grants.values() ?? [{ run, place }])].filter(
    (held) => (held.run.dueAt[held.place] ?? 0) <= until,
  );
  for (const held of lost) endGrant(step, held.run, held.place, lost.length > 1);
}

function isTimedOut(step: Step, run: RunState, place: number): boolean {
  const timeoutMs = run.taskAt(place).spec.executionTimeoutMs;
  return timeoutMs !== null && step.now >= (run.startAtOf[place] ?? 0) + timeoutMs;
}

/** What a lost grant costs depends on what was heard of it. */
function endGrant(step: Step, run: RunState, place: number, isTogether: boolean): void {
  // The end of one that was lost with it may have ended it already (X1).
  if ((run.stateOf[place] ?? 0) >= FIRST_FINISHED) return;
  if (run.stateOf[place] === RESTARTING) {
    restartTry(step, run, place);
    return;
  }
  if (isTimedOut(step, run, place)) {
    failLostTry(step, run, place, "execution_timeout");
    return;
  }
  if (isTogether) {
    replaceGrant(step, run, place, FLAG_SOLO);
    return;
  }
  if (run.hasFlag(place, FLAG_ALIVE)) {
    failLostTry(step, run, place, "heartbeat_lost");
    return;
  }
  const losses = (run.losses[place] ?? 0) + 1;
  run.losses[place] = losses;
  if (losses > MAX_LOSS_COUNT) failLostTry(step, run, place, "heartbeat_lost");
  else replaceGrant(step, run, place, 0);
}

/** The same try again, under a new token, so that whatever the old grant still does is refused. */
function replaceGrant(step: Step, run: RunState, place: number, flag: number): void {
  const lane = LANES[run.laneOf[place] ?? 0] ?? "tasks";
  step.events.push({
    event: "heartbeat timeout",
    run,
    place,
    detail: `no sign of life from the executor: try ${run.tryNumber[place]} is sent again`,
  });
  setState(step, run, place, QUEUED, "heartbeat_lost");
  run.setFlag(place, flag);
  step.state.lanes[lane].unclaimedCount += 1;
  // Solo tries go where batches hold one message.
  orderSend(step, run, place, lane === "tasks" && run.hasFlag(place, FLAG_SOLO) ? "tasks-long" : lane);
}
