import { expect, test } from "vitest";
import { graphOf, spec } from "../fixtures/engine-world.ts";
import { SchedulerWorld, tester } from "../fixtures/scheduler-world.ts";

const HOUR_MS = 3_600_000;
const day = (text: string) => Date.parse(`2021-01-${text}`);
const tasks = graphOf("a", { a: { dependsOnPast: true } });
const error = { name: "Error", message: "no", stack: null, causes: [] };

async function failAll(world: SchedulerWorld): Promise<void> {
  const { grants } = await world.claim();
  for (const grant of grants)
    await world.report(grant, { type: "failed", error, retry: { type: "forbidden" }, reason: null });
  await world.pass(1_000);
}

test("[DP1] a run waits no more for one that was deleted, but for the one before that", async () => {
  const world = new SchedulerWorld({ now: day("20") });
  await world.sync(spec({ tasks }));
  await world.trigger({ runId: "one", logicalAt: day("01") });
  await failAll(world);
  await world.trigger({ runId: "two", logicalAt: day("02") });
  await world.trigger({ runId: "three", logicalAt: day("03") });
  expect(await world.states("two")).toEqual({ a: "none" });
  await world.scheduler.deleteRun("one", tester);
  await world.pass(1_000);
  expect(await world.states("two")).toEqual({ a: "queued" });
  expect(world.dagRuns.has("one")).toBe(false);
  await failAll(world);
  await world.scheduler.deleteRun("two", tester);
  await world.pass(1_000);
  expect(await world.states("three")).toEqual({ a: "queued" });
});

test("[DP1] a scheduled run that comes before a live one is the run before it, as after a start of the object", async () => {
  const world = new SchedulerWorld({ now: day("20") });
  const schedule = { type: "cron", expression: "0 0 * * *", timezone: "UTC", dataInterval: true } as const;
  await world.sync(spec({ tasks, schedule, startAt: day("19") }));
  await failAll(world);
  await world.pass(12 * HOUR_MS);
  await world.trigger({ runId: "noon", logicalAt: world.now });
  const before = () => world.scheduler.loaded().state.runsById.get("noon")?.previous?.logicalAt;
  expect(before()).toBe(day("19"));
  // The interval of the 20th has ended: its run is made now, with a logical date before noon.
  await world.pass(12 * HOUR_MS);
  expect(before()).toBe(day("20"));
  world.restart();
  await world.scheduler.poke();
  expect(before()).toBe(day("20"));
});

test("[DP7] a cleared run starts beside the one that has its place and waits for it, also after a start of the object", async () => {
  const world = new SchedulerWorld({ now: day("20") });
  await world.sync(spec({ tasks, maxActiveRuns: 1 }));
  await world.trigger({ runId: "one", logicalAt: day("01") });
  await failAll(world);
  await world.trigger({ runId: "two", logicalAt: day("02") });
  await world.trigger({ runId: "three", logicalAt: day("03") });
  await world.scheduler.setPaused(true, tester);
  await world.clear("one");
  const states = () => ["one", "two", "three"].map((runId) => world.dagRuns.get(runId)?.state);
  await world.pass(1_000);
  expect(states()).toEqual(["queued", "running", "queued"]);
  world.restart();
  await world.scheduler.setPaused(false, tester);
  await world.pass(1_000);
  expect(states()).toEqual(["running", "running", "queued"]);
  for (const wanted of [
    ["success", "running", "queued"],
    ["success", "success", "running"],
    ["success", "success", "success"],
  ]) {
    const { grants } = await world.claim();
    for (const grant of grants) await world.report(grant, { type: "success", returnValue: null });
    await world.pass(1_000);
    expect(states()).toEqual(wanted);
  }
});
