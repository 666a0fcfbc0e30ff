/**
 * Several DAGs that share pools, with messages that get lost, come twice or late, and objects that start anew. `World`
 * and `check` count everything again after each step.
 */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DagId } from "../../src/dag/ids.ts";
import { grant } from "../../src/engine/limits/grant.ts";
import {
  drop,
  newLimitsState,
  newLimitsStep,
  openSlots,
  putPool,
  receive,
} from "../../src/engine/limits/limits-state.ts";
import type { SlotMessage } from "../../src/engine/limits/messages.ts";
import { hasSlotNews, takeSlotMessage } from "../../src/engine/slots.ts";
import { QUEUED, RESTARTING, RUNNING, SCHEDULED } from "../../src/engine/states.ts";
import { spec, task, type World } from "../fixtures/engine-world.ts";
import { LimitsBench, named } from "../fixtures/limits-bench.ts";

const POOLS = ["p", "q"] as const;

interface Scenario {
  readonly bench: LimitsBench;
  readonly choices: readonly number[];
}

const scenarios: fc.Arbitrary<Scenario> = fc
  .record({
    slots: fc.record({ p: fc.integer({ min: 0, max: 4 }), q: fc.constantFrom(-1, 1, 2) }),
    parallelism: fc.constantFrom(null, null, 1, 3),
    dags: fc.array(
      fc.record({
        maxActiveTasks: fc.constantFrom(null, 1, 2),
        tasks: fc.array(
          fc.record({
            pool: fc.constantFrom(...POOLS, "default_pool"),
            poolSlots: fc.integer({ min: 1, max: 3 }),
            priorityWeight: fc.integer({ min: 1, max: 2 }),
            maxActiveTisPerDag: fc.constantFrom(1, 2, 9),
            executor: fc.constantFrom("queue" as const, "local" as const),
            retries: fc.nat(1),
          }),
          { minLength: 1, maxLength: 4 },
        ),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    choices: fc.array(fc.nat(1_000), { minLength: 10, maxLength: 120 }),
  })
  .map(({ slots, parallelism, dags, choices }) => {
    const bench = new LimitsBench(slots, parallelism);
    dags.forEach(({ tasks, maxActiveTasks }, at) => {
      const specs = tasks.map((options, index) => task(`t${index}`, options));
      bench.add(named(spec({ tasks: specs, maxActiveTasks }), `d${at}`));
    });
    return { bench, choices };
  });

/** What is taken and not yet delivered. */
type Mail = { readonly world: World; readonly message: SlotMessage }[];

function play({ bench, choices }: Scenario, { withChanges }: { readonly withChanges: boolean }): void {
  const worlds = [...bench.worlds.values()];
  const mail: Mail = [];
  let runs = 0;
  choices.forEach((choice, at) => {
    const world = worlds[choice % worlds.length];
    if (world === undefined) return;
    const kind = (choices[(at * 7 + 3) % choices.length] ?? 0) % 14;
    if (kind <= 1 && runs < 8) {
      runs += 1;
      world.trigger(`r${runs}`);
    } else if (kind <= 4) actOn(world, choice);
    else if (kind <= 6 && hasSlotNews(world.state.slots)) mail.push({ world, message: takeSlotMessage(world.state) });
    else if (kind <= 9) deliver(bench, mail, choice);
    else if (kind === 10) restart(bench, world);
    else if (kind === 11 && withChanges) changePool(bench, choice);
    else if (kind === 12) bench.deliver(world);
    else bench.pass(1_000 * (choice % 300));
    check(bench, { isQuiet: false });
    if (!withChanges) checkNoneRunsUncounted(bench);
  });
}

function actOn(world: World, choice: number): void {
  const message = world.queue[choice % Math.max(1, world.queue.length)];
  const running = active(world, RUNNING)[0];
  if (choice % 3 === 0 && message !== undefined) world.deliver([message]);
  else if (running !== undefined) {
    const type = choice % 5 === 0 ? "failed" : "success";
    const outcome =
      type === "failed" ? ({ type, retry: { type: "allowed" }, reason: null } as const) : ({ type } as const);
    world.report(running.taskId, outcome, { run: running.runId, capacity: choice % 2, channel: "tasks" });
  } else if (message !== undefined && choice % 7 === 0) {
    world.clear([message.taskId], message.runId);
  }
}

/** A message arrives, perhaps twice; perhaps its answer does not. What is lost is told again from the beginning. */
function deliver(bench: LimitsBench, mail: Mail, choice: number): void {
  const [item] = mail.splice(choice % Math.max(1, mail.length), 1);
  if (item === undefined) return;
  const { world, message } = item;
  const isLost = choice % 4 === 0;
  if (!isLost) bench.take(message);
  if (choice % 4 === 1) bench.take(message);
  const known = bench.limits.dags.get(message.dagId)?.sequence ?? 0;
  if (isLost || choice % 4 === 2 || message.sequence < known) world.state.slots.isUnsynced = true;
  else world.apply({ type: "slots_granted", tickets: bench.reply(message) });
}

function restart(bench: LimitsBench, world: World): void {
  const { lastSequence } = world.state.slots;
  world.restart();
  world.state.slots.lastSequence = lastSequence;
  bench.tell(world);
}

function changePool(bench: LimitsBench, choice: number): void {
  bench.putPool(POOLS[choice % 2] ?? "p", (choice % 6) - 1);
  for (const world of bench.worlds.values()) if ((choice >> 3) % 2 === 0) bench.tell(world);
}

function active(world: World, ...codes: number[]) {
  return [...world.state.runs.values()].flatMap((run) =>
    run.graph.tasks
      .filter(({ index }) => codes.includes(run.stateOf[index] ?? 0))
      .map(({ index, spec: { taskId, pool, poolSlots } }) => ({
        run,
        runId: run.runId,
        taskId,
        index,
        pool,
        poolSlots,
      })),
  );
}

function check(bench: LimitsBench, { isQuiet }: { readonly isQuiet: boolean }): void {
  const { limits } = bench;
  const held = [...limits.dags.values()].flatMap((entry) => [...entry.holders.values()]);
  expect(held.length).toBe(limits.holderCount);
  for (const pool of limits.pools.values()) {
    const used = held.reduce((sum, holder) => sum + (holder.pool === pool.name ? holder.slots : 0), 0);
    expect(bench.used(pool.name), "slots in use are those of the holders").toBe(used);
  }
  for (const world of bench.worlds.values()) {
    const { slots } = world.state;
    for (const [ticket, { run, place }] of slots.held) {
      expect([QUEUED, RUNNING, RESTARTING], "only active ones hold").toContain(run.stateOf[place]);
      expect(slots.tickets.get(run)?.get(place)).toBe(ticket);
    }
    for (const [ticket, { entry }] of slots.asked.asks) {
      expect(entry.run.stateOf[entry.place], "only scheduled ones ask").toBe(SCHEDULED);
      expect(slots.tickets.get(entry.run)?.get(entry.place)).toBe(ticket);
    }
    const ticketCount = [...slots.tickets.values()].reduce((sum, places) => sum + places.size, 0);
    expect(ticketCount).toBe(slots.held.size + slots.asked.asks.size);
    // Nobody runs in a limited pool without slots that the limits know of, or are about to be told of.
    for (const { run, index, pool } of active(world, QUEUED, RUNNING, RESTARTING)) {
      const isLimited = slots.parallelism !== null || slots.pools.get(pool)?.slots !== -1;
      const ticket = slots.tickets.get(run)?.get(index) ?? 0;
      if (isLimited) expect(slots.held.has(ticket), "what runs holds").toBe(true);
    }
    if (!isQuiet) continue;
    const known = limits.dags.get(world.state.dagId);
    expect([...slots.held.keys()].sort(), "both sides agree on the holders").toEqual(
      [...(known?.holders.keys() ?? [])].sort(),
    );
    expect([...slots.asked.asks.keys()].sort()).toEqual([...(known?.requests.keys() ?? [])].sort());
  }
}

/** What runs, by the DAGs' own word, is at most what the limits count, and that is at most the pool. */
function checkNoneRunsUncounted(bench: LimitsBench): void {
  for (const pool of bench.limits.pools.values()) {
    if (pool.slots < 0) continue;
    const running = [...bench.worlds.values()].flatMap((world) => active(world, QUEUED, RUNNING, RESTARTING));
    const slots = running.reduce((sum, one) => sum + (one.pool === pool.name ? one.poolSlots : 0), 0);
    expect(slots).toBeLessThanOrEqual(bench.used(pool.name));
    expect(bench.used(pool.name)).toBeLessThanOrEqual(pool.slots);
  }
}

/** Whatever waits for slots does not fit into what is free. */
function checkWorkConserving(bench: LimitsBench): void {
  const { limits } = bench;
  for (const entry of limits.dags.values()) {
    for (const request of entry.requests.values()) {
      const pool = limits.pools.get(request.pool);
      if (pool === undefined || (limits.parallelism !== null && limits.holderCount >= limits.parallelism)) continue;
      const isReserved = [...limits.dags.values()].some((other) =>
        [...other.requests.values()].some(
          ({ passedOverAt }) => passedOverAt !== null && bench.now - passedOverAt >= 300_000,
        ),
      );
      if (!isReserved)
        expect(openSlots(limits, pool), `${request.taskId} fits into "${pool.name}"`).toBeLessThan(request.slots);
    }
  }
}

describe("whoever waits for the same pool", () => {
  it("[P3] is served before 16 grants and two for each DAG have passed, at equal weight", () => {
    const dag = fc.record({ runAt: fc.nat(5), size: fc.integer({ min: 1, max: 60 }), slots: fc.constantFrom(1, 1, 2) });
    fc.assert(
      fc.property(fc.array(dag, { minLength: 2, maxLength: 8 }), (dags) => {
        const limits = newLimitsState();
        putPool(limits, { name: "p", slots: 2, includeDeferred: false, description: "" });
        dags.forEach(({ runAt, size, slots }, at) => {
          const asks = Array.from({ length: size }, (_, index) => ({
            ...{
              ticket: index + 1,
              runId: "r",
              taskId: "t",
              mapIndex: index,
              pool: "p",
              slots,
              weight: 1,
              runAt,
              askedAt: 0,
            },
          }));
          const message = {
            v: 1,
            dagId: `d${at}` as DagId,
            sequence: 1,
            limitsVersion: 9,
            held: [],
            asks,
            drops: [],
          } as const;
          receive(limits, message, 0, newLimitsStep());
        });
        const lastTurn = new Map<string, number>();
        let now = 0;
        for (let turn = 1; limits.waiting.size > 0; ) {
          // Long enough for what needs both slots to have them kept.
          now += 400_000;
          const step = newLimitsStep();
          grant(limits, now, step);
          for (const { dagId } of step.granted) {
            const waited = turn - (lastTurn.get(dagId) ?? 0);
            expect(waited, `${dagId} waits`).toBeLessThanOrEqual(16 + 2 * dags.length);
            lastTurn.set(dagId, turn);
            turn += 1;
          }
          const [entry] = [...limits.dags.values()].filter(({ holders }) => holders.size > 0);
          const [ticket] = entry?.holders.keys() ?? [];
          if (entry !== undefined && ticket !== undefined) drop(limits, entry, ticket, newLimitsStep());
        }
      }),
    );
  }, 30_000);
});

describe("whatever is lost, late or doubled between DAGs and limits", () => {
  it("[P1] a grant never takes more than there is, and only what holds slots runs", () => {
    fc.assert(
      fc.property(scenarios, (scenario) => {
        play(scenario, { withChanges: false });
      }),
      { numRuns: 100 },
    );
  }, 30_000);

  it("[P9] both sides agree once all is said, nothing free is wanted, and every run ends", () => {
    fc.assert(
      fc.property(scenarios, (scenario) => {
        const { bench } = scenario;
        play(scenario, { withChanges: true });
        bench.tellAll();
        check(bench, { isQuiet: true });
        checkWorkConserving(bench);
        for (const pool of POOLS) bench.putPool(pool, 3);
        bench.tellAll();
        for (let round = 0; [...bench.worlds.values()].some((world) => world.state.runningRunCount > 0); round += 1) {
          expect(round, "the runs end").toBeLessThan(300);
          for (const world of bench.worlds.values()) {
            if (world.queue.length > 0) world.claimAll();
            for (const { runId, taskId } of active(world, RUNNING)) {
              world.report(taskId, { type: "success" }, { run: runId });
            }
          }
          bench.pass(400_000);
          bench.settle();
          check(bench, { isQuiet: true });
          checkWorkConserving(bench);
        }
        expect([bench.limits.holderCount, bench.used("p"), bench.used("q"), bench.limits.waiting.size]).toEqual([
          0, 0, 0, 0,
        ]);
      }),
      { numRuns: 100 },
    );
  }, 30_000);
});
