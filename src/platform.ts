/**
 * Everything outside the portable code, as one type: each runtime in `workers/` builds a `Platform`, tests build small
 * ones. Nothing in `src` reaches for a clock, a random number or a binding in any other way.
 */
import type { InstantRange } from "./catalog/filter.ts";
import type { Catalog } from "./catalog/port.ts";
import type { DagId, RunId, TaskId } from "./dag/ids.ts";
import type { DagSpec } from "./dag/spec.ts";
import type { LimitsView, SlotAsk, SlotMessage, SlotReply } from "./engine/limits/messages.ts";
import type { DagRunState, DagRunType, TaskInstanceState } from "./engine/states.ts";
import type { LogLine, LogMatches, LogPage, LogQuery, TryLogKey } from "./executor/log-lines.ts";
import type { QueueName, SchedulerForExecutor, TaskMessage, XComValue } from "./executor/protocol.ts";
import type { Json } from "./lib/json.ts";

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export interface Ids {
  /** Lower-case hexadecimal of `bytes` random bytes. */
  random(bytes: number): string;
}

/** A failure of something outside, made in drivers and adapters only. */
export class PlatformError extends Error {
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, message: string, options: { readonly retryable: boolean; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = "PlatformError";
    this.code = code;
    this.retryable = options.retryable;
  }
}

export interface TaskQueues {
  /** Sends at most 100 messages; throws `PlatformError`. The messages may have been sent even then. */
  send(queue: QueueName, messages: readonly TaskMessage[]): Promise<void>;
}

/** Large results. Keys are made by us from ids and tokens, never from request text. */
export interface ObjectStore {
  put(key: string, value: Uint8Array): Promise<void>;
  get(key: string): Promise<Uint8Array | null>;
  /** Keys with the prefix, sorted, at most `limit`, after `cursor` if given. */
  list(
    prefix: string,
    options: { readonly limit: number; readonly cursor?: string },
  ): Promise<{
    readonly keys: readonly string[];
    readonly cursor: string | null;
  }>;
  delete(keys: readonly string[]): Promise<void>;
}

/** The logs of tries, for those who show them: `readLog` of `executor/log-lines.ts` over the object store. */
export interface Logs {
  /** Lines `offset` up to `offset + limit`; a log that is still written only grows at its end. */
  read(key: TryLogKey, page: { readonly offset: number; readonly limit: number }): Promise<LogPage>;
  /** Looks from the end backwards, and no further than one request may. */
  search(key: TryLogKey, query: LogQuery): Promise<LogMatches>;
  /** All of it, part by part, for a download: never whole in memory. */
  parts(key: TryLogKey): AsyncIterable<readonly LogLine[]>;
}

/** What a mutating call says of its caller, for the audit log. */
export interface Actor {
  readonly name: string;
  readonly via: "web" | "api" | "scheduler" | "system";
}

/** An expected refusal of a scheduler call: the HTTP edge maps `code` to a status. */
export interface SchedulerRefusal {
  readonly ok: false;
  readonly code: "not_found" | "conflict" | "invalid" | "no_definition";
  readonly message: string;
  /** Where in the request, for `invalid`: a path such as `conf.year`. */
  readonly field: string | null;
}
export type SchedulerReply<T> = ({ readonly ok: true } & T) | SchedulerRefusal;

export interface TriggerRequest {
  readonly runId: string | null;
  readonly logicalAt: number | null;
  /** Absent: what the schedule makes of the logical date. */
  readonly dataInterval?: { readonly startAt: number; readonly endAt: number };
  /** The run waits in the queue until then. Absent: until its logical date, if that is to come. */
  readonly runAfterAt?: number;
  readonly conf: Json;
  readonly note: string | null;
  readonly idempotencyKey: string | null;
  /** Hash of the whole request body: a key that comes again with another body is a conflict. */
  readonly bodyHash: string | null;
  readonly actor: Actor;
}

/** Which existing runs a backfill runs again: none, those that failed, or all that have finished. */
export const REPROCESS_BEHAVIORS = ["none", "failed", "completed"] as const;
export type ReprocessBehavior = (typeof REPROCESS_BEHAVIORS)[number];

/** How many runs of a backfill run at once unless it says otherwise. */
export const BACKFILL_MAX_ACTIVE_RUNS = 10;

