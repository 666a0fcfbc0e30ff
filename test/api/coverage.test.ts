import { expect, test } from "vitest";
import { addDag, assertShape, makeWorld } from "./world.ts";

const DAY_MS = 86_400_000;

test("the coverage of a schedule is told with its gaps and its skips", async () => {
  const world = await makeWorld();
  await addDag(world.platform, "alpha");
  world.platform.scheduler("alpha").coverageFound = {
    walkedCount: 5,
    runCount: 2,
    skippedCount: 2,
    gaps: [{ at: DAY_MS, problem: "neither a run nor a skip" }],
    doubles: [],
    isComplete: true,
    skips: [{ fromAt: 2 * DAY_MS, toAt: 3 * DAY_MS, count: 2, reason: "catchup_off" }],
    scheduleProblem: null,
  };
  const { status, json } = await world.api.get("/dags/alpha/coverage");
  expect(status).toBe(200);
  assertShape("GET /dags/:dag_id/coverage", json);
  expect(json).toMatchObject({ intervals: 5, runs: 2, skipped: 2, gaps: [{ at: "1970-01-02T00:00:00.000Z" }] });
  expect(json.skips).toEqual([
    { from_date: "1970-01-03T00:00:00.000Z", to_date: "1970-01-04T00:00:00.000Z", count: 2, reason: "catchup_off" },
  ]);
});

test("a DAG that does not exist has none", async () => {
  const world = await makeWorld();
  expect((await world.api.get("/dags/nowhere/coverage")).status).toBe(404);
});
