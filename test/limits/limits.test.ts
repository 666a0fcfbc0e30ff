/** The shell of the limits alone: what it writes, whom it tells, and what it does when they do not answer. */
import { beforeEach, describe, expect, it } from "vitest";
import type { AuditEvent } from "../../src/catalog/projection.ts";
import type { DagId } from "../../src/dag/ids.ts";
import type { LimitsView, SlotAsk, SlotMessage } from "../../src/engine/limits/messages.ts";
import { Limits } from "../../src/limits/limits.ts";
import type { Actor } from "../../src/platform.ts";
import { SqliteState } from "../fixtures/sqlite-state.ts";

const actor: Actor = { name: "ann", via: "web" };
const MINUTE = 60_000;

class LimitsWorld {
  readonly sql = new SqliteState();
  now = Date.UTC(2026, 0, 1);
  alarmAt: number | null = null;
  isCatalogDown = false;
  readonly audited: AuditEvent[] = [];
  /** What each DAG was told. */
  readonly told: string[] = [];
  readonly unreachable = new Set<string>();
  readonly undefinedDags = new Set<string>();
  limits = this.start();
  private sequence = 0;

  start(): Limits {
    this.limits = new Limits({
      sql: this.sql,
      alarm: {
        get: async () => this.alarmAt,
        set: (at) => {
          this.alarmAt = at;
        },
      },
      clock: { now: () => this.now },
      schedulers: {
        get: (dagId) => ({
          setLimits: (view: LimitsView) => this.hear(dagId, `limits ${view.version}`),
          takeSlots: (tickets: readonly number[]) => this.hear(dagId, `slots ${tickets.join(" ")}`),
        }),
      },
      dagIds: async () => ["a", "b"] as DagId[],
      audit: async (events) => {
        if (this.isCatalogDown) throw new Error("the catalog is down");
        this.audited.push(...events);
      },
      background: (work) => void work,
      log: () => {},
    });
    return this.limits;
  }

  private async hear(dagId: string, what: string): Promise<boolean> {
    if (this.unreachable.has(dagId)) throw new Error("unreachable");
    this.told.push(`${dagId}: ${what}`);
    return !this.undefinedDags.has(dagId);
  }

  async settle(): Promise<string[]> {
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
    return this.told.splice(0);
  }

  /** Sleeps until the alarm, as often as it is due by then. */
  async pass(ms: number): Promise<string[]> {
    const until = this.now + ms;
    while (this.alarmAt !== null && this.alarmAt <= until) {
      this.now = Math.max(this.now, this.alarmAt);
      this.alarmAt = null;
      await this.limits.wake();
    }
    this.now = until;
    return this.settle();
  }

  async pool(slots: number): Promise<void> {
    await this.limits.createPool({ name: "p", slots, includeDeferred: false, description: "" }, actor);
    await this.settle();
  }

  async say(dagId: string, message: Partial<SlotMessage>): Promise<readonly number[]> {
    this.sequence += 1;
    const told = await this.limits.exchange({
      v: 1,
      dagId: dagId as DagId,
      sequence: this.sequence,
      limitsVersion: 9,
      held: null,
      asks: [],
      drops: [],
      ...message,
    });
    return told.granted;
  }
}

const ask = (ticket: number, slots = 1): SlotAsk => ({
  ...{ ticket, runId: "r", taskId: `t${ticket}`, mapIndex: -1, pool: "p", slots, weight: 1, runAt: 0, askedAt: 0 },
});

let world: LimitsWorld;
beforeEach(async () => {
  world = new LimitsWorld();
  for (const dagId of ["a", "b"]) await world.limits.subscribe(dagId as DagId, 0);
});

/** Both DAGs hold nothing, as of now. */
async function quiet(): Promise<void> {
  for (const dagId of ["a", "b"]) await world.say(dagId, { held: [] });
}

