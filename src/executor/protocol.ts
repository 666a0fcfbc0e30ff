/**
 * What passes between a DAG's scheduler and whoever runs its tries: queue messages, claims, reports, heartbeats.
 * All of it is plain data, because class identity is lost across a Durable Object or queue boundary, and every
 * message carries `v`: a release accepts its own version and the one before. Only the scheduler decides; everything
 * an executor sends is a proposal that names the grant (by its token) which allows it.
 */
import type { DagId, RunId, TaskId } from "../dag/ids.ts";
import type { DeadlineSpec } from "../dag/spec.ts";
import type { Json } from "../lib/json.ts";

export const PROTOCOL_VERSION = 1;

export const QUEUE_NAMES = ["tasks", "tasks-long"] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];
/** Where a claim came from: a Cloudflare Queue, or a loopback call of the `local` and `sequential` executors. */
export type DeliveryChannel = QueueName | "local";

/** Names one try of one task instance. Numbers only grow: a larger token is always the newer order. */
export interface TaskInstanceKey {
  readonly runId: RunId;
  readonly taskId: TaskId;
  /** -1 for an unmapped task. */
  readonly mapIndex: number;
}

/** A hint that a try can be claimed; at most 1 KB. Losing it, repeating it or reordering it harms nothing. */
export interface QueueMessage extends TaskInstanceKey {
  readonly v: number;
  readonly dagId: DagId;
  readonly token: number;
}

export interface ClaimItem extends TaskInstanceKey {
  readonly token: number;
}

export interface ClaimRequest {
  readonly v: number;
  readonly dagId: DagId;
  /** Random id of the consumer's invocation: one wall-clock life, one lease holder. */
  readonly invocation: string;
  /** Counts the invocation's claims and reports from 1, per DAG; a repeat of the last number gets the last reply again. */
  readonly sequence: number;
  readonly channel: DeliveryChannel;
  readonly items: readonly ClaimItem[];
  readonly callbacks?: readonly CallbackClaim[];
  /** The bundle the executor runs, recorded with the try. */
  readonly bundleId: string;
}

/** What a try needs to know of its run; sent once per run and reply. */
export interface RunFacts {
  readonly runId: RunId;
  readonly runType: string;
  readonly logicalAt: number | null;
  readonly dataIntervalStartAt: number | null;
  readonly dataIntervalEndAt: number | null;
  /**
   * Of the run that the schedule makes after this one, for tasks that run in the latest interval alone; `null` when there is
   * none to come, absent when the scheduler does not say.
   */
  readonly nextDataIntervalEndAt?: number | null;
  readonly runAfterAt: number;
  readonly startAt: number;
  /** The run's conf merged over the defaults of its params, validated. */
  readonly params: Readonly<Record<string, Json>>;
  readonly conf: Readonly<Record<string, Json>>;
}

/** A value between tasks: small ones travel as JSON text, large ones lie in the object store under a key with the token. */
export type XComValue =
  | { readonly type: "inline"; readonly json: string }
  | {
      readonly type: "ref";
      readonly key: string;
      readonly bytes: number;
      readonly sha256: string;
      /** The first 2 KB of the JSON text, for those who show it; absent from what an older release wrote. */
      readonly preview?: string;
    };

/**
 * `later`: the reply was full; the executor asks with `readXComs`, of `mapIndex` (-1 when absent). `missing`: the upstream
 * finished without a value.
 */
export type InputValue =
  | XComValue
  | { readonly type: "later"; readonly mapIndex?: number }
  | { readonly type: "missing" };

/**
 * The results of the instances of a mapped task. `items` holds one place per instance, in order of the index, `null` for one
 * without a value; or it is `null` itself, and the executor reads them page by page with `readXComs`.
 */
export interface MappedValue {
  readonly type: "mapped";
  readonly taskId: TaskId;
  /** The index of the first instance, 0 if absent: within a mapped group, a consumer is given those of its own element. */
  readonly from?: number;
  readonly count: number;
  /** How many of them have a value; absent: as many as `items` says, else all. */
  readonly valueCount?: number;
  readonly items: readonly (XComValue | { readonly type: "later" } | null)[] | null;
}

