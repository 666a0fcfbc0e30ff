/**
 * Deletes a DAG. From the moment at which the object has noted it nobody finds the DAG any more, and it goes whatever fails:
 * a start of the object goes on from the note. Each step may be repeated. The catalog's tombstone is the last step but the
 * emptying of the object itself, so that until then the watchdog pokes an object whose alarm was lost. A DAG whose file is
 * still deployed comes back with the next sync after that.
 */
import { liveCounts } from "../engine/backfill.ts";
import type { DagState } from "../engine/dag-state.ts";
import type { Actor, SchedulerRefusal, SchedulerReply } from "../platform.ts";
import { commitEvent, writeEvent } from "./commit.ts";
import { dagNotFound, refuse } from "./refusals.ts";
import { NO_ROWS } from "./retention.ts";
import type { SchedulerObject } from "./scheduler-object.ts";

/** A deletion waits this long by itself. */
const SHORT_WAIT_MS = 5_000;
const CATALOG_WAIT_MS = 10_000;
/** What a deletion takes of the sequence, and a little. */
const VERSIONS_NEEDED = 20;

export async function deleteDag(scheduler: SchedulerObject, actor: Actor): Promise<SchedulerReply<object>> {
  const { ports, flush } = scheduler;
  const { graph, dagId } = scheduler.loaded().state;
  if (graph === null) return dagNotFound(dagId);
  await waitForClock(scheduler);
  // Asked first, so that a deletion which cannot be done changes nothing.
  const problem = problemOf(scheduler);
  if (problem !== null) return problem;
  if (!(await flush.settled(CATALOG_WAIT_MS))) {
    return refuse("conflict", "The catalog does not answer, and a DAG is deleted there first: try again later");
  }
  // Another call may have come in between.
  const late = scheduler.isDefined() ? problemOf(scheduler) : dagNotFound(dagId);
  if (late !== null) return late;
  scheduler.transact((loaded, now) => {
    writeEvent(ports, loaded, { event: "delete_dag", actor: actor.name, runId: null, extra: null });
    ports.sql.exec("UPDATE dag SET is_being_deleted = 1 WHERE id = 1");
    loaded.isBeingDeleted = true;
    return commitEvent(ports, loaded, { type: "retire" }, now, {});
  });
  await scheduler.deletion.resume();
  return { ok: true };
}

function problemOf(scheduler: SchedulerObject): SchedulerRefusal | null {
  const { state } = scheduler.loaded();
  if (hasLiveRuns(state)) {
    return refuse("conflict", `The DAG "${state.dagId}" has live runs: cancel them first, then delete it`);
  }
  const leftMs = aheadMs(scheduler);
  if (leftMs <= 0) return null;
  return refuse(
    "conflict",
    `The DAG "${state.dagId}" was too busy to be deleted at once: try again in ${Math.ceil(leftMs / 1_000)} s`,
  );
}

function hasLiveRuns(state: DagState): boolean {
  const { runningRunCount, queuedRunCount } = liveCounts(state);
  return runningRunCount + queuedRunCount > 0;
}

/**
 * How long the clock needs to pass the sequence: an object made anew counts versions from the clock, and they must not lie
 * below those of the deleted DAG.
 */
function aheadMs(scheduler: SchedulerObject): number {
  return scheduler.loaded().state.sequence + VERSIONS_NEEDED - scheduler.ports.clock.now();
}

async function waitForClock(scheduler: SchedulerObject): Promise<void> {
  const waitMs = aheadMs(scheduler);
  if (waitMs > 0 && waitMs < SHORT_WAIT_MS) await scheduler.ports.sleep(waitMs + 100);
}

/** Goes on with a deletion that was noted, one attempt at a time; after one that failed the alarm makes the next. */
export class Deletion {
  private readonly scheduler: SchedulerObject;
  private running: Promise<void> | null = null;

  constructor(scheduler: SchedulerObject) {
    this.scheduler = scheduler;
  }

  resume(): Promise<void> {
    this.running ??= this.attempt().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async attempt(): Promise<void> {
    const { ports } = this.scheduler;
    try {
      await this.finish();
    } catch (error) {
      ports.log("warning", "the DAG could not be deleted yet, and the alarm goes on with it", {
        dagId: ports.dagId,
        error: String(error),
      });
      // The one that was set with this attempt may have come and gone meanwhile.
      this.scheduler.handle({ type: "tick" });
    }
  }

  private async finish(): Promise<void> {
    const { scheduler } = this;
    const { ports, flush } = scheduler;
    // Sets the alarm for the next attempt as well.
    scheduler.handle({ type: "tick" });
    // The audit log has the deletion before the catalog forgets the DAG.
    if (!(await flush.settled(CATALOG_WAIT_MS))) throw new Error("the catalog does not answer");
    await ports.deleteObjectsOf(null);
    await this.forgetLimits();
    await waitForClock(scheduler);
    if (aheadMs(scheduler) > 0) throw new Error("the clock is behind the versions of its rows");
    scheduler.handle({ type: "tick" });
    const version = scheduler.loaded().state.sequence;
    await ports.project({ ...NO_ROWS, deletedDag: { dagId: scheduler.loaded().state.dagId, version } });
    // From here to the end nothing is awaited that lets another call in.
    if (flush.hasRows()) throw new Error("the catalog was told of the DAG again");
    scheduler.end();
    await ports.destroy();
  }

  private async forgetLimits(): Promise<void> {
    const { ports } = this.scheduler;
    try {
      await ports.limits.forget(ports.dagId, this.scheduler.loaded().state.sequence);
    } catch (error) {
      // They find out by themselves: an object without a DAG holds nothing.
      ports.log("warning", "the limits do not know yet that the DAG is gone", {
        dagId: ports.dagId,
        error: String(error),
      });
    }
  }
}

/** What a sync is told: the next one makes the DAG anew. */
export function beingDeleted(dagId: string): Error {
  return new Error(`The DAG "${dagId}" is being deleted: sync again in a moment`);
}
