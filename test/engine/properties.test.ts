/**
 * Random DAGs, outcomes and orders. `World` counts everything again after each event, so that every property here also
 * says that the counts, the holders, the wake-up and the limits are right at every step.
 */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DagSpec, TRIGGER_RULES, type TriggerRule } from "../../src/dag/spec.ts";
import type { ReportedOutcome } from "../../src/engine/event.ts";
import { RUNNING, type TaskInstanceState } from "../../src/engine/states.ts";
import { type Message, spec, task, World } from "../fixtures/engine-world.ts";

const OUTCOMES = ["success", "failed", "skipped"] as const;
type OutcomeName = (typeof OUTCOMES)[number];

interface Scenario {
  readonly dag: DagSpec;
  /** How the tries of a task end, by number; the last one holds for all that follow. */
  readonly outcomes: ReadonlyMap<string, readonly OutcomeName[]>;
}

function scenarios(rules: readonly TriggerRule[] = TRIGGER_RULES): fc.Arbitrary<Scenario> {
  const node = fc.record({
    upstream: fc.array(fc.nat(7), { maxLength: 3 }),
    triggerRule: fc.constantFrom(...rules),
    retries: fc.nat(2),
    executor: fc.constantFrom("queue", "queue", "queue", "local", "sequential"),
    priorityWeight: fc.integer({ min: 1, max: 3 }),
    outcomes: fc.array(fc.constantFrom(...OUTCOMES), { minLength: 1, maxLength: 3 }),
  });
  const limit = fc.constantFrom(null, 1, 2, 3);
  return fc.tuple(fc.array(node, { minLength: 1, maxLength: 8 }), limit).map(([nodes, maxActiveTasks]) => {
    const tasks = nodes.map(({ upstream, outcomes: _, ...options }, index) => {
      const ids = [...new Set(upstream.filter((at) => at < index))].sort().map((at) => `t${at}`);
      return task(`t${index}`, { ...options, upstream: ids });
    });
    return {
      dag: spec({ tasks, maxActiveTasks }),
      outcomes: new Map(nodes.map(({ outcomes }, index) => [`t${index}`, outcomes])),
    };
  });
}

/** Choices, one after the other; 0 when they run out. */
const choices = fc.array(fc.nat(1_000), { maxLength: 60 });

const manyChoices = fc.array(fc.nat(1_000), { maxLength: 300, size: "max" });

class Chooser {
  private at = 0;
  private readonly values: readonly number[];

  constructor(values: readonly number[]) {
    this.values = values;
  }

  below(count: number): number {
    const value = this.values[this.at] ?? 0;
    this.at += 1;
    return value % count;
  }

  get hasEnded(): boolean {
    return this.at >= this.values.length;
  }
}

function outcomeOf({ outcomes }: Scenario, world: World, taskId: string): ReportedOutcome {
  const list = outcomes.get(taskId) ?? [];
  const name = list[Math.min(world.tryOf(taskId), list.length) - 1];
  if (name === "failed") return { type: "failed", retry: { type: "allowed" }, reason: null };
  return { type: name === "skipped" ? "skipped" : "success" };
}

const running = (world: World) =>
  world
    .run()
    .graph.tasks.map(({ spec: { taskId } }) => taskId)
    .filter((taskId) => world.stateOf(taskId) === "running");

/** Claims and reports in a chosen order, and sleeps only when nothing else is to be done, until the run ends. */
function play(world: World, scenario: Scenario, chooser: Chooser, afterEach: () => void = () => undefined): void {
  for (let count = 0; world.run().state === "running"; count += 1) {
    expect(count, "the run ends").toBeLessThan(500);
    const tasks = running(world);
    const at = chooser.below(Math.max(1, world.queue.length + tasks.length));
    const message = world.queue[at];
    const taskId = tasks[at - world.queue.length];
    if (message !== undefined) world.deliver([message]);
    else if (taskId !== undefined) {
      const capacity = chooser.below(2);
      const channel = capacity === 0 ? "tasks" : (["tasks", "local"] as const)[chooser.below(2)];
      world.report(taskId, outcomeOf(scenario, world, taskId), { capacity, ...(channel ? { channel } : {}) });
    } else world.wake();
    afterEach();
  }
}

