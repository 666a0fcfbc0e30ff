/**
 * The scheduler of one DAG, on whatever runtime: a Durable Object on Cloudflare, a plain object in tests.
 *
 * Every call has one shape: load if need be, let the engine decide, commit all of it in one transaction, then perform the
 * effects. Nothing is awaited between reading and writing, so calls that come meanwhile see the state before or after.
 * The rows are the truth; the fields here are a cache that is dropped whenever a commit fails, and may be at any time.
 */

import { wakeAt as wakeAtOf } from "../engine/advance.ts";
import { liveCounts } from "../engine/backfill.ts";
import type { Event } from "../engine/event.ts";
import { explain } from "../engine/explain.ts";
import type { LimitsView } from "../engine/limits/messages.ts";
import { nextRun, scheduleProblem } from "../engine/schedule.ts";
import type { Step } from "../engine/step.ts";
import type {
  ClaimReply,
  ClaimRequest,
  HeartbeatReply,
  HeartbeatRequest,
  ReportReply,
  ReportRequest,
  TaskInstanceKey,
  XComValue,
} from "../executor/protocol.ts";
import { PROTOCOL_VERSION } from "../executor/protocol.ts";
import { wakeOrRetry } from "../lib/wake-or-retry.ts";
import type {
  Actor,
  BackfillDate,
  BackfillRequest,
  BackfillView,
  Blocker,
  ClearOptions,
  DagRunView,
  DagView,
  PushedDefinition,
  Reached,
  ScheduleCoverage,
  SchedulerClient,
  SchedulerReply,
  SelectionOptions,
  TaskInstancePage,
  TaskInstanceQuery,
  TaskInstanceView,
  TaskSelection,
  TriggerRequest,
} from "../platform.ts";
import { UnsoundStep } from "./assert-sound.ts";
import { backfillView, findBackfill } from "./backfills/rows.ts";
import * as backfillVerbs from "./backfills/verbs.ts";
import { BackfillWorker } from "./backfills/work.ts";
import { claimCallbacks, keepCallbacksAlive, reportCallbacks } from "./callbacks/claims.ts";
import { type CommitInput, type Committed, commitEvent } from "./commit.ts";
import { scheduleCoverage } from "./coverage.ts";
import { applyDefinition } from "./definition.ts";
import { explainSlots } from "./explain-slots.ts";
import { Flush } from "./flush.ts";
import { instancePage } from "./instance-page.ts";
import { applyLimits, LimitsLink, noteSlotUse } from "./limits-link.ts";
import { type Loaded, loadDag, raiseCeiling } from "./load.ts";
import { setTaskInstanceNote } from "./notes.ts";
import * as operator from "./operator.ts";
import { performEffects } from "./perform-effects.ts";
import type { SchedulerPorts } from "./ports.ts";
import { quarantine } from "./quarantine.ts";
import * as reader from "./reader.ts";
import { dagNotFound } from "./refusals.ts";
import { LastReplies, Replies, refuseClaim, refuseReport, sizeOfReply } from "./replies.ts";
import { nextRetentionAt, retain } from "./retention.ts";
import { hasState, migrateState } from "./state-migrations.ts";
import * as taskVerbs from "./task-verbs.ts";

/** How long a mutating call waits for the catalog, so that the caller reads what it wrote. */
const READ_YOUR_WRITES_MS = 1_000;
/** With rows that the catalog does not have, the object wakes by then even if nothing else is due. */
const DEAD_MAN_MS = 60_000;
/** What the last replies to executors may hold in memory; whoever asks for an older one is answered from the state. */
const MAX_REPLY_CHARS = 8_000_000;
const RETENTION_RETRY_MS = 3_600_000;
/** When the runs of a backfill are gone on with, should the object be lost while it makes or cancels them. */
const BACKFILL_RETRY_MS = 5_000;

const noTokens: ReadonlySet<number> = new Set();

export class DagScheduler implements SchedulerClient {
  readonly ports: SchedulerPorts;
  readonly flush: Flush;
  private cache: Loaded | null = null;
  private isMigrated = false;
  private isGone = false;
  /** What the alarm is set to; null when none is, undefined when that is not known since the start. */
  private alarmAt: number | null | undefined;
  private readonly replies: Replies;
  private readonly lastReplies = new LastReplies<ClaimReply | ReportReply>({
    limit: 2_000,
    maxSize: MAX_REPLY_CHARS,
    sizeOf: sizeOfReply,
  });
  private lastEventAt = 0;
  /** Runs that are gone while their logs and large results still go: their ids must wait. */
  readonly leavingRunIds = new Set<string>();
  private readonly limitsLink = new LimitsLink(this);
  readonly backfills = new BackfillWorker(this);

