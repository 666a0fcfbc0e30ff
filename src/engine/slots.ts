/**
 * Asks for slots of limits that other DAGs share, and gives them back. Asked is for the most urgent only, so that a DAG
 * with 100,000 ready instances says as much as one with a thousand; and of a run with a limit of its own only for as many
 * as it could start. Whoever is more urgent than the least of those takes its place.
 *
 * Slots are given back in the event that ends their need, and at once when a grant comes for what cannot start now: what
 * waits holds nothing.
 */
import { Heap } from "../lib/heap.ts";
import { type DagState, isMoreUrgent, type Ready } from "./dag-state.ts";
import { LANES } from "./graph.ts";
import { type LimitsView, MAX_ASKS, type SlotAsk, type SlotMessage, UNLIMITED } from "./limits/messages.ts";
import { FLAG_WAITING, type RunState } from "./run-state.ts";
import { type Ask, type AskGroup, newAskGroup, type Slots } from "./slots-state.ts";
import { DEFERRED, NONE, QUEUED, RESTARTING, RUNNING, SCHEDULED } from "./states.ts";
import type { Step } from "./step.ts";
import { countActive } from "./task-limits.ts";

/** Whether its tasks have to ask. Those of a pool that nobody made can only wait. */
export function isLimitedPool({ pools }: Slots, pool: string): boolean {
  return pools.get(pool)?.slots !== UNLIMITED;
}

export function needsSlots(slots: Slots, pool: string): boolean {
  return slots.parallelism !== null || isLimitedPool(slots, pool);
}

export function holdsSlots({ tickets, held }: Slots, run: RunState, place: number): boolean {
  const ticket = tickets.get(run)?.get(place);
  return ticket !== undefined && held.has(ticket);
}

/** A ready instance that needs slots: asks for them, or stands in line until there is room to ask. */
export function askOrWait(step: Step, entry: Ready): void {
  const { slots } = step.state;
  const { run, place } = entry;
  const { pool } = run.taskAt(place).spec;
  const group = slots.pools.has(pool) ? fullGroup(slots, run, pool) : "unknown pool";
  if (group === "unknown pool") {
    waitInLine(slots, entry, pool);
    return;
  }
  if (group !== null) {
    const rival = leastUrgent(group);
    if (rival === null || !isMoreUrgent(entry, rival.entry)) {
      waitInLine(slots, entry, pool);
      return;
    }
    withdraw(step.state, rival);
    waitInLine(slots, rival.entry, rival.entry.run.taskAt(rival.entry.place).spec.pool);
  }
  ask(step, entry, pool);
}

/** The asks that one more would be too many of. */
function fullGroup(slots: Slots, run: RunState, pool: string): AskGroup | null {
  const ofRun = slots.askedOfRun.get(run)?.get(pool);
  if (ofRun !== undefined && ofRun.asks.size >= freeSlotsOf(run)) return ofRun;
  return slots.asked.asks.size >= MAX_ASKS ? slots.asked : null;
}

function freeSlotsOf(run: RunState): number {
  return (run.graph.spec.maxActiveTasks ?? Number.POSITIVE_INFINITY) - run.activeCount;
}

function leastUrgent(group: AskGroup): Ask | null {
  if (group.least !== null) return group.least;
  for (const each of group.asks.values()) {
    if (group.least === null || isMoreUrgent(group.least.entry, each.entry)) group.least = each;
  }
  return group.least;
}

function ask(step: Step, entry: Ready, pool: string): void {
  const { state } = step;
  const { slots } = state;
  const { run, place } = entry;
  state.sequence += 1;
  const made: Ask = { ticket: state.sequence, entry, askedAt: step.now };
  enterGroup(slots.asked, made);
  if (run.graph.spec.maxActiveTasks !== null) enterGroup(groupOf(slots, run, pool), made);
  setTicket(slots, run, place, made.ticket);
  slots.newAsks.add(made.ticket);
  countActive(state, run, place, 1);
}

function groupOf({ askedOfRun }: Slots, run: RunState, pool: string): AskGroup {
  const groups = askedOfRun.get(run) ?? new Map<string, AskGroup>();
  askedOfRun.set(run, groups);
  const group = groups.get(pool) ?? newAskGroup();
  groups.set(pool, group);
  return group;
}

function enterGroup(group: AskGroup, made: Ask): void {
  group.asks.set(made.ticket, made);
  if (group.least !== null && isMoreUrgent(group.least.entry, made.entry)) group.least = made;
}

function leaveGroup(group: AskGroup, made: Ask): void {
  group.asks.delete(made.ticket);
  if (group.least === made) group.least = null;
}

