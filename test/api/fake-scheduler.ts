/** A DAG's scheduler as the API sees it, by hand: it keeps what it is told in memory and answers from there. */
import { taskInstanceToBe } from "../../src/catalog/read-through.ts";
import type { DagId } from "../../src/dag/ids.ts";
import type { DagSpec } from "../../src/dag/spec.ts";
import type { XComValue } from "../../src/executor/protocol.ts";
import type {
  Actor,
  BackfillDate,
  BackfillRequest,
  BackfillView,
  Blocker,
  ClearOptions,
  DagRunView,
  DagView,
  PlannedRuns,
  Reached,
  ScheduleCoverage,
  SchedulerClient,
  SchedulerRefusal,
  SchedulerReply,
  SelectionOptions,
  TaskInstancePage,
  TaskInstanceQuery,
  TaskInstanceView,
  TaskSelection,
  TriggerRequest,
} from "../../src/platform.ts";
import { PlatformError } from "../../src/platform.ts";
import { makeRun } from "../fixtures/projections.ts";
import { pageOfInstances } from "./instance-page.ts";

type Key = { runId: string; taskId: string; mapIndex: number };

function unused(): never {
  throw new Error("The API does not call this");
}

export class FakeScheduler implements SchedulerClient {
  readonly dagId: DagId;
  readonly actors: Actor[] = [];
  readonly runs = new Map<string, DagRunView>();
  readonly instances: TaskInstanceView[] = [];
  readonly xcoms: { runId: string; taskId: string; mapIndex: number; key: string; value: XComValue; at: number }[] = [];
  blockers: readonly Blocker[] = [];
  view: DagView | null = null;
  spec: DagSpec | null = null;
  /** What it was asked to clear and mark. */
  readonly selections: { readonly selection: TaskSelection; readonly options: SelectionOptions }[] = [];
  /** The next mutating call answers this instead. */
  refusal: SchedulerRefusal | null = null;
  isDown = false;
  #idempotency = new Map<string, { bodyHash: string | null; runId: string }>();

  constructor(dagId: DagId) {
    this.dagId = dagId;
  }

  claim = unused;
  report = unused;
  heartbeat = unused;
  readXComs = unused;
  sync = unused;
  setImportError = unused;
  retire = unused;
  poke = unused;
  setLimits = unused;
  takeSlots = unused;
  rebuildCatalog = unused;
  readonly backfills = new Map<number, BackfillView>();

  async createBackfill(request: BackfillRequest): Promise<SchedulerReply<{ readonly backfill: BackfillView }>> {
    const refusal = this.#begin(request.actor);
    if (refusal) return refusal;
    const { actor, ...given } = request;
    const id = this.backfills.size + 1;
    const times = { createdAt: 1_000, updatedAt: 1_000, completedAt: null };
    const backfill = { ...given, ...times, id, dagId: this.dagId, isPaused: false, createdBy: actor.name, version: id };
    this.backfills.set(id, backfill);
    return { ok: true, backfill };
  }

  async previewBackfill({
    fromAt,
    toAt,
  }: BackfillRequest): Promise<SchedulerReply<{ readonly dates: readonly BackfillDate[] }>> {
    if (fromAt > toAt) return { ok: false, code: "invalid", message: "from_date is after to_date", field: "from_date" };
    const dates = [
      { logicalAt: fromAt, skipped: null, isAgain: false },
      { logicalAt: toAt, skipped: "already exists", isAgain: false },
    ] as const;
    return { ok: true, dates };
  }

  async changeBackfill(
    id: number,
    change: "pause" | "unpause" | "cancel",
    actor: Actor,
  ): Promise<SchedulerReply<{ readonly backfill: BackfillView }>> {
    const refusal = this.#begin(actor);
    const known = this.backfills.get(id);
    if (refusal) return refusal;
    if (known === undefined) return { ok: false, code: "not_found", message: "no backfill", field: null };
    const changed = change === "cancel" ? { completedAt: 2_000 } : { isPaused: change === "pause" };
    const backfill = { ...known, ...changed, version: known.version + 1 };
    this.backfills.set(id, backfill);
    return { ok: true, backfill };
  }