export interface Grant extends TaskInstanceKey {
  readonly token: number;
  readonly tryNumber: number;
  readonly maxTries: number;
  readonly leaseMs: number;
  readonly executionTimeoutMs: number | null;
  /** Parameter name → value, for the task's declared inputs. Within one mapped group that is the value at the same index. */
  readonly inputs: Readonly<Record<string, { readonly taskId: TaskId; readonly value: InputValue | MappedValue }>>;
  /** Of an instance of a mapped task or group: its index, and how many there are. */
  readonly mapped?: {
    readonly index: number;
    readonly count: number;
    /**
     * What the task or its group is mapped over, by task. A plain task that is left out is read with `readXComs`; a mapped
     * one must be named, because the executor cannot know how many instances it has.
     */
    readonly sources?: Readonly<Record<string, InputValue | MappedValue>>;
  };
}

export type RefusalReason =
  | "already_claimed"
  | "finished"
  | "superseded"
  | "cancelled"
  | "unknown_run"
  | "unknown_task"
  | "not_ready"
  | "solo_only"
  | "no_definition"
  | "unknown_version";

export interface Refusal {
  readonly token: number;
  readonly reason: RefusalReason;
  /** `true`: try the message again later (unknown `v`, or a grant that must come alone); `false`: drop it. */
  readonly retry: boolean;
}

export interface ClaimReply {
  readonly v: number;
  readonly grants: readonly Grant[];
  /** Those of the claimed callbacks that are to be run; the others are done or taken. Absent from an older scheduler. */
  readonly callbacks?: readonly CallbackGrant[];
  readonly refusals: readonly Refusal[];
  readonly runs: readonly RunFacts[];
  readonly heartbeatMs: number;
}

export interface TaskError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
  /** Nested causes, outermost first, capped in number and length. */
  readonly causes: readonly { readonly name: string; readonly message: string }[];
}

/** Of a task whose result is mapped over. `own` is `null` when the task returned nothing. */
export interface ResultLengths {
  readonly own: number | null;
  readonly variants?: Readonly<Record<string, number>>;
}

/** What a branch, a short circuit or a latest-only task decided about the tasks behind it. */
export type Decision =
  /** Only these tasks and groups (and what is behind them) go on, of those directly behind. None skips all of them. */
  | { readonly type: "follow"; readonly ids: readonly string[] }
  | { readonly type: "skip"; readonly scope: "all" | "direct" }
  | { readonly type: "pass" };

export type TryOutcome =
  | {
      readonly type: "success";
      readonly returnValue: XComValue | null;
      readonly lengths?: ResultLengths;
      readonly decision?: Decision;
    }
  | { readonly type: "skipped"; readonly message: string | null }
  | {
      readonly type: "failed";
      readonly error: TaskError;
      readonly retry:
        | { readonly type: "allowed" }
        | { readonly type: "forbidden" }
        | { readonly type: "after"; readonly ms: number };
      /** A failure of the code around the task rather than in it: `version_missing`, `xcom_too_large`, `timeout`,
       * `xcom_not_mappable`, `map_too_long`, `bad_decision`, … */
      readonly reason: string | null;
    };

export interface TryReport extends TaskInstanceKey {
  readonly token: number;
  readonly outcome: TryOutcome;
  /** Values pushed under other keys than `return_value`; they commit with the outcome. */
  readonly xcoms: readonly { readonly key: string; readonly value: XComValue }[];
  /** Log chunks written for this try; 0 when it logged nothing. */
  readonly logChunkCount: number;
  /** What the author's function calls this mapped instance, in at most `INSTANCE_NAME_CHARS`. */
  readonly instanceName?: string;
}

