/** The same example DAGs, decided by the engine and run by the executor: all real parts in one process. */
import type { DagDefinition } from "updraft";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import airportWorkspace from "../../dags/airport_workspace.ts";
import quakeAlarm from "../../dags/quake_alarm.ts";
import quakesByDay from "../../dags/quakes_by_day.ts";
import sharedPool from "../../dags/shared_pool.ts";
import weatherByMonth from "../../dags/weather_by_month.ts";
import type { TaskInstanceView } from "../../src/platform.ts";
import { Deployment } from "../fixtures/deployment.ts";
import { type DataServer, serveData } from "./data-server.ts";

let data: DataServer;
let deployment: Deployment | null = null;
beforeAll(async () => {
  data = await serveData();
});
afterEach(() => {
  deployment?.stop();
  deployment = null;
});
afterAll(() => data.close());

interface Finished {
  readonly state: string;
  readonly instances: readonly TaskInstanceView[];
  /** Of an instance; `undefined` where it left none. */
  resultOf(taskId: string, mapIndex?: number): Promise<unknown>;
  /** What was logged, callbacks included. */
  logOf(taskId: string): Promise<readonly string[]>;
}

async function deploy(definition: DagDefinition): Promise<Deployment> {
  deployment = await Deployment.start({ definitions: [definition], origin: data.origin });
  if (definition.spec.isPausedUponCreation) {
    await deployment.json("PATCH", `/dags/${definition.spec.dagId}`, { is_paused: false });
  }
  return deployment;
}

async function run(definition: DagDefinition, conf: object = {}, target?: Deployment): Promise<Finished> {
  const { dagId } = definition.spec;
  const deployed = target ?? (await deploy(definition));
  const { status, json } = await deployed.json("POST", `/dags/${dagId}/dagRuns`, { conf });
  expect([status, json["detail"]]).toEqual([200, undefined]);
  const runId = String(json["dag_run_id"]);
  const state = await deployed.finished(dagId, runId);
  const page = await deployed.scheduler(dagId).taskInstances(runId, { limit: 1_000 });
  return {
    state,
    instances: page?.rows ?? [],
    resultOf: async (taskId, mapIndex = -1) => {
      const entries = await deployed.scheduler(dagId).xcomEntries({ runId, taskId, mapIndex });
      const value = entries.find(({ key }) => key === "return_value")?.value;
      return value?.type === "inline" ? JSON.parse(value.json) : undefined;
    },
    logOf: async (taskId) => {
      const key = { dagId, runId, taskId, mapIndex: -1, tryNumber: 1 };
      const { lines } = await deployed.platform.logs.read(key as never, { offset: 0, limit: 1_000 });
      return lines.map(({ event }) => event);
    },
  };
}

function statesOf({ instances }: Finished): Record<string, string> {
  return Object.fromEntries(instances.map(({ taskId, state }) => [taskId, String(state)]));
}

test("weather_by_month: as many instances as the results have items, and all of them brought together", async () => {
  const finished = await run(weatherByMonth);
  expect(finished.state).toBe("success");
  const counts: Record<string, number> = {};
  for (const { taskId } of finished.instances) counts[taskId] = (counts[taskId] ?? 0) + 1;
  expect(counts).toMatchObject({ mean: 12, note_hot_day: 6, "year.rain": 4, "year.judge": 4, report: 1 });
  expect(await finished.resultOf("mean", 7)).toEqual({ name: "Aug", highC: 26.1 });
  expect(await finished.resultOf("year.judge", 1)).toEqual({ year: "2013", rain: 828, isWet: false });
  expect(await finished.resultOf("report")).toMatchObject({
    warmest: { name: "Aug", highC: 26.1 },
    hotDays: expect.objectContaining({ length: 6 }),
    wetYears: ["2012", "2014", "2015"],
  });
});

describe("quake_alarm", () => {
  test("goes on with what the branch chose, and skips the rest", async () => {
    expect(statesOf(await run(quakeAlarm, { region: "Alaska" }))).toEqual({
      read: "success",
      is_there_any: "success",
      strongest: "success",
      how_strong: "success",
      "alarm.wake_people": "skipped",
      "alarm.write_report": "skipped",
      write_note: "success",
      praise_the_calm: "skipped",
      close: "success",
      is_latest: "success",
      post_to_board: "success",
    });
  });

  test("skips everything behind its short circuit", async () => {
    const finished = await run(quakeAlarm, { region: "Atlantis" });
    const { read, is_there_any: any, ...rest } = statesOf(finished);
    expect([read, any, ...new Set(Object.values(rest))]).toEqual(["success", "success", "skipped"]);
    expect(finished.state).toBe("success");
  });
});

test("airport_workspace: its teardown follows a failure, and callbacks tell of it", async () => {
  const finished = await run(airportWorkspace, { failAt: "work" });
  expect(finished.state).toBe("failed");
  expect(statesOf(finished)).toEqual({
    "workspace.open": "success",
    "workspace.read_flights": "success",
    "workspace.count_delays": "failed",
    "workspace.close": "success",
    announce: "upstream_failed",
  });
  await expect
    .poll(() => finished.logOf("workspace.count_delays"))
    .toEqual(["workspace.count_delays gave up: Counting fails, on purpose"]);
});

test("shared_pool: its tasks pass through the slots of the pool", async () => {
  const target = await deploy(sharedPool);
  const pool = { name: "example_archive", slots: 3, include_deferred: false };
  expect((await target.json("POST", "/pools", pool)).status).toBe(201);
  const finished = await run(sharedPool, {}, target);
  expect(finished.state).toBe("success");
  expect(finished.instances.filter(({ taskId }) => taskId === "weekday")).toHaveLength(7);
  expect(await finished.resultOf("report")).toMatchObject({ worstDay: "Friday" });
});

test("quakes_by_day: catch-up makes the run of each day, and each counts its own", async () => {
  const target = await deploy(quakesByDay);
  let total = 0;
  for (let day = 0; day < 7; day++) {
    // A run is named after the end of its interval, when it was due.
    const [startAt, dueAt] = [new Date(Date.UTC(2018, 0, 31 + day)), new Date(Date.UTC(2018, 1, 1 + day))];
    const runId = `scheduled__${dueAt.toISOString().replace(".000Z", "+00:00")}`;
    expect(await target.finished("quakes_by_day", runId)).toBe("success");
    const key = { runId, taskId: "count", mapIndex: -1 };
    const [entry] = await target.scheduler("quakes_by_day").xcomEntries(key);
    const count = entry?.value.type === "inline" ? JSON.parse(entry.value.json) : null;
    expect(count).toMatchObject({ day: startAt.toISOString().slice(0, 10) });
    total += count.quakeCount;
  }
  // All of the week but the fourteen after its last midnight.
  expect(total).toBe(1_693);
}, 20_000);
