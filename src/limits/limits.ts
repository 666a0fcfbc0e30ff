/**
 * The one object for all pools and the limit of the deployment, on whatever runtime. Each call is one transaction: read
 * what is said, grant what can be granted, write; then tell the DAGs concerned. Nothing is awaited in between.
 *
 * A grant that is not known to have arrived is told again: every DAG with slots is visited, after 30 s and then ever more
 * rarely, with the tickets it holds by this object's books. What it has no use for it gives back itself; nothing else but
 * an operator takes slots from a DAG. A visit to an object without a DAG ends all that it held.
 */
import type { AuditEvent } from "../catalog/projection.ts";
import type { DagId } from "../dag/ids.ts";
import { grant } from "../engine/limits/grant.ts";
import {
  type DagEntry,
  dagEntry,
  drop,
  forgetDag,
  isStale,
  type LimitsState,
  type LimitsStep,
  newLimitsStep,
  type Pool,
  putPool,
  receive,
  removePool,
  sequenceOf,
  setParallelism,
  viewOf,
} from "../engine/limits/limits-state.ts";
import { DEFAULT_POOL, type LimitsView, type SlotMessage, type SlotReply } from "../engine/limits/messages.ts";
import { holdersOf, verdictOf } from "../engine/limits/verdict.ts";
import { inParallel } from "../lib/in-parallel.ts";
import { migrateTables } from "../lib/migrate-tables.ts";
import { wakeOrRetry } from "../lib/wake-or-retry.ts";
import {
  type Actor,
  type LimitsClient,
  MAX_SHOWN_HOLDERS,
  type PoolSettings,
  type SchedulerRefusal,
  type SchedulerReply,
  type SlotHolder,
} from "../platform.ts";
import type { LimitsPorts } from "./ports.ts";
import { LIMITS_MIGRATIONS, readState, writeDag, writeLimits, writeSlots } from "./rows.ts";
import { Visits } from "./visits.ts";

const PARALLEL_CALLS = 20;
const MAX_SLOTS = 1_000_000;
const RETRY_MS = 5_000;
/** Between a DAG's first word and its definition. */
const SETTLE_MS = 60_000;

export class Limits implements LimitsClient {
  private readonly ports: LimitsPorts;
  private cache: LimitsState | null = null;
  private readonly visits = new Visits();
  private alarmAt: number | null = null;
  private auditing: Promise<void> | null = null;
  private readonly subscribedAt = new Map<DagId, number>();

  constructor(ports: LimitsPorts) {
    this.ports = ports;
  }

  private state(): LimitsState {
    if (this.cache !== null) return this.cache;
    migrateTables(this.ports.sql, LIMITS_MIGRATIONS);
    const state = readState(this.ports.sql);
    this.cache = state;
    const now = this.ports.clock.now();
    for (const entry of state.dags.values()) if (needsVisit(state, entry)) this.visits.soon(entry.dagId, now);
    return state;
  }

  /** One transaction. Grants to other DAGs than `caller` are told them afterwards. */
  private transact<T>(caller: DagId | null, work: (state: LimitsState, step: LimitsStep, now: number) => T): T {
    const state = this.state();
    const now = this.ports.clock.now();
    const step = newLimitsStep();
    let result: T;
    try {
      result = this.ports.sql.transaction(() => {
        const worked = work(state, step, now);
        grant(state, now, step);
        writeSlots(this.ports.sql, step);
        for (const { dagId } of step.granted) this.visits.soon(dagId, now);
        this.armAlarm();
        return worked;
      });
    } catch (error) {
      this.cache = null;
      throw error;
    }
    this.tellGranted(step, caller);
    return result;
  }

  private tellGranted({ granted }: LimitsStep, caller: DagId | null): void {
    const tickets = new Map<DagId, number[]>();
    for (const { dagId, ticket } of granted) {
      if (dagId !== caller) tickets.set(dagId, [...(tickets.get(dagId) ?? []), ticket]);
    }
    for (const [dagId, list] of tickets) this.ports.background(this.tell(dagId, list));
  }

