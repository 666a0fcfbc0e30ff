import { expect, test } from "vitest";
import { readOne } from "../../src/catalog/port.ts";
import { projectionStatements } from "../../src/catalog/projection.ts";
import { runTasks } from "../../src/catalog/sql/run-tasks.ts";
import { TASK_INSTANCE_STATES, type TaskInstanceState } from "../../src/engine/states.ts";
import { makeProjection, makeRun, makeTaskInstance } from "../fixtures/projections.ts";
import { makeMigratedCatalog } from "../fixtures/sqlite-catalog.ts";

/** A task whose mapped instances are in these states, so many in each. */
function mapped(taskId: string, states: Readonly<Partial<Record<TaskInstanceState, number>>>) {
  const all = Object.entries(states).flatMap(([state, count]) => Array(count).fill(state) as TaskInstanceState[]);
  return all.map((state, mapIndex) => makeTaskInstance({ taskId, mapIndex, state, startAt: 5 + mapIndex, endAt: 90 }));
}

async function summaryOf(taskInstances: ReturnType<typeof mapped>, dagRun = makeRun()) {
  const catalog = await makeMigratedCatalog();
  await catalog.write(projectionStatements(makeProjection({ dagRuns: [dagRun], taskInstances }), 1));
  return readOne(catalog, runTasks.summary({ dagId: "dag", runIds: "latest" }));
}

// Up to a hundred travel as letters, more as numbers.
test.each([1, 3, 7, 8, 40])("counts what is in each state, %i of each", async (count) => {
  const states = TASK_INSTANCE_STATES.filter((state) => state !== "running");
  const summary = await summaryOf(mapped("part", Object.fromEntries(states.map((state) => [state, count]))));
  expect(summary?.tasks.get("part" as never)?.counts).toEqual(states.map((state) => ({ state, count })));
});

test.each(TASK_INSTANCE_STATES)("knows a task that is one task instance, %s", async (state) => {
  const endAt = state === "running" ? null : 9;
  const summary = await summaryOf([makeTaskInstance({ taskId: "alone", state, startAt: 5, endAt })]);
  expect(summary?.tasks.get("alone" as never)).toMatchObject({ isMapped: false, counts: [{ state, count: 1 }], endAt });
});

test("says when the first began and the last ended, the highest try, one of the errors, and two of the builds", async () => {
  const error = { name: "OutOfFuel", message: "the tank is empty", stack: "" };
  const two = [
    makeTaskInstance({
      taskId: "part",
      mapIndex: 0,
      state: "success",
      startAt: 5,
      endAt: 9,
      tryNumber: 3,
      bundleId: "a",
    }),
    makeTaskInstance({ taskId: "part", mapIndex: 1, state: "failed", startAt: 7, endAt: 30, error, bundleId: "b" }),
  ];
  const other = makeTaskInstance({ taskId: "other", state: "success", startAt: 40, endAt: 50, bundleId: "c" });
  const summary = await summaryOf([...two, other]);
  expect(summary?.tasks.get("part" as never)).toMatchObject({
    startAt: 5,
    endAt: 30,
    tryNumber: 3,
    error: "OutOfFuel: the tank is empty",
    isMapped: true,
  });
  expect(summary?.bundleIds).toEqual(["a", "c"]);
});

test("tells times before the start of a run as they were", async () => {
  const early = makeTaskInstance({ taskId: "early", state: "success", queuedAt: 3, startAt: 5, endAt: 9 });
  const summary = await summaryOf([early], makeRun({ state: "running", startAt: 1_000 }));
  expect(summary?.tasks.get("early" as never)).toMatchObject({ queuedAt: 3, startAt: 5, endAt: 9 });
});
