import { cron, type Deadline, DefinitionError, dag, type TaskDefaults } from "updraft";
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

test("what is not used does not stand in the spec", () => {
  const made = dag("d", {}, ({ task }) => void task("t", nothing));
  expect(Object.keys(taskOf(made, "t")).sort()).toEqual(
    [
      ...["taskId", "groupId", "description", "docs", "owner", "upstream", "inputs", "triggerRule", "retries"],
      ...["retryDelayMs", "retryExponentialBackoff", "maxRetryDelayMs", "executionTimeoutMs", "pool", "poolSlots"],
      ...["priorityWeight", "executor", "queue"],
    ].sort(),
  );
  expect(made.hooks).toEqual({ tasks: {}, groups: {}, callbacks: {}, deadlines: [] });
});

test("the past, the limits and the dates of a task, also by default", () => {
  const defaults: TaskDefaults = { dependsOnPast: true, maxActiveTisPerDag: 3, startDate: "2026-03-01" };
  const made = dag("d", { schedule: cron("@daily", { timezone: "Europe/Paris" }), defaults }, ({ task }) => {
    task("t", { ignoreFirstDependsOnPast: false, endDate: new Date(Date.UTC(2027, 0, 1)) }, nothing);
    task("w", { dependsOnPast: false, waitForDownstream: true, waitForPastDependsBeforeSkipping: true }, nothing);
    task("u", { dependsOnPast: false, maxActiveTisPerDagrun: 2, weightRule: "upstream" }, nothing);
  });
  expect(taskOf(made, "t")).toMatchObject({
    dependsOnPast: true,
    ignoreFirstDependsOnPast: false,
    maxActiveTisPerDag: 3,
    // Midnight in Paris.
    startAt: Date.UTC(2026, 1, 28, 23),
    endAt: Date.UTC(2027, 0, 1),
  });
  expect(taskOf(made, "w")).toMatchObject({
    dependsOnPast: true,
    waitForDownstream: true,
    waitForPastDependsBeforeSkipping: true,
  });
  expect(taskOf(made, "u")).toMatchObject({ maxActiveTisPerDagrun: 2, weightRule: "upstream" });
  expect(taskOf(made, "u")).not.toHaveProperty("dependsOnPast");
});

test("a weight of its own is computed from the whole graph and stored as absolute", () => {
  const weightRule: TaskDefaults["weightRule"] = ({ taskId, priorityWeight, upstreamIds, downstreamIds }) =>
    priorityWeight * 100 + upstreamIds.length * 10 + downstreamIds.length + (taskId === "a" ? 1_000 : 0);
  const made = dag("d", { defaults: { weightRule } }, ({ task, chain }) => {
    const [a, b, c] = [task("a", nothing), task("b", { priorityWeight: 3 }, nothing), task("c", nothing)];
    chain(a, [b, c], task("e", { weightRule: "absolute" }, nothing));
  });
  expect(made.spec.tasks.map(({ taskId, priorityWeight, weightRule }) => [taskId, priorityWeight, weightRule])).toEqual(
    [
      ["a", 1_103, "absolute"],
      ["b", 311, "absolute"],
      ["c", 111, "absolute"],
      ["e", 1, "absolute"],
    ],
  );
});

test("functions of tasks stand in the hooks, and the spec says that they are there", async () => {
  const made = dag("d", { defaults: { onFailure: nothing } }, ({ task }) => {
    task(
      "t",
      {
        retryPolicy: () => "fail",
        runIf: () => false,
        skipIf: () => true,
        onSuccess: [nothing, nothing],
        onRetry: nothing,
      },
      nothing,
    );
    task("u", { skipIf: async () => true }, nothing);
    task.map("m", { over: { x: [1] }, name: ({ x }) => `no. ${x}` }, nothing);
  });
  expect(taskOf(made, "t")).toMatchObject({
    hasRetryPolicy: true,
    hasCondition: true,
    callbacks: ["success", "failure", "retry"],
  });
  expect(taskOf(made, "m")).toMatchObject({ hasInstanceName: true, callbacks: ["failure"] });
  const { t, u, m } = made.hooks.tasks;
  expect(t?.callbacks?.success).toHaveLength(2);
  expect(await t?.condition?.({})).toBe("runIf said no");
  expect(await u?.condition?.({})).toBe("skipIf said yes");
  expect(m?.instanceName?.({ x: 7 })).toBe("no. 7");
});

