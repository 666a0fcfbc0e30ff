/**
 * Mapped tasks whose number of instances changes. Airflow changes a live run to a new version of its DAG; here a run keeps
 * its version, and a length changes when the task that it comes from runs again.
 */
import type { MapSpec } from "../../../src/dag/spec.ts";
import { spec, task } from "../../fixtures/engine-dag.ts";
import { World } from "../../fixtures/engine-world.ts";
import type { HandTests } from "../by-hand.ts";
import { expectSame } from "../group.ts";
import { endInstance, statesOf } from "../worlds.ts";

const overResult: MapSpec = { type: "each", source: { type: "xcom", taskId: task("source").taskId } };
const overLiteral = (length: number): MapSpec => ({ type: "each", source: { type: "literal", length } });

/** `source` tells a length; `each` waits for `gate` as well, so that its instances stay without a state. */
function expandedWorld(length: number): World {
  const each = task("each", { upstream: ["source", "gate"], mapped: overResult });
  const world = new World(spec({ tasks: [task("source"), task("gate"), each] }));
  world.trigger();
  tell(world, length);
  return world;
}

function tell(world: World, length: number): void {
  endInstance(world, "source", -1, { type: "success", lengths: { own: length } });
}

function tellAgain(world: World, length: number): void {
  world.clear(["source"]);
  tell(world, length);
}

function succeedEach(world: World): void {
  endInstance(world, "gate", -1, { type: "success" });
  const run = world.run();
  const indexes = Object.keys(statesOf(world, "each"));
  for (const index of indexes) endInstance(world, "each", Number(index), { type: "success" });
  expectSame(run.state, "success", "the run");
}

/** The lengths of a task's instances before and after its source ran again, without a state while their task waits. */
export function statesAfterResize(before: number, after: number): Record<string, string | null> {
  const world = expandedWorld(before);
  endInstance(world, "gate", -1, { type: "success" });
  // The source runs again, and its task waits for it: no instance has a state.
  world.clear(["source", "gate"]);
  const run = world.run();
  const places: number[] = [];
  run.forEachPlace(run.graph.indexOf.get("each") ?? -1, (place) => places.push(place));
  world.apply({ type: "clear", run, places });
  tell(world, after);
  return statesOf(world, "each");
}

/** The instances once their task has them. Airflow asks their rules a pass later, and calls what was only made null. */
export function statesAfterExpansion(length: number): Record<string, string | null> {
  const world = expandedWorld(length);
  world.apply({ type: "set_paused", isPaused: true });
  endInstance(world, "gate", -1, { type: "success" });
  const states = Object.entries(statesOf(world, "each"));
  return Object.fromEntries(states.map(([index, state]) => [index, state === "scheduled" ? null : state]));
}

const all = (count: number, state: string | null) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [String(index), state]));

export const expansionByHand: HandTests = {
  "test_dagrun.py::test_mapped_literal_length_increase_adds_additional_ti": {
    words: { before: [0, 1, 2, 3], new_len: 5, expect: { "0": null, "1": null, "2": null, "3": null, "4": null } },
    check() {
      expectSame(statesAfterResize(4, 5), all(5, null), "instances");
    },
  },
  "test_dagrun.py::test_mapped_literal_to_xcom_arg_verify_integrity": {
    words: { before: [0, 1, 2, 3], new: "expand over unfinished upstream" },
    check() {
      const before = spec({ tasks: [task("source"), task("each", { upstream: ["source"], mapped: overLiteral(4) })] });
      const world = new World(before);
      world.trigger();
      const after = spec({ tasks: [task("source"), task("each", { upstream: ["source"], mapped: overResult })] });
      world.define(after, false);
      expectSame(statesOf(world, "each"), all(4, null), "instances of the run that keeps its version");
      world.trigger("r2");
      expectSame(statesOf(world, "each"), { "-1": null }, "instances of a run of the new version");
    },
  },
  "test_mappedoperator.py::test_expand_mapped_task_instance": {
    words: { upstream_len: 3, existing: "0..2 success", expect: all(3, "success") },
    check() {
      const world = expandedWorld(3);
      succeedEach(world);
      tellAgain(world, 3);
      expectSame(statesOf(world, "each"), all(3, "success"), "instances");
    },
  },
  "test_dagrun.py::test_ti_scheduling_mapped_zero_length": {
    words: { upstream_len: 0, expect: { "-1": "skipped" } },
    check() {
      expectSame(statesAfterExpansion(0), { "-1": "skipped" }, "instances");
    },
  },
  "test_dagrun.py::test_calls_to_verify_integrity_with_mapped_task_zero_length_at_runtime": {
    words: { before: [0, 1, 2], new_len: 0, after: "verify_integrity", expect: all(3, "removed") },
    check() {
      const world = expandedWorld(3);
      endInstance(world, "gate", -1, { type: "success" });
      tellAgain(world, 0);
      expectSame(statesOf(world, "each"), all(3, "removed"), "instances");
    },
  },
};
