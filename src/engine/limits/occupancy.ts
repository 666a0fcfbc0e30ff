/** How a pool's slots are used, as Airflow counts them: queued and running ones, and deferred ones if the pool says so. */
import type { TaskInstanceState } from "../states.ts";
import { type PoolLimit, UNLIMITED } from "./messages.ts";

export interface SlotUse {
  readonly state: TaskInstanceState;
  /** Sum of `poolSlots` over the task instances in that state. */
  readonly slots: number;
}

export interface Occupancy {
  readonly running: number;
  readonly queued: number;
  readonly deferred: number;
  readonly scheduled: number;
  readonly occupied: number;
  /** Infinity when the pool is unlimited; below zero after it was made smaller than its use. */
  readonly open: number;
}

export function occupancyOf(pool: Pick<PoolLimit, "slots" | "includeDeferred">, uses: readonly SlotUse[]): Occupancy {
  const sum = (...states: TaskInstanceState[]) =>
    uses.reduce((total, use) => (states.includes(use.state) ? total + use.slots : total), 0);
  // A restarting one is still running until its executor lets go.
  const running = sum("running", "restarting");
  const queued = sum("queued");
  const deferred = sum("deferred");
  const occupied = running + queued + (pool.includeDeferred ? deferred : 0);
  const open = pool.slots === UNLIMITED ? Number.POSITIVE_INFINITY : pool.slots - occupied;
  return { running, queued, deferred, scheduled: sum("scheduled"), occupied, open };
}