/** No longer asked for: granted, or not wanted any more. */
function endAsk(state: DagState, made: Ask): void {
  const { slots } = state;
  const { run, place } = made.entry;
  leaveGroup(slots.asked, made);
  slots.isRoomier = true;
  const groups = slots.askedOfRun.get(run);
  const { pool } = run.taskAt(place).spec;
  const group = groups?.get(pool);
  if (groups !== undefined && group !== undefined) {
    leaveGroup(group, made);
    if (group.asks.size === 0) groups.delete(pool);
    if (groups.size === 0) slots.askedOfRun.delete(run);
  }
  countActive(state, run, place, -1);
}

function withdraw(state: DagState, made: Ask): void {
  const { slots } = state;
  endAsk(state, made);
  clearTicket(slots, made.entry.run, made.entry.place);
  if (!slots.newAsks.delete(made.ticket)) slots.newDrops.add(made.ticket);
}

function waitInLine({ waiting }: Slots, entry: Ready, pool: string): void {
  const ofPool = waiting.get(pool) ?? new Map<RunState, Heap<Ready>>();
  waiting.set(pool, ofPool);
  const line = ofPool.get(entry.run) ?? new Heap<Ready>(isMoreUrgent);
  ofPool.set(entry.run, line);
  line.push(entry);
}

/** Makes those ready again that there is room to ask for, before those that come anew. */
export function refillAsks(step: Step): void {
  const { slots } = step.state;
  if (slots.waiting.size === 0) return;
  let room = MAX_ASKS - slots.asked.asks.size;
  for (const [pool, lines] of slots.waiting) {
    const runs = slots.isRoomier ? [...lines.keys()] : [...step.touched].filter((run) => lines.has(run));
    for (const run of runs) room -= refillRun(step.state, run, pool, room);
  }
  slots.isRoomier = false;
}

function refillRun(state: DagState, run: RunState, pool: string, room: number): number {
  const { slots } = state;
  const lines = slots.waiting.get(pool);
  const line = lines?.get(run);
  if (lines === undefined || line === undefined) return 0;
  const isOver = (run.stateCounts[SCHEDULED] ?? 0) === 0;
  const most = slots.pools.has(pool)
    ? Math.min(room, freeSlotsOf(run) - (slots.askedOfRun.get(run)?.get(pool)?.asks.size ?? 0))
    : 0;
  let count = 0;
  while (line.size > 0 && (isOver || count < most)) {
    const entry = line.pop();
    if (entry === undefined) break;
    if (run.stateOf[entry.place] !== SCHEDULED) {
      run.clearFlag(entry.place, FLAG_WAITING);
      continue;
    }
    makeReadyAgain(state, entry);
    count += 1;
  }
  if (line.size === 0) lines.delete(run);
  if (lines.size === 0) slots.waiting.delete(pool);
  return count;
}

function makeReadyAgain(state: DagState, entry: Ready): void {
  state.lanes[LANES[entry.run.laneOf[entry.place] ?? 0] ?? "tasks"].ready.push(entry);
}

/** Slots for what was asked; what nobody wants any more is given back. */
export function takeSlots(step: Step, tickets: readonly number[]): void {
  const { state } = step;
  const { slots } = state;
  for (const ticket of tickets) {
    const made = slots.asked.asks.get(ticket);
    if (made === undefined) {
      if (!slots.held.has(ticket)) slots.newDrops.add(ticket);
      continue;
    }
    endAsk(state, made);
    slots.newAsks.delete(ticket);
    slots.held.set(ticket, { run: made.entry.run, place: made.entry.place });
    slots.fresh.push(ticket);
    makeReadyAgain(state, made.entry);
  }
}

/** After all that can start has started. */
export function returnUnused({ state: { slots } }: Step): void {
  for (const ticket of slots.fresh) {
    const holder = slots.held.get(ticket);
    if (holder?.run.stateOf[holder.place] === SCHEDULED) giveBack(slots, ticket);
  }
  slots.fresh.length = 0;
}

function giveBack(slots: Slots, ticket: number): void {
  const holder = slots.held.get(ticket);
  if (holder === undefined) return;
  slots.held.delete(ticket);
  clearTicket(slots, holder.run, holder.place);
  slots.newDrops.add(ticket);
}

/** Called with every change of state: what stops waiting asks no more, and what ends holds no more. */
export function noteSlots(state: DagState, run: RunState, place: number, code: number): void {
  const { slots } = state;
  const ticket = slots.tickets.get(run)?.get(place);
  if (ticket === undefined) return;
  const made = slots.asked.asks.get(ticket);
  if (made !== undefined) {
    withdraw(state, made);
    run.clearFlag(place, FLAG_WAITING);
  } else if (code !== SCHEDULED && !keepsSlots(slots, run, place, code)) {
    giveBack(slots, ticket);
  }
}

