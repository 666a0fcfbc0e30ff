/**
 * Tells the `Limits` object what the DAG asks for and gives back, after the commits that decided it. One message is on its
 * way at a time, and the next has all that came meanwhile, so that a commit costs at most one call, and none without
 * limited pools. After a failure nobody knows what arrived: the next message says everything.
 *
 * States: idle → (news) waiting for the answer → idle, or again when there is more news or it failed.
 */
import type { LimitsView, SlotReply } from "../engine/limits/messages.ts";
import { hasSlotNews, takeSlotMessage } from "../engine/slots.ts";
import { type Committed, commitEvent } from "./commit.ts";
import type { Loaded } from "./load.ts";
import type { SchedulerPorts, StateRow, StateSql } from "./ports.ts";
import type { SchedulerObject } from "./scheduler-object.ts";

const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 30_000;

export class LimitsLink {
  private readonly scheduler: SchedulerObject;
  private running: Promise<void> | null = null;

  constructor(scheduler: SchedulerObject) {
    this.scheduler = scheduler;
  }

  /** Whether something is on its way or has to go: the object must not sleep without it. */
  isBusy(loaded: Loaded): boolean {
    return this.running !== null || hasWork(loaded);
  }

  /** Sends what there is to tell, soon. */
  request(loaded: Loaded): void {
    if (this.running !== null || !hasWork(loaded)) return;
    this.running = this.run();
    this.scheduler.ports.background(this.running);
  }

  private async run(): Promise<void> {
    const { ports } = this.scheduler;
    // The event that brought the news is answered first.
    await Promise.resolve();
    try {
      for (let backoffMs = FIRST_BACKOFF_MS; hasWork(this.scheduler.loaded()); ) {
        const error = await this.exchange();
        if (error === null) {
          backoffMs = FIRST_BACKOFF_MS;
          continue;
        }
        this.scheduler.loaded().state.slots.isUnsynced = true;
        ports.log("warning", "the limits do not answer; what waits for slots goes on waiting", {
          dagId: ports.dagId,
          error: String(error),
        });
        await ports.sleep(backoffMs);
        backoffMs = Math.min(MAX_BACKOFF_MS, backoffMs * 4);
      }
    } catch (error) {
      // A commit failed: memory is gone with it, and the next call starts from the rows.
      ports.log("error", "the limits were not told", { dagId: ports.dagId, error: String(error) });
    } finally {
      // At once, so that news which come now start anew.
      this.running = null;
    }
  }

  /** One round trip; the error of a call that failed. */
  private async exchange(): Promise<unknown> {
    const { limits, dagId } = this.scheduler.ports;
    const { state } = this.scheduler.loaded();
    let reply: SlotReply;
    try {
      reply =
        state.slots.version === 0
          ? { limits: await limits.subscribe(dagId, null), granted: [], isStale: false }
          : await limits.exchange(takeSlotMessage(state));
    } catch (error) {
      return error ?? "no reason given";
    }
    this.take(reply);
    return null;
  }

  private take({ limits, granted, isStale }: SlotReply): void {
    const { scheduler } = this;
    if (isStale) scheduler.loaded().state.slots.isUnsynced = true;
    if (limits !== null) scheduler.transact((loaded, now) => applyLimits(scheduler.ports, loaded, limits, now));
    if (granted.length > 0) scheduler.handle({ type: "slots_granted", tickets: granted });
  }
}

/** A DAG of an earlier version that has not heard of any limits asks for them first. */
function hasWork({ state }: Loaded): boolean {
  return hasSlotNews(state.slots) || (state.slots.version === 0 && state.graph !== null);
}

/** Part of a transaction: the limits as the object knows them, in memory and in its row. */
export function applyLimits(ports: SchedulerPorts, loaded: Loaded, limits: LimitsView, now: number): Committed {
  if (limits.version < loaded.state.slots.version) return commitEvent(ports, loaded, { type: "tick" }, now, {});
  ports.sql.exec(
    "INSERT INTO shared_limits (id, view) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET view = excluded.view",
    JSON.stringify(limits),
  );
  return commitEvent(ports, loaded, { type: "set_limits", limits }, now, {});
}

/** Part of each transaction: written once in the life of a DAG that uses limited pools. */
export function noteSlotUse(sql: StateSql, loaded: Loaded): void {
  if (loaded.usesSlots || loaded.state.slots.tickets.size === 0) return;
  loaded.usesSlots = true;
  sql.exec("UPDATE shared_limits SET is_used = 1 WHERE id = 1");
}

/** Of the row that a start of the object reads. */
export function limitsOf(row: StateRow): { readonly view: LimitsView; readonly isUsed: boolean } | null {
  const { limits, uses_slots: isUsed } = row;
  return typeof limits === "string" ? { view: JSON.parse(limits) as LimitsView, isUsed: isUsed === 1 } : null;
}