  coverageFound: ScheduleCoverage = {
    ...{ walkedCount: 0, runCount: 0, skippedCount: 0, gaps: [], doubles: [], isComplete: true },
    ...{ skips: [], scheduleProblem: null },
  };

  async coverage() {
    return this.view === null ? null : this.coverageFound;
  }

  /** What its schedule will make; the real one asks a timetable. */
  planned: PlannedRuns = { dueAts: [], isCut: false };

  async plannedRuns(untilAt: number): Promise<PlannedRuns> {
    this.#assertUp();
    return { ...this.planned, dueAts: this.planned.dueAts.filter((at) => at < untilAt) };
  }

  async backfill(id: number): Promise<BackfillView | null> {
    this.#assertUp();
    return this.backfills.get(id) ?? null;
  }

  async trigger(
    request: TriggerRequest,
  ): Promise<SchedulerReply<{ readonly run: DagRunView; readonly created: boolean }>> {
    const refusal = this.#begin(request.actor);
    if (refusal) return refusal;
    const known = request.idempotencyKey === null ? undefined : this.#idempotency.get(request.idempotencyKey);
    const before = known && this.runs.get(known.runId);
    if (known && before) {
      if (known.bodyHash === request.bodyHash) return { ok: true, run: before, created: false };
      return { ok: false, code: "conflict", message: "The idempotency key came with another body before", field: null };
    }
    const runId = request.runId ?? `manual__${this.runs.size + 1}`;
    if (this.runs.has(runId)) {
      return { ok: false, code: "conflict", message: `Run "${runId}" exists already`, field: "dag_run_id" };
    }
    const run = makeRun({
      dagId: this.dagId,
      runId,
      logicalAt: request.logicalAt,
      ...(request.dataInterval !== undefined && {
        dataIntervalStartAt: request.dataInterval.startAt,
        dataIntervalEndAt: request.dataInterval.endAt,
      }),
      ...(request.runAfterAt !== undefined && { runAfterAt: request.runAfterAt }),
      conf: request.conf,
      note: request.note,
      triggeredBy: request.actor.name,
    });
    this.runs.set(runId, run);
    if (request.idempotencyKey !== null) {
      this.#idempotency.set(request.idempotencyKey, { bodyHash: request.bodyHash, runId });
    }
    return { ok: true, run, created: true };
  }

  async setPaused(paused: boolean, actor: Actor): Promise<SchedulerReply<{ readonly isPaused: boolean }>> {
    const refusal = this.#begin(actor);
    if (refusal) return refusal;
    if (this.view) this.view = { ...this.view, isPaused: paused, version: this.view.version + 1 };
    return { ok: true, isPaused: paused };
  }

  async markRun(runId: string, state: "success" | "failed" | "queued", actor: Actor) {
    return this.#change(runId, actor, { state, endAt: state === "queued" ? null : 9_000 });
  }

  async setRunNote(runId: string, note: string | null, actor: Actor) {
    return this.#change(runId, actor, { note });
  }

  async clearTaskInstances(selection: TaskSelection, options: ClearOptions, actor: Actor) {
    return this.#reach(selection, options, actor, (instance) => ({ ...instance, state: "none" }));
  }

