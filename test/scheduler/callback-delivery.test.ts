/** Callbacks from their cause to their log, with all real parts in one process. */
import { afterEach, expect, test } from "vitest";
import { dag } from "../../src/dag/index.ts";
import { runCallbackLogKey } from "../../src/executor/log-lines.ts";
import { Deployment } from "../fixtures/deployment.ts";

let deployment: Deployment | null = null;
afterEach(() => {
  deployment?.stop();
  deployment = null;
});

/** What the run's callbacks have become, once none of them is on its way. */
async function settledCallbacks(target: Deployment, dagId: string, runId: string) {
  for (;;) {
    const { json } = await target.json("GET", `/dags/${dagId}/dagRuns/${encodeURIComponent(runId)}/callbacks`);
    const rows = json["callbacks"] as readonly { readonly state: string; readonly end_date: string | null }[];
    if (rows.length > 0 && rows.every((row) => row.end_date !== null)) return rows;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("a run that fails calls its DAG's callback once, whatever is delivered twice, and keeps its log", async () => {
  const calls: string[] = [];
  const definition = dag(
    "told",
    {
      onFailure: ({ run, reason, log }) => {
        calls.push(`${run.runId} ${reason}`);
        log.info("telling the team");
      },
    },
    ({ task }) => {
      task("work", () => {
        throw new Error("no");
      });
    },
  );
  deployment = await Deployment.start({ definitions: [definition], copies: 2 });
  await deployment.json("POST", "/dags/told/dagRuns", { dag_run_id: "r1" });
  expect(await deployment.finished("told", "r1")).toBe("failed");
  const [callback] = await settledCallbacks(deployment, "told", "r1");
  expect(callback).toMatchObject({ event: "on_failure", task_id: null, state: "success", attempts: 1, error: null });
  expect(calls).toEqual(["r1 task_failure"]);
  const run = await deployment.scheduler("told").run("r1");
  if (run === null) throw new Error("the run is gone");
  const log = await deployment.platform.logs.read(
    runCallbackLogKey({ dagId: run.dagId, runId: run.runId, callbackId: 1, attempt: 1 }),
    { offset: 0, limit: 100 },
  );
  expect(log.lines.map(({ event }) => event)).toContain("telling the team");
});

test("a run that succeeds calls its success callback, and a deadline that has passed by then its own", async () => {
  const calls: string[] = [];
  const definition = dag(
    "late",
    {
      onSuccess: () => calls.push("success"),
      deadlines: [
        { from: { date: "2020-01-01" }, callback: ({ deadlineAt }) => calls.push(String(deadlineAt?.toISOString())) },
      ],
    },
    ({ task }) => {
      task("work", () => "worked");
    },
  );
  deployment = await Deployment.start({ definitions: [definition] });
  await deployment.json("POST", "/dags/late/dagRuns", { dag_run_id: "r1" });
  expect(await deployment.finished("late", "r1")).toBe("success");
  const rows = await settledCallbacks(deployment, "late", "r1");
  expect(rows).toMatchObject([{ event: "deadline", state: "success" }, { event: "on_success" }]);
  expect(calls.sort()).toEqual(["2020-01-01T00:00:00.000Z", "success"]);
});

test("a callback that throws leaves the run as it was", async () => {
  const definition = dag(
    "broken",
    {
      onSuccess: () => {
        throw new TypeError("fetch failed");
      },
    },
    ({ task }) => {
      task("work", () => "worked");
    },
  );
  deployment = await Deployment.start({ definitions: [definition] });
  await deployment.json("POST", "/dags/broken/dagRuns", { dag_run_id: "r1" });
  expect(await deployment.finished("broken", "r1")).toBe("success");
  const target = deployment;
  for (;;) {
    const { json } = await target.json("GET", "/dags/broken/dagRuns/r1/callbacks");
    const [row] = json["callbacks"] as readonly { readonly error: string | null; readonly state: string }[];
    if (row?.error != null) {
      expect(row).toMatchObject({ state: "queued", attempts: 1, error: "TypeError: fetch failed" });
      break;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await target.scheduler("broken").run("r1"))?.state).toBe("success");
});
