/** Mapped setups, teardowns and groups, told by how everything ended. */
import type { ReportedOutcome } from "../../../src/engine/event.ts";
import { World } from "../../fixtures/engine-world.ts";
import type { HandTest, HandTests } from "../by-hand.ts";
import { expectSame } from "../group.ts";
import { MAPPED_SCENARIOS, type MappedScenario } from "../mapped-scenarios.ts";
import { endInstance, statesOf } from "../worlds.ts";

/** Runs everything to its end. */
function endAll(world: World, scenario: MappedScenario): void {
  for (let rounds = 0; rounds < 100 && world.queue.length > 0; rounds += 1) {
    for (const { taskId, mapIndex } of [...world.queue]) {
      endInstance(world, taskId, mapIndex, outcomeOf(scenario, taskId, mapIndex));
    }
  }
}

function outcomeOf({ ends, lengths }: MappedScenario, taskId: string, mapIndex: number): ReportedOutcome {
  const end = ends[`${taskId}[${mapIndex}]`] ?? ends[taskId];
  const length = lengths?.[taskId];
  if (end === "failed") return { type: "failed", retry: { type: "forbidden" }, reason: null };
  if (end === "skipped") return { type: "skipped" };
  return { type: "success", ...(length !== undefined && { lengths: { own: length } }) };
}

/** One state, or those of the instances in order. */
function told(world: World, taskId: string): unknown {
  if (taskId === "run") return world.run().state;
  const states = statesOf(world, taskId);
  return "-1" in states ? states["-1"] : Object.values(states);
}

function handTest(scenario: MappedScenario): HandTest {
  return {
    words: { expect: scenario.expect },
    check() {
      const world = new World(scenario.dag);
      world.trigger();
      endAll(world, scenario);
      const found = Object.fromEntries(Object.keys(scenario.expect).map((taskId) => [taskId, told(world, taskId)]));
      expectSame(found, scenario.expect);
    },
  };
}

export const scenariosByHand: HandTests = Object.fromEntries(
  Object.entries(MAPPED_SCENARIOS).map(([name, scenario]) => [name, handTest(scenario)]),
);