  async markTaskInstances(
    selection: TaskSelection,
    state: "success" | "failed" | "skipped",
    options: SelectionOptions,
    actor: Actor,
  ) {
    return this.#reach(selection, options, actor, (instance) =>
      instance.state === state ? null : { ...instance, state },
    );
  }

  async setTaskInstanceNote(key: Key, note: string | null, actor: Actor): Promise<SchedulerReply<object>> {
    const refusal = this.#begin(actor);
    if (refusal) return refusal;
    const at = this.instances.findIndex((instance) => isAt(instance, key));
    const found = this.instances[at];
    if (found === undefined) return missing(key.runId);
    this.instances[at] = { ...found, note };
    return { ok: true };
  }

  async deleteTaskInstance(key: Key, actor: Actor): Promise<SchedulerReply<object>> {
    const refusal = this.#begin(actor);
    if (refusal) return refusal;
    const at = this.instances.findIndex((instance) => isAt(instance, key));
    if (at < 0) return missing(key.runId);
    this.instances.splice(at, 1);
    return { ok: true };
  }

  /** Selects by name alone: what a selection takes along is the engine's to know. */
  #reach(
    selection: TaskSelection,
    options: SelectionOptions,
    actor: Actor,
    change: (instance: TaskInstanceView) => TaskInstanceView | null,
  ): SchedulerReply<Reached> {
    const refusal = this.#begin(actor);
    if (refusal) return refusal;
    this.selections.push({ selection, options });
    if (selection.runId !== null && !this.runs.has(selection.runId)) return missing(selection.runId);
    const reached: TaskInstanceView[] = [];
    for (const [at, instance] of this.instances.entries()) {
      const isMeant =
        selection.runId === null || selection.past || selection.future || instance.runId === selection.runId;
      const changed = isMeant && isSelected(instance, selection) ? change(instance) : null;
      if (changed === null) continue;
      if (!options.dryRun) this.instances[at] = changed;
      reached.push(options.dryRun ? instance : changed);
    }
    return { ok: true, instances: reached, total: reached.length };
  }

  async deleteRun(runId: string, actor: Actor): Promise<SchedulerReply<object>> {
    const refusal = this.#begin(actor);
    if (refusal) return refusal;
    return this.runs.delete(runId) ? { ok: true } : missing(runId);
  }

  async deleteDag(actor: Actor): Promise<SchedulerReply<object>> {
    return this.#begin(actor) ?? { ok: true };
  }

  async dag(): Promise<DagView | null> {
    this.#assertUp();
    return this.view;
  }

  async run(runId: string): Promise<DagRunView | null> {
    this.#assertUp();
    return this.runs.get(runId) ?? null;
  }

  async taskInstances(runId: string, query: TaskInstanceQuery): Promise<TaskInstancePage | null> {
    this.#assertUp();
    const run = this.runs.get(runId);
    return run === undefined ? null : pageOfInstances(this.#allOf(run), query);
  }

  /** As a real one tells them: every task of the run's version has an instance, if only to be. */
  #allOf(run: DagRunView): readonly TaskInstanceView[] {
    const known = this.instances.filter((instance) => instance.runId === run.runId);
    const missing = (this.spec?.tasks ?? []).filter((task) => !known.some(({ taskId }) => taskId === task.taskId));
    return [...known, ...missing.map((task) => taskInstanceToBe(run, task))];
  }

  async taskInstance(key: Key): Promise<TaskInstanceView | null> {
    this.#assertUp();
    return this.instances.find((instance) => isAt(instance, key)) ?? null;
  }

  async explain(): Promise<readonly Blocker[] | null> {
    this.#assertUp();
    return this.blockers;
  }

  async xcomEntries(key: Key) {
    this.#assertUp();
    return this.xcoms.filter((entry) => isAt(entry, key));
  }

  async #change(
    runId: string,
    actor: Actor,
    change: Partial<DagRunView>,
  ): Promise<SchedulerReply<{ readonly run: DagRunView }>> {
    const refusal = this.#begin(actor);
    if (refusal) return refusal;
    const before = this.runs.get(runId);
    if (!before) return missing(runId);
    const run = { ...before, ...change, version: before.version + 1 };
    this.runs.set(runId, run);
    return { ok: true, run };
  }

  #begin(actor: Actor): SchedulerRefusal | null {
    this.#assertUp();
    this.actors.push(actor);
    const refusal = this.refusal;
    this.refusal = null;
    return refusal;
  }

  #assertUp(): void {
    if (this.isDown) throw new PlatformError("scheduler_down", "The scheduler does not answer", { retryable: true });
  }
}

function isAt(place: Key, key: Key): boolean {
  return place.runId === key.runId && place.taskId === key.taskId && place.mapIndex === key.mapIndex;
}

function missing(runId: string): SchedulerRefusal {
  return { ok: false, code: "not_found", message: `Run "${runId}" does not exist`, field: null };
}

function isSelected(instance: TaskInstanceView, { tasks, only }: TaskSelection): boolean {
  if (only === "running" && instance.state !== "running") return false;
  if (only === "failed" && instance.state !== "failed" && instance.state !== "upstream_failed") return false;
  return (
    tasks === null ||
    tasks.some((name) =>
      typeof name === "string"
        ? name === instance.taskId
        : name[0] === instance.taskId && name[1] === instance.mapIndex,
    )
  );
}