  /** Only moved to earlier: a visit too early is harmless, and each setting is a write. */
  private armAlarm(): void {
    const at = this.visits.nextAt();
    if (at === null || (this.alarmAt !== null && this.alarmAt <= at)) return;
    this.ports.alarm.set(at);
    this.alarmAt = at;
  }

  // Schedulers.

  async subscribe(dagId: DagId, since: number | null): Promise<LimitsView> {
    return this.transact(dagId, (state, step, now) => {
      const isNew = since !== null && since > sequenceOf(state, dagId);
      if (isNew) forgetDag(state, dagId, step);
      if (isNew) this.subscribedAt.set(dagId, now);
      const entry = dagEntry(state, dagId);
      if (isNew) {
        entry.sequence = since;
        entry.answeredVersion = state.version;
      }
      writeDag(this.ports.sql, entry);
      return viewOf(state);
    });
  }

  async exchange(message: SlotMessage): Promise<SlotReply> {
    const { dagId } = message;
    const isLate = isStale(this.state(), message);
    let granted: readonly number[] = [];
    if (!isLate) {
      const { step, said } = this.transact(dagId, (state, step, now) => {
        receive(state, message, now, step);
        writeDag(this.ports.sql, dagEntry(state, dagId));
        return { step, said: step.granted.length };
      });
      granted = step.granted.slice(said).flatMap((holder) => (holder.dagId === dagId ? [holder.ticket] : []));
    }
    const state = this.state();
    const entry = dagEntry(state, dagId);
    const { holders } = entry;
    return {
      // A DAG that is told the limits says all that it holds.
      limits: Math.min(message.limitsVersion, entry.answeredVersion) < state.version ? viewOf(state) : null,
      // Also those that were granted before: their sender asks again because it was not told.
      granted: [
        ...new Set([...granted, ...message.asks.flatMap(({ ticket }) => (holders.has(ticket) ? [ticket] : []))]),
      ],
      isStale: isLate,
    };
  }

  async explain(dagId: DagId, ticket: number): Promise<string | null> {
    return verdictOf(this.state(), dagId, ticket, this.ports.clock.now());
  }

  async forget(dagId: DagId, upTo: number): Promise<void> {
    if (sequenceOf(this.state(), dagId) > upTo) return;
    this.visits.end(dagId);
    this.subscribedAt.delete(dagId);
    this.transact(null, (state, step) => {
      forgetDag(state, dagId, step);
      this.ports.sql.exec("DELETE FROM dag WHERE dag_id = ?", dagId);
    });
  }

  // Operators.

  async read(): Promise<{ pools: readonly PoolSettings[]; parallelism: number | null }> {
    const state = this.state();
    return { pools: [...state.pools.values()].map(settingsOf), parallelism: state.parallelism };
  }

  async createPool(pool: PoolSettings, actor: Actor): Promise<SchedulerReply<{ pool: PoolSettings }>> {
    if (this.state().pools.has(pool.name)) return refuse("conflict", `The pool "${pool.name}" exists already`, "name");
    return this.putPool(pool, "create_pool", actor);
  }

  async changePool(
    name: string,
    change: Partial<PoolSettings>,
    actor: Actor,
  ): Promise<SchedulerReply<{ pool: PoolSettings }>> {
    const before = this.state().pools.get(name);
    if (before === undefined) return poolNotFound(name);
    return this.putPool({ ...settingsOf(before), ...change, name }, "change_pool", actor);
  }

  private async putPool(
    pool: PoolSettings,
    event: string,
    actor: Actor,
  ): Promise<SchedulerReply<{ pool: PoolSettings }>> {
    if (!Number.isInteger(pool.slots) || pool.slots < -1 || pool.slots > MAX_SLOTS) {
      return refuse(
        "invalid",
        `Cannot give a pool ${pool.slots} slots: use 0 to ${MAX_SLOTS}, or -1 for no limit`,
        "slots",
      );
    }
    await this.change((state) => putPool(state, pool), { event, actor, extra: pool });
    return { ok: true, pool };
  }