/** The rules as a reader of their names would write them, from the states of the upstream tasks. */
function mayRun(rule: TriggerRule, states: readonly TaskInstanceState[]): boolean {
  const all = (...wanted: TaskInstanceState[]) => states.every((state) => wanted.includes(state));
  const some = (...wanted: TaskInstanceState[]) => states.some((state) => wanted.includes(state));
  const isDone = all("success", "failed", "skipped", "upstream_failed");
  if (states.length === 0) return true;
  switch (rule) {
    case "all_success":
      return all("success");
    case "all_failed":
      return all("failed", "upstream_failed");
    case "all_done":
    case "all_done_setup_success":
      return isDone;
    case "all_done_min_one_success":
      return isDone && some("success") && !some("skipped");
    case "all_skipped":
      return all("skipped");
    case "one_success":
      return some("success");
    case "one_failed":
      return some("failed", "upstream_failed");
    case "one_done":
      return some("success", "failed");
    case "none_failed":
      return all("success", "skipped");
    case "none_failed_min_one_success":
      return all("success", "skipped") && some("success");
    case "none_skipped":
      return isDone && !some("skipped");
    case "always":
      return true;
  }
}

describe("whatever the DAG, the outcomes and their order", () => {
  it("a run ends when all its tries were answered, and nothing is held or due any more", () => {
    fc.assert(
      fc.property(scenarios(), choices, (scenario, values) => {
        const world = new World(scenario.dag);
        world.trigger();
        play(world, scenario, new Chooser(values));
        expect([world.run().unfinishedCount, world.state.holders.size, world.wakeAt]).toEqual([0, 0, null]);
      }),
    );
  });

  it("a task starts only when its rule holds, and ends only once", () => {
    fc.assert(
      fc.property(scenarios(), choices, (scenario, values) => {
        const world = new World(scenario.dag);
        world.trigger();
        let before = world.states();
        const tries = new Map<string, number>();
        play(world, scenario, new Chooser(values), () => {
          const now = world.states();
          for (const { taskId, upstream, triggerRule, retries } of scenario.dag.tasks) {
            const state = before[taskId] ?? "none";
            if (["success", "failed", "skipped", "upstream_failed"].includes(state)) expect(now[taskId]).toBe(state);
            const number = world.tryOf(taskId);
            expect(number).toBeLessThanOrEqual(retries + 1);
            if (number > 0 && !tries.has(taskId) && upstream.length > 0) {
              expect(
                mayRun(
                  triggerRule,
                  upstream.map((id) => now[id] ?? "none"),
                ),
                `${taskId} ${triggerRule}`,
              ).toBe(true);
            }
            if (number > 0) tries.set(taskId, number);
          }
          before = now;
        });
      }),
    );
  });

  it("the order of independent results does not change how the run ends", () => {
    // With all_success it may: a skip decides at once, and a failure that comes first decides otherwise.
    const rules = TRIGGER_RULES.filter((rule) => rule !== "all_success");
    fc.assert(
      fc.property(scenarios(rules), choices, choices, (scenario, first, second) => {
        const [one, other] = [first, second].map((values) => {
          const world = new World(scenario.dag);
          world.trigger();
          play(world, scenario, new Chooser(values));
          return { run: world.run().state, states: world.states() };
        });
        expect(one).toEqual(other);
      }),
    );
  });

  it("the same choices give the same rows and tokens", () => {
    fc.assert(
      fc.property(scenarios(), choices, (scenario, values) => {
        const [one, other] = [0, 1].map(() => {
          const world = new World(scenario.dag);
          world.trigger();
          play(world, scenario, new Chooser(values));
          return [world.state.sequence, [...world.instanceRows], [...world.runRows]];
        });
        expect(one).toEqual(other);
      }),
    );
  });

  it("claims and reports that come twice change nothing", () => {
    fc.assert(
      fc.property(scenarios(), choices, (scenario, values) => {
        const world = new World(scenario.dag);
        world.trigger();
        const seen: Message[] = [...world.queue];
        play(world, scenario, new Chooser(values), () => {
          const last = world.steps.at(-1);
          const rows = JSON.stringify([...(world.instanceRows.get(1) ?? [])]);
          const queue = [...world.queue];
          for (const message of seen.filter((each) => !queue.includes(each))) world.deliver([message], "stranger");
          seen.push(...queue.filter((each) => !seen.includes(each)));
          for (const { token, accepted } of last?.verdicts ?? []) {
            const taskId = scenario.dag.tasks.find((each) => world.tokenOf(each.taskId) === token)?.taskId;
            if (!accepted || taskId === undefined || world.stateOf(taskId) === "running") continue;
            const state = world.stateOf(taskId);
            if (state !== "success" && state !== "skipped" && state !== "failed" && state !== "up_for_retry") continue;
            const step = world.report(taskId, outcomeOf(scenario, world, taskId), { invocation: "stranger" });
            expect(step.verdicts).toMatchObject([{ token, accepted: true, reason: null }]);
          }
          expect(JSON.stringify([...(world.instanceRows.get(1) ?? [])])).toBe(rows);
          expect(world.queue).toEqual(queue);
        });
      }),
      { numRuns: 50 },
    );
  });

  it("starts of the object at any point change nothing of how the run ends", () => {
    const rules = TRIGGER_RULES.filter((rule) => rule !== "all_success");
    fc.assert(
      fc.property(scenarios(rules), choices, fc.array(fc.nat(30), { maxLength: 5 }), (scenario, values, restarts) => {
        const [one, other] = [[], restarts].map((at) => {
          const world = new World(scenario.dag);
          world.trigger();
          let count = 0;
          play(world, scenario, new Chooser(values), () => {
            count += 1;
            if (at.includes(count) && world.run().state === "running") world.restart();
          });
          return { run: world.run().state, states: world.states(), tries: [...world.run().tryNumber] };
        });
        expect(other).toEqual(one);
      }),
    );
  });

  it("a run survives everything that can happen to it, and ends when it is left alone", () => {
    fc.assert(
      fc.property(scenarios(), manyChoices, (scenario, values) => {
        const world = new World({ ...scenario.dag, maxActiveRuns: 2 });
        for (const id of ["r1", "r2", "r3"]) world.trigger(id);
        const chooser = new Chooser(values);
        while (!chooser.hasEnded) {
          // Also sweeps overtaken due times each time, instead of every 10,000 of them.
          world.state.sweepTimersAt = 1;
          disturb(world, scenario, chooser);
        }
        world.apply({ type: "set_paused", isPaused: false });
        for (let count = 0; world.state.runningRunCount > 0; count += 1) {
          expect(count).toBeLessThan(2_000);
          if (world.queue.length > 0) world.claimAll();
          const busy = [...world.state.runs.values()].flatMap((run) =>
            run.graph.tasks.filter(({ index }) => run.stateOf[index] === RUNNING).map((each) => ({ run, each })),
          );
          for (const { run, each } of busy) {
            if (run.stateOf[each.index] !== RUNNING) continue;
            world.report(each.spec.taskId, { type: "success" }, { run: run.runId });
          }
          if (world.queue.length === 0 && busy.length === 0) world.wake();
        }
        expect([world.state.queuedRunCount, world.state.holders.size]).toEqual([0, 0]);
      }),
      { numRuns: 200 },
    );
  });
});