/** A callback that the scheduler delivers by itself: of a try that nobody reported, of a run, of a deadline. */
export type CallbackOrder =
  | {
      readonly type: "task";
      readonly callback: "success" | "failure" | "retry" | "skipped";
      readonly taskId: TaskId;
      readonly mapIndex: number;
      readonly tryNumber: number;
      readonly maxTries: number;
      /** Of the try it is about. */
      readonly tryToken: number;
      readonly error: TaskError | null;
      readonly reason: string | null;
    }
  | { readonly type: "dag"; readonly callback: "success" | "failure"; readonly reason: string | null }
  | {
      readonly type: "deadline";
      /** Its place in the `deadlines` of the run's version. */
      readonly index: number;
      /** What stands there; the deployed file may have it in another place. Absent in orders of an earlier release. */
      readonly deadline?: DeadlineSpec;
      readonly deadlineAt: number;
    };

/** A hint that a callback can be claimed, in the same queue as those of tries. */
export interface CallbackMessage {
  readonly v: number;
  readonly type: "callback";
  readonly dagId: DagId;
  readonly runId: RunId;
  readonly callbackId: number;
  readonly token: number;
}

/** What lies in a queue. */
export type TaskMessage = QueueMessage | CallbackMessage;

export type CallbackClaim = Pick<CallbackMessage, "runId" | "callbackId" | "token">;

export interface CallbackGrant extends CallbackClaim {
  /** Counts from 1. The scheduler gives three. */
  readonly attempt: number;
  readonly timeoutMs: number;
  readonly order: CallbackOrder;
}

/** What came of it changes nothing but the callback's own row. A failed one may be delivered again. */
export interface CallbackReport extends CallbackClaim {
  readonly outcome: { readonly type: "success" } | { readonly type: "failed"; readonly error: TaskError };
  readonly logChunkCount: number;
}

export interface ReportRequest {
  readonly v: number;
  readonly dagId: DagId;
  readonly invocation: string;
  readonly sequence: number;
  readonly channel: DeliveryChannel;
  readonly reports: readonly TryReport[];
  readonly callbacks?: readonly CallbackReport[];
  /** Continuation: how many more tries the invocation takes now, beside those it still runs, and for how long; 0 for none. */
  readonly capacity: number;
  readonly wallLeftMs: number;
  readonly hop: number;
  readonly bundleId: string;
}

export interface ReportReply {
  readonly v: number;
  /** One per report, in order. A refused result was not committed, and never will be. */
  readonly verdicts: readonly {
    readonly token: number;
    readonly accepted: boolean;
    readonly reason: RefusalReason | null;
    /** What the accepted report made of the task instance: it decides which callback follows. */
    readonly state?: "success" | "failed" | "skipped" | "up_for_retry";
  }[];
  readonly grants: readonly Grant[];
  readonly runs: readonly RunFacts[];
}

export interface HeartbeatRequest {
  readonly v: number;
  readonly dagId: DagId;
  readonly invocation: string;
  readonly tokens: readonly number[];
}

export interface HeartbeatReply {
  readonly v: number;
  /** Tokens that must stop: cancelled, superseded or unknown. */
  readonly cancel: readonly number[];
}

/** Limits of values on the way, in bytes of UTF-8. */
export const XCOM_INLINE_BYTES = 48_000;
export const XCOM_MAX_BYTES = 16_000_000;
export const CLAIM_INLINE_BYTES = 256_000;

/** As much of an instance's name as the scheduler keeps. */
export const INSTANCE_NAME_CHARS = 250;

/** The scheduler of one DAG as an executor sees it. Calls may fail; the caller retries them unchanged. */
export interface SchedulerForExecutor {
  claim(request: ClaimRequest): Promise<ClaimReply>;
  report(request: ReportRequest): Promise<ReportReply>;
  heartbeat(request: HeartbeatRequest): Promise<HeartbeatReply>;
  readXComs(
    items: readonly { readonly key: TaskInstanceKey; readonly name: string }[],
  ): Promise<readonly (XComValue | null)[]>;
}