describe("the object of all limits", () => {
  it("knows after a start all that it knew before: pools, holders, who waits, and since when", async () => {
    await world.pool(2);
    await quiet();
    await world.say("a", { asks: [ask(1), ask(2, 2)] });
    await world.say("b", { asks: [ask(3)] });
    await world.limits.setParallelism(7, actor);
    const facts = async () => [
      await world.limits.read(),
      await world.limits.holders("p"),
      await world.limits.explain("a" as DagId, 2),
    ];
    const before = await facts();
    world.start();
    expect(await facts()).toEqual(before);
    expect(before[1]).toHaveLength(2);
  });

  it("tells every DAG of a changed limit, again and again until it answers", async () => {
    world.unreachable.add("b");
    await world.limits.createPool({ name: "p", slots: 1, includeDeferred: false, description: "" }, actor);
    expect(await world.settle()).toEqual(["a: limits 2"]);
    world.unreachable.clear();
    expect(await world.pass(5_000)).toEqual(["b: limits 2"]);
    // "a" was told, but did not say what it holds: until then nothing is granted.
    expect(await world.say("b", { held: [], asks: [ask(1)] })).toEqual([]);
    await world.say("a", { held: [] });
    expect(await world.settle()).toEqual(["b: slots 1"]);
  });

  it("visits whoever holds slots, ever more rarely, and nobody else", async () => {
    await world.pool(1);
    await quiet();
    expect(await world.say("a", { asks: [ask(1)] })).toEqual([1]);
    expect(await world.pass(29_000)).toEqual([]);
    expect(await world.pass(2_000)).toEqual(["a: slots 1"]);
    expect(await world.pass(30 * MINUTE)).toHaveLength(5);
    await world.say("a", { drops: [1] });
    await world.pass(30 * MINUTE);
    expect([await world.pass(30 * MINUTE), world.alarmAt]).toEqual([[], null]);
  });

  it("frees what an object without a DAG held, but not what one that does not answer holds", async () => {
    await world.pool(1);
    await quiet();
    await world.pass(2 * MINUTE);
    await world.say("a", { asks: [ask(1)] });
    await world.say("b", { asks: [ask(2)] });
    world.unreachable.add("a");
    await world.pass(60 * MINUTE);
    expect((await world.limits.holders("p")).map(({ dagId }) => dagId)).toEqual(["a"]);
    world.unreachable.clear();
    world.undefinedDags.add("a");
    expect(await world.pass(MINUTE)).toContain("b: slots 2");
    expect((await world.limits.holders("p")).map(({ dagId }) => dagId)).toEqual(["b"]);
  });

  it("waits no more for a DAG that an operator gave up, and counts what it holds when it speaks again", async () => {
    world.unreachable.add("b");
    await world.pool(2);
    await world.say("a", { held: [], asks: [ask(1)] });
    expect(await world.settle()).toEqual([]);
    expect(await world.limits.abandon("b" as DagId, actor)).toEqual({ ok: true });
    expect(await world.settle()).toEqual(["a: slots 1"]);
    expect(await world.limits.abandon("b" as DagId, actor)).toMatchObject({ ok: false, code: "not_found" });
    await world.say("b", { held: [ask(7, 2)] });
    expect((await world.limits.holders("p")).map(({ dagId }) => dagId)).toEqual(["b", "a"]);
    await world.settle();
    expect(world.audited.at(-1)).toMatchObject({ event: "abandon_slots", extra: '{"dagId":"b"}' });
  });

  it("takes a first word, or a last one, that comes late for what it is: old", async () => {
    await world.pool(1);
    await quiet();
    await world.limits.subscribe("c" as DagId, 0);
    expect(await world.say("c", { asks: [ask(1)] })).toEqual([1]);
    await world.limits.subscribe("c" as DagId, 0);
    await world.limits.forget("c" as DagId, 0);
    expect((await world.limits.holders("p")).map(({ dagId }) => dagId)).toEqual(["c"]);
    await world.limits.subscribe("c" as DagId, 1_000_000);
    expect(await world.limits.holders("p")).toEqual([]);
  });

  it("gives a DAG time between its first word and its definition", async () => {
    world.undefinedDags.add("c");
    await world.limits.subscribe("c" as DagId, 0);
    await world.pool(1);
    await quiet();
    expect(await world.say("a", { asks: [ask(1)] })).toEqual([]);
    world.undefinedDags.clear();
    expect(await world.pass(MINUTE)).toContain("c: limits 2");
    await world.say("c", { held: [] });
    expect(await world.settle()).toEqual(["a: slots 1"]);
  });

  it("keeps what it has to audit until the catalog takes it, each event once", async () => {
    world.isCatalogDown = true;
    await world.pool(1);
    await world.limits.deletePool("p", actor);
    await world.settle();
    expect(world.audited).toEqual([]);
    world.start();
    world.isCatalogDown = false;
    await world.limits.setParallelism(1, actor);
    await world.settle();
    expect(world.audited.map(({ event }) => event)).toEqual(["create_pool", "delete_pool", "set_parallelism"]);
    expect(new Set(world.audited.map(({ eventId }) => eventId)).size).toBe(3);
    expect(world.audited[0]).toMatchObject({ actor: "ann", dagId: null, extra: expect.stringContaining('"slots":1') });
  });

  it("rolls back whole when a commit fails", async () => {
    await world.pool(2);
    await quiet();
    world.sql.db.exec("CREATE TRIGGER full BEFORE INSERT ON slot BEGIN SELECT raise(ABORT, 'disk full'); END");
    await expect(world.say("a", { asks: [ask(1)] })).rejects.toThrow("disk full");
    world.sql.db.exec("DROP TRIGGER full");
    expect(await world.limits.holders("p")).toEqual([]);
    expect(await world.say("a", { asks: [ask(1)] })).toEqual([1]);
  });

  it("refuses numbers that make no sense, and changes nothing", async () => {
    for (const slots of [-2, 0.5, Number.NaN, 2_000_000]) {
      const pool = { name: "p", slots, includeDeferred: false, description: "" };
      expect(await world.limits.createPool(pool, actor)).toMatchObject({ ok: false, code: "invalid", field: "slots" });
    }
    expect((await world.limits.setParallelism(-1, actor)).ok).toBe(false);
    expect((await world.limits.read()).pools.map(({ name }) => name)).toEqual(["default_pool"]);
  });
});
