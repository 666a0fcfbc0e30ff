/**
 * The scheduler of one DAG, on whatever runtime: a Durable Object on Cloudflare, a plain object in tests. Here is what it can
 * be asked; how it remembers, commits and wakes is in `scheduler-object.ts`.
 */

import { wakeAt as wakeAtOf } from "../engine/advance.ts";
import { liveCounts } from "../engine/backfill.ts";
import { explain } from "../engine/explain.ts";
import type { LimitsView } from "../engine/limits/messages.ts";
import { nextRun, scheduleProblem } from "../engine/schedule.ts";
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
import { backfillView, findBackfill } from "./backfills/rows.ts";
import * as backfillVerbs from "./backfills/verbs.ts";
import { claimCallbacks, keepCallbacksAlive, reportCallbacks } from "./callbacks/claims.ts";
import { scheduleCoverage } from "./coverage.ts";
import { applyDefinition } from "./definition.ts";
import { beingDeleted, deleteDag } from "./delete-dag.ts";
import { explainSlots } from "./explain-slots.ts";
import { instancePage } from "./instance-page.ts";
import { applyLimits } from "./limits-link.ts";
import type { Loaded } from "./load.ts";
import { setTaskInstanceNote } from "./notes.ts";
import * as operator from "./operator.ts";
import * as reader from "./reader.ts";
import { dagNotFound } from "./refusals.ts";
import { LastReplies, Replies, refuseClaim, refuseReport, sizeOfReply } from "./replies.ts";
import { READ_YOUR_WRITES_MS, SchedulerObject } from "./scheduler-object.ts";
import * as taskVerbs from "./task-verbs.ts";

/** What the last replies to executors may hold in memory; whoever asks for an older one is answered from the state. */
const MAX_REPLY_CHARS = 8_000_000;

const noTokens: ReadonlySet<number> = new Set();

export class DagScheduler extends SchedulerObject implements SchedulerClient {
  private readonly replies = new Replies(this.ports.sql);
  private readonly lastReplies = new LastReplies<ClaimReply | ReportReply>({
    limit: 2_000,
    maxSize: MAX_REPLY_CHARS,
    sizeOf: sizeOfReply,
  });

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
    if (this.isBeingDeleted()) {
      this.ports.background(this.deletion.resume());
      throw beingDeleted(this.ports.dagId);
    }
    // Nothing of a new DAG starts before it knows what is limited.
    const limits = this.isDefined() ? null : await this.ports.limits.subscribe(this.ports.dagId, this.now());
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
    return this.isDefined() ? deleteDag(this, actor) : dagNotFound(this.ports.dagId);
  }

  private async settle<T>(verb: () => SchedulerReply<T> | Promise<SchedulerReply<T>>): Promise<SchedulerReply<T>> {
    if (!this.isDefined()) return dagNotFound(this.ports.dagId);
    const reply = await verb();
    if (reply.ok) await this.flush.settled(READ_YOUR_WRITES_MS);
    return reply;
  }

  // Readers: from the object itself, so never older than what a call answered.

  /** For readers: what is `scheduled` has no row, and follows from the rules with the first event after a start. */
  private evaluated(): Loaded {
    if (this.loaded().state.pending.size > 0) this.handle({ type: "tick" });
    return this.loaded();
  }

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
