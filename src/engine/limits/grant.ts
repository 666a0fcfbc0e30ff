/**
 * Who gets free slots. While a request fits into what is free, one is served: the heaviest first over all DAGs, then the
 * earlier logical date, but no DAG is overtaken more than 16 times by others of the same weight. A request gets all its
 * slots or none. One that needs more than is free lets smaller ones pass, for five minutes; then what is freed is kept
 * for it, until it fits.
 */
import type { DagEntry, LimitsState, LimitsStep, Pool, Queue, Request } from "./limits-state.ts";
import { firstOf, give, isEarlier, openSlots, unansweredDags } from "./limits-state.ts";
import { MAX_OVERTAKES, RESERVE_AFTER_MS } from "./messages.ts";

/** Grants all that can be granted now, in order. */
export function grant(state: LimitsState, now: number, step: LimitsStep): void {
  const closed = closedPools(state);
  if (closed === null) return;
  while (state.parallelism === null || state.holderCount < state.parallelism) {
    const next = mostUrgent(state, closed, now);
    if (next === null) return;
    for (const overtaken of next.overtaken) {
      if (overtaken.passedOverAt !== null) continue;
      overtaken.passedOverAt = now;
      step.requested.add(overtaken);
    }
    serve(state, next.request, now, step);
  }
}

/** Pools whose holders are not all known yet; null when that is so of the whole deployment. */
function closedPools(state: LimitsState): ReadonlySet<string> | null {
  let answered = Number.POSITIVE_INFINITY;
  for (const entry of state.dags.values()) answered = Math.min(answered, entry.answeredVersion);
  if (state.parallelism !== null && state.parallelismSince > answered) return null;
  const closed = new Set<string>();
  for (const pool of state.pools.values()) if (pool.sinceVersion > answered) closed.add(pool.name);
  return closed;
}

interface Candidate {
  readonly request: Request;
  /** Larger requests that come before it in the order and do not fit. */
  readonly overtaken: readonly Request[];
}

function mostUrgent(state: LimitsState, closed: ReadonlySet<string>, now: number): Candidate | null {
  let best: Candidate | null = null;
  for (const name of state.waiting.keys()) {
    const pool = state.pools.get(name);
    if (pool === undefined || closed.has(name)) continue;
    const candidate = firstInPool(state, pool, now);
    if (candidate !== null && (best === null || isEarlier(candidate.request, best.request))) best = candidate;
  }
  return best;
}

function firstInPool(state: LimitsState, pool: Pool, now: number): Candidate | null {
  const open = openSlots(state, pool);
  if (open <= 0) return null;
  const count = state.grantCounts.get(pool.name) ?? 0;
  let best: Contender | null = null;
  const tooLarge: Request[] = [];
  for (const { slots, queues } of state.waiting.get(pool.name)?.values() ?? []) {
    if (isLargerThanPool(pool, slots)) continue;
    for (const queue of queues.values()) {
      const request = firstOf(queue);
      if (request === undefined) continue;
      if (slots > open) tooLarge.push(request);
      else if (best === null || isServedBefore({ queue, request }, best, count)) best = { queue, request };
    }
  }
  if (best === null) return null;
  const chosen = best.request;
  const overtaken = tooLarge.filter((request) => comesBefore(request, chosen));
  return overtaken.some((request) => isReserving(request, now)) ? null : { request: chosen, overtaken };
}

interface Contender {
  readonly queue: Queue;
  readonly request: Request;
}

/** The heaviest goes first; of the same weight a DAG that was overtaken too often, and else the earliest. */
function isServedBefore(a: Contender, b: Contender, count: number): boolean {
  if (a.request.weight !== b.request.weight) return a.request.weight > b.request.weight;
  const isOverdue = Math.max(count - a.queue.servedAt, count - b.queue.servedAt) >= MAX_OVERTAKES;
  if (isOverdue && a.queue.servedAt !== b.queue.servedAt) return a.queue.servedAt < b.queue.servedAt;
  return isEarlier(a.request, b.request);
}

/** For what is kept free: of the same weight whoever asked earlier, so that later ones cannot go on overtaking. */
function comesBefore(a: Request, b: Request): boolean {
  return a.weight !== b.weight ? a.weight > b.weight : a.askedAt <= b.askedAt;
}

export function isLargerThanPool(pool: Pool, slots: number): boolean {
  return pool.slots >= 0 && slots > pool.slots;
}

export function isReserving(request: Request, now: number): boolean {
  return request.passedOverAt !== null && now - request.passedOverAt >= RESERVE_AFTER_MS;
}

function serve(state: LimitsState, request: Request, now: number, step: LimitsStep): void {
  const count = (state.grantCounts.get(request.pool) ?? 0) + 1;
  state.grantCounts.set(request.pool, count);
  const queue = state.waiting.get(request.pool)?.get(request.slots)?.queues.get(request.dagId);
  if (queue !== undefined) queue.servedAt = count;
  give(state, state.dags.get(request.dagId) as DagEntry, request, now, step);
}

/** Whether a pool, or the whole deployment, still waits to hear what is held. */
export function unansweredFor(state: LimitsState, pool: Pool): readonly string[] {
  const since = state.parallelism === null ? pool.sinceVersion : Math.max(pool.sinceVersion, state.parallelismSince);
  return unansweredDags(state, since);
}
