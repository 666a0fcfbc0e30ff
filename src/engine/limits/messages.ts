/**
 * What a DAG's scheduler and the `Limits` object say to each other. A ticket is the number under which a DAG asks for the
 * slots of one try; it is never used again, so asking, granting and giving back may be told twice, or cross each other.
 *
 * Messages of one DAG carry a growing number, and one is on its way at a time. A full message says all that the DAG holds
 * and asks for, so that whatever was lost before it is mended by it.
 */
import type { DagId } from "../../dag/ids.ts";

export const DEFAULT_POOL = "default_pool";
/** Slots of a pool without a limit, as Airflow writes it. */
export const UNLIMITED = -1;
/** A DAG asks with its best ones; the others stay in its own line. */
export const MAX_ASKS = 1_000;
/** Larger tasks that others overtook for so long get what is freed. */
export const RESERVE_AFTER_MS = 5 * 60_000;
/** Grants of equal weight that others may get before a DAG has its turn, whatever its logical dates. */
export const MAX_OVERTAKES = 16;

export interface PoolLimit {
  readonly name: string;
  readonly slots: number;
  /** Whether a deferred task instance keeps its slots. */
  readonly includeDeferred: boolean;
}

/** What a DAG has to know: which pools there are, and whether every task has to ask. */
export interface LimitsView {
  /** Grows with each change; 0 before the first word of the `Limits` object. */
  readonly version: number;
  readonly pools: readonly PoolLimit[];
  /** Queued and running task instances of the whole deployment; null is unlimited. */
  readonly parallelism: number | null;
}

/** One try that wants slots, or has them. */
export interface SlotAsk {
  readonly ticket: number;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly pool: string;
  readonly slots: number;
  readonly weight: number;
  /** Logical date, or else the time of the run. */
  readonly runAt: number;
  readonly askedAt: number;
}

export interface SlotMessage {
  readonly v: 1;
  readonly dagId: DagId;
  /** Of two messages of a DAG the one with the larger number is the later one. */
  readonly sequence: number;
  readonly limitsVersion: number;
  /** All that the DAG holds; null in a message that tells only what changed. With it, `asks` are all it asks for. */
  readonly held: readonly SlotAsk[] | null;
  readonly asks: readonly SlotAsk[];
  /** Withdrawn or given back. */
  readonly drops: readonly number[];
}

export interface SlotReply {
  /** Present when the sender knows an older version. */
  readonly limits: LimitsView | null;
  /** Tickets of the sender that have their slots. */
  readonly granted: readonly number[];
  /** A later message came before this one, so that nothing was done; the sender says everything again. */
  readonly isStale: boolean;
}
