/**
 * Random DAGs with mapped tasks, mapped groups, setups and teardowns, branches, results of any length and random outcomes.
 * `World` counts everything again after each event and judges every waiting instance again. Here the rules are written a
 * second time, as tables over the task instances that matter by their names, without any of the engine's counts.
 */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DagSpec, type GroupSpec, type TaskSpec, TRIGGER_RULES, type TriggerRule } from "../../src/dag/spec.ts";
import { unmappedTask } from "../../src/engine/change-version.ts";
import type { ReportedOutcome } from "../../src/engine/event.ts";
import { compileGraph } from "../../src/engine/graph.ts";
import type { TaskInstanceState } from "../../src/engine/states.ts";
import { group, overItems, overResult, parseName, spec, task, World } from "../fixtures/engine-world.ts";

interface Scenario {
  readonly dag: DagSpec;
  /** How a task instance ends, by its name. */
  readonly endOf: (name: string) => ReportedOutcome;
}

const node = fc.record({
  upstream: fc.array(fc.nat(7), { maxLength: 3 }),
  triggerRule: fc.constantFrom(...TRIGGER_RULES),
  place: fc.constantFrom("none", "none", "g", "g", "h"),
  over: fc.constantFrom(null, null, null, 0, 1, 2, 3, "result", "result"),
  kind: fc.constantFrom("work", "work", "work", "setup", "teardown", "branch"),
});
type Node = typeof node extends fc.Arbitrary<infer T> ? T : never;

/** A group over written-down items, and one over the result of the first task. */
const GROUPS: readonly GroupSpec[] = [group("g", { mapped: overItems(2) }), group("h", { mapped: overResult("t0") })];

function taskOf({ upstream, triggerRule, place, over, kind }: Node, index: number, nodes: readonly Node[]): TaskSpec {
  const before = [...new Set(upstream.filter((at) => at < index))].sort();
  const groupId = index === 0 || place === "none" ? null : place;
  // Mapping within a mapped group is refused when the DAG loads, and so is a setup that a task with another rule follows.
  const source = groupId === null ? over : null;
  const results = before.filter((at) => at === 0 || nodes[at]?.place === "none").map((at) => `t${at}`);
  const follows = before.some((at) => nodes[at]?.kind === "setup") && kind !== "teardown";
  return task(`t${index}`, {
    upstream: before.map((at) => `t${at}`),
    triggerRule: kind === "teardown" ? "all_done_setup_success" : follows ? "all_success" : triggerRule,
    groupId,
    ...(typeof source === "number" && { mapped: overItems(source) }),
    ...(source === "result" && results[0] !== undefined && { mapped: overResult(results[0]) }),
    ...(kind === "setup" && { isSetup: true as const }),
    ...(kind === "teardown" && { isTeardown: true as const }),
    ...(kind === "branch" && { decision: { type: "branch" as const } }),
  });
}

const scenarios: fc.Arbitrary<Scenario> = fc
  .tuple(
    fc.array(node, { minLength: 2, maxLength: 8 }),
    fc.array(fc.nat(11), { minLength: 7, maxLength: 31 }),
    fc.constantFrom(null, null, 1, 3),
  )
  .map(([nodes, ends, maxActiveTasks]) => {
    const tasks = nodes.map(taskOf);
    const behind = (taskId: string) => tasks.filter(({ upstream }) => upstream.includes(taskId as never));
    const endOf = (name: string): ReportedOutcome => {
      const { taskId, mapIndex } = parseName(name);
      const choice = ends[(Number(taskId.slice(1)) * 7 + mapIndex + 1) % ends.length] ?? 0;
      if (choice === 0) return { type: "failed", retry: { type: "forbidden" }, reason: null };
      if (choice === 1) return { type: "skipped" };
      const ids = behind(taskId).map((each) => each.taskId as string);
      const isBranch = tasks.some((each) => each.taskId === taskId && each.decision !== undefined);
      const lengths = { own: choice % 4 };
      if (!isBranch) return { type: "success", lengths, hasValue: choice !== 2 };
      return {
        type: "success",
        lengths,
        decision: { type: "follow", ids: ids.filter((_, at) => (choice + at) % 2 === 0) },
      };
    };
    return { dag: spec({ tasks, groups: GROUPS, maxActiveTasks }), endOf };
  });

const choices = fc.array(fc.nat(1_000), { maxLength: 60 });

/** Answers everything in a chosen order until the run ends. */
function play(world: World, { endOf }: Scenario, values: readonly number[], afterEach: (count: number) => void): void {
  for (let count = 0; world.run().state === "running"; count += 1) {
    expect(count, "the run ends").toBeLessThan(400);
    const running = world.namesIn("running");
    const open = world.queue.length + running.length;
    const at = (values[count] ?? 0) % Math.max(1, open);
    const message = world.queue[at];
    const name = running[at - world.queue.length];
    if (message !== undefined) world.deliver([message]);
    else if (name !== undefined) world.report(name, endOf(name));
    else world.wake();
    afterEach(count);
  }
}