function disturb(world: World, scenario: Scenario, chooser: Chooser): void {
  const runs = [...world.state.runs.values()];
  const run = runs[chooser.below(Math.max(1, runs.length))];
  const taskId = scenario.dag.tasks[chooser.below(scenario.dag.tasks.length)]?.taskId ?? "";
  if (run === undefined) return;
  switch (chooser.below(12)) {
    case 0:
    case 1:
      world.claimAll(`i${chooser.below(3)}`);
      return;
    case 2:
    case 3: {
      const message = world.queue[chooser.below(Math.max(1, world.queue.length))];
      if (message !== undefined) world.deliver([message], `i${chooser.below(3)}`);
      return;
    }
    case 4:
    case 5: {
      const capacity = chooser.below(3);
      const outcome = OUTCOMES[chooser.below(3)] ?? "success";
      const failed = { type: "failed", retry: { type: "allowed" }, reason: null } as const;
      world.report(taskId, outcome === "failed" ? failed : { type: outcome }, { run: run.runId, capacity });
      return;
    }
    case 6:
      world.tick([1_000, 20_000, 40_000, 100_000, 400_000][chooser.below(5)]);
      return;
    case 7:
      world.heartbeat(`i${chooser.below(3)}`);
      return;
    case 8:
      world.clear([taskId], run.runId);
      return;
    case 9:
      world.apply({ type: "set_paused", isPaused: chooser.below(2) === 0 });
      return;
    case 10:
      // A message is lost on its way.
      world.queue.splice(chooser.below(Math.max(1, world.queue.length)), 1);
      return;
    default:
      if (chooser.below(2) === 0) world.restart();
      else world.mark(chooser.below(2) === 0 ? "failed" : "success", run.runId);
  }
}