export interface BackfillRequest {
  /** Logical dates, both included. */
  readonly fromAt: number;
  readonly toAt: number;
  /** From the latest date to the earliest. */
  readonly isReverse: boolean;
  readonly reprocess: ReprocessBehavior;
  readonly maxActiveRuns: number;
  readonly conf: Json;
  readonly actor: Actor;
}

/** A backfill as the scheduler and the catalog both tell it. */
export interface BackfillView extends Omit<BackfillRequest, "actor"> {
  /** Unique over all DAGs, and growing with the time of creation. */
  readonly id: number;
  readonly dagId: DagId;
  readonly isPaused: boolean;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When its last run had ended, or when it was cancelled. */
  readonly completedAt: number | null;
  readonly version: number;
}

/** What became of a date of a backfill that got no run: one was there already, or is live. */
export type BackfillSkip = "already exists" | "in flight";

/** A date of a backfill, in the order in which they start. */
export interface BackfillDate {
  readonly logicalAt: number;
  /** Null: it gets a run, or its run is run again. */
  readonly skipped: BackfillSkip | null;
  /** There is a run already, which is run again. */
  readonly isAgain: boolean;
}

/** A DAG run as the scheduler and the catalog both tell it. Instants are milliseconds since the epoch. */
export interface DagRunView {
  readonly dagId: DagId;
  readonly runId: RunId;
  readonly runType: DagRunType;
  /** The backfill that made it, or ran it again last. */
  readonly backfillId: number | null;
  readonly state: DagRunState;
  readonly logicalAt: number | null;
  readonly dataIntervalStartAt: number | null;
  readonly dataIntervalEndAt: number | null;
  readonly runAfterAt: number;
  readonly queuedAt: number;
  readonly startAt: number | null;
  readonly endAt: number | null;
  readonly conf: Json;
  readonly note: string | null;
  readonly triggeredBy: string;
  readonly versionNumber: number;
  readonly clearNumber: number;
  /** Why it stands as it does: `task_failure`, `all_tasks_deadlocked`, `timed_out`, `cancelled`, … */
  readonly reason: string | null;
  /** Row version: grows with every change. */
  readonly version: number;
}

/** A task instance as the scheduler and the catalog both tell it. */
export interface TaskInstanceView {
  readonly dagId: DagId;
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly mapIndex: number;
  /** What its author calls this mapped instance; known once the try has ended. */
  readonly instanceName: string | null;
  readonly state: TaskInstanceState;
  readonly tryNumber: number;
  readonly maxTries: number;
  readonly queuedAt: number | null;
  readonly startAt: number | null;
  readonly endAt: number | null;
  readonly nextRetryAt: number | null;
  readonly pool: string;
  readonly poolSlots: number;
  readonly priorityWeight: number;
  readonly executor: string;
  readonly queue: string | null;
  readonly bundleId: string | null;
  /** Code of the first rule that keeps it waiting, or of why it ended as it did. */
  readonly reason: string | null;
  readonly error: { readonly name: string; readonly message: string; readonly stack: string | null } | null;
  readonly logChunkCount: number;
  readonly note: string | null;
  /** Token of the current or last grant: part of the keys of its log chunks and large results. */
  readonly token: number;
  readonly version: number;
}

/** Which of a run's task instances to list. What is absent is not asked for. */
export interface TaskInstanceQuery {
  readonly taskId?: string | undefined;
  readonly mapIndex?: number | undefined;
  readonly states?: readonly TaskInstanceState[] | undefined;
  readonly pools?: readonly string[] | undefined;
  readonly queues?: readonly string[] | undefined;
  readonly executors?: readonly string[] | undefined;
  readonly start?: InstantRange | undefined;
  readonly end?: InstantRange | undefined;
  /** `key` is the order of the graph, and of the index within a task. */
  readonly order?: "key" | "start_at" | "end_at" | "state" | "priority_weight" | undefined;
  readonly descending?: boolean | undefined;
  readonly offset?: number | undefined;
  /** At most `MAX_LISTED_INSTANCES`. */
  readonly limit: number;
}

/** A run may have 100,000 task instances, which no call returns whole. */
export const MAX_LISTED_INSTANCES = 5_000;

export interface TaskInstancePage {
  readonly rows: readonly TaskInstanceView[];
  /** Of all pages. */
  readonly total: number;
}

