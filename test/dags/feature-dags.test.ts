/** The example DAGs of mapping, branching, setup and teardown, pools and data intervals. */
import type { DagDefinition } from "updraft";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import airportWorkspace from "../../dags/airport_workspace.ts";
import quakeAlarm from "../../dags/quake_alarm.ts";
import quakesByDay from "../../dags/quakes_by_day.ts";
import sharedPool from "../../dags/shared_pool.ts";
import weatherByMonth from "../../dags/weather_by_month.ts";
import { type DataServer, serveData } from "./data-server.ts";
import { type DagRun, type RunOptions, runDag } from "./run-dag.ts";

let data: DataServer;
beforeAll(async () => {
  data = await serveData();
});
afterAll(() => data.close());

const run = (definition: DagDefinition, conf = {}, options: RunOptions = {}) =>
  runDag(definition, { origin: data.origin, conf, ...options });

function resultOf<T>(dagRun: DagRun, taskId: string): T {
  const { state, error, result } = dagRun.of(taskId);
  expect([taskId, state, error]).toEqual([taskId, "success", undefined]);
  return result as T;
}

function statesOf({ tasks }: DagRun): Record<string, string> {
  return Object.fromEntries([...tasks].map(([id, { state }]) => [id, state]));
}

describe("weather_by_month", () => {
  test("has an instance per month, hot day and year, and brings them together", async () => {
    const finished = await run(weatherByMonth);
    expect(finished.of("mean").instances).toHaveLength(12);
    expect(resultOf<object[]>(finished, "mean")[0]).toEqual({ name: "Jan", highC: 8.2 });
    expect(finished.of("note_hot_day").instances).toHaveLength(6);
    expect(finished.of("year.rain").instances?.map(({ result }) => result)).toEqual([1_226, 828, 1_232.8, 1_139.2]);
    expect(resultOf<object>(finished, "report")).toMatchObject({
      warmest: { name: "Aug", highC: 26.1 },
      wetYears: ["2012", "2014", "2015"],
    });
  });
});

describe("quake_alarm", () => {
  test("chooses the alarm and the note for the strongest quake of the week", async () => {
    expect(statesOf(await run(quakeAlarm))).toEqual({
      read: "success",
      is_there_any: "success",
      strongest: "success",
      how_strong: "success",
      "alarm.wake_people": "success",
      "alarm.write_report": "success",
      write_note: "success",
      praise_the_calm: "skipped",
      close: "success",
      is_latest: "success",
      post_to_board: "success",
    });
  });

  test("chooses a note, or the calm, where there was less", async () => {
    const note = await run(quakeAlarm, { region: "Alaska" });
    expect(resultOf(note, "how_strong")).toEqual(["write_note"]);
    expect(resultOf(note, "write_note")).toBe("noted: M 4.8");
    expect(statesOf(note)).toMatchObject({ "alarm.wake_people": "skipped", close: "success" });
    const calm = await run(quakeAlarm, { region: "Utah" });
    expect(resultOf(calm, "how_strong")).toEqual(["praise_the_calm"]);
    expect(statesOf(calm)).toMatchObject({ write_note: "skipped", praise_the_calm: "success", close: "success" });
  });

  test("skips everything for a region without earthquakes", async () => {
    const finished = await run(quakeAlarm, { region: "Atlantis" });
    expect(new Set(Object.values(statesOf(finished)).slice(2))).toEqual(new Set(["skipped"]));
    expect(finished.state).toBe("success");
  });
});

describe("airport_workspace", () => {
  test("opens, works, closes and announces", async () => {
    const finished = await run(airportWorkspace);
    expect(finished.state).toBe("success");
    expect(resultOf<unknown[]>(finished, "workspace.count_delays")).toHaveLength(5);
    expect(finished.of("workspace.close").log[0]?.message).toBe("Closed space-test");
    expect(resultOf(finished, "announce")).toBe("DFW");
  });

  test("closes although the work fails, and fails when closing does", async () => {
    const work = await run(airportWorkspace, { failAt: "work" });
    expect(work.state).toBe("failed");
    expect(statesOf(work)).toMatchObject({
      "workspace.count_delays": "failed",
      "workspace.close": "success",
      announce: "upstream_failed",
    });
    // The policy saw that another try could not end better.
    expect(work.of("workspace.count_delays").tryCount).toBe(1);
    expect(work.of("workspace.count_delays").log.at(-1)?.message).toContain("gave up: Counting fails");
    const tidying = await run(airportWorkspace, { failAt: "tidying" });
    expect([tidying.state, tidying.of("announce").state]).toEqual(["failed", "success"]);
  });

  test("announces after the work, without waiting for the teardown", () => {
    expect(airportWorkspace.spec.tasks.find(({ taskId }) => taskId === "announce")?.upstream).toEqual([
      "workspace.count_delays",
    ]);
  });
});

describe("shared_pool", () => {
  test("finds the worst weekday with what the pool allows", async () => {
    const finished = await run(sharedPool);
    expect(finished.of("weekday").instances).toHaveLength(7);
    expect(resultOf(finished, "report")).toMatchObject({ worstDay: "Friday" });
    const settings = sharedPool.spec.tasks.map(({ taskId, pool, poolSlots, priorityWeight }) => [
      taskId,
      pool,
      poolSlots,
      priorityWeight,
    ]);
    expect(settings).toEqual([
      ["read", "example_archive", 3, 1],
      ["weekday", "example_archive", 1, 1],
      ["urgent", "example_archive", 1, 100],
      ["report", "default_pool", 1, 1],
    ]);
  });
});

describe("quakes_by_day", () => {
  test("counts each earthquake on exactly one day", async () => {
    let total = 0;
    for (let day = 0; day < 8; day++) {
      const startAt = new Date(Date.UTC(2018, 0, 31 + day));
      const interval = { startAt, endAt: new Date(startAt.getTime() + 86_400_000) };
      const finished = await run(quakesByDay, {}, { interval, runType: "scheduled" });
      const { quakeCount } = resultOf<{ quakeCount: number }>(finished, "count");
      if (day === 0) expect(resultOf(finished, "keep_in_order")).toBe("2018-01-31");
      total += quakeCount;
    }
    expect(total).toBe(1_707);
  });

  test("skips a day without data, and a run without a day", async () => {
    const startAt = new Date(Date.UTC(2026, 0, 1));
    const empty = await run(quakesByDay, {}, { interval: { startAt, endAt: new Date(Date.UTC(2026, 0, 2)) } });
    expect(statesOf(empty)).toEqual({ read: "success", count: "skipped", keep_in_order: "skipped" });
    expect(statesOf(await run(quakesByDay))).toMatchObject({ read: "skipped" });
  });
});