/** A deferred instance keeps its slots when its pool counts it; while it goes on it is `scheduled` for a moment. */
function keepsSlots(slots: Slots, run: RunState, place: number, code: number): boolean {
  if (code === QUEUED || code === RUNNING || code === RESTARTING) return true;
  return code === DEFERRED && slots.pools.get(run.taskAt(place).spec.pool)?.includeDeferred === true;
}

/** Other limits than before. What runs already holds slots of them from now on; what waits is judged anew. */
export function setLimits(step: Step, view: LimitsView): void {
  const { state } = step;
  const { slots } = state;
  if (view.version < slots.version) return;
  setView(slots, view);
  slots.isUnsynced = true;
  for (const made of [...slots.asked.asks.values()]) {
    const { pool } = made.entry.run.taskAt(made.entry.place).spec;
    if (slots.pools.has(pool) && needsSlots(slots, pool)) continue;
    withdraw(state, made);
    makeReadyAgain(state, made.entry);
  }
  for (const lines of [...slots.waiting.values()]) {
    for (const line of lines.values()) {
      for (let entry = line.pop(); entry !== undefined; entry = line.pop()) makeReadyAgain(state, entry);
    }
  }
  slots.waiting.clear();
  for (const run of state.runs.values()) if (run.state === "running") holdWhatRuns(state, run);
}

function setView(slots: Slots, view: LimitsView): void {
  slots.version = view.version;
  slots.pools = new Map(view.pools.map((pool) => [pool.name, pool]));
  slots.parallelism = view.parallelism;
}

function holdWhatRuns(state: DagState, run: RunState): void {
  const { slots } = state;
  for (let place = 0; place < run.length; place += 1) {
    if (!keepsSlots(slots, run, place, run.stateOf[place] ?? NONE)) continue;
    if (!needsSlots(slots, run.taskAt(place).spec.pool) || slots.tickets.get(run)?.has(place) === true) continue;
    state.sequence += 1;
    slots.held.set(state.sequence, { run, place });
    setTicket(slots, run, place, state.sequence);
  }
}

/**
 * After a start of the object, once its runs are in memory. Tickets are not stored: what runs gets new ones, and the
 * first message puts them in the place of the old.
 */
export function restoreSlots(state: DagState, view: LimitsView, isUsed: boolean): void {
  const { slots } = state;
  setView(slots, view);
  slots.isUnsynced = isUsed;
  for (const run of state.runs.values()) if (run.state === "running") holdWhatRuns(state, run);
}

function setTicket({ tickets }: Slots, run: RunState, place: number, ticket: number): void {
  const ofRun = tickets.get(run) ?? new Map<number, number>();
  tickets.set(run, ofRun);
  ofRun.set(place, ticket);
}

function clearTicket({ tickets }: Slots, run: RunState, place: number): void {
  const ofRun = tickets.get(run);
  ofRun?.delete(place);
  if (ofRun?.size === 0) tickets.delete(run);
}

export function ticketOf({ tickets }: Slots, run: RunState, place: number): number | null {
  return tickets.get(run)?.get(place) ?? null;
}

/** Whether there is anything to tell the `Limits` object. Before its first word there is not. */
export function hasSlotNews({ version, isUnsynced, newAsks, newDrops }: Slots): boolean {
  return version > 0 && (isUnsynced || newAsks.size > 0 || newDrops.size > 0);
}

/** The next message; what it tells is told. A sender that does not know whether it arrived sets `isUnsynced`. */
export function takeSlotMessage(state: DagState): SlotMessage {
  const { slots } = state;
  slots.lastSequence = Math.max(state.sequence, slots.lastSequence + 1);
  const asks = slots.isUnsynced ? slots.asked.asks.keys() : slots.newAsks;
  const message: SlotMessage = {
    v: 1,
    dagId: state.dagId,
    sequence: slots.lastSequence,
    limitsVersion: slots.version,
    held: slots.isUnsynced ? [...slots.held].map(([ticket, { run, place }]) => slotAsk(run, place, ticket, 0)) : null,
    asks: [...asks].flatMap((ticket) => {
      const made = slots.asked.asks.get(ticket);
      return made === undefined ? [] : [slotAsk(made.entry.run, made.entry.place, ticket, made.askedAt)];
    }),
    drops: slots.isUnsynced ? [] : [...slots.newDrops],
  };
  slots.isUnsynced = false;
  slots.newAsks.clear();
  slots.newDrops.clear();
  return message;
}

function slotAsk(run: RunState, place: number, ticket: number, askedAt: number): SlotAsk {
  const { spec, weight } = run.taskAt(place);
  return {
    ticket,
    runId: run.runId,
    taskId: spec.taskId,
    mapIndex: run.mapIndex[place] ?? -1,
    pool: spec.pool,
    slots: spec.poolSlots,
    weight,
    runAt: run.logicalAt ?? run.runAfterAt,
    askedAt,
  };
}