/** The task instances that a clear or a mark is about. */
export interface TaskSelection {
  /** One run; null for every run whose logical date lies between the two instants, where null is open. */
  readonly runId: string | null;
  readonly fromAt: number | null;
  readonly toAt: number | null;
  /** Task ids, or one with a map index; null is all tasks. */
  readonly tasks: readonly (string | readonly [taskId: string, mapIndex: number])[] | null;
  readonly upstream: boolean;
  readonly downstream: boolean;
  /** With a run: also the runs of all earlier, or later, logical dates. */
  readonly past: boolean;
  readonly future: boolean;
  /** Only those that are failed or upstream_failed, or only the running ones. */
  readonly only: "failed" | "running" | null;
}

/** One run with all of its task instances, or those that failed. */
export function wholeRun(runId: string, only: "failed" | null): TaskSelection {
  const alone = { upstream: false, downstream: false, past: false, future: false };
  return { runId, fromAt: null, toAt: null, tasks: null, ...alone, only };
}

export interface SelectionOptions {
  /** Nothing changes; the reply tells what would. */
  readonly dryRun: boolean;
  /** Written down with each task instance; undefined leaves its note. */
  readonly note?: string | null | undefined;
}

export interface ClearOptions extends SelectionOptions {
  /** `false`: finished runs stay finished, and what is cleared has no state until they are cleared. */
  readonly resetDagRuns: boolean;
  /** The run, which must be named, goes over to the latest version of its DAG first. */
  readonly onLatestVersion?: boolean;
}

/** What a clear or a mark changed, or would. */
export interface Reached {
  /** At most `MAX_LISTED_INSTANCES` of `total`, as they are after the call. */
  readonly instances: readonly TaskInstanceView[];
  readonly total: number;
}

/** One reason why a task instance is not running. */
export interface Blocker {
  /** Name of the rule, as in SPEC.md. */
  readonly rule: string;
  readonly reason: string;
}

export interface PushedDefinition {
  readonly spec: DagSpec;
  readonly specHash: string;
  readonly sourceHash: string;
  readonly source: string;
  readonly filePath: string;
  readonly bundleId: string;
  /** `true` while the file fails to import: the last version stays, without new scheduled runs. */
  readonly hasImportError: boolean;
}

