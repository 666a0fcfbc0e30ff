/**
 * Brings the catalog up to the object's rows. One flush at a time; changes that come meanwhile are in the next one, once
 * per row. It never holds up scheduling: when the catalog is away it tries again, ever more slowly, and the rows wait in
 * the object, where they are the truth anyway.
 *
 * States: idle → (request) waiting a moment for more → writing → idle, or back to waiting when more came or it failed.
 */
import { removeRun } from "../engine/dag-run.ts";
import { isFinishedRunState } from "../engine/states.ts";
import { fingerprintWaiting } from "../engine/told-waiting.ts";
import type { Loaded } from "./load.ts";
import type { SchedulerPorts } from "./ports.ts";
import {
  type DagFlush,
  hasUnflushed,
  isEmpty,
  isWakeMoved,
  restoreSnapshot,
  type Snapshot,
  takeSnapshot,
} from "./snapshot.ts";

/** Long enough to gather the events of a burst, short enough not to be noticed. */
const GATHER_MS = 50;
const MAX_BACKOFF_MS = 30_000;
/** So long others go first when the catalog is busy. */
const MAX_TURN_MS = 5_000;

export class Flush {
  private readonly ports: SchedulerPorts;
  /** The state as of now; another one after a failed commit. */
  private readonly current: () => Loaded;
  /** What the alarm is set to; undefined while that is not known. */
  private readonly wakeAt: () => number | null | undefined;
  private readonly dag: DagFlush = { flushedDagVersion: 0, projectedWakeAt: null };
  private running: Promise<void> | null = null;
  /** Rows are on their way, and may have to go again. */
  private isWriting = false;
  private isStopped = false;
  private failures = 0;
  /** All rows up to this version are in the catalog. */
  private doneVersion = 0;
  /** When the first change came that the catalog may lack: it had everything before. Null when it has everything. */
  private sinceAt: number | null = null;
  private waiters: { readonly version: number; readonly resolve: () => void }[] = [];
  private cutShort: (() => void) | null = null;
  /** Nothing is left to tell but what is on its way: the flush looks again at this instant, or when something happens. */
  private holdUntilAt: number | null = null;

  constructor(ports: SchedulerPorts, current: () => Loaded, wakeAt: () => number | null | undefined) {
    this.ports = ports;
    this.current = current;
    this.wakeAt = wakeAt;
  }

  /** After the state was loaded: the catalog has what its rows say it has. */
  resume(loaded: Loaded): void {
    this.dag.flushedDagVersion = loaded.flushedVersion;
    this.dag.projectedWakeAt = loaded.projectedWakeAt;
    this.doneVersion = loaded.flushedVersion;
    // What was left by an object that ended is at least as old as this one.
    this.sinceAt = hasUnflushed(loaded, this.dag) ? this.ports.clock.now() : null;
  }

  /** Nothing more is told, whatever is under way. */
  stop(): void {
    this.isStopped = true;
  }

  /** Since when the catalog lacks something that it cannot be told; what it is only not told yet, it knows itself. */
  get behindSinceAt(): number | null {
    return this.failures > 0 && this.hasRows() ? this.sinceAt : null;
  }

  get flushedVersion(): number {
    return this.doneVersion;
  }

  /** Rows that only the object has. They must not be forgotten, so the object wakes for them. */
  hasRows(): boolean {
    if (this.isStopped) return false;
    return this.isWriting || hasUnflushed(this.current(), this.dag);
  }

  /** A wake-up that moved is told too, but is not worth waking for: the watchdog looks after what it is told wrongly. */
  hasWork(): boolean {
    if (this.isStopped) return false;
    return hasUnflushed(this.current(), this.dag) || isWakeMoved(this.dag, this.wakeAt());
  }

  /** Starts a flush unless one is under way; that one then goes on for what is new. */
  request(): void {
    if (this.hasRows()) this.sinceAt ??= this.ports.clock.now();
    if (this.holdUntilAt !== null) {
      this.holdUntilAt = null;
      this.cutShort?.();
    }
    if (this.running !== null || !this.hasWork()) return;
    this.running = this.run().finally(() => {
      this.running = null;
      // A change may have come between the loop's last look and here.
      if (this.hasWork()) this.request();
    });
    this.ports.background(this.running);
  }

  /** Waits until the catalog has everything that is written now, at most `timeoutMs`. Returns whether it has. */
  async settled(timeoutMs: number): Promise<boolean> {
    if (!this.hasWork() && this.running === null) return true;
    const version = this.current().state.sequence;
    const done = new Promise<true>((resolve) => {
      this.waiters.push({ version, resolve: () => resolve(true) });
    });
    this.request();
    // The waits after a failure are for the catalog to recover.
    if (this.failures === 0) this.cutShort?.();
    return Promise.race([done, this.ports.sleep(timeoutMs).then(() => false)]);
  }

