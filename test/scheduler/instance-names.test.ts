/** What an author calls the instances of a mapped task comes with the report of each try and stays with that try. */
import { expect, test } from "vitest";
import { INSTANCE_NAME_CHARS, type TryOutcome } from "../../src/executor/protocol.ts";
import { spec, task } from "../fixtures/engine-world.ts";
import { SchedulerWorld, select, tester } from "../fixtures/scheduler-world.ts";

const success: TryOutcome = { type: "success", returnValue: null };
const failure: TryOutcome = {
  type: "failed",
  error: { name: "Error", message: "no", stack: null, causes: [] },
  retry: { type: "allowed" },
  reason: null,
};

/** A run of a task with instances that were claimed, none of which has ended. */
async function runningWorld(length: number) {
  const world = new SchedulerWorld();
  const mapped = { type: "each", source: { type: "literal", length } } as const;
  await world.sync(spec({ tasks: [task("a", { mapped, retries: 1, retryDelayMs: 60_000 })] }));
  await world.trigger({ runId: "r" });
  const { grants } = await world.claim();
  const [first, ...others] = grants.toSorted((a, b) => a.mapIndex - b.mapIndex);
  if (first === undefined) throw new Error("the run has no task instance");
  return { world, first, others };
}

const nameOf = async (world: SchedulerWorld, mapIndex = 0) =>
  (await world.scheduler.taskInstance({ runId: "r", taskId: "a" as never, mapIndex }))?.instanceName;

test("a name survives a restart, is listed, and reaches the catalog", async () => {
  const { world, first, others } = await runningWorld(2);
  await world.report(first, success, { instanceName: "winter" });
  for (const grant of others) await world.report(grant, success);
  world.restart();
  expect(await nameOf(world)).toBe("winter");
  const page = await world.scheduler.taskInstances("r", { limit: 10 });
  expect(page?.rows.map(({ instanceName }) => instanceName)).toEqual(["winter", null]);
  await world.pass(120_000);
  expect(world.taskInstances.get("r a 0")?.instanceName).toBe("winter");
  expect(world.taskInstances.get("r a 1")?.instanceName).toBeNull();
});

test("a name stays while the next try waits, goes when that one begins, and stays with the try that had it", async () => {
  const { world, first } = await runningWorld(1);
  await world.report(first, failure, { instanceName: "winter" });
  expect(await nameOf(world)).toBe("winter");
  await world.pass(61_000);
  const { grants } = await world.claim("i2");
  expect(grants.map(({ tryNumber }) => tryNumber)).toEqual([2]);
  expect(await nameOf(world)).toBeNull();
  for (const grant of grants) await world.report(grant, success, { invocation: "i2", instanceName: "summer" });
  await world.pass(120_000);
  expect(world.tries.get("r a 0 1")?.instanceName).toBe("winter");
  expect(world.taskInstances.get("r a 0")?.instanceName).toBe("summer");
});

test("a name stays with an instance that is marked, and goes with a clear", async () => {
  const { world, first } = await runningWorld(1);
  await world.report(first, success, { instanceName: "winter" });
  await world.pass(5_000);
  const selected = select({ runId: "r", tasks: [["a", 0]] });
  const marking = world.scheduler.markTaskInstances(selected, "failed", { dryRun: false }, tester);
  await world.pass(5_000);
  expect(await marking).toMatchObject({ ok: true });
  expect(await nameOf(world)).toBe("winter");
  const clearing = world.scheduler.clearTaskInstances(selected, { dryRun: false, resetDagRuns: true }, tester);
  await world.pass(5_000);
  expect(await clearing).toMatchObject({ ok: true });
  expect(await nameOf(world)).toBeNull();
  await world.pass(120_000);
  expect(world.tries.get("r a 0 1")?.instanceName).toBe("winter");
});

test("a name is cut to what is kept, as text, and an empty one is none", async () => {
  const { world, first, others } = await runningWorld(2);
  await world.report(first, success, { instanceName: `${"x".repeat(INSTANCE_NAME_CHARS - 1)}\u{1f343} and more` });
  for (const grant of others) await world.report(grant, success, { instanceName: "" });
  expect(await nameOf(world, 0)).toBe(`${"x".repeat(INSTANCE_NAME_CHARS - 1)}\ufffd`);
  expect(await nameOf(world, 1)).toBeNull();
});
