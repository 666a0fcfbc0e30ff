/** What consumers of mapped tasks are given with their grants. */
import { expect, test } from "vitest";
import type { TaskId } from "../../src/dag/ids.ts";
import type { Grant } from "../../src/executor/protocol.ts";
import { group, overItems, spec, task } from "../fixtures/engine-dag.ts";
import { SchedulerWorld } from "../fixtures/scheduler-world.ts";

/** `x` in a group within the group of `y`: each `y` is given the results of its own element. */
async function nested(innerLength: number): Promise<readonly Grant[]> {
  const world = new SchedulerWorld();
  const groups = [group("o", { mapped: overItems(2) }), group("i", { parentId: "o", mapped: overItems(innerLength) })];
  const input = { inputs: { all: "x" as TaskId }, upstream: ["x"] };
  const tasks = [task("x", { groupId: "i" }), task("y", { groupId: "o", ...input }), task("z", input)];
  await world.sync(spec({ tasks, groups }));
  await world.trigger({ runId: "r" });
  while (world.messages.length > 0) {
    const { grants } = await world.claim();
    const consumers = grants.filter(({ taskId }) => taskId !== "x");
    if (consumers.length > 0) return consumers;
    for (const grant of grants) {
      const json = String(grant.mapIndex * 10);
      await world.report(grant, { type: "success", returnValue: { type: "inline", json } });
    }
    await world.settle();
  }
  throw new Error("no consumer became ready");
}

const valuesOf = (grant: Grant | undefined) => {
  const value = grant?.inputs["all"]?.value;
  if (value?.type !== "mapped") return value;
  return { ...value, items: value.items?.map((item) => (item?.type === "inline" ? Number(item.json) : item)) };
};

test("within a mapped group, a consumer of a group inside it is given the results of its own element", async () => {
  const grants = await nested(3);
  expect(grants.map((grant) => [grant.taskId, grant.mapIndex])).toEqual([
    ["y", 0],
    ["y", 1],
    ["z", -1],
  ]);
  const base = { type: "mapped", taskId: "x" };
  expect(valuesOf(grants[0])).toEqual({ ...base, count: 3, valueCount: 3, items: [0, 10, 20] });
  expect(valuesOf(grants[1])).toEqual({ ...base, from: 3, count: 3, valueCount: 3, items: [30, 40, 50] });
  expect(valuesOf(grants[2])).toEqual({ ...base, count: 6, valueCount: 6, items: [0, 10, 20, 30, 40, 50] });
});

test("a group inside with one element gives a list of one, as it does with more", async () => {
  const grants = await nested(1);
  const base = { type: "mapped", taskId: "x", count: 1, valueCount: 1 };
  expect(valuesOf(grants[0])).toEqual({ ...base, items: [0] });
  expect(valuesOf(grants[1])).toEqual({ ...base, from: 1, items: [10] });
});

test("of many results it is told where its own begin, to read them in pages", async () => {
  const grants = await nested(120);
  expect(valuesOf(grants[1])).toEqual({
    type: "mapped",
    taskId: "x",
    from: 120,
    count: 120,
    valueCount: 120,
    items: undefined,
  });
});
