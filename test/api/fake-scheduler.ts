/** A DAG's scheduler as the API sees it, by hand: it keeps what it is told in memory and answers from there. */
import type { DagId } from "../../src/dag/ids.ts";
import type { XComValue } from "../../src/executor/protocol.ts";
import type {
  Actor,
  Blocker,
  DagRunView,
  DagView,
  SchedulerClient,
  SchedulerRefusal,
  SchedulerReply,
  TaskInstanceView,
  TriggerRequest,
} from "../../src/platform.ts";
import { PlatformError } from "../../src/platform.ts";
import { makeRun } from "../fixtures/projections.ts";

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
  rebuildCatalog = unused;

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

  async clearTaskInstances(
    runId: string,
    taskIds: readonly string[] | null,
    options: { readonly downstream: boolean; readonly onlyFailed: boolean },
    actor: Actor,
  ) {
    const refusal = this.#begin(actor);
    if (refusal) return refusal;
    const cleared = this.instances.filter(
      (instance) =>
        instance.runId === runId &&
        (taskIds === null || taskIds.includes(instance.taskId)) &&
        (!options.onlyFailed || instance.state === "failed"),
    );
    return { ok: true as const, cleared };
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

  async taskInstances(runId: string): Promise<readonly TaskInstanceView[] | null> {
    this.#assertUp();
    return this.runs.has(runId) ? this.instances.filter((instance) => instance.runId === runId) : null;
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
