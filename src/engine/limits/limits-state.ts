/**
 * All that the `Limits` object knows: pools, and per DAG what it asks for and what it holds. A cache of its rows: built
 * from them, changed by the functions of this folder alone, and thrown away whole when a commit fails.
 *
 * Slots are counted from the holders, never kept as a number of their own that could drift. A ticket is held from its
 * grant until its DAG, or an operator, says otherwise.
 */
import type { DagId } from "../../dag/ids.ts";
import { Heap } from "../../lib/heap.ts";
import type { LimitsView, PoolLimit, SlotAsk, SlotMessage } from "./messages.ts";
import { DEFAULT_POOL, UNLIMITED } from "./messages.ts";

export interface Pool extends PoolLimit {
  readonly description: string;
  /** Nothing is granted before every DAG, told of this version, has said what it holds. */
  readonly sinceVersion: number;
}

export interface Request extends SlotAsk {
  readonly dagId: DagId;
  /** Since when tasks behind it in the order were served because they need fewer slots. */
  passedOverAt: number | null;
  isGone: boolean;
}

export interface Holder extends SlotAsk {
  readonly dagId: DagId;
  readonly grantedAt: number;
}

/** Requests of one DAG for the same number of slots of one pool, most urgent first. */
export interface Queue {
  readonly dagId: DagId;
  readonly line: Heap<Request>;
  /** Grants of the pool when it was served last, or began to wait. */
  servedAt: number;
}

/** Requests for the same number of slots of one pool: either there is room for the first, or for none of them. */
export interface SizeClass {
  readonly slots: number;
  readonly queues: Map<DagId, Queue>;
}

export interface DagEntry {
  readonly dagId: DagId;
  /** Number of its last message. */
  sequence: number;
  /** The version of the limits that it said its holders for. */
  answeredVersion: number;
  readonly requests: Map<number, Request>;
  readonly holders: Map<number, Holder>;
}

export interface LimitsState {
  version: number;
  parallelism: number | null;
  parallelismSince: number;
  readonly pools: Map<string, Pool>;
  readonly dags: Map<DagId, DagEntry>;
  /** Slots held, by pool; also of pools that are gone. */
  readonly used: Map<string, number>;
  holderCount: number;
  readonly waiting: Map<string, Map<number, SizeClass>>;
  readonly grantCounts: Map<string, number>;
}

/** What one call changed, for the rows. */
export interface LimitsStep {
  readonly requested: Set<Request>;
  readonly granted: Holder[];
  /** Requests and holders that are no more. */
  readonly gone: { readonly dagId: DagId; readonly ticket: number }[];
}

export function newLimitsState(): LimitsState {
  return {
    version: 1,
    parallelism: null,
    parallelismSince: 0,
    pools: new Map([[DEFAULT_POOL, { ...unlimitedPool(DEFAULT_POOL), description: "Default pool" }]]),
    dags: new Map(),
    used: new Map(),
    holderCount: 0,
    waiting: new Map(),
    grantCounts: new Map(),
  };
}

function unlimitedPool(name: string): Pool {
  return { name, slots: UNLIMITED, includeDeferred: false, description: "", sinceVersion: 0 };
}

export function newLimitsStep(): LimitsStep {
  return { requested: new Set(), granted: [], gone: [] };
}

export function viewOf(state: LimitsState): LimitsView {
  const pools = [...state.pools.values()].map(({ name, slots, includeDeferred }) => ({ name, slots, includeDeferred }));
  return { version: state.version, pools, parallelism: state.parallelism };
}

/** Makes a pool or changes it. What is held stays held, also when it is more than the pool now has. */
export function putPool(state: LimitsState, pool: Omit<Pool, "sinceVersion">): void {
  const before = state.pools.get(pool.name);
  state.version += 1;
  // Of an unlimited pool nobody counted who uses it; a larger number of slots is known from the holders.
  const countedSince = before !== undefined && before.slots !== UNLIMITED ? before.sinceVersion : state.version;
  state.pools.set(pool.name, { ...pool, sinceVersion: pool.slots === UNLIMITED ? 0 : countedSince });
}

