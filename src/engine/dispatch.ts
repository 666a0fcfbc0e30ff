/**
 * Lets ready task instances start, most urgent first, as far as the limits allow: handed straight back to the executor
 * that just reported (continuation), or queued with an order to send a message. An instance that has to wait stays
 * `scheduled` with the code of the rule that holds it.
 */
import type { DeliveryChannel } from "../executor/protocol.ts";
import { Heap } from "../lib/heap.ts";
import { type DagState, holderNamed, isMoreUrgent, type LaneState, type Ready } from "./dag-state.ts";
import { INVOCATION_WALL_MS, MAX_HOP_COUNT, TIMEOUT_GRACE_MS, UNDECLARED_CONTINUATION_MS } from "./defaults.ts";
import { LANES, type Lane } from "./graph.ts";
import { callNext } from "./ready-line.ts";
import { firstStartBlocker } from "./rules/policy.ts";
import type { StartRule } from "./rules/start-rule.ts";
import { FLAG_ALIVE, FLAG_SOLO, FLAG_WAITING, type RunState } from "./run-state.ts";
import { askOrWait, refillAsks, returnUnused } from "./slots.ts";
import { QUEUED, RUNNING, reasonCode, SCHEDULED } from "./states.ts";
import type { Step } from "./step.ts";
import { boundPerDag, boundPerDagrun, parkForTask, passTurn, unparkForTasks } from "./task-limits.ts";
import { noteWaiting } from "./told-waiting.ts";
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
  unparkForTasks(step.state);
  refillAsks(step);
  let open: readonly Lane[] = LANES;
  for (let lane = mostUrgent(step, open); lane !== null; lane = mostUrgent(step, open)) {
    const held = lane;
    // Whatever holds the lane holds all behind it.
    if (!dispatchNext(step, lane, offer)) open = open.filter((other) => other !== held);
  }
  returnUnused(step);
}

/** The lane whose first instance is the most urgent of all, since lanes share limits; null when none is ready. */
function mostUrgent(step: Step, open: readonly Lane[]): Lane | null {
  let best: Lane | null = null;
  let first: Ready | undefined;
  for (const lane of open) {
    const next = step.state.lanes[lane].ready.peek();
    if (next === undefined || (first !== undefined && !isMoreUrgent(next, first))) continue;
    best = lane;
    first = next;
  }
  return best;
}

/** Starts or parks the lane's first instance; false when something holds the whole lane. */
function dispatchNext(step: Step, lane: Lane, offer: Offer | null): boolean {
  const laneState = step.state.lanes[lane];
  const next = laneState.ready.peek();
  if (next === undefined) return false;
  const { run, place } = next;
  if (run.stateOf[place] !== SCHEDULED || run.state !== "running") {
    laneState.ready.pop();
    run.clearFlag(place, FLAG_WAITING);
    callNext(step.state, next);
    // It may have been called for a turn that nobody else would get now.
    passTurn(step.state, run, place);
    passTurnOfRun(step.state, run, run.laneOf[place] ?? 0);
    return true;
  }
  const isHandedOver = offer !== null && offer.capacity > 0 && fits(offer, run, place, lane);
  const blocker = firstStartBlocker(step.state, { run, place, lane, isHandedOver });
  if (blocker !== null) noteBlocker(step, run, place, blocker);
  if (blocker?.scope === "lane") return false;
  laneState.ready.pop();
  if (blocker !== null) {
    setAside(step, next, blocker);
    return true;
  }
  run.clearFlag(place, FLAG_WAITING);
  callNext(step.state, next);
  if (isHandedOver) {
    offer.capacity -= 1;
    occupy(step, lane);
    grant(step, run, place, offer.invocation);
  } else {
    enqueue(step, run, place, lane, laneState);
  }
  return true;
}

function noteBlocker(step: Step, run: RunState, place: number, blocker: StartRule): void {
  const code = reasonCode(blocker.reason);
  if (run.reasonOf[place] === code) return;
  run.reasonOf[place] = code;
  noteWaiting(step, run, place);
}

/** Puts a ready instance where it is found again once what holds it may have passed. */
function setAside(step: Step, ready: Ready, { scope }: StartRule): void {
  const { state } = step;
  const { run, place } = ready;
  const perDag = scope === "task" ? boundPerDag(run, place) : null;
  const perRun = scope === "run_task" ? boundPerDagrun(run, place) : null;
  if (perDag !== null) parkForTask(state, perDag, ready);
  else if (perRun !== null) parkForTask(state, perRun, ready);
  else if (scope === "slots") {
    // Several of a line may ask at once. What holds back the first of it elsewhere holds back all behind it.
    askOrWait(step, ready);
    callNext(state, ready);
  } else park(run, ready);
  passTurn(state, run, place);
  if (scope !== "run") passTurnOfRun(state, run, run.laneOf[place] ?? 0);
}

/** What got a turn of its run, and is held by something else, leaves it to the next. */
function passTurnOfRun(state: DagState, run: RunState, lane: number): void {
  if (run.activeCount >= (run.graph.spec.maxActiveTasks ?? Number.POSITIVE_INFINITY)) return;
  const next = run.parked[lane]?.pop();
  if (next !== undefined) state.lanes[LANES[lane] ?? "tasks"].ready.push(next);
}

/** Sets a ready instance aside until its run has a free slot. */
function park(run: RunState, ready: Ready): void {
  const lane = run.laneOf[ready.place] ?? 0;
  run.parked[lane] ??= new Heap<Ready>(isMoreUrgent);
  run.parked[lane].push(ready);
}

/**
 * Puts back as many of a run's parked instances as it has free slots, from each lane, since one lane may be held while
 * another is not. Those that come too late are parked again.
 */
function unpark(step: Step, run: RunState): void {
  if (run.parked.length === 0) return;
  const slots = (run.graph.spec.maxActiveTasks ?? Number.POSITIVE_INFINITY) - run.activeCount;
  run.parked.forEach((parked, at) => {
    for (let free = slots; free > 0; ) {
      const next = parked?.pop();
      if (next === undefined) return;
      // Cleared or ended since: it takes nobody's turn.
      if (run.stateOf[next.place] !== SCHEDULED) {
        run.clearFlag(next.place, FLAG_WAITING);
        callNext(step.state, next);
        continue;
      }
      free -= 1;
      step.state.lanes[LANES[at] ?? "tasks"].ready.push(next);
    }
  });
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