interface Seen {
  readonly taskId: string;
  readonly mapIndex: number;
  readonly state: TaskInstanceState;
}

/** All task instances of the upstream task that an instance looks at, by the words of the reference. */
function relevant(dag: DagSpec, all: readonly Seen[], of: Seen, upstream: string): readonly Seen[] {
  const groupOf = (id: string) => dag.tasks.find(({ taskId }) => taskId === id)?.groupId ?? null;
  const instances = all.filter(({ taskId }) => taskId === upstream);
  if (groupOf(of.taskId) === null || groupOf(of.taskId) !== groupOf(upstream)) return instances;
  return instances.filter(({ mapIndex }) => mapIndex === of.mapIndex || mapIndex < 0);
}

const FAILED: readonly TaskInstanceState[] = ["failed", "upstream_failed"];

/** When a task may run, in the words of the rules' names. */
const TABLE: Readonly<Record<TriggerRule, (states: readonly TaskInstanceState[], isDone: boolean) => boolean>> = {
  all_success: (states) => states.every((state) => state === "success" || state === "removed"),
  all_failed: (states) => states.every((state) => FAILED.includes(state) || state === "removed"),
  all_done: (_, isDone) => isDone,
  all_done_min_one_success: (states, isDone) => isDone && states.includes("success") && !states.includes("skipped"),
  all_done_setup_success: (_, isDone) => isDone,
  all_skipped: (states) => states.every((state) => state === "skipped"),
  one_success: (states) => states.includes("success"),
  one_failed: (states) => states.some((state) => FAILED.includes(state)),
  one_done: (states) => states.includes("success") || states.includes("failed"),
  none_failed: (states, isDone) => isDone && !states.some((state) => FAILED.includes(state)),
  none_failed_min_one_success: (states, isDone) =>
    isDone && states.includes("success") && !states.some((state) => FAILED.includes(state)),
  none_skipped: (states, isDone) => isDone && !states.includes("skipped"),
  always: () => true,
};

const FINISHED: readonly TaskInstanceState[] = ["success", "skipped", "failed", "upstream_failed", "removed"];

function reach(dag: DagSpec, from: string, way: "up" | "down"): ReadonlySet<string> {
  const next = (id: string): readonly string[] =>
    way === "up"
      ? (dag.tasks.find(({ taskId }) => taskId === id)?.upstream ?? [])
      : dag.tasks.filter(({ upstream }) => upstream.includes(id as never)).map(({ taskId }) => taskId);
  const found = new Set(next(from));
  for (const id of found) for (const other of next(id)) found.add(other);
  return found;
}

/** The setups further up that a task stands under. */
function scopeOf(dag: DagSpec, of: TaskSpec): readonly TaskSpec[] {
  if (of.isTeardown === true) return [];
  const below = reach(dag, of.taskId, "down");
  return dag.tasks.filter((setup) => {
    if (setup.isSetup !== true || of.upstream.includes(setup.taskId)) return false;
    if (!reach(dag, of.taskId, "up").has(setup.taskId)) return false;
    const teardowns = dag.tasks.filter((each) => each.isTeardown === true && each.upstream.includes(setup.taskId));
    return teardowns.length === 0 || teardowns.some(({ taskId }) => below.has(taskId));
  });
}

/** Whether a branch that has succeeded left the task out; a mapped one speaks to its own index alone. */
function isLeftOut(dag: DagSpec, all: readonly Seen[], of: Seen, endOf: Scenario["endOf"]): boolean {
  const upstream = dag.tasks.find(({ taskId }) => taskId === of.taskId)?.upstream ?? [];
  return all.some(({ taskId, mapIndex, state }) => {
    const outcome = endOf(nameOf({ taskId, mapIndex }));
    if (state !== "success" || !upstream.includes(taskId as never) || outcome.type !== "success") return false;
    if (outcome.decision?.type !== "follow" || (mapIndex >= 0 && mapIndex !== of.mapIndex)) return false;
    const ids = outcome.decision.ids;
    return !ids.some((id) => id === of.taskId || reach(dag, id, "down").has(of.taskId));
  });
}

function nameOf({ taskId, mapIndex }: Pick<Seen, "taskId" | "mapIndex">): string {
  return mapIndex < 0 ? taskId : `${taskId}[${mapIndex}]`;
}