/** The scheduler of one DAG, for everything that is not an executor. Calls are Durable Object RPC on Cloudflare. */
export interface SchedulerClient extends SchedulerForExecutor {
  sync(definition: PushedDefinition): Promise<{ readonly versionNumber: number }>;
  /** The DAG's file is gone, or came back with an error: no new scheduled runs until the next good `sync`. */
  setImportError(hasImportError: boolean): Promise<void>;
  /** The DAG is not in the bundle any more. Live runs go on; nothing new is scheduled. */
  retire(): Promise<void>;
  trigger(request: TriggerRequest): Promise<SchedulerReply<{ readonly run: DagRunView; readonly created: boolean }>>;
  /** Its runs are made when this returns, unless the object was lost meanwhile: then it goes on by itself. */
  createBackfill(request: BackfillRequest): Promise<SchedulerReply<{ readonly backfill: BackfillView }>>;
  /** What a backfill would do; changes nothing. */
  previewBackfill(request: BackfillRequest): Promise<SchedulerReply<{ readonly dates: readonly BackfillDate[] }>>;
  /** `cancel` completes it: queued runs fail, running ones go on. */
  changeBackfill(
    id: number,
    change: "pause" | "unpause" | "cancel",
    actor: Actor,
  ): Promise<SchedulerReply<{ readonly backfill: BackfillView }>>;
  setPaused(paused: boolean, actor: Actor): Promise<SchedulerReply<{ readonly isPaused: boolean }>>;
  /** `failed` on a live run is Airflow's cancel: running tries are told to stop. */
  markRun(
    runId: string,
    state: "success" | "failed" | "queued",
    actor: Actor,
  ): Promise<SchedulerReply<{ readonly run: DagRunView }>>;
  setRunNote(runId: string, note: string | null, actor: Actor): Promise<SchedulerReply<{ readonly run: DagRunView }>>;
  /** Over many runs it is many transactions, each of one part of them. */
  clearTaskInstances(selection: TaskSelection, options: ClearOptions, actor: Actor): Promise<SchedulerReply<Reached>>;
  /** What failed behind a marked one is cleared, and its run queued again. */
  markTaskInstances(
    selection: TaskSelection,
    state: "success" | "failed" | "skipped",
    options: SelectionOptions,
    actor: Actor,
  ): Promise<SchedulerReply<Reached>>;
  setTaskInstanceNote(
    key: { runId: string; taskId: string; mapIndex: number },
    note: string | null,
    actor: Actor,
  ): Promise<SchedulerReply<object>>;
  /** Forgets all that it did; refused while a try is under way. In a live run it then runs again. */
  deleteTaskInstance(
    key: { runId: string; taskId: string; mapIndex: number },
    actor: Actor,
  ): Promise<SchedulerReply<object>>;
  deleteRun(runId: string, actor: Actor): Promise<SchedulerReply<object>>;
  /** Deletes all runs and the catalog's rows of the DAG; refused while runs are live. */
  deleteDag(actor: Actor): Promise<SchedulerReply<object>>;
  /** Reads from the object itself, so never older than what a mutating call answered. */
  dag(): Promise<DagView | null>;
  run(runId: string): Promise<DagRunView | null>;
  backfill(id: number): Promise<BackfillView | null>;
  coverage(): Promise<ScheduleCoverage | null>;
  /** What the schedule will make before then, if nothing is changed meanwhile; null when there is no such DAG. */
  plannedRuns(untilAt: number): Promise<PlannedRuns | null>;
  taskInstances(runId: string, query: TaskInstanceQuery): Promise<TaskInstancePage | null>;
  taskInstance(key: { runId: string; taskId: string; mapIndex: number }): Promise<TaskInstanceView | null>;
  explain(key: { runId: string; taskId: string; mapIndex: number }): Promise<readonly Blocker[] | null>;
  xcomEntries(key: {
    runId: string;
    taskId: string;
    mapIndex: number;
  }): Promise<readonly { readonly key: string; readonly value: XComValue; readonly at: number }[]>;
  /** Pools or the deployment's limit are now these. False when this object has no DAG. */
  setLimits(limits: LimitsView): Promise<boolean>;
  /** These tickets have their slots; those that the DAG has no use for are given back. False when it has no DAG. */
  takeSlots(tickets: readonly number[]): Promise<boolean>;
  /** The watchdog's poke: re-arms the alarm if it is lost, and does what is due. */
  poke(): Promise<{
    readonly nextWakeAt: number | null;
    /** Since when the catalog lacks something of this DAG; null when it has everything. */
    readonly behindSinceAt: number | null;
  }>;
  rebuildCatalog(): Promise<{ readonly rowCount: number }>;
}

export interface PlannedRuns {
  /** Instants at which runs are due, the next one first. */
  readonly dueAts: readonly number[];
  /** Whether more are planned than are told. */
  readonly isCut: boolean;
}

export interface CoverageFinding {
  /** When the interval was due. */
  readonly at: number;
  readonly problem: string;
}

/** Whether each due interval of the present schedule has exactly one run or lies in one recorded skip. */
export interface Coverage {
  /** Due intervals that were looked at. */
  readonly walkedCount: number;
  readonly runCount: number;
  readonly skippedCount: number;
  /** Intervals without a run or a skip. */
  readonly gaps: readonly CoverageFinding[];
  /** Intervals with more than one, and scheduled runs that stand for none. */
  readonly doubles: readonly CoverageFinding[];
  /** False when there was more to look at than one proof does. */
  readonly isComplete: boolean;
}

export interface ScheduleCoverage extends Coverage {
  /** Due intervals that got no run on purpose, the latest 100 ranges; `count` is null when there were too many to count. */
  readonly skips: readonly {
    readonly fromAt: number;
    readonly toAt: number;
    readonly count: number | null;
    readonly reason: string;
  }[];
  /** Why there is no next run although the schedule is not over. */
  readonly scheduleProblem: string | null;
}

export interface DagView {
  readonly dagId: DagId;
  readonly isPaused: boolean;
  readonly isRetired: boolean;
  readonly hasImportError: boolean;
  readonly versionNumber: number;
  readonly nextRunAfterAt: number | null;
  readonly nextLogicalAt: number | null;
  /** Why there is no next run although the schedule is not over. */
  readonly scheduleProblem?: string | null;
  readonly nextWakeAt: number | null;
  readonly runningRunCount: number;
  readonly queuedRunCount: number;
  /** Rows of the catalog are complete up to this row version, and `version` is the newest. */
  readonly flushedVersion: number;
  readonly version: number;
}