  constructor(ports: SchedulerPorts) {
    this.ports = ports;
    this.replies = new Replies(ports.sql);
    this.flush = new Flush(
      ports,
      () => this.loaded(),
      () => this.alarmAt,
    );
  }

  /** The clock of record: it never goes back, so that no duration is negative. */
  now(): number {
    this.lastEventAt = Math.max(this.lastEventAt, this.ports.clock.now());
    return this.lastEventAt;
  }

  /**
   * Whether the object has ever been given a DAG. One that has not refuses everything and writes nothing, so that asking
   * for a DAG that does not exist leaves no trace, and a deleted one stays deleted.
   */
  isDefined(): boolean {
    return !this.isGone && (this.cache !== null || this.isMigrated || hasState(this.ports.sql));
  }

  /** The object is being emptied: whatever is asked of it until it is gone finds no DAG, and writes nothing. */
  end(): void {
    this.isGone = true;
    this.flush.stop();
  }

  loaded(): Loaded {
    if (this.isGone) throw new Error(`Cannot use DAG "${this.ports.dagId}": it was deleted this moment; try again`);
    if (this.cache !== null) return this.cache;
    const { sql } = this.ports;
    if (!this.isMigrated) migrateState(sql);
    this.isMigrated = true;
    const loaded = sql.transaction(() => loadDag(this.ports, this.now()));
    this.cache = loaded;
    // What was loaded counts from there, its leases above all.
    this.lastEventAt = Math.max(this.now(), loaded.loadedAt);
    this.flush.resume(loaded);
    this.limitsLink.request(loaded);
    this.logProblems(loaded);
    return loaded;
  }

  /** For readers: what is `scheduled` has no row, and follows from the rules with the first event after a start. */
  private evaluated(): Loaded {
    if (this.loaded().state.pending.size > 0) this.handle({ type: "tick" });
    return this.loaded();
  }

  /** One event: decide, commit, then let the effects out. */
  handle(event: Event, input: CommitInput = {}): readonly Step[] {
    return this.transact((loaded, now) => commitEvent(this.ports, loaded, event, now, input));
  }

  /** Runs `work` as one transaction. When it throws, memory is thrown away with what was not written. */
  transact(work: (loaded: Loaded, now: number) => Committed): readonly Step[] {
    const loaded = this.loaded();
    const alarmBefore = this.alarmAt;
    let committed: Committed;
    try {
      committed = this.ports.sql.transaction(() => {
        const now = this.now();
        const result = work(loaded, now);
        noteSlotUse(this.ports.sql, loaded);
        this.armAlarm(loaded, result.wakeAt, now);
        return result;
      });
    } catch (error) {
      this.cache = null;
      this.alarmAt = alarmBefore;
      if (error instanceof UnsoundStep) this.quarantine(error);
      throw error;
    }
    this.logProblems(loaded);
    performEffects(this.ports, committed.steps, committed.callbackSends ?? []);
    this.flush.request();
    this.limitsLink.request(loaded);
    return committed.steps;
  }

  /** Ends the run that an event would have broken, by its rows; what is loaded next has it no more. */
  private quarantine(error: UnsoundStep): void {
    const { ports } = this;
    ports.log("error", "a run is quarantined: please report this bug", { dagId: ports.dagId, error: error.message });
    ports.sql.transaction(() => {
      const now = this.now();
      const loaded = loadDag(ports, now);
      quarantine(ports, loaded, error, now);
      raiseCeiling(ports.sql, loaded);
      // Whatever else is due, and the catalog's rows, are looked after at once.
      ports.alarm.set(now + 1);
      this.alarmAt = now + 1;
    });
  }

  /** Forgets what is in memory; the rows say it all. Only between two events. */
  forget(): void {
    this.cache = null;
  }

  private logProblems({ problems }: Loaded): void {
    for (const error of problems.splice(0)) {
      this.ports.log("error", "a stored version cannot be read: deploy the DAG again, or a release that knows it", {
        dagId: this.ports.dagId,
        error,
      });
    }
  }

