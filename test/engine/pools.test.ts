import { describe, expect, it } from "vitest";
import { MAX_UNCLAIMED_COUNT } from "../../src/engine/defaults.ts";
import { explain } from "../../src/engine/explain.ts";
import { occupancyOf } from "../../src/engine/limits/occupancy.ts";
import { verdictOf } from "../../src/engine/limits/verdict.ts";
import { hasSlotNews, takeSlotMessage, ticketOf } from "../../src/engine/slots.ts";
import { RUNNING } from "../../src/engine/states.ts";
import { assert } from "../../src/lib/assert.ts";
import { spec, task, type World } from "../fixtures/engine-world.ts";
import { LimitsBench, named } from "../fixtures/limits-bench.ts";

const MINUTE = 60_000;

const inPool = (count: number, options: Parameters<typeof task>[1] = {}) =>
  Array.from({ length: count }, (_, index) => task(`t${index}`, { pool: "p", weightRule: "absolute", ...options }));

function bench(slots: number, dags: Readonly<Record<string, ReturnType<typeof inPool>>>): LimitsBench {
  const made = new LimitsBench({ p: slots });
  for (const [dagId, tasks] of Object.entries(dags)) made.add(named(spec({ tasks }), dagId));
  return made;
}

const queued = (world: World) => world.queue.map(({ taskId }) => taskId);
const names = ({ granted }: LimitsBench) => granted.map(({ name }) => name);

function verdict(made: LimitsBench, dagId: string, taskId: string): string | null {
  const world = made.world(dagId);
  const ticket = ticketOf(world.state.slots, world.run(), world.place(taskId));
  assert(ticket !== null, `${taskId} asks for nothing`);
  return verdictOf(made.limits, world.state.dagId, ticket, made.now);
}

/** Its rows alone are left of the DAG's scheduler: it says everything again, under other tickets. */
function startAnew(made: LimitsBench, dagId: string): void {
  const world = made.world(dagId);
  world.restart();
  made.tell(world);
}

function trigger(made: LimitsBench, dagId: string, runId = "r", logicalAt: number | null = null): void {
  made.world(dagId).trigger(runId, { logicalAt });
  made.settle();
}