  async deletePool(name: string, actor: Actor): Promise<SchedulerReply<object>> {
    if (name === DEFAULT_POOL) return refuse("invalid", `The pool "${DEFAULT_POOL}" cannot be deleted`, null);
    if (!this.state().pools.has(name)) return poolNotFound(name);
    await this.change((state, step) => removePool(state, name, step), {
      event: "delete_pool",
      actor,
      extra: { name },
    });
    return { ok: true };
  }

  async setParallelism(parallelism: number | null, actor: Actor): Promise<SchedulerReply<object>> {
    if (parallelism !== null && (!Number.isInteger(parallelism) || parallelism < 0 || parallelism > MAX_SLOTS)) {
      return refuse(
        "invalid",
        `Cannot run ${parallelism} task instances at a time: use 0 to ${MAX_SLOTS}, or null`,
        null,
      );
    }
    await this.change((state) => setParallelism(state, parallelism), {
      event: "set_parallelism",
      actor,
      extra: { parallelism },
    });
    return { ok: true };
  }

  /** A changed limit, and every DAG hears of it. Those of earlier versions of the software are only in the catalog. */
  private async change(
    work: (state: LimitsState, step: LimitsStep) => void,
    audit: { readonly event: string; readonly actor: Actor; readonly extra: unknown },
  ): Promise<void> {
    const dagIds = await this.ports.dagIds();
    this.transact(null, (state, step, now) => {
      for (const dagId of dagIds) if (!state.dags.has(dagId)) writeDag(this.ports.sql, dagEntry(state, dagId));
      work(state, step);
      writeLimits(this.ports.sql, state);
      this.writeAudit(audit, now);
      for (const dagId of state.dags.keys()) this.visits.soon(dagId, now);
    });
    this.ports.background(this.visitAll([...this.state().dags.keys()]));
    this.ports.background(this.flushAudit());
  }

  async holders(pool: string): Promise<readonly SlotHolder[]> {
    return holdersOf(this.state(), pool)
      .slice(0, MAX_SHOWN_HOLDERS)
      .map(({ dagId, runId, taskId, mapIndex, slots, ticket, grantedAt }) => ({
        ...{ dagId, runId, taskId, mapIndex, pool, slots, ticket, grantedAt },
      }));
  }

  async release(dagId: DagId, ticket: number, actor: Actor): Promise<SchedulerReply<object>> {
    const holder = this.state().dags.get(dagId)?.holders.get(ticket);
    if (holder === undefined) return refuse("not_found", `DAG "${dagId}" holds nothing under ticket ${ticket}`, null);
    this.transact(null, (state, step, now) => {
      drop(state, dagEntry(state, dagId), ticket, step);
      const { runId, taskId, mapIndex, pool, slots } = holder;
      this.writeAudit({ event: "release_slots", actor, extra: { dagId, runId, taskId, mapIndex, pool, slots } }, now);
    });
    this.ports.background(this.flushAudit());
    return { ok: true };
  }

  async abandon(dagId: DagId, actor: Actor): Promise<SchedulerReply<object>> {
    if (!this.state().dags.has(dagId)) return refuse("not_found", `DAG "${dagId}" holds and asks for nothing`, null);
    this.transact(null, (_state, _step, now) => {
      this.writeAudit({ event: "abandon_slots", actor, extra: { dagId } }, now);
    });
    await this.forget(dagId, sequenceOf(this.state(), dagId));
    this.ports.background(this.flushAudit());
    return { ok: true };
  }

  // Visits.

  /** The handler of the platform's alarm. */
  alarm(isSuperseded: (error: unknown) => boolean): Promise<void> {
    const { ports } = this;
    return wakeOrRetry({
      wake: () => this.wake(),
      alarm: ports.alarm,
      now: () => ports.clock.now(),
      isSuperseded,
      onFailure: (error) => ports.log("error", "the alarm failed", { error: String(error) }),
    });
  }

  async wake(): Promise<void> {
    this.alarmAt = null;
    this.state();
    const now = this.ports.clock.now();
    await this.visitAll(this.visits.due(now));
    await this.flushAudit();
    this.armAlarm();
  }