  /** Moves the alarm only when it is absent or later than needed: firing early is harmless, and each setting is a write. */
  private armAlarm(loaded: Loaded, wakeAt: number | null, now: number): void {
    let at = wakeAt;
    if (this.flush.hasRows() || this.limitsLink.isBusy(loaded))
      at = Math.min(at ?? Number.POSITIVE_INFINITY, now + DEAD_MAN_MS);
    for (const { isUnderWay } of loaded.state.backfills.values()) {
      if (isUnderWay) at = Math.min(at ?? Number.POSITIVE_INFINITY, now + BACKFILL_RETRY_MS);
    }
    const retentionAt = nextRetentionAt(loaded, now);
    if (retentionAt !== null) at = Math.min(at ?? Number.POSITIVE_INFINITY, retentionAt);
    if (at === null) return;
    const wanted = Math.max(at, now + 1);
    if (this.alarmAt !== null && this.alarmAt !== undefined && this.alarmAt <= wanted) return;
    this.ports.alarm.set(wanted);
    this.alarmAt = wanted;
  }

  /** Deletes in the background what a run that is gone left in the object store. */
  deleteObjectsOf(runId: string): void {
    this.leavingRunIds.add(runId);
    this.ports.background(this.ports.deleteObjectsOf(runId).finally(() => this.leavingRunIds.delete(runId)));
  }

  /** The handler of the platform's alarm. `isSuperseded` knows the errors of an isolate that newer code has replaced. */
  alarm(isSuperseded: (error: unknown) => boolean): Promise<void> {
    const { ports } = this;
    return wakeOrRetry({
      wake: () => this.wake(),
      alarm: ports.alarm,
      now: () => ports.clock.now(),
      isSuperseded,
      onFailure: (error) => ports.log("error", "the alarm failed", { dagId: ports.dagId, error: String(error) }),
    });
  }

  /** The alarm fired, and is used up by that. Whatever is due is done; the next one is set with it. */
  async wake(): Promise<void> {
    this.alarmAt = null;
    if (!this.isDefined()) return;
    try {
      retain(this);
    } catch (error) {
      // What is due does not wait for the removal of what is old.
      this.loaded().retentionAt = this.now() + RETENTION_RETRY_MS;
      this.ports.log("error", "old runs could not be removed", { dagId: this.ports.dagId, error: String(error) });
    }
    this.handle({ type: "tick" });
    this.ports.background(this.backfills.resume());
  }

  async poke(): Promise<{ nextWakeAt: number | null }> {
    this.alarmAt = await this.ports.alarm.get();
    if (!this.isDefined()) return { nextWakeAt: null };
    this.handle({ type: "tick" });
    return { nextWakeAt: this.alarmAt ?? null };
  }

  // Executors.

  async claim(request: ClaimRequest): Promise<ClaimReply> {
    if (!this.isDefined()) return refuseClaim(request);
    const repeated = this.lastReplies.find(request.invocation, request.sequence);
    if (repeated !== null) return repeated as ClaimReply;
    const { state } = this.loaded();
    const steps = this.handle(
      { type: "claim", invocation: request.invocation, channel: request.channel, items: request.items },
      { bundleOf: reader.bundleOf(request) },
    );
    const [step] = steps;
    const { grants, runs } = this.replies.grantsOf(state, step?.grants ?? []);
    const claimed = claimCallbacks(this, request);
    const reply: ClaimReply = {
      v: PROTOCOL_VERSION,
      grants,
      callbacks: claimed.callbacks,
      refusals: step?.refusals ?? [],
      runs: [...runs, ...claimed.runs],
      heartbeatMs: this.ports.settings.heartbeatMs,
    };
    this.lastReplies.keep(request.invocation, request.sequence, reply);
    return reply;
  }

  async report(request: ReportRequest): Promise<ReportReply> {
    if (!this.isDefined()) return refuseReport(request);
    const repeated = this.lastReplies.find(request.invocation, request.sequence);
    if (repeated !== null) return repeated as ReportReply;
    const { state } = this.loaded();
    const steps = this.handle(...reader.reportEvent(state, request));
    const [step] = steps;
    const { grants, runs } = this.replies.grantsOf(state, step?.grants ?? []);
    reportCallbacks(this, request);
    const reply: ReportReply = { v: PROTOCOL_VERSION, verdicts: step?.verdicts ?? [], grants, runs };
    this.lastReplies.keep(request.invocation, request.sequence, reply);
    return reply;
  }

  /** Writes nothing: leases live in memory, and after a start of the object every running try has a full one. */
  async heartbeat(request: HeartbeatRequest): Promise<HeartbeatReply> {
    if (!this.isDefined()) return { v: PROTOCOL_VERSION, cancel: request.tokens };
    const [step] = this.handle({ type: "heartbeat", invocation: request.invocation, tokens: request.tokens });
    const unknown = step?.cancels ?? [];
    // Callbacks are not the engine's; they run to their end.
    const callbacks = unknown.length === 0 ? noTokens : keepCallbacksAlive(this, { ...request, tokens: unknown });
    return { v: PROTOCOL_VERSION, cancel: unknown.filter((token) => !callbacks.has(token)) };
  }