export interface Schedulers {
  get(dagId: DagId): SchedulerClient;
}

/** A pool as operators make it. */
export interface PoolSettings {
  readonly name: string;
  /** -1 is unlimited. */
  readonly slots: number;
  /** Whether a deferred task instance keeps its slots. */
  readonly includeDeferred: boolean;
  readonly description: string;
}

/** Who holds slots that the limits gave, as the one word on it. */
export interface SlotHolder extends Pick<SlotAsk, "runId" | "taskId" | "mapIndex" | "pool" | "slots" | "ticket"> {
  readonly dagId: DagId;
  readonly grantedAt: number;
}

/** The one object for all pools and the limit of the deployment, as schedulers call it. */
export interface LimitsForScheduler {
  /**
   * Before a DAG's first event. `since`: it is new, holds nothing, and numbers its messages from there on, so that nothing need
   * wait for its word; null for one that is known. A call that comes again, or late, changes nothing.
   */
  subscribe(dagId: DagId, since: number | null): Promise<LimitsView>;
  exchange(message: SlotMessage): Promise<SlotReply>;
  /** Why this ticket has no slots, and who has them; null when it does not wait. */
  explain(dagId: DagId, ticket: number): Promise<string | null>;
  /** The DAG is deleted; one of the same name that numbers its messages above `upTo` is another. */
  forget(dagId: DagId, upTo: number): Promise<void>;
}

export interface LimitsClient extends LimitsForScheduler {
  read(): Promise<{ readonly pools: readonly PoolSettings[]; readonly parallelism: number | null }>;
  createPool(pool: PoolSettings, actor: Actor): Promise<SchedulerReply<{ readonly pool: PoolSettings }>>;
  changePool(
    name: string,
    change: Partial<PoolSettings>,
    actor: Actor,
  ): Promise<SchedulerReply<{ readonly pool: PoolSettings }>>;
  deletePool(name: string, actor: Actor): Promise<SchedulerReply<object>>;
  setParallelism(parallelism: number | null, actor: Actor): Promise<SchedulerReply<object>>;
  /** Largest first, at most `MAX_SHOWN_HOLDERS`. */
  holders(pool: string): Promise<readonly SlotHolder[]>;
  /** Takes slots back although their DAG did not give them back: an operator's word against that of an object that is lost. */
  release(dagId: DagId, ticket: number, actor: Actor): Promise<SchedulerReply<object>>;
  /** The same for all that a DAG holds; nothing waits for its word any more, until it speaks again. */
  abandon(dagId: DagId, actor: Actor): Promise<SchedulerReply<object>>;
}

export const MAX_SHOWN_HOLDERS = 1_000;

export interface BundleClient {
  /** Migrates the catalog and syncs the manifest of the running Worker; does it once per bundle id. */
  sync(): Promise<{ readonly bundleId: string; readonly dagCount: number; readonly importErrorCount: number }>;
  /** Has every scheduler write all its rows to the catalog again, e.g. after the catalog was taken back in time. */
  rebuildCatalog(): Promise<{ readonly dagCount: number; readonly rowCount: number }>;
}

export interface Passwords {
  hash(password: string): Promise<string>;
  verify(password: string, hash: string): Promise<boolean>;
}

/** Secrets of the deployment itself, write-only everywhere else. */
export interface Secrets {
  /** The one-time token that allows to make the first user; null once none is configured. */
  setupToken(): string | null;
}

export interface Platform {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly catalog: Catalog;
  readonly schedulers: Schedulers;
  readonly bundle: BundleClient;
  readonly limits: LimitsClient;
  readonly objects: ObjectStore;
  readonly logs: Logs;
  readonly passwords: Passwords;
  readonly secrets: Secrets;
  /** Whether the runtime takes a WebSocket at `/dags/<id>/live` and says there when something has changed. */
  readonly hasLiveSockets?: boolean;
  /** Name shown in the UI, e.g. `local` or the Worker's name. */
  readonly instanceName: string;
  readonly version: string;
}