/** Its holders keep their slots until they end; what waits for it waits in its DAG. */
export function removePool(state: LimitsState, name: string, step: LimitsStep): void {
  state.version += 1;
  state.pools.delete(name);
  for (const entry of state.dags.values()) {
    for (const request of [...entry.requests.values()]) {
      if (request.pool === name) drop(state, entry, request.ticket, step);
    }
  }
}

export function setParallelism(state: LimitsState, parallelism: number | null): void {
  state.version += 1;
  if (state.parallelism === null) state.parallelismSince = state.version;
  state.parallelism = parallelism;
}

/** Whether a message is older than one that was already taken. */
export function isStale(state: LimitsState, message: SlotMessage): boolean {
  return message.sequence < sequenceOf(state, message.dagId);
}

/** Of the newest message that a DAG sent; -1 for a DAG that nobody knows. */
export function sequenceOf(state: LimitsState, dagId: DagId): number {
  return state.dags.get(dagId)?.sequence ?? -1;
}

/** What a DAG says it wants and has. The same message twice is the same as once. */
export function receive(state: LimitsState, message: SlotMessage, now: number, step: LimitsStep): void {
  const entry = dagEntry(state, message.dagId);
  entry.sequence = message.sequence;
  // First, so that a line which goes on under other tickets is never empty: the DAG keeps its turn.
  askAll(state, entry, message, step);
  if (message.held !== null) {
    entry.answeredVersion = Math.max(entry.answeredVersion, message.limitsVersion);
    const meant = new Set([...message.held, ...message.asks].map(({ ticket }) => ticket));
    for (const ticket of [...entry.requests.keys(), ...entry.holders.keys()]) {
      if (!meant.has(ticket)) drop(state, entry, ticket, step);
    }
    for (const ask of message.held) {
      if (!entry.holders.has(ask.ticket)) give(state, entry, ask, now, step);
    }
  }
  for (const ticket of message.drops) drop(state, entry, ticket, step);
}

/** A start of the DAG's object gives what waits another ticket; it has waited since its first one. */
function askAll(state: LimitsState, entry: DagEntry, { held, asks }: SlotMessage, step: LimitsStep): void {
  const standing = new Map<string, Request>();
  if (held !== null) for (const each of entry.requests.values()) standing.set(instanceOf(each), each);
  for (const ask of asks) {
    const before = standing.get(instanceOf(ask));
    const askedAt = Math.min(ask.askedAt, before?.askedAt ?? ask.askedAt);
    request(state, entry, { ...ask, askedAt }, step, before?.passedOverAt ?? null);
  }
}

function instanceOf({ runId, taskId, mapIndex }: SlotAsk): string {
  return `${runId} ${taskId} ${mapIndex}`;
}

export function dagEntry(state: LimitsState, dagId: DagId): DagEntry {
  const known = state.dags.get(dagId);
  if (known !== undefined) return known;
  const entry: DagEntry = { dagId, sequence: 0, answeredVersion: 0, requests: new Map(), holders: new Map() };
  state.dags.set(dagId, entry);
  return entry;
}

export function forgetDag(state: LimitsState, dagId: DagId, step: LimitsStep): void {
  const entry = state.dags.get(dagId);
  if (entry === undefined) return;
  for (const ticket of [...entry.requests.keys(), ...entry.holders.keys()]) drop(state, entry, ticket, step);
  state.dags.delete(dagId);
}

export function drop(state: LimitsState, entry: DagEntry, ticket: number, step: LimitsStep): void {
  const request = entry.requests.get(ticket);
  const holder = entry.holders.get(ticket);
  if (request === undefined && holder === undefined) return;
  if (request !== undefined) endRequest(state, entry, request);
  if (holder !== undefined) {
    entry.holders.delete(ticket);
    state.holderCount -= 1;
    state.used.set(holder.pool, usedSlots(state, holder.pool) - holder.slots);
  }
  step.gone.push({ dagId: entry.dagId, ticket });
}

