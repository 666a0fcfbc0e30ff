/**
 * Claims, heartbeats and lost grants: who may run a try. At most one grant per try is live; a token that is not the
 * instance's own is refused. A refused message is dropped unless it must come again alone.
 */
import type { ClaimItem, RefusalReason } from "../executor/protocol.ts";
import { type DagState, forgetIdleHolder, type Holder, holderNamed } from "./dag-state.ts";
import { MAX_LOSS_COUNT } from "./defaults.ts";
import { grant, leaseEnd, orderSend } from "./dispatch.ts";
import type { Event } from "./event.ts";
import { LANES } from "./graph.ts";
import { FLAG_ALIVE, FLAG_SOLO, type RunState } from "./run-state.ts";
import { FIRST_FINISHED, QUEUED, RESTARTING, RUNNING } from "./states.ts";
import type { Step } from "./step.ts";
import { setState } from "./transition.ts";
import { failTry, restartTry } from "./try-end.ts";

export function claim(step: Step, event: Extract<Event, { type: "claim" }>): void {
  const { state } = step;
  const holder = holderNamed(step.state, event.invocation);
  const isAlone = event.items.length === 1;
  for (const item of event.items) {
    const run = state.runsById.get(item.runId);
    const place = run === undefined ? -1 : run.find(item.taskId, item.mapIndex);
    const reason = refusalReason(state, run, place, item, holder);
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
    if (run.stateOf[place] === RUNNING) step.grants.push({ run, place, token: item.token });
    else grant(step, run, place, holder);
  }
  forgetIdleHolder(step.state, holder);
}

function refusalReason(
  state: DagState,
  run: RunState | undefined,
  place: number,
  item: ClaimItem,
  holder: Holder,
): RefusalReason | null {
  if (state.graph === null) return "no_definition";
  if (run === undefined) return "unknown_run";
  if (place < 0) return "unknown_task";
  const code = run.stateOf[place] ?? 0;
  if (code >= FIRST_FINISHED) return run.reason === "cancelled" ? "cancelled" : "finished";
  if (run.token[place] !== item.token) return "superseded";
  if (code === QUEUED) return null;
  if (code === RUNNING) return run.holder[place] === holder.id ? null : "already_claimed";
  return "not_ready";
}

/** Remembers that messages of this age are being claimed, so that later ones are not taken for lost. */
function noteClaim(state: DagState, run: RunState, place: number, now: number): void {
  const { entries } = state.lanes[LANES[run.laneOf[place] ?? 0] ?? "tasks"].claims;
  const token = run.token[place] ?? 0;
  while (entries.length > 0 && (entries.at(-1)?.token ?? 0) >= token) entries.pop();
  const last = entries.at(-1);
  // One entry a second is exact enough for a clock of several.
  if (last !== undefined && now - last.at < 1_000) last.at = now;
  else entries.push({ token, at: now });
  if (entries.length > 1_000) entries.splice(0, 500);
}

/** When a message with this token, or an older one, was last claimed in the lane; 0 if never. */
export function lastClaimAt(state: DagState, run: RunState, place: number): number {
  const { entries } = state.lanes[LANES[run.laneOf[place] ?? 0] ?? "tasks"].claims;
  const token = run.token[place] ?? 0;
  let at = 0;
  for (const entry of entries) {
    if (entry.token > token) break;
    at = Math.max(at, entry.at);
  }
  return at;
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
    if (run.stateOf[place] === RESTARTING) step.cancels.push(token);
    run.dueAt[place] = leaseEnd(step, run, place);
  }
}

/** A running try whose lease ended. What it costs depends on what was heard of it. */
export function loseGrant(step: Step, run: RunState, place: number): void {
  if (run.stateOf[place] === RESTARTING) {
    restartTry(step, run, place);
    return;
  }
  const timeoutMs = run.taskAt(place).spec.executionTimeoutMs;
  if (timeoutMs !== null && step.now >= (run.startAtOf[place] ?? 0) + timeoutMs) {
    failTry(step, run, place, { type: "allowed" }, "execution_timeout");
    return;
  }
  const holder = step.state.holderById.get(run.holder[place] ?? 0);
  const lost = [...(holder?.grants.values() ?? [])].filter((held) => (held.run.dueAt[held.place] ?? 0) <= step.now);
  if (lost.length > 1) {
    for (const held of lost) replaceGrant(step, held.run, held.place, FLAG_SOLO);
    return;
  }
  if (run.hasFlag(place, FLAG_ALIVE)) {
    failTry(step, run, place, { type: "allowed" }, "heartbeat_lost");
    return;
  }
  const losses = (run.losses[place] ?? 0) + 1;
  run.losses[place] = losses;
  if (losses > MAX_LOSS_COUNT) failTry(step, run, place, { type: "allowed" }, "heartbeat_lost");
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
