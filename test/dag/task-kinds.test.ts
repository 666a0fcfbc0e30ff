import { DefinitionError, dag, type Task } from "updraft";
import { describe, expect, test } from "vitest";
import type { DagDefinition } from "../../src/dag/definition.ts";

const nothing = () => {};

function messageOf(define: () => unknown): string {
  try {
    define();
  } catch (error) {
    expect(error).toBeInstanceOf(DefinitionError);
    return error instanceof Error ? error.message : "";
  }
  throw new Error("the definition was accepted");
}

function taskOf({ spec }: DagDefinition, taskId: string) {
  const found = spec.tasks.find((task) => task.taskId === taskId);
  if (found === undefined) throw new Error(`There is no task "${taskId}"`);
  return found;
}

function untyped<T>(value: unknown): T {
  return value as T;
}

describe("deciding tasks", () => {
  test("say in the spec how they decide", () => {
    const made = dag("d", {}, ({ task }) => {
      task.branch("b", () => null);
      task.shortCircuit("s", () => true);
      task.shortCircuit("direct", { scope: "direct", retries: 1 }, () => true);
      task.latestOnly("l");
      task.latestOnly("m", { description: "only now" });
      task("plain", nothing);
    });
    expect(made.spec.tasks.map(({ taskId, decision }) => [taskId, decision])).toEqual([
      ["b", { type: "branch" }],
      ["s", { type: "short_circuit", scope: "all" }],
      ["direct", { type: "short_circuit", scope: "direct" }],
      ["l", { type: "latest_only" }],
      ["m", { type: "latest_only" }],
      ["plain", undefined],
    ]);
    expect(taskOf(made, "direct").retries).toBe(1);
    expect(taskOf(made, "m").description).toBe("only now");
    expect(made.functions["l"]?.({})).toBeUndefined();
  });

  test("choices are edges, and stand for the ids behind their names", () => {
    const made = dag("d", {}, ({ task, group }) => {
      const a = task("a", nothing);
      const g = group("g", () => {
        task("first", nothing).before(task("second", nothing));
      });
      task.branch("b", { choices: { left: a, right: [a, g] } }, () => "left");
    });
    expect(made.hooks.tasks["b"]?.choices).toEqual({ left: ["a"], right: ["a", "g"] });
    expect(taskOf(made, "a").upstream).toEqual(["b"]);
    expect(taskOf(made, "g.first").upstream).toEqual(["b"]);
    expect(taskOf(made, "g.second").upstream).toEqual(["g.first"]);
  });
});

describe("setups and teardowns", () => {
  test("are marked, and a teardown has its own rule and edges", () => {
    const made = dag("d", { defaults: { retries: 2 } }, ({ task }) => {
      const make = task.setup("make", () => 1);
      const work = [task("w1", nothing), task("w2", nothing)];
      task.teardown("take", { setups: make, around: work, inputs: { make }, onFailureFailDagRun: true }, nothing);
    });
    expect(taskOf(made, "make")).toMatchObject({ isSetup: true, triggerRule: "all_success" });
    expect(taskOf(made, "w1").upstream).toEqual(["make"]);
    expect(taskOf(made, "take")).toMatchObject({
      isTeardown: true,
      onFailureFailDagRun: true,
      triggerRule: "all_done_setup_success",
      upstream: ["make", "w1", "w2"],
      retries: 2,
    });
    expect(taskOf(made, "w1")).not.toHaveProperty("isTeardown");
  });

  test("what follows a group waits for its work and not for its teardown", () => {
    const made = dag("d", {}, ({ task, group, chain }) => {
      const g = group("g", () => {
        const make = task.setup("make", nothing);
        const take = task.teardown("take", { setups: make }, nothing);
        chain(make, task("work", nothing), take);
      });
      const bare = group("bare", () => {
        const make = task.setup("make", nothing);
        task.teardown("take", { setups: make }, nothing);
      });
      task("after_work", nothing).after(g);
      task("after_bare", nothing).after(bare);
    });
    expect(taskOf(made, "after_work").upstream).toEqual(["g.work"]);
    expect(taskOf(made, "after_bare").upstream).toEqual(["bare.make"]);
  });

  test("a task directly after a setup must be all_success", () => {
    const define = () =>
      dag("d", {}, ({ task }) => {
        const make = task.setup("make", nothing);
        task("work", { after: make, triggerRule: "none_failed" }, nothing);
      });
    expect(messageOf(define)).toBe(
      'Cannot load DAG "d", task "work": its trigger rule is none_failed, and it runs directly after the setup "make": ' +
        "leave out triggerRule, or put a task between",
    );
  });
});

describe("bad definitions are refused with the place and the fix", () => {
  type Define = Parameters<typeof dag>[2];
  test.each<[string, Define, string]>([
    [
      "another rule for a teardown",
      ({ task }) => void task.teardown("t", untyped<object>({ triggerRule: "all_done" }), nothing),
      "a teardown always has the trigger rule all_done_setup_success: leave out triggerRule",
    ],
    [
      "a setup that is none",
      ({ task }) => void task.teardown("t", { setups: task("s", nothing) }, nothing),
      'task "s" among setups is none: make it with task.setup()',
    ],
    [
      "an unknown scope",
      ({ task }) => void task.shortCircuit("t", { scope: untyped<"all">("some") }, () => 1),
      'scope must be "all" or "direct", got "some"',
    ],
    [
      "no choices",
      ({ task }) => void task.branch("t", { choices: {} }, () => null),
      "choices must be an object of at least one name and its tasks",
    ],
    [
      "a choice that is no task",
      ({ task }) => void task.branch("t", { choices: { a: untyped<Task<void>>("a") } }, () => null),
      'choice "a" is not a task',
    ],
    [
      "a misplaced option",
      ({ task }) => void task("t", untyped<object>({ over: [1] }), nothing),
      'unknown option "over"',
    ],
    [
      "no function",
      ({ task }) => void task.setup("t", untyped(1)),
      "expected a function as the last argument of task.setup()",
    ],
  ])("%s", (_name, define, problem) => {
    const message = messageOf(() => dag("d", {}, define));
    expect(message).toMatch(/^Cannot load DAG "d", task "t": /);
    expect(message).toContain(problem);
  });
});
