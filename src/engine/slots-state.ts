/**
 * What a DAG knows of limits that it shares with others, and how its own task instances stand to them. An instance that
 * needs slots is, while it is `scheduled`, in exactly one place: among the ready ones of its lane, asked for under a
 * ticket, or in its pool's line because enough is asked for already.
 */
import type { Heap } from "../lib/heap.ts";
import type { Ready } from "./dag-state.ts";
import { DEFAULT_POOL, type PoolLimit, UNLIMITED } from "./limits/messages.ts";
import type { RunState } from "./run-state.ts";

export interface Ask {
  readonly ticket: number;
  readonly entry: Ready;
  readonly askedAt: number;
}

/** Asks that share a bound. The least urgent is looked for when it is wanted, and remembered while it stands. */
export interface AskGroup {
  readonly asks: Map<number, Ask>;
  least: Ask | null;
}

export interface Slots {
  version: number;
  pools: ReadonlyMap<string, PoolLimit>;
  parallelism: number | null;
  readonly asked: AskGroup;
  /** Of runs with a limit of their own, by pool: more than the run could start is not asked for. */
  readonly askedOfRun: Map<RunState, Map<string, AskGroup>>;
  readonly held: Map<number, { readonly run: RunState; readonly place: number }>;
  /** Ticket of each place that asks or holds. */
  readonly tickets: Map<RunState, Map<number, number>>;
  readonly waiting: Map<string, Map<RunState, Heap<Ready>>>;
  /** Fewer are asked for than before, so that others may be. */
  isRoomier: boolean;
  /** Granted in the present event; what does not start with it gives them back. */
  readonly fresh: number[];
  /** The next message says everything, because nobody knows what the last ones did. */
  isUnsynced: boolean;
  readonly newAsks: Set<number>;
  readonly newDrops: Set<number>;
  lastSequence: number;
}

export function newSlots(): Slots {
  return {
    version: 0,
    pools: new Map([[DEFAULT_POOL, { name: DEFAULT_POOL, slots: UNLIMITED, includeDeferred: false }]]),
    parallelism: null,
    asked: newAskGroup(),
    askedOfRun: new Map(),
    held: new Map(),
    tickets: new Map(),
    waiting: new Map(),
    isRoomier: false,
    fresh: [],
    isUnsynced: false,
    newAsks: new Set(),
    newDrops: new Set(),
    lastSequence: 0,
  };
}

export function newAskGroup(): AskGroup {
  return { asks: new Map(), least: null };
}