/** A row that was read back, or an ask that is new. */
export function request(
  state: LimitsState,
  entry: DagEntry,
  ask: SlotAsk,
  step: LimitsStep,
  passedOverAt: number | null = null,
): void {
  if (entry.requests.has(ask.ticket) || entry.holders.has(ask.ticket)) return;
  const made: Request = { ...ask, dagId: entry.dagId, passedOverAt, isGone: false };
  entry.requests.set(ask.ticket, made);
  queueOf(state, made).line.push(made);
  step.requested.add(made);
}

export function give(state: LimitsState, entry: DagEntry, ask: SlotAsk, now: number, step: LimitsStep): void {
  const known = entry.requests.get(ask.ticket);
  if (known !== undefined) endRequest(state, entry, known);
  const { ticket, runId, taskId, mapIndex, pool, slots, weight, runAt, askedAt } = ask;
  const holder: Holder = {
    ...{ ticket, runId, taskId, mapIndex, pool, slots, weight, runAt, askedAt },
    dagId: entry.dagId,
    grantedAt: now,
  };
  entry.holders.set(ticket, holder);
  state.holderCount += 1;
  state.used.set(pool, usedSlots(state, pool) + slots);
  step.granted.push(holder);
}

function endRequest(state: LimitsState, entry: DagEntry, request: Request): void {
  request.isGone = true;
  entry.requests.delete(request.ticket);
  const classes = state.waiting.get(request.pool);
  const sizeClass = classes?.get(request.slots);
  const queue = sizeClass?.queues.get(request.dagId);
  if (classes === undefined || sizeClass === undefined || queue === undefined) return;
  firstOf(queue);
  // Entries that were withdrawn deep in the line would else stay for ever.
  if (queue.line.size > 2 * entry.requests.size + 100) queue.line.retain((each) => !each.isGone);
  if (queue.line.size > 0) return;
  sizeClass.queues.delete(request.dagId);
  if (sizeClass.queues.size === 0) classes.delete(request.slots);
  if (classes.size === 0) state.waiting.delete(request.pool);
}

function queueOf(state: LimitsState, { pool, slots, dagId }: Request): Queue {
  const classes = state.waiting.get(pool) ?? new Map<number, SizeClass>();
  state.waiting.set(pool, classes);
  const sizeClass = classes.get(slots) ?? { slots, queues: new Map<DagId, Queue>() };
  classes.set(slots, sizeClass);
  const known = sizeClass.queues.get(dagId);
  if (known !== undefined) return known;
  const queue: Queue = { dagId, line: new Heap<Request>(isEarlier), servedAt: state.grantCounts.get(pool) ?? 0 };
  sizeClass.queues.set(dagId, queue);
  return queue;
}

/** The first request of the queue that still stands. */
export function firstOf(queue: Queue): Request | undefined {
  for (;;) {
    const first = queue.line.peek();
    if (first === undefined || !first.isGone) return first;
    queue.line.pop();
  }
}

/** Airflow's order: weight, then logical date, then map index. Tickets follow the places within a run. */
export function isEarlier(a: SlotAsk, b: SlotAsk): boolean {
  if (a.weight !== b.weight) return a.weight > b.weight;
  if (a.runAt !== b.runAt) return a.runAt < b.runAt;
  return a.mapIndex !== b.mapIndex ? a.mapIndex < b.mapIndex : a.ticket < b.ticket;
}

export function usedSlots(state: LimitsState, pool: string): number {
  return state.used.get(pool) ?? 0;
}

/** Free slots; below zero after a pool was made smaller than what is held. */
export function openSlots(state: LimitsState, pool: Pool): number {
  return pool.slots === UNLIMITED ? Number.POSITIVE_INFINITY : pool.slots - usedSlots(state, pool.name);
}

/** DAGs that have not yet said what they hold of something that is limited since this version. */
export function unansweredDags(state: LimitsState, sinceVersion: number): DagId[] {
  const missing: DagId[] = [];
  for (const entry of state.dags.values()) if (entry.answeredVersion < sinceVersion) missing.push(entry.dagId);
  return missing;
}