  async readXComs(
    items: readonly { readonly key: TaskInstanceKey; readonly name: string }[],
  ): Promise<readonly (XComValue | null)[]> {
    if (!this.isDefined()) return items.map(() => null);
    return reader.readXComs(this.ports.sql, items);
  }

  // Definition.

  async sync(definition: PushedDefinition): Promise<{ versionNumber: number }> {
    // Nothing of a new DAG starts before it knows what is limited.
    const limits = this.isDefined() ? null : await this.ports.limits.subscribe(this.ports.dagId, true);
    this.transact((loaded, now) => {
      if (limits !== null) applyLimits(this.ports, loaded, limits, now);
      // It holds nothing, and the limits know that.
      if (limits !== null) loaded.state.slots.isUnsynced = false;
      return applyDefinition(this.ports, loaded, definition, now);
    });
    await this.flush.settled(READ_YOUR_WRITES_MS);
    return { versionNumber: this.loaded().state.graph?.versionNumber ?? 0 };
  }

  async setImportError(hasImportError: boolean): Promise<void> {
    if (!this.isDefined() || this.loaded().state.hasImportError === hasImportError) return;
    this.handle({ type: "set_import_error", hasImportError });
    await this.flush.settled(READ_YOUR_WRITES_MS);
  }

  async retire(): Promise<void> {
    if (!this.isDefined() || this.loaded().state.isRetired) return;
    this.handle({ type: "retire" });
    await this.flush.settled(READ_YOUR_WRITES_MS);
  }

  // Limits.

  async setLimits(limits: LimitsView): Promise<boolean> {
    if (!this.isDefined()) return false;
    this.transact((loaded, now) => applyLimits(this.ports, loaded, limits, now));
    return true;
  }

  async takeSlots(tickets: readonly number[]): Promise<boolean> {
    if (!this.isDefined()) return false;
    this.handle({ type: "slots_granted", tickets });
    return true;
  }

  // Operators. Each waits a moment for the catalog, so that the next page shows what was done.

  async trigger(request: TriggerRequest): Promise<SchedulerReply<{ run: DagRunView; created: boolean }>> {
    return this.settle(() => operator.trigger(this, request));
  }

  async createBackfill(request: BackfillRequest): Promise<SchedulerReply<{ backfill: BackfillView }>> {
    return this.settle(() => backfillVerbs.createBackfill(this, request));
  }

  async previewBackfill(request: BackfillRequest): Promise<SchedulerReply<{ dates: readonly BackfillDate[] }>> {
    return this.isDefined() ? backfillVerbs.previewBackfill(this, request) : dagNotFound(this.ports.dagId);
  }

  async changeBackfill(
    id: number,
    change: "pause" | "unpause" | "cancel",
    actor: Actor,
  ): Promise<SchedulerReply<{ backfill: BackfillView }>> {
    return this.settle(() => backfillVerbs.changeBackfill(this, id, change, actor));
  }

  async setPaused(isPaused: boolean, actor: Actor): Promise<SchedulerReply<{ isPaused: boolean }>> {
    return this.settle(() => operator.setPaused(this, isPaused, actor));
  }

  async markRun(
    runId: string,
    state: "success" | "failed" | "queued",
    actor: Actor,
  ): Promise<SchedulerReply<{ run: DagRunView }>> {
    return this.settle(() => operator.markRun(this, runId, state, actor));
  }

  async setRunNote(runId: string, note: string | null, actor: Actor): Promise<SchedulerReply<{ run: DagRunView }>> {
    return this.settle(() => operator.setRunNote(this, runId, note, actor));
  }

  async clearTaskInstances(
    selection: TaskSelection,
    options: ClearOptions,
    actor: Actor,
  ): Promise<SchedulerReply<Reached>> {
    return this.settle(() => taskVerbs.clearTaskInstances(this, selection, options, actor));
  }

  async markTaskInstances(
    selection: TaskSelection,
    state: "success" | "failed" | "skipped",
    options: SelectionOptions,
    actor: Actor,
  ): Promise<SchedulerReply<Reached>> {
    return this.settle(() => taskVerbs.markTaskInstances(this, selection, state, options, actor));
  }

