/**
 * The object that a DAG's scheduler lives in, on whatever runtime: its memory, its transactions, its alarm.
 *
 * Every event has one shape: load if need be, let the engine decide, commit all of it in one transaction, then perform the
 * effects. Nothing is awaited between reading and writing, so calls that come meanwhile see the state before or after.
 * The rows are the truth; the fields here are a cache that is dropped whenever a commit fails, and may be at any time.
 */
import type { Event } from "../engine/event.ts";
import type { Step } from "../engine/step.ts";
import { wakeOrRetry } from "../lib/wake-or-retry.ts";
import { UnsoundStep } from "./assert-sound.ts";
import { BackfillWorker } from "./backfills/work.ts";
import { type CommitInput, type Committed, commitEvent } from "./commit.ts";
import { Deletion } from "./delete-dag.ts";
import { Flush } from "./flush.ts";
import { LimitsLink, noteSlotUse } from "./limits-link.ts";
import { type Loaded, loadDag, raiseCeiling } from "./load.ts";
import { performEffects } from "./perform-effects.ts";
import type { SchedulerPorts } from "./ports.ts";
import { quarantine } from "./quarantine.ts";
import { nextRetentionAt, retain } from "./retention.ts";
import { hasState, migrateState } from "./state-migrations.ts";

/** How long a mutating call waits for the catalog, so that the caller reads what it wrote. */
export const READ_YOUR_WRITES_MS = 1_000;
/** With rows that the catalog does not have, the object wakes by then even if nothing else is due. */
const DEAD_MAN_MS = 60_000;
const RETENTION_RETRY_MS = 3_600_000;
/** When the runs of a backfill are gone on with, should the object be lost while it makes or cancels them. */
const BACKFILL_RETRY_MS = 5_000;
/** When a deletion is gone on with that could not be finished. */
const DELETION_RETRY_MS = 15_000;

type Work = (loaded: Loaded, now: number) => Committed;

export class SchedulerObject {
  readonly ports: SchedulerPorts;
  readonly flush: Flush;
  private cache: Loaded | null = null;
  private isMigrated = false;
  private isGone = false;
  /** What the alarm is set to; null when none is, undefined when that is not known since the start. */
  protected alarmAt: number | null | undefined;
  private lastEventAt = 0;
  /** Runs that are gone while their logs and large results still go: their ids must wait. */
  readonly leavingRunIds = new Set<string>();
  private readonly limitsLink = new LimitsLink(this);
  readonly backfills = new BackfillWorker(this);
  readonly deletion = new Deletion(this);

  constructor(ports: SchedulerPorts) {
    this.ports = ports;
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
   * Whether the object has a DAG. One that was never given one, or whose DAG is being deleted, refuses everything and writes
   * nothing, so that asking for a DAG that does not exist leaves no trace, and a deleted one stays deleted.
   */
  isDefined(): boolean {
    return this.hasRows() && !this.loaded().isBeingDeleted;
  }

  isBeingDeleted(): boolean {
    return this.hasRows() && this.loaded().isBeingDeleted;
  }

  private hasRows(): boolean {
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

  /** One event: decide, commit, then let the effects out. */
  handle(event: Event, input: CommitInput = {}): readonly Step[] {
    return this.transact((loaded, now) => commitEvent(this.ports, loaded, event, now, input));
  }

  /** Runs `work` as one transaction. When it throws, memory is thrown away with what was not written. */
  transact(work: Work): readonly Step[] {
    // What waits since before a start of the object is told from what this brings.
    if (this.loaded().state.loadedWaiting !== null)
      this.commit((loaded, now) => commitEvent(this.ports, loaded, { type: "loaded" }, now, {}));
    return this.commit(work);
  }

  private commit(work: Work): readonly Step[] {
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
    if (loaded.isBeingDeleted) at = Math.min(at ?? Number.POSITIVE_INFINITY, now + DELETION_RETRY_MS);
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
    if (this.isBeingDeleted()) await this.deletion.resume();
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

  async poke(): Promise<{ nextWakeAt: number | null; behindSinceAt: number | null }> {
    this.alarmAt = await this.ports.alarm.get();
    if (this.isBeingDeleted()) this.ports.background(this.deletion.resume());
    const { behindSinceAt } = this.flush;
    if (!this.isDefined()) return { nextWakeAt: this.alarmAt, behindSinceAt };
    this.handle({ type: "tick" });
    return { nextWakeAt: this.alarmAt ?? null, behindSinceAt };
  }

  /** Between the parts of a long verb: others have their turn, and runs that the catalog has leave memory. */
  async breathe(): Promise<void> {
    if (this.flush.hasRows()) await this.flush.settled(READ_YOUR_WRITES_MS);
    else await this.ports.sleep(0);
  }
}
