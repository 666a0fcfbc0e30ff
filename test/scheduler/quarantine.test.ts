/** A bug of ours in the state of one run stops that run, and nothing else. */
import { expect, test } from "vitest";
import { RUNNING, UP_FOR_RETRY } from "../../src/engine/states.ts";
import { spec, task } from "../fixtures/engine-dag.ts";
import { SchedulerWorld } from "../fixtures/scheduler-world.ts";

const success = { type: "success", returnValue: null } as const;

async function twoRuns() {
  const world = new SchedulerWorld();
  await world.sync(spec({ tasks: [task("a"), task("b", { upstream: ["a"] as never })] }));
  await world.trigger({ runId: "r1" });
  await world.trigger({ runId: "r2" });
  const { grants } = await world.claim();
  return { world, of: (runId: string) => grants.find((grant) => grant.runId === runId) as (typeof grants)[number] };
}

/** What a bug would do to memory. */
function breakRun(world: SchedulerWorld, runId: string, state: number): void {
  const run = world.scheduler.loaded().state.runsById.get(runId);
  if (run !== undefined) run.stateCounts[state] = -1;
}

test("[D7] an event that would commit a state that cannot be is not committed, and its run is quarantined", async () => {
  const { world, of } = await twoRuns();
  breakRun(world, "r1", UP_FOR_RETRY);
  await expect(world.report(of("r1"), success)).rejects.toThrow("miscounted");
  expect(await world.scheduler.run("r1")).toMatchObject({ state: "failed", reason: "quarantined" });
  expect(await world.states("r1")).toMatchObject({ a: "failed" });
  // Its executor is told to stop, and its result is refused.
  const { verdicts } = await world.report(of("r1"), success);
  expect(verdicts).toMatchObject([{ accepted: false }]);
});

test("[D7] the other runs of the DAG go on, and the catalog and the audit log tell of it", async () => {
  const { world, of } = await twoRuns();
  breakRun(world, "r1", UP_FOR_RETRY);
  await expect(world.report(of("r1"), success)).rejects.toThrow();
  await world.report(of("r2"), success);
  await world.drain();
  expect(await world.scheduler.run("r2")).toMatchObject({ state: "success" });
  await world.pass(60_000);
  expect(world.dagRuns.get("r1")).toMatchObject({ state: "failed", reason: "quarantined" });
  const events = world.projections.flatMap((projection) => projection.events);
  expect(events).toContainEqual(expect.objectContaining({ event: "quarantined", runId: "r1" }));
});

test("[D7] a quarantined run can be cleared, and then runs as any other", async () => {
  const { world, of } = await twoRuns();
  breakRun(world, "r1", RUNNING);
  await expect(world.report(of("r1"), success)).rejects.toThrow();
  await world.clear("r1");
  await world.report(of("r2"), success);
  await world.drain();
  expect(await world.scheduler.run("r1")).toMatchObject({ state: "success", reason: null });
});