  private async run(): Promise<void> {
    const { clock, pace } = this.ports;
    while (this.hasWork()) {
      if (this.holdUntilAt !== null) await this.pause(this.holdUntilAt - clock.now());
      this.holdUntilAt = null;
      await this.pause(this.failures === 0 ? GATHER_MS : Math.min(MAX_BACKOFF_MS, 125 * 2 ** this.failures));
      if (pace.isBusy(clock.now())) await this.waitForTurn();
      const loaded = this.current();
      let snapshot: Snapshot | null = null;
      this.isWriting = true;
      try {
        snapshot = takeSnapshot(this.ports, loaded, this.dag, this.wakeAt());
        const takenAt = clock.now();
        const isAll = snapshot.isComplete || snapshot.isRestOnItsWay;
        const behind = { dagId: loaded.state.dagId, sinceAt: isAll ? null : this.sinceAt };
        if (isEmpty(snapshot)) this.holdUntilAt = snapshot.isRestOnItsWay ? snapshot.nextLateAt : null;
        else await pace.during(clock.now(), this.ports.project({ ...snapshot.projection, behind }));
        // A note of it that cannot be committed is as if nothing had been told: all of it is told again.
        if (this.current() === loaded) this.acknowledge(loaded, snapshot);
        if (isAll) this.sinceAt = hasUnflushed(loaded, this.dag) ? takenAt : null;
      } catch (error) {
        this.failures += 1;
        // After a failed commit the state was loaded anew, with everything unflushed in it.
        if (snapshot !== null && this.current() === loaded) restoreSnapshot(loaded, snapshot);
        this.ports.log("warning", "catalog is behind: a flush failed and will be repeated", {
          dagId: this.ports.dagId,
          failures: this.failures,
          error: String(error),
        });
        continue;
      } finally {
        this.isWriting = false;
      }
      this.failures = 0;
    }
  }

  /** Each asks again by a timer of its own, because no object may wake another. */
  private async waitForTurn(): Promise<void> {
    const { clock, pace } = this.ports;
    const giveUpAt = clock.now() + MAX_TURN_MS;
    for (let waitMs = GATHER_MS; this.waiters.length === 0 && clock.now() < giveUpAt; waitMs *= 2) {
      await this.pause(waitMs);
      if (!pace.isBusy(clock.now())) return;
    }
  }

  /** Waits for more changes, unless somebody waits for these. */
  private async pause(ms: number): Promise<void> {
    if (this.waiters.length > 0 && this.failures === 0) return;
    await Promise.race([
      this.ports.sleep(ms),
      new Promise<void>((resolve) => {
        this.cutShort = resolve;
      }),
    ]);
    this.cutShort = null;
  }

  /** The catalog has it: finished runs leave memory, and a start of the object need not flush them again. */
  private acknowledge(loaded: Loaded, snapshot: Snapshot): void {
    const { sql } = this.ports;
    if (snapshot.dagVersion !== null) {
      this.dag.flushedDagVersion = Math.max(this.dag.flushedDagVersion, snapshot.dagVersion);
      this.dag.projectedWakeAt = snapshot.wakeAt;
      loaded.projectedWakeAt = snapshot.wakeAt;
    }
    const settled = settledRuns(loaded, snapshot);
    // Events that changed nothing count as told, so that whoever waits for them is not kept.
    const isDrained = !hasUnflushed(loaded, this.dag);
    const upTo = isDrained ? loaded.state.sequence : snapshot.isComplete ? snapshot.version : null;
    const toldWaiting = isDrained ? fingerprintWaiting(loaded.state) : loaded.toldWaiting;
    sql.transaction(() => {
      if (settled.length > 0) {
        sql.exec(
          `UPDATE dag_run SET is_settled = 1
           WHERE seq IN (SELECT value FROM json_each(?1)) AND state IN ('success', 'failed')`,
          JSON.stringify(settled),
        );
      }
      if (snapshot.lastEventSeq > 0) sql.exec("DELETE FROM event WHERE seq <= ?", snapshot.lastEventSeq);
      for (const runId of snapshot.tombstones) sql.exec("DELETE FROM tombstone WHERE run_id = ?", runId);
      if (snapshot.dagVersion !== null || upTo !== null) {
        const told = [loaded.projectedWakeAt, upTo ?? loaded.flushedVersion, toldWaiting];
        sql.exec("UPDATE dag SET projected_wake_at = ?, flushed_version = ?, told_waiting = ? WHERE id = 1", ...told);
      }
    });
    if (upTo === null) {
      // Nobody waits for what is on its way: the object itself answers for it.
      if (snapshot.isRestOnItsWay) this.release(snapshot.version);
      return;
    }
    loaded.flushedVersion = upTo;
    loaded.toldWaiting = toldWaiting;
    this.doneVersion = upTo;
    this.release(upTo);
  }

  private release(version: number): void {
    this.waiters = this.waiters.filter((waiter) => {
      if (waiter.version > version) return true;
      waiter.resolve();
      return false;
    });
  }
}

/** Runs of the snapshot that are finished and have nothing more to flush. Queued ones leave memory as well. */
function settledRuns(loaded: Loaded, snapshot: Snapshot): number[] {
  const seqs = new Set([
    ...snapshot.rows,
    ...snapshot.tries,
    ...snapshot.xcoms,
    ...snapshot.instances.map(({ run }) => run.seq),
  ]);
  const settled: number[] = [];
  for (const seq of seqs) {
    const run = loaded.state.runs.get(seq);
    if (loaded.unflushedRows.has(seq) || loaded.unflushedTries.has(seq) || loaded.unflushedXComs.has(seq)) continue;
    // One that cannot be read never was in memory: the statement asks its row whether it is finished.
    if (run === undefined) settled.push(seq);
    if (run === undefined || run.state === "running" || run.unflushed.length > 0) continue;
    // A later run still looks at it.
    if (run.followers.size > 0) continue;
    removeRun(loaded.state, run);
    if (isFinishedRunState(run.state)) settled.push(seq);
  }
  return settled;
}
