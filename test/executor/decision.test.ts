import { dag } from "updraft";
import { describe, expect, test } from "vitest";
import type { RunId } from "../../src/dag/ids.ts";
import { decide, isLatest } from "../../src/executor/decision.ts";
import type { RunFacts } from "../../src/executor/protocol.ts";
import { runFacts } from "./fake-scheduler.ts";

const nothing = () => {};
const definition = dag("d", {}, ({ task, group }) => {
  const a = task("a", nothing);
  const load = group("load", () => void task("users", nothing));
  task.branch("free", () => null);
  task.branch("named", { choices: { left: a, right: [a, load] } }, () => "left");
});
const run = runFacts("run" as RunId);

function follow(taskId: string, returned: unknown): readonly string[] {
  const decided = decide({ type: "branch" }, returned, { definition, taskId, run, now: 0 });
  expect(decided.decision).toEqual({ type: "follow", ids: decided.value });
  return decided.value as readonly string[];
}

describe("a branch", () => {
  test.each<[string, unknown, readonly string[]]>([
    ["an id", "a", ["a"]],
    ["a handle", { taskId: "load.users", isMapped: false }, ["load.users"]],
    ["a group", { groupId: "load" }, ["load"]],
    ["several, each once", ["a", { taskId: "a" }, { groupId: "load" }], ["a", "load"]],
    ["null", null, []],
    ["undefined", undefined, []],
    ["an empty list", [], []],
  ])("follows %s", (_name, returned, ids) => {
    expect(follow("free", returned)).toEqual(ids);
  });

  test("with choices follows the ids behind their names", () => {
    expect(follow("named", "right")).toEqual(["a", "load"]);
    expect(follow("named", ["left", "right"])).toEqual(["a", "load"]);
    expect(follow("named", null)).toEqual([]);
  });

  test.each<[string, string, unknown, string]>([
    ["an unknown id", "free", "b", 'Cannot follow the branch to "b": the DAG has no such task or group'],
    ["a number", "free", 3, "Cannot follow the branch to a number: return tasks, groups, their ids"],
    ["a list with null", "free", ["a", null], "Cannot follow the branch to null"],
    ["an unknown choice", "named", "up", 'Cannot follow the branch to "up": its choices are left, right'],
    ["an id in place of a choice", "named", "a", "its choices are left, right"],
    ["what every object has", "named", "constructor", "its choices are left, right"],
  ])("refuses %s", (_name, taskId, returned, message) => {
    expect(() => follow(taskId, returned)).toThrow(message);
  });
});

test.each<[unknown, "all" | "direct", object]>([
  [true, "all", { type: "pass" }],
  [[], "all", { type: "pass" }],
  [0, "all", { type: "skip", scope: "all" }],
  ["", "direct", { type: "skip", scope: "direct" }],
  [undefined, "direct", { type: "skip", scope: "direct" }],
])("a short circuit takes %j as JavaScript does", (returned, scope, decision) => {
  const decided = decide({ type: "short_circuit", scope }, returned, { definition, taskId: "a", run, now: 0 });
  expect(decided).toEqual({ decision, value: returned });
});

const [start, end, nextEnd] = [1_000, 2_000, 3_000];
test.each<[string, Partial<RunFacts>, number, boolean]>([
  ["a manual run", { runType: "manual" }, 9_000, true],
  ["within the next interval", {}, 2_001, true],
  ["at the end of the next interval", {}, 3_000, true],
  ["before its own interval is over", {}, 2_000, false],
  ["after the next interval", {}, 3_001, false],
  ["when none is to come", { nextDataIntervalEndAt: null }, 9_000, true],
  ["an interval without length", { dataIntervalStartAt: end }, 9_000, true],
  ["a run without an interval", { dataIntervalEndAt: null }, 9_000, true],
])("the latest run: %s", (_name, facts, now, isIt) => {
  const scheduled = { ...run, runType: "scheduled", dataIntervalStartAt: start, dataIntervalEndAt: end };
  const given = { ...scheduled, nextDataIntervalEndAt: nextEnd, ...facts };
  expect(isLatest(given, now)).toBe(isIt);
  const { decision } = decide({ type: "latest_only" }, undefined, { definition, taskId: "a", run: given, now });
  expect(decision).toEqual(isIt ? { type: "pass" } : { type: "skip", scope: "direct" });
});
