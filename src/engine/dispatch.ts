/**
 * Lets ready task instances start, most urgent first, as far as the limits allow: handed straight back to the executor
 * that just reported (continuation), or queued with an order to send a message. An instance that has to wait stays
 * `scheduled` with the code of the rule that holds it.
 */
import type { DeliveryChannel } from "../executor/protocol.ts";
import { Heap } from "../lib/heap.ts";
import { holderNamed, type LaneState, type Ready } from "./dag-state.ts";
import { INVOCATION_WALL_MS, MAX_HOP_COUNT, TIMEOUT_GRACE_MS, UNDECLARED_CONTINUATION_MS } from "./defaults.ts";
import { LANES, type Lane } from "./graph.ts";
import { firstStartBlocker } from "./rules/policy.ts";
import type { StartRule } from "./rules/start-rule.ts";
import { FLAG_ALIVE, FLAG_SOLO, type RunState } from "./run-state.ts";
import { QUEUED, REASONS, RUNNING, SCHEDULED } from "./states.ts";
import type { Step } from "./step.ts";
import { setState } from "./transition.ts";

/** What a reporting executor offers to run at once. */
export interface Offer {
  readonly invocation: string;
  readonly channel: DeliveryChannel;
  readonly wallLeftMs: number;
  readonly hop: number;
  capacity: number;
}

export function dispatch(step: Step, offer: Offer | null): void {
  for (const run of step.touched) unpark(step, run);
  for (const lane of LANES) {
    const laneState = step.state.lanes[lane];
    if (laneState.ready.size > 0) dispatchLane(step, lane, laneState, offer);
  }
}

function dispatchLane(step: Step, lane: Lane, laneState: LaneState, offer: Offer | null): void {
  for (let next = laneState.ready.pop(); next !== undefined; next = laneState.ready.pop()) {
    const { run, place } = next;
    if (run.stateOf[place] !== SCHEDULED || run.state !== "running") continue;
    const isHandedOver = offer !== null && offer.capacity > 0 && fits(offer, run, place, lane);
    const blocker = firstStartBlocker(step.state, run, lane, isHandedOver);
    if (blocker === null) {
      if (isHandedOver) {
        offer.capacity -= 1;
        occupy(step, lane);
        grant(step, run, place, offer.invocation);
      } else {
        enqueue(step, run, place, lane, laneState);
      }
      continue;
    }
    noteBlocker(run, place, blocker);
    if (blocker.scope === "run") {
      run.parked ??= new Heap<Ready>((a, b) => (a.weight !== b.weight ? a.weight > b.weight : a.place < b.place));
      run.parked.push(next);
      continue;
    }
    // Whatever holds the lane holds all behind it.
    laneState.ready.push(next);
    return;
  }
}

function noteBlocker(run: RunState, place: number, blocker: StartRule): void {
  const code = REASONS.indexOf(blocker.reason);
  if (run.reasonOf[place] === code) return;
  run.reasonOf[place] = code;
  run.markUnflushed(place);
}

/** Puts back as many of a run's parked instances as it has free slots. */
function unpark(step: Step, run: RunState): void {
  if (run.parked === null || run.parked.size === 0) return;
  const limit = run.graph.spec.maxActiveTasks ?? Number.POSITIVE_INFINITY;
  for (let free = limit - run.activeCount; free > 0; ) {
    const next = run.parked.pop();
    if (next === undefined) return;
    // Cleared or ended since: it takes nobody's turn.
    if (run.stateOf[next.place] !== SCHEDULED) continue;
    free -= 1;
    step.state.lanes[LANES[run.laneOf[next.place] ?? 0] ?? "tasks"].ready.push(next);
  }
}

/** A continuation must end within the wall time that its invocation has left. */
function fits(offer: Offer, run: RunState, place: number, lane: Lane): boolean {
  if (offer.hop >= MAX_HOP_COUNT || run.hasFlag(place, FLAG_SOLO)) return false;
  const channel = lane === "sequential" ? "local" : lane;
  if (channel !== offer.channel) return false;
  const timeoutMs = run.taskAt(place).spec.executionTimeoutMs;
  return timeoutMs === null
    ? offer.wallLeftMs >= INVOCATION_WALL_MS - UNDECLARED_CONTINUATION_MS
    : offer.wallLeftMs >= timeoutMs + TIMEOUT_GRACE_MS;
}

function occupy(step: Step, lane: Lane): void {
  if (lane === "sequential") step.state.sequentialCount += 1;
}

/** The order to send a message is the state itself: `queued`, with the instant of the next sending in `dueAt`. */
function enqueue(step: Step, run: RunState, place: number, lane: Lane, laneState: LaneState): void {
  occupy(step, lane);
  laneState.unclaimedCount += 1;
  orderSend(step, run, place, lane);
  run.queuedAtOf[place] = step.now;
  setState(step, run, place, QUEUED, "");
}

/** Issues a new token and a message for it. */
export function orderSend(step: Step, run: RunState, place: number, lane: Lane): void {
  const { state, now } = step;
  state.sequence += 1;
  run.token[place] = state.sequence;
  run.resends[place] = 0;
  run.dueAt[place] = now + state.settings.firstResendMs;
  run.startAtOf[place] = 0;
  run.endAtOf[place] = 0;
  state.timers.push({ at: run.dueAt[place] ?? 0, run, place });
  step.sends.push({ run, place, lane });
}

/** Gives a try to an invocation. From `scheduled` it gets its token here; a claimed message brought one. */
export function grant(step: Step, run: RunState, place: number, invocation: string): void {
  const { state, now } = step;
  const holder = holderNamed(state, invocation);
  if (run.stateOf[place] === SCHEDULED) {
    state.sequence += 1;
    run.token[place] = state.sequence;
    run.queuedAtOf[place] = now;
    run.endAtOf[place] = 0;
  }
  run.startAtOf[place] = now;
  run.dueAt[place] = leaseEnd(step, run, place);
  state.timers.push({ at: run.dueAt[place] ?? 0, run, place });
  run.clearFlag(place, FLAG_ALIVE);
  setState(step, run, place, RUNNING, "");
  run.holder[place] = holder.id;
  const token = run.token[place] ?? 0;
  holder.grants.set(token, { run, place });
  step.grants.push({ run, place, token });
}

/** A lease from now on, but not beyond the execution timeout and some grace for the runner's own report of it. */
export function leaseEnd(step: Step, run: RunState, place: number): number {
  const leaseAt = step.now + step.state.settings.leaseMs;
  const timeoutMs = run.taskAt(place).spec.executionTimeoutMs;
  if (timeoutMs === null) return leaseAt;
  return Math.min(leaseAt, (run.startAtOf[place] ?? step.now) + timeoutMs + TIMEOUT_GRACE_MS);
}
