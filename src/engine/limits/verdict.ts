/** Why a request has no slots yet, in words, by the same functions that decide. */
import type { DagId } from "../../dag/ids.ts";
import { isLargerThanPool, isReserving, unansweredFor } from "./grant.ts";
import { type Holder, type LimitsState, openSlots, usedSlots } from "./limits-state.ts";

const SHOWN_HOLDERS = 5;

/** Null when nothing of this ticket waits here. */
export function verdictOf(state: LimitsState, dagId: DagId, ticket: number, now: number): string | null {
  const request = state.dags.get(dagId)?.requests.get(ticket);
  if (request === undefined) return null;
  const pool = state.pools.get(request.pool);
  if (pool === undefined) return `There is no pool "${request.pool}": create it, or name another one`;
  const needs = `It needs ${counted(request.slots, "slot")} of pool "${pool.name}"`;
  if (isLargerThanPool(pool, request.slots)) {
    return `${needs}, which has ${pool.slots} in all: it can never start; give the pool more slots, or the task fewer`;
  }
  const unanswered = unansweredFor(state, pool);
  if (unanswered.length > 0) {
    const who = unanswered.slice(0, SHOWN_HOLDERS).join(", ");
    return `The limits changed; what is held is not known yet of ${counted(unanswered.length, "DAG")}: ${who}`;
  }
  const open = openSlots(state, pool);
  if (state.parallelism !== null && state.holderCount >= state.parallelism) {
    const all = [...state.dags.values()].flatMap((entry) => [...entry.holders.values()]);
    return `${state.holderCount} of at most ${state.parallelism} task instances of the deployment are active: ${tell(all)}`;
  }
  const holders = holdersOf(state, pool.name);
  const use = `${usedSlots(state, pool.name)} of ${pool.slots} are held by ${tell(holders)}`;
  if (request.slots <= open) return `${needs}, and others are before it in line: ${use}`;
  return isReserving(request, now) ? `${needs}: what is freed is kept for it; ${use}` : `${needs}: ${use}`;
}

export function holdersOf(state: LimitsState, pool: string): Holder[] {
  const holders: Holder[] = [];
  for (const entry of state.dags.values()) {
    for (const holder of entry.holders.values()) if (holder.pool === pool) holders.push(holder);
  }
  return holders.sort((a, b) => b.slots - a.slots || a.grantedAt - b.grantedAt || a.ticket - b.ticket);
}

function tell(holders: readonly Holder[]): string {
  if (holders.length === 0) return "nobody";
  const shown = holders.slice(0, SHOWN_HOLDERS).map(nameOf).join(", ");
  return holders.length > SHOWN_HOLDERS ? `${shown} and ${holders.length - SHOWN_HOLDERS} more` : shown;
}

function nameOf({ dagId, runId, taskId, mapIndex, slots }: Holder): string {
  const index = mapIndex < 0 ? "" : `[${mapIndex}]`;
  return `${dagId}/${runId}/${taskId}${index}${slots === 1 ? "" : ` (${slots})`}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
