/** Mapped setups, teardowns and groups, told by how everything ended. */
import type { GroupSpec, MapSpec, TaskSpec } from "../../../src/dag/spec.ts";
import type { ReportedOutcome } from "../../../src/engine/event.ts";
import { spec, task } from "../../fixtures/engine-dag.ts";
import { World } from "../../fixtures/engine-world.ts";
import type { HandTests } from "../by-hand.ts";
import { expectSame } from "../group.ts";
import { endInstance, statesOf } from "../worlds.ts";

const success: ReportedOutcome = { type: "success" };
const skipped: ReportedOutcome = { type: "skipped" };
const failed: ReportedOutcome = { type: "failed", retry: { type: "forbidden" }, reason: null };

const setup = (id: string, options: Parameters<typeof task>[1] = {}): TaskSpec =>
  task(id, { isSetup: true, ...options });
const teardown = (id: string, upstream: readonly string[], options: Parameters<typeof task>[1] = {}): TaskSpec =>
  task(id, { isTeardown: true, triggerRule: "all_done_setup_success", upstream, ...options });

const three: MapSpec = { type: "each", source: { type: "literal", length: 3 } };

/** Runs everything to its end; outcomes by task, or by task and index, where they are not success. */
function endAll(world: World, outcomes: Readonly<Record<string, ReportedOutcome>>): void {
  for (let rounds = 0; rounds < 100 && world.queue.length > 0; rounds += 1) {
    for (const { taskId, mapIndex } of [...world.queue]) {
      endInstance(world, taskId, mapIndex, outcomes[`${taskId}[${mapIndex}]`] ?? outcomes[taskId] ?? success);
    }
  }
}

/** One state, or those of the instances in order. */
function told(world: World, taskId: string): unknown {
  const states = statesOf(world, taskId);
  return "-1" in states ? states["-1"] : Object.values(states);
}

function expectTold(world: World, expected: Readonly<Record<string, unknown>>): void {
  const found = Object.fromEntries(Object.keys(expected).map((taskId) => [taskId, told(world, taskId)]));
  expectSame(found, expected);
}

/** A mapped setup and one of another scope, whose setup also comes before the first one's teardown. */
function oddSetupWorld(): World {
  const tasks = [
    setup("my_setup", { mapped: three }),
    setup("other_setup"),
    task("other_work", { upstream: ["other_setup"] }),
    teardown("other_teardown", ["other_setup", "other_work"]),
    task("my_work", { upstream: ["my_setup"] }),
    teardown("my_teardown", ["my_setup", "other_setup", "my_work"]),
  ];
  const world = new World(spec({ tasks }));
  world.trigger();
  return world;
}

export const scenariosByHand: HandTests = {
  "test_mappedoperator.py::TestMappedSetupTeardown::test_one_to_many_work_failed": {
    words: {
      expect: {
        my_setup: "success",
        my_work: "failed",
        my_teardown: ["success", "success", "success"],
        run: "failed",
      },
    },
    check() {
      const source = { type: "xcom", taskId: task("my_setup").taskId } as const;
      const tasks = [
        setup("my_setup"),
        task("my_work", { upstream: ["my_setup"] }),
        teardown("my_teardown", ["my_setup", "my_work"], { mapped: { type: "each", source } }),
      ];
      const world = new World(spec({ tasks }));
      world.trigger();
      endAll(world, { my_setup: { type: "success", lengths: { own: 3 } }, my_work: failed });
      expectTold(world, { my_setup: "success", my_work: "failed", my_teardown: ["success", "success", "success"] });
      expectSame(world.run().state, "failed", "run");
    },
  },
  "...::test_many_one_explicit_odd_setup_all_setups_fail": {
    words: {
      expect: {
        my_setup: ["failed", "failed", "failed"],
        other_setup: "failed",
        other_work: "upstream_failed",
        other_teardown: "upstream_failed",
        my_work: "upstream_failed",
        my_teardown: "upstream_failed",
      },
    },
    check() {
      const world = oddSetupWorld();
      endAll(world, { my_setup: failed, other_setup: failed });
      expectTold(world, {
        my_setup: ["failed", "failed", "failed"],
        other_setup: "failed",
        other_work: "upstream_failed",
        other_teardown: "upstream_failed",
        my_work: "upstream_failed",
        my_teardown: "upstream_failed",
      });
    },
  },
  "...::test_many_one_explicit_odd_setup_one_mapped_fails": {
    words: {
      expect: {
        my_setup: ["success", "failed", "skipped"],
        my_work: "upstream_failed",
        my_teardown: "success",
        other_teardown: "success",
      },
    },
    check() {
      const world = oddSetupWorld();
      endAll(world, { "my_setup[1]": failed, "my_setup[2]": skipped });
      expectTold(world, {
        my_setup: ["success", "failed", "skipped"],
        my_work: "upstream_failed",
        my_teardown: "success",
        other_teardown: "success",
      });
    },
  },
  "...::test_skip_one_mapped_task_from_task_group": {
    words: { expect: { double: ["success", "skipped", "success"], last: ["success", "skipped", "success"] } },
    check() {
      const group: GroupSpec = { groupId: "group", parentId: null, label: "group", mapped: three };
      const inside = { groupId: "group" };
      const tasks = [task("double", inside), task("last", { ...inside, upstream: ["double"] })];
      const world = new World(spec({ tasks, groups: [group] }));
      world.trigger();
      endAll(world, { "double[1]": skipped });
      expectTold(world, {
        double: ["success", "skipped", "success"],
        last: ["success", "skipped", "success"],
      });
    },
  },
};
