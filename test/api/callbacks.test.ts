import { beforeEach, expect, test } from "vitest";
import { makeCallback, makeRun } from "../fixtures/projections.ts";
import { addDag, assertShape, makeWorld, type World } from "./world.ts";

let world: World;
const path = "/dags/alpha/dagRuns/one/callbacks";
beforeEach(async () => {
  world = await makeWorld();
  await addDag(world.platform, "alpha");
  const run = makeRun({ dagId: "alpha", runId: "one", state: "failed", startAt: 1, endAt: 2 });
  world.platform.scheduler("alpha").runs.set(run.runId, run);
});

test("the callbacks of a run are listed with what became of them", async () => {
  const run = makeRun({ dagId: "alpha", runId: "one" });
  const common = { dagId: run.dagId, runId: run.runId };
  await world.platform.project({
    callbacks: [
      makeCallback({ ...common, callbackId: "1", event: "deadline", createdAt: 1_000 }),
      makeCallback({
        ...common,
        callbackId: "2",
        createdAt: 2_000,
        state: "failed",
        attemptCount: 3,
        endAt: 80_000,
        error: "Error: no",
      }),
    ],
  });
  const { status, json } = await world.api.get(path);
  expect(status).toBe(200);
  assertShape("GET /dags/:dag_id/dagRuns/:dag_run_id/callbacks", json);
  expect(json).toMatchObject({
    total_entries: 2,
    callbacks: [
      { callback_id: "1", event: "deadline", task_id: null, state: "queued", attempts: 0, end_date: null },
      { callback_id: "2", event: "on_failure", state: "failed", attempts: 3, error: "Error: no" },
    ],
  });
});

test("a run without any has an empty list, and one that is not there is a 404", async () => {
  expect((await world.api.get(path)).json).toEqual({ callbacks: [], total_entries: 0 });
  expect((await world.api.get("/dags/alpha/dagRuns/two/callbacks")).status).toBe(404);
});