describe("pools", () => {
  it("[L10] a task of a pool with a limit starts once it has its slots, and the others run on", () => {
    const made = bench(1, { a: [...inPool(2), task("free")] });
    const world = made.world("a");
    world.trigger();
    expect(queued(world)).toEqual(["free"]);
    expect([world.stateOf("t0"), world.reasonOf("t0")]).toEqual(["scheduled", "pool_slots"]);
    made.settle();
    expect(queued(world)).toEqual(["free", "t0"]);
    expect(explain(world.state, world.run(), world.place("t1"), world.now)).toEqual([
      { rule: "L10", reason: 'It waits for a slot of pool "p", which has 1' },
    ]);
    world.succeed("t0");
    made.settle();
    expect(world.stateOf("t1")).toBe("queued");
  });

  it("[L7] what was called and is cancelled before its turn in the lane leaves it to the next of its task", () => {
    const m = task("m", { pool: "p", executor: "sequential", maxActiveTisPerDag: 1, upstream: ["go"] });
    const s = task("s", { executor: "sequential", priorityWeight: 9, upstream: ["hold"] });
    const made = bench(8, { a: [task("go"), task("hold"), m, s] });
    const world = made.world("a");
    for (const run of ["r1", "r2", "r3", "r4"]) world.trigger(run);
    for (const run of ["r1", "r2", "r3"]) world.succeed("go", { run });
    expect(["r1", "r2", "r3"].map((run) => world.reasonOf("m", run))).toEqual([
      "pool_slots",
      "max_active_tis_per_dag",
      "max_active_tis_per_dag",
    ]);
    world.succeed("hold", { run: "r4" });
    made.settle();
    expect([world.stateOf("s", "r4"), world.reasonOf("m", "r1")]).toEqual(["queued", "sequential_executor"]);
    for (const run of ["r1", "r2"]) world.mark("failed", run);
    world.succeed("s", { run: "r4" });
    made.settle();
    expect(world.stateOf("m", "r3")).toBe("queued");
  });

  it("[L10] a DAG without limited pools has nothing to say", () => {
    const made = new LimitsBench({ p: 1 });
    const world = made.add(named(spec(), "a"));
    world.trigger();
    world.succeedAll();
    expect(hasSlotNews(world.state.slots)).toBe(false);
  });

  it("[L10] default_pool holds nobody back until it is set", () => {
    const made = new LimitsBench();
    const world = made.add(named(spec({ tasks: [task("a"), task("b")] }), "a"));
    world.trigger("r1");
    expect(queued(world)).toEqual(["a", "b"]);
    made.putPool("default_pool", 2);
    made.tellAll();
    expect(made.used("default_pool")).toBe(2);
    world.trigger("r2");
    made.settle();
    expect(world.stateOf("a", "r2")).toBe("scheduled");
    made.putPool("default_pool", -1);
    made.tellAll();
    expect(world.stateOf("a", "r2")).toBe("queued");
  });

  it("[L9] a task whose pool nobody made waits, and starts when somebody does", () => {
    const made = new LimitsBench();
    const world = made.add(named(spec({ tasks: [task("a", { pool: "nowhere" }), task("b")] }), "a"));
    world.trigger();
    made.settle();
    expect([queued(world), world.reasonOf("a")]).toEqual([["b"], "unknown_pool"]);
    expect(explain(world.state, world.run(), 0, world.now)[0]?.reason).toContain('There is no pool "nowhere"');
    made.putPool("nowhere", 1);
    made.tellAll();
    expect(world.stateOf("a")).toBe("queued");
  });

  it("[L9] a pool that is deleted holds back what waits for it, and what runs goes on", () => {
    const made = bench(1, { a: inPool(2) });
    trigger(made, "a");
    made.removePool("p");
    made.tellAll();
    const world = made.world("a");
    expect([world.stateOf("t0"), world.reasonOf("t1")]).toEqual(["queued", "unknown_pool"]);
    world.succeed("t0");
    made.settle();
    expect([world.stateOf("t0"), world.stateOf("t1"), made.used("p")]).toEqual(["success", "scheduled", 0]);
  });

  it("[L11] with a limit on the deployment every try counts, whatever its pool", () => {
    const made = new LimitsBench({ p: 5 }, 2);
    const a = made.add(named(spec({ tasks: [task("x"), task("y", { pool: "p" })] }), "a"));
    const b = made.add(named(spec({ tasks: [task("z", { priorityWeight: 0 })] }), "b"));
    for (const world of [a, b]) world.trigger();
    made.settle();
    expect([queued(a), queued(b), b.reasonOf("z")]).toEqual([["x", "y"], [], "parallelism"]);
    expect(verdict(made, "b", "z")).toMatch(/^2 of at most 2 task instances of the deployment are active: a\/r1\/x/);
    a.succeed("y");
    made.settle();
    expect(queued(b)).toEqual(["z"]);
  });

  it("[P1] a task gets all the slots it needs or none, and smaller ones pass", () => {
    const large = task("large", { pool: "p", poolSlots: 2, priorityWeight: 9 });
    const made = bench(3, { a: [...inPool(1, { poolSlots: 2, priorityWeight: 10 }), large, task("s", { pool: "p" })] });
    trigger(made, "a");
    expect([queued(made.world("a")), made.used("p")]).toEqual([["t0", "s"], 3]);
  });

  it("[P2] slots go to the heaviest of all DAGs, then to the earlier logical date, then to the lower place", () => {
    const made = bench(0, { a: inPool(2), b: inPool(1, { priorityWeight: 5 }), c: inPool(1) });
    trigger(made, "a", "late", 2_000);
    trigger(made, "b", "heavy", 3_000);
    trigger(made, "c", "early", 1_000);
    made.putPool("p", 3);
    made.tellAll();
    expect(names(made)).toEqual(["b/heavy/t0", "c/early/t0", "a/late/t0"]);
  });

  it("[P3] a DAG that others of the same weight overtook 16 times comes next", () => {
    const made = bench(1, { old: inPool(60), young: inPool(3) });
    trigger(made, "old", "r", 1_000);
    trigger(made, "young", "r", 2_000);
    const [old, young] = [made.world("old"), made.world("young")];
    for (let count = 0; count < 40; count += 1) {
      const world = old.queue.length > 0 ? old : young;
      world.succeed(world.queue[0]?.taskId ?? "");
      made.settle();
    }
    const turns = names(made).flatMap((name, at) => (name.startsWith("young") ? [at] : []));
    expect(turns).toEqual([17, 34]);
  });

  it("[P3] a DAG whose object starts anew while it waits keeps its turn", () => {
    const made = bench(1, { old: inPool(60), young: inPool(3) });
    trigger(made, "old", "r", 1_000);
    trigger(made, "young", "r", 2_000);
    for (let count = 0; count < 20; count += 1) {
      const [old, young] = [made.world("old"), made.world("young")];
      const world = old.queue.length > 0 ? old : young;
      world.succeed(world.queue[0]?.taskId ?? "");
      if (count % 5 === 4) startAnew(made, "young");
      made.settle();
    }
    expect(names(made).findIndex((name) => name.startsWith("young"))).toBe(17);
  });

  it("[P4] the five minutes go on when the object of the larger task's DAG starts anew", () => {
    const large = task("large", { pool: "p", poolSlots: 2, priorityWeight: 2 });
    const made = bench(2, { a: inPool(6), b: [large] });
    trigger(made, "a");
    trigger(made, "b");
    const finish = (taskId: string) => {
      made.world("a").succeed(taskId);
      made.settle();
    };
    finish("t0");
    made.pass(4 * MINUTE);
    startAnew(made, "b");
    made.settle();
    made.pass(MINUTE);
    finish("t1");
    finish("t2");
    expect([queued(made.world("a")), queued(made.world("b"))]).toEqual([[], ["large"]]);
  });

  it("[P4] after five minutes of being overtaken, what is freed is kept for the larger task", () => {
    const large = task("large", { pool: "p", poolSlots: 2, priorityWeight: 2 });
    const first = inPool(2, { priorityWeight: 9 });
    const made = bench(2, { a: [...first, large, ...inPool(6).slice(2)] });
    trigger(made, "a");
    const world = made.world("a");
    expect(queued(world)).toEqual(["t0", "t1"]);
    const finish = (taskId: string) => {
      world.succeed(taskId);
      made.settle();
    };
    finish("t0");
    expect(world.stateOf("t2")).toBe("queued");
    made.pass(4 * MINUTE);
    finish("t1");
    expect(world.stateOf("t3")).toBe("queued");
    made.pass(MINUTE);
    finish("t2");
    expect(world.stateOf("t4")).toBe("scheduled");
    expect(verdict(made, "a", "large")).toContain("what is freed is kept for it");
    finish("t3");
    expect(queued(world)).toEqual(["large"]);
    finish("large");
    expect(queued(world)).toEqual(["t4", "t5"]);
  });

  it("[P5] a task that needs more than its pool has is told so, and holds nobody back", () => {
    const made = bench(2, { a: [task("huge", { pool: "p", poolSlots: 3, priorityWeight: 99 }), ...inPool(3)] });
    trigger(made, "a");
    expect(queued(made.world("a"))).toEqual(["t0", "t1"]);
    expect(verdict(made, "a", "huge")).toBe(
      'It needs 3 slots of pool "p", which has 2 in all: it can never start; give the pool more slots, or the task fewer',
    );
    made.pass(10 * MINUTE);
    made.world("a").succeed("t0");
    made.settle();
    expect(made.world("a").stateOf("t2")).toBe("queued");
  });

  it("[P6] slots are held from the grant to the end of the try, and by nothing that waits", () => {
    const made = bench(1, { a: inPool(1, { retries: 1 }), b: inPool(1) });
    trigger(made, "a");
    trigger(made, "b");
    const [a, b] = [made.world("a"), made.world("b")];
    expect(made.used("p")).toBe(1);
    a.fail("t0");
    made.settle();
    expect([a.stateOf("t0"), b.stateOf("t0"), made.used("p")]).toEqual(["up_for_retry", "queued", 1]);
    b.claim("t0");
    b.clear(["t0"]);
    made.settle();
    expect([b.stateOf("t0"), made.used("p")]).toEqual(["restarting", 1]);
    b.mark("failed");
    made.settle();
    expect([made.used("p"), made.limits.holderCount]).toEqual([0, 0]);
  });

  it("[P6] what is cancelled while it asks is withdrawn, and asks anew when it is cleared", () => {
    const made = bench(0, { a: inPool(2) });
    trigger(made, "a");
    const world = made.world("a");
    world.mark("failed");
    made.settle();
    expect(made.limits.dags.get(world.state.dagId)?.requests.size).toBe(0);
    world.clear(["t0"]);
    made.putPool("p", 1);
    made.tellAll();
    expect(queued(world)).toEqual(["t0"]);
  });

  it("[P6] slots that come for a task that cannot start now are given back at once", () => {
    const made = bench(0, { a: inPool(1), b: inPool(1) });
    trigger(made, "a");
    trigger(made, "b");
    const [a, b] = [made.world("a"), made.world("b")];
    a.apply({ type: "set_paused", isPaused: true });
    made.putPool("p", 1);
    made.tellAll();
    expect([a.stateOf("t0"), a.reasonOf("t0"), b.stateOf("t0")]).toEqual(["scheduled", "dag_paused", "queued"]);
    b.succeed("t0");
    a.apply({ type: "set_paused", isPaused: false });
    made.settle();
    expect(a.stateOf("t0")).toBe("queued");
  });

  it("[P7] a pool that is made smaller than its use stops nothing and grants nothing until it is below", () => {
    const made = bench(3, { a: inPool(5) });
    trigger(made, "a");
    const world = made.world("a");
    made.putPool("p", 1);
    made.tellAll();
    expect([queued(world), made.used("p")]).toEqual([["t0", "t1", "t2"], 3]);
    for (const taskId of ["t0", "t1"]) {
      world.succeed(taskId);
      made.settle();
      expect(world.stateOf("t3")).toBe("scheduled");
    }
    world.succeed("t2");
    made.settle();
    expect([world.stateOf("t3"), world.stateOf("t4")]).toEqual(["queued", "scheduled"]);
  });

  it("[P8] nothing of a pool that becomes limited is granted before every DAG has said what it holds", () => {
    const made = bench(-1, { a: inPool(2), b: inPool(1) });
    trigger(made, "a");
    made.putPool("p", 3);
    const [a, b] = [made.world("a"), made.world("b")];
    made.tell(b);
    b.trigger();
    made.settle();
    expect(b.stateOf("t0")).toBe("scheduled");
    expect(verdict(made, "b", "t0")).toBe("The limits changed; what is held is not known yet of 1 DAG: a");
    made.tell(a);
    made.settle();
    expect([b.stateOf("t0"), made.used("p")]).toEqual(["queued", 3]);
  });

  it("[P9] a message twice is a message once, and one that a later one overtook is ignored", () => {
    const made = bench(1, { a: inPool(1) });
    const world = made.world("a");
    world.trigger();
    const first = takeSlotMessage(world.state);
    made.take(first);
    expect(made.reply(first)).toHaveLength(1);
    made.take(first);
    expect([made.used("p"), made.reply(first).length]).toEqual([1, 1]);
    world.apply({ type: "slots_granted", tickets: made.reply(first) });
    world.apply({ type: "slots_granted", tickets: made.reply(first) });
    expect([world.queue.length, hasSlotNews(world.state.slots)]).toEqual([1, false]);
    world.succeed("t0");
    made.settle();
    made.take(first);
    expect(made.used("p")).toBe(0);
  });

  it("[P9] after a loss a DAG says everything, and what was kept for it for nothing is free", () => {
    const made = bench(1, { a: inPool(1), b: inPool(1) });
    const [a, b] = [made.world("a"), made.world("b")];
    a.trigger();
    // Arrives, but the answer does not, and the task instance is cancelled meanwhile.
    made.take(takeSlotMessage(a.state));
    a.state.slots.isUnsynced = true;
    a.mark("failed");
    b.trigger();
    made.settle();
    expect([b.stateOf("t0"), made.limits.holderCount]).toEqual(["queued", 1]);
  });

  it("[P9] slots that come for what nobody asked for are given back", () => {
    const made = bench(1, { a: inPool(1) });
    const world = made.world("a");
    world.apply({ type: "slots_granted", tickets: [4_711] });
    expect(takeSlotMessage(world.state).drops).toEqual([4_711]);
  });

  it("[P10] no more is asked for than 1,000, and than a run could start; more urgent ones take the place", () => {
    const made = bench(0, { a: inPool(1_500), b: inPool(20, { priorityWeight: 2 }) });
    trigger(made, "a");
    expect(made.limits.dags.get(made.world("a").state.dagId)?.requests.size).toBe(1_000);
    const limited = spec({ tasks: [...inPool(5), task("q", { pool: "p2", priorityWeight: 0 })], maxActiveTasks: 2 });
    made.putPool("p2", 0);
    const c = made.add(named(limited, "c"));
    made.tellAll();
    c.trigger();
    made.settle();
    const asked = () =>
      [...c.state.slots.asked.asks.values()].map(({ entry }) => c.run().taskAt(entry.place).spec.taskId);
    expect(asked()).toEqual(["t0", "t1", "q"]);
    c.apply({ type: "set_paused", isPaused: true });
    c.clear(["t0"]);
    c.apply({ type: "set_paused", isPaused: false });
    made.settle();
    expect(asked().sort()).toEqual(["q", "t0", "t1"]);
    made.putPool("p", 2_000);
    made.tellAll();
    expect([queued(c), c.reasonOf("t2")]).toEqual([["t1", "t0"].sort(), "max_active_tasks"]);
    // Slots that find no room in the queue are given back, and asked for again as it empties.
    expect(made.world("a").queue).toHaveLength(MAX_UNCLAIMED_COUNT);
    for (let left = 1_500; left > 0; left -= MAX_UNCLAIMED_COUNT) {
      made.world("a").claimAll();
      made.settle();
    }
    expect(made.used("p")).toBe(1_502);
  });

  it("[P10] whoever the room was not enough for follows as the first ones end", () => {
    const made = bench(7, { a: inPool(1_020) });
    trigger(made, "a");
    const world = made.world("a");
    const { slots } = world.state;
    expect([slots.asked.asks.size, slots.held.size]).toEqual([1_000, 7]);
    for (let count = 0; count < 20; count += 1) {
      expect(made.used("p")).toBe(7);
      world.succeed(world.queue[0]?.taskId ?? "");
      made.settle();
    }
    expect([slots.asked.asks.size, slots.waiting.size]).toEqual([1_020 - 20 - 7, 0]);
    world.mark("failed");
    made.settle();
    expect([slots.tickets.size, made.used("p"), world.state.taskLimits.size]).toEqual([0, 0, 0]);
  });

  it("[P2] of a mapped task the lower index goes first, however many wait in line", () => {
    const made = new LimitsBench({ p: 3 });
    const mapped = { type: "each", source: { type: "literal", length: 1_300 } } as const;
    const world = made.add(named(spec({ tasks: [task("m", { pool: "p", mapped })] }), "a"));
    world.trigger();
    made.settle();
    expect(world.queue.map(({ mapIndex }) => mapIndex)).toEqual([0, 1, 2]);
    expect(world.state.slots.asked.asks.size).toBe(1_000);
    world.mark("success");
    made.settle();
    expect([made.used("p"), world.state.slots.waiting.size, made.limits.waiting.size]).toEqual([0, 0, 0]);
  });

  it.each([
    ["running, queued, deferred", 5, false, ["running", "queued", "deferred"], { open: 3, occupied: 2, deferred: 1 }],
    ["running, deferred", 5, true, ["running", "deferred"], { open: 3, occupied: 2, running: 1, queued: 0 }],
    ["running, queued", -1, false, ["running", "queued"], { open: Number.POSITIVE_INFINITY, occupied: 2 }],
    ["restarting", 1, false, ["restarting", "restarting", "scheduled"], { open: -1, running: 2, scheduled: 1 }],
  ] as const)("[P11] %s of %d slots, deferred ones counted: %s", (_name, slots, includeDeferred, states, expected) => {
    const uses = states.map((state) => ({ state, slots: 1 }));
    expect(occupancyOf({ slots, includeDeferred }, uses)).toMatchObject(expected);
  });

  it("[P6] after a start of either side, holders and asks are as before", () => {
    const made = bench(1, { a: inPool(3) });
    trigger(made, "a");
    const world = made.world("a");
    world.claim("t0");
    world.restart();
    made.tell(world);
    made.settle();
    expect([made.used("p"), world.stateOf("t0"), world.state.slots.held.size]).toEqual([1, "running", 1]);
    expect(world.run().stateOf[0]).toBe(RUNNING);
    world.succeed("t0");
    made.settle();
    expect(world.stateOf("t1")).toBe("queued");
  });
});