  private async visitAll(dagIds: readonly DagId[]): Promise<void> {
    await inParallel(dagIds, PARALLEL_CALLS, async (dagId) => {
      const state = this.state();
      const entry = state.dags.get(dagId);
      if (entry !== undefined && entry.answeredVersion < state.version) await this.tellLimits(dagId, viewOf(state));
      if (entry !== undefined && entry.holders.size > 0) await this.tell(dagId, [...entry.holders.keys()]);
      const after = this.state().dags.get(dagId);
      if (after !== undefined && needsVisit(this.state(), after)) this.visits.later(dagId, this.ports.clock.now());
      else this.visits.end(dagId);
    });
    this.armAlarm();
  }

  private async tell(dagId: DagId, tickets: readonly number[]): Promise<void> {
    await this.call(dagId, (scheduler) => scheduler.takeSlots(tickets));
  }

  private async tellLimits(dagId: DagId, limits: LimitsView): Promise<void> {
    await this.call(dagId, (scheduler) => scheduler.setLimits(limits));
  }

  private async call(
    dagId: DagId,
    send: (scheduler: ReturnType<LimitsPorts["schedulers"]["get"]>) => Promise<boolean>,
  ): Promise<void> {
    try {
      const isDefined = await send(this.ports.schedulers.get(dagId));
      if (!isDefined) await this.noteUndefined(dagId);
    } catch (error) {
      this.visits.again(dagId, this.ports.clock.now() + RETRY_MS);
      this.armAlarm();
      this.ports.log("warning", "a DAG could not be told of its slots; it is told again", {
        dagId,
        error: String(error),
      });
    }
  }

  /** No DAG, nothing held. One that subscribed just now may be on its way to its definition, and is asked again. */
  private async noteUndefined(dagId: DagId): Promise<void> {
    const now = this.ports.clock.now();
    if ((this.subscribedAt.get(dagId) ?? 0) + SETTLE_MS <= now) {
      await this.forget(dagId, sequenceOf(this.state(), dagId));
    } else this.visits.again(dagId, now + SETTLE_MS);
  }

  // Audit.

  private writeAudit(audit: { event: string; actor: Actor; extra: unknown }, now: number): void {
    const body = { at: now, event: audit.event, actor: audit.actor.name, extra: JSON.stringify(audit.extra) };
    this.ports.sql.exec("INSERT INTO event (body) VALUES (?)", JSON.stringify(body));
  }

  private async flushAudit(): Promise<void> {
    this.auditing ??= this.writeAuditRows().finally(() => {
      this.auditing = null;
    });
    await this.auditing;
  }

  private async writeAuditRows(): Promise<void> {
    const rows = this.ports.sql.exec("SELECT seq, body FROM event ORDER BY seq LIMIT 500");
    if (rows.length === 0) return;
    const events = rows.map((row): AuditEvent => {
      const body = JSON.parse(String(row["body"])) as Pick<AuditEvent, "at" | "event" | "actor" | "extra">;
      const ids = { dagId: null, runId: null, taskId: null, mapIndex: null, tryNumber: null };
      return { ...ids, ...body, eventId: `limits:${row["seq"]}` };
    });
    try {
      await this.ports.audit(events);
    } catch (error) {
      this.ports.log("warning", "the catalog does not take the audit of the limits; it waits", {
        error: String(error),
      });
      this.visits.again(null, this.ports.clock.now() + RETRY_MS);
      this.armAlarm();
      return;
    }
    this.ports.sql.exec("DELETE FROM event WHERE seq <= ?", Number(rows.at(-1)?.["seq"]));
  }
}

/** Whether a DAG still has to be told, or may not know what it was told. */
function needsVisit(state: LimitsState, entry: DagEntry): boolean {
  return entry.holders.size > 0 || entry.answeredVersion < state.version;
}

function settingsOf({ name, slots, includeDeferred, description }: Pool): PoolSettings {
  return { name, slots, includeDeferred, description };
}

function refuse(code: SchedulerRefusal["code"], message: string, field: string | null): SchedulerRefusal {
  return { ok: false, code, message, field };
}

function poolNotFound(name: string): SchedulerRefusal {
  return refuse("not_found", `The pool "${name}" was not found`, null);
}