/** Whether the instance may run with the others as they are. */
function mayRun(dag: DagSpec, all: readonly Seen[], of: Seen, endOf: Scenario["endOf"]): boolean {
  const found = dag.tasks.find(({ taskId }) => taskId === of.taskId);
  if (found === undefined || isLeftOut(dag, all, of, endOf)) return false;
  const up = found.upstream.flatMap((id) => relevant(dag, all, of, id));
  const states = up.map(({ state }) => state);
  if (
    states.length > 0 &&
    !TABLE[found.triggerRule](
      states,
      states.every((state) => FINISHED.includes(state)),
    )
  )
    return false;
  const setups = scopeOf(dag, found).flatMap(({ taskId }) => relevant(dag, all, of, taskId));
  if (!setups.every(({ state }) => state === "success" || state === "removed")) return false;
  const isTeardown = found.triggerRule === "all_done_setup_success";
  const own = up.filter(({ taskId }) => dag.tasks.some((each) => each.taskId === taskId && each.isSetup === true));
  return !isTeardown || own.length === 0 || own.some(({ state }) => state === "success");
}

function seen(world: World): readonly Seen[] {
  return world.names().map((name) => ({ ...parseName(name), state: world.stateOf(name) }));
}

describe("whatever is mapped, set up and decided", () => {
  it("an instance starts only when the rules hold, written down a second time", () => {
    fc.assert(
      fc.property(scenarios, choices, (scenario, values) => {
        const world = new World(scenario.dag);
        const started = new Set<string>();
        const check = () => {
          const all = seen(world);
          for (const each of all) {
            const name = nameOf(each);
            if (world.tryOf(name) === 0 || started.has(name)) continue;
            started.add(name);
            expect(mayRun(scenario.dag, all, each, scenario.endOf), `${name} may run`).toBe(true);
          }
        };
        world.trigger();
        check();
        play(world, scenario, values, check);
      }),
      { numRuns: 300 },
    );
  });

  it("an instance that has finished stays as it is, and none is left when the run ends", () => {
    fc.assert(
      fc.property(scenarios, choices, (scenario, values) => {
        const world = new World(scenario.dag);
        world.trigger();
        const finished = new Map<string, string>();
        const check = () => {
          for (const name of world.names()) {
            const state = world.stateOf(name);
            expect(finished.get(name) ?? state, name).toBe(state);
            if (FINISHED.includes(state)) finished.set(name, state);
          }
        };
        play(world, scenario, values, check);
        const { run } = { run: world.run() };
        const isStuck = run.reason === "all_tasks_deadlocked";
        expect([isStuck || run.unfinishedCount === 0, world.wakeAt]).toEqual([true, null]);
      }),
      { numRuns: 200 },
    );
  });

  it("starts of the object at any point change nothing of how the run ends", () => {
    fc.assert(
      fc.property(scenarios, choices, fc.array(fc.nat(30), { maxLength: 6 }), (scenario, values, restarts) => {
        const [one, other] = [[], restarts].map((at: readonly number[]) => {
          const world = new World(scenario.dag);
          world.trigger();
          play(world, scenario, values, (count) => {
            if (at.includes(count) && world.run().state === "running") world.restart();
          });
          return { run: world.run().state, states: world.states() };
        });
        expect(other).toEqual(one);
      }),
      { numRuns: 200 },
    );
  });

  it("starts of the object at any point change nothing of what clears and marks do, step by step", () => {
    fc.assert(
      fc.property(
        scenarios,
        fc.array(fc.nat(1_000), { maxLength: 60, size: "max" }),
        fc.array(fc.nat(60), { maxLength: 6 }),
        (scenario, values, restarts) => {
          const [one, other] = [[], restarts].map((at: readonly number[]) => {
            const world = new World(scenario.dag);
            world.trigger();
            const seenStates = values.map((value, index) => {
              if (!isStart(value)) disturb(world, scenario, value, values[index + 1] ?? 0);
              if (at.includes(index) && world.run().state === "running") world.restart();
              return world.states();
            });
            play(world, scenario, [], () => undefined);
            const ends = world
              .names()
              .map((name) => [name, world.stateOf(name), world.reasonOf(name), world.tryOf(name)]);
            return { seenStates, ends };
          });
          expect(other).toEqual(one);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("a run survives changes of its version as well, to other tasks and mappings and back", () => {
    fc.assert(
      fc.property(scenarios, scenarios, fc.array(fc.nat(1_000), { maxLength: 60, size: "max" }), (a, other, values) => {
        // What runs may be more than a lower limit allows.
        const b = { ...other, dag: { ...other.dag, maxActiveTasks: a.dag.maxActiveTasks } };
        const world = new World(a.dag);
        world.trigger();
        let present = a;
        values.forEach((value, at) => {
          if (value % 7 !== 0) {
            disturb(world, present, value, values[at + 1] ?? 0);
            return;
          }
          const next = present === a ? b : a;
          if (unmappedTask(world.run(), compileGraph(next.dag, 0)) !== null) return;
          present = next;
          world.changeVersion(next.dag);
        });
        play(world, present, [], () => undefined);
        const run = world.run();
        expect(run.reason === "all_tasks_deadlocked" || run.reason === "cleared" || run.unfinishedCount === 0).toBe(
          true,
        );
        const known = new Set<string>(present.dag.tasks.map(({ taskId }) => taskId));
        const gone = world.names().filter((name) => !known.has(parseName(name).taskId));
        const left = gone.filter((name) => world.stateOf(name) !== "removed" && world.reasonOf(name) !== "marked");
        expect(run.state === "success" ? left : [], "what is not in the version").toEqual([]);
        expect([world.state.holders.size, world.wakeAt]).toEqual([0, null]);
      }),
      { numRuns: 200 },
    );
  });

  it("the order of independent results does not change how the run ends", () => {
    fc.assert(
      fc.property(scenarios, choices, choices, (scenario, first, second) => {
        const calm = { dag: unhurried(scenario.dag), endOf: (name: string) => withoutSkips(scenario.endOf(name)) };
        const [one, other] = [first, second].map((values) => {
          const world = new World(calm.dag);
          world.trigger();
          play(world, calm, values, () => undefined);
          return { run: world.run().state, states: world.states() };
        });
        expect(other).toEqual(one);
      }),
      { numRuns: 200 },
    );
  });

  it("a run survives clears, marks and starts of the object, and ends when it is left alone", () => {
    fc.assert(
      fc.property(scenarios, fc.array(fc.nat(1_000), { maxLength: 80, size: "max" }), (scenario, values) => {
        const world = new World(scenario.dag);
        world.trigger();
        values.forEach((value, at) => {
          disturb(world, scenario, value, values[at + 1] ?? 0);
        });
        play(world, scenario, [], () => undefined);
        const run = world.run();
        expect(run.reason === "all_tasks_deadlocked" || run.unfinishedCount === 0).toBe(true);
        expect([world.state.holders.size, world.wakeAt]).toEqual([0, null]);
      }),
      { numRuns: 200 },
    );
  });
});

/** What comes first decides where a skip, by a task or a branch, meets a failure: such runs have no one end. */
function withoutSkips(outcome: ReportedOutcome): ReportedOutcome {
  const lengths = outcome.type === "success" ? outcome.lengths : undefined;
  return outcome.type === "failed" ? outcome : { type: "success", lengths: lengths ?? { own: 1 } };
}

/**
 * Nor have those in which the first of several upstreams decides: for `all_success`, or for a mapping, which follows a source
 * that was skipped or failed at once, as in Airflow.
 */
function unhurried(dag: DagSpec): DagSpec {
  const tasks = dag.tasks.map((each) => ({
    ...each,
    triggerRule: each.triggerRule === "all_success" ? ("none_failed" as const) : each.triggerRule,
    ...(each.mapped !== undefined && (each.upstream.length > 1 || isEmpty(each)) && { mapped: overItems(2) }),
  }));
  return { ...dag, tasks, groups: dag.groups.map((each) => ({ ...each, mapped: overItems(2) })) };
}

function isEmpty({ mapped }: TaskSpec): boolean {
  return JSON.stringify(mapped).includes('"length":0');
}

/** Those of the disturbances that start the object anew. */
function isStart(value: number): boolean {
  return value % 10 === 8;
}

function disturb(world: World, { endOf }: Scenario, value: number, next: number): void {
  const names = world.names();
  const name = names[next % names.length] ?? "";
  const running = world.namesIn("running");
  switch (value % 10) {
    case 0:
    case 1:
    case 2:
      world.claimAll();
      return;
    case 3:
    case 4:
    case 5:
      for (const each of running.slice(0, 1 + (next % 3))) {
        if (world.stateOf(each) !== "running") continue;
        // Another length than the last time, now and then.
        const outcome = endOf(each);
        const isOther = outcome.type === "success" && next % 2 === 0;
        world.report(each, isOther ? { ...outcome, lengths: { own: next % 5 } } : outcome);
      }
      return;
    case 6:
      world.clear(names.filter((_, at) => (at + next) % 3 === 0));
      return;
    case 7:
      world.clear([name]);
      return;
    case 8:
      world.restart();
      return;
    default: {
      const state = (["success", "failed", "skipped"] as const)[next % 3] ?? "success";
      if (next % 7 === 0) world.mark(next % 2 === 0 ? "failed" : "success");
      else world.apply({ type: "mark_instances", run: world.run(), places: [world.place(name)], state, cleared: [] });
    }
  }
}