test("a DAG has its callbacks, its deadlines, and what failures do", () => {
  const deadlines: Deadline[] = [
    { from: "queued_at", after: "1h", callback: nothing },
    { from: { date: "2026-01-01" }, callback: nothing },
    { from: "average_runtime", after: -1_000, callback: nothing },
    { from: { averageRuntimeOf: 3 }, after: 5, callback: nothing },
    { from: "logical_date", callback: nothing },
  ];
  const options = {
    failFast: true,
    maxConsecutiveFailedDagRuns: 3,
    onFailure: [nothing],
    onSuccess: nothing,
    deadlines,
  };
  const made = dag("d", options, ({ task }) => void task("t", nothing));
  expect(made.spec).toMatchObject({
    failFast: true,
    maxConsecutiveFailedDagRuns: 3,
    callbacks: ["success", "failure"],
    deadlines: [
      { reference: { type: "queued_at" }, intervalMs: 3_600_000 },
      { reference: { type: "fixed", at: Date.UTC(2026, 0, 1) }, intervalMs: 0 },
      { reference: { type: "average_runtime", count: 10 }, intervalMs: -1_000 },
      { reference: { type: "average_runtime", count: 3 }, intervalMs: 5 },
      { reference: { type: "logical_date" }, intervalMs: 0 },
    ],
  });
  expect(made.hooks.callbacks).toEqual({ success: [nothing], failure: [nothing] });
  expect(made.hooks.deadlines).toHaveLength(5);
});

test("failFast takes no other rule than all_success and that of teardowns", () => {
  const made = dag("d", { failFast: true }, ({ task }) => {
    task.teardown("t", { setups: task.setup("s", nothing) }, nothing);
  });
  expect(made.spec.failFast).toBe(true);
  expect(
    messageOf(() => dag("d", { failFast: true }, ({ task }) => void task("t", { triggerRule: "one_failed" }, nothing))),
  ).toBe(
    'Cannot load DAG "d", task "t": with failFast every trigger rule must be all_success, got one_failed: leave out one of them',
  );
});

describe("bad options are refused with the place and the fix", () => {
  test.each<[string, TaskDefaults, string]>([
    ["a limit of zero", { maxActiveTisPerDag: 0 }, "maxActiveTisPerDag must be a whole number of at least 1, got 0"],
    [
      "a rule of weight",
      { weightRule: untyped<"upstream">("up") },
      'weightRule must be one of downstream, upstream, absolute, got "up"',
    ],
    ["a weight that is none", { weightRule: () => 1.5 }, "the result of weightRule must be a whole number"],
    [
      "a weight rule that throws",
      {
        weightRule: () => {
          throw new Error("no");
        },
      },
      "weightRule threw: no",
    ],
    ["a callback that is none", { onFailure: untyped<() => void>("log") }, "onFailure must be a function, got string"],
    ["a policy that is none", { retryPolicy: untyped<() => "fail">(3) }, "retryPolicy must be a function, got number"],
    ["a flag", { dependsOnPast: untyped<boolean>("yes") }, 'dependsOnPast must be true or false, got "yes"'],
    ["a date", { startDate: "tomorrow" }, "startDate: "],
    ["dates the wrong way round", { startDate: "2026-02-01", endDate: "2026-01-01" }, "endDate is before startDate"],
  ])("%s", (_name, options, problem) => {
    const message = messageOf(() => dag("d", {}, ({ task }) => void task("t", options, nothing)));
    expect(message).toMatch(/^Cannot load DAG "d", task "t": /);
    expect(message).toContain(problem);
  });

  test.each<[string, Deadline, string]>([
    ["no reference", untyped<Deadline>({ callback: nothing }), 'from must be "queued_at"'],
    ["no callback", untyped<Deadline>({ from: "queued_at" }), "callback must be a function, got undefined"],
    [
      "a count",
      { from: { averageRuntimeOf: 0 }, callback: nothing },
      "averageRuntimeOf must be a whole number of 1 to 1000",
    ],
    [
      "an unknown option",
      untyped<Deadline>({ from: "queued_at", within: 1, callback: nothing }),
      'unknown option "within"',
    ],
  ])("a deadline with %s", (_name, deadline, problem) => {
    const message = messageOf(() => dag("d", { deadlines: [deadline] }, nothing));
    expect(message).toMatch(/^Cannot load DAG "d", deadline 1: /);
    expect(message).toContain(problem);
  });

  test("retry policies and callbacks of defaults are checked where they stand", () => {
    expect(messageOf(() => dag("d", { defaults: { weightRule: untyped<"upstream">(1) } }, nothing))).toMatch(
      /^Cannot load DAG "d", defaults: weightRule must be one of/,
    );
    expect(messageOf(() => dag("d", { defaults: { onRetry: untyped<() => void>(1) } }, nothing))).toBe(
      'Cannot load DAG "d", defaults: onRetry must be a function, got number',
    );
  });
});