  async setTaskInstanceNote(
    key: { runId: string; taskId: string; mapIndex: number },
    note: string | null,
    actor: Actor,
  ): Promise<SchedulerReply<object>> {
    return this.settle(() => setTaskInstanceNote(this, key, note, actor));
  }

  async deleteTaskInstance(
    key: { runId: string; taskId: string; mapIndex: number },
    actor: Actor,
  ): Promise<SchedulerReply<object>> {
    return this.settle(() => taskVerbs.deleteTaskInstance(this, key, actor));
  }

  async deleteRun(runId: string, actor: Actor): Promise<SchedulerReply<object>> {
    return this.settle(() => operator.deleteRun(this, runId, actor));
  }

  async deleteDag(actor: Actor): Promise<SchedulerReply<object>> {
    return this.isDefined() ? operator.deleteDag(this, actor) : dagNotFound(this.ports.dagId);
  }

  /** Between the parts of a long verb: others have their turn, and runs that the catalog has leave memory. */
  async breathe(): Promise<void> {
    if (this.flush.hasRows()) await this.flush.settled(READ_YOUR_WRITES_MS);
    else await this.ports.sleep(0);
  }

  private async settle<T>(verb: () => SchedulerReply<T> | Promise<SchedulerReply<T>>): Promise<SchedulerReply<T>> {
    if (!this.isDefined()) return dagNotFound(this.ports.dagId);
    const reply = await verb();
    if (reply.ok) await this.flush.settled(READ_YOUR_WRITES_MS);
    return reply;
  }

  // Readers: from the object itself, so never older than what a call answered.

  async dag(): Promise<DagView | null> {
    if (!this.isDefined()) return null;
    const { state, dagVersion } = this.loaded();
    if (state.graph === null) return null;
    const next = nextRun(state, this.now());
    return {
      dagId: state.dagId,
      isPaused: state.isPaused,
      isRetired: state.isRetired,
      hasImportError: state.hasImportError,
      versionNumber: state.graph.versionNumber,
      nextRunAfterAt: next?.runAfterAt ?? null,
      nextLogicalAt: next?.logicalAt ?? null,
      scheduleProblem: scheduleProblem(state, this.now()),
      nextWakeAt: this.alarmAt ?? wakeAtOf(state, this.now()),
      ...liveCounts(state),
      flushedVersion: this.flush.flushedVersion,
      version: Math.max(dagVersion, state.sequence),
    };
  }

  async run(runId: string): Promise<DagRunView | null> {
    return this.isDefined() ? reader.run(this.ports.sql, this.loaded(), runId) : null;
  }

  async backfill(id: number): Promise<BackfillView | null> {
    const row = this.isDefined() ? findBackfill(this.ports.sql, id) : null;
    return row === null ? null : backfillView(this.ports.dagId, row, Number(row["version"]));
  }

  async taskInstances(runId: string, query: TaskInstanceQuery): Promise<TaskInstancePage | null> {
    if (!this.isDefined()) return null;
    const loaded = this.evaluated();
    const run = reader.findLoadedRun(this.ports.sql, loaded, runId);
    return run === null ? null : instancePage(this.ports.sql, loaded, run, query);
  }

  async taskInstance(key: { runId: string; taskId: string; mapIndex: number }): Promise<TaskInstanceView | null> {
    return this.isDefined() ? reader.taskInstance(this.ports.sql, this.evaluated(), key) : null;
  }

  async explain(key: { runId: string; taskId: string; mapIndex: number }): Promise<readonly Blocker[] | null> {
    if (!this.isDefined()) return null;
    const loaded = this.evaluated();
    const run = reader.findLoadedRun(this.ports.sql, loaded, key.runId);
    const place = run?.find(key.taskId, key.mapIndex) ?? -1;
    if (run === null || place < 0) return null;
    return explainSlots(this.ports, loaded.state, { run, place }, explain(loaded.state, run, place, this.now()));
  }

  async xcomEntries(key: {
    runId: string;
    taskId: string;
    mapIndex: number;
  }): Promise<readonly { key: string; value: XComValue; at: number }[]> {
    return this.isDefined() ? reader.xcomEntries(this.ports.sql, key) : [];
  }

  /** Whether each due interval of the present schedule has exactly one run or one recorded skip. */
  async coverage(): Promise<ScheduleCoverage | null> {
    return this.isDefined() ? scheduleCoverage(this.ports.sql, this.loaded().state, this.now()) : null;
  }

  async rebuildCatalog(): Promise<{ rowCount: number }> {
    return this.isDefined() ? operator.rebuildCatalog(this) : { rowCount: 0 };
  }
}
