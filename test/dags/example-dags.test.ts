import type { DagDefinition } from "updraft";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import earthquakes from "../../dags/earthquakes.ts";
import flightDelays from "../../dags/flight_delays.ts";
import helloCron from "../../dags/hello_cron.ts";
import retriesAndFailure from "../../dags/retries_and_failure.ts";
import seattleWeather from "../../dags/seattle_weather.ts";
import slowSteps from "../../dags/slow_steps.ts";
import { type DataServer, serveData } from "./data-server.ts";
import { type DagRun, runDag } from "./run-dag.ts";

let data: DataServer;
beforeAll(async () => {
  data = await serveData();
});
afterAll(() => data.close());

const run = (definition: DagDefinition, conf = {}) => runDag(definition, { origin: data.origin, conf });

function resultOf<T>(dagRun: DagRun, taskId: string): T {
  const { state, error, result } = dagRun.of(taskId);
  expect([taskId, state, error]).toEqual([taskId, "success", undefined]);
  return result as T;
}

describe("seattle_weather", () => {
  test("reports four years by month, with a chart", async () => {
    const finished = await run(seattleWeather);
    expect(finished.state).toBe("success");
    expect(resultOf<unknown[]>(finished, "extract")).toHaveLength(1_461);
    expect(resultOf<unknown[]>(finished, "means").slice(0, 2)).toEqual([
      { month: "Jan", dayCount: 124, highC: 8.2, lowC: 2.7, rainMm: 116.5 },
      { month: "Feb", dayCount: 113, highC: 9.9, lowC: 4.1, rainMm: 105.5 },
    ]);
    const report = resultOf<{ svg: string }>(finished, "report");
    expect(report).toMatchObject({
      title: "Seattle, 2012–2015",
      warmest: "Aug",
      wettest: "Nov",
      skies: { sun: 640, fog: 101, rain: 641, drizzle: 53, snow: 26 },
    });
    expect(report.svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 530 232".*<\/svg>$/);
    expect(report.svg.match(/<rect /g)).toHaveLength(12);
    expect(report.svg.length).toBeLessThan(4_000);
  });

  test("reports the years it is asked for, and refuses to run backwards or beyond the data", async () => {
    const finished = await run(seattleWeather, { firstYear: 2015 });
    expect(resultOf<unknown[]>(finished, "extract")).toHaveLength(365);
    expect(resultOf<object>(finished, "report")).toMatchObject({ title: "Seattle, 2015–2015" });

    const backwards = await run(seattleWeather, { firstYear: 2015, lastYear: 2012 });
    expect(backwards.state).toBe("failed");
    expect(backwards.of("extract")).toMatchObject({ tryCount: 1, error: { name: "FailWithoutRetry" } });
    await expect(run(seattleWeather, { firstYear: 2016 })).rejects.toThrow("conf.firstYear: Too big");
  });

  test("runs each morning without being unpaused, and so that a fault costs seconds", () => {
    expect(seattleWeather.spec).toMatchObject({
      isPausedUponCreation: false,
      schedule: { type: "cron", expression: "0 6 * * *", timezone: "America/Los_Angeles" },
      startAt: Date.UTC(2026, 0, 1, 8),
    });
    expect(seattleWeather.spec.tasks.every((task) => task.retries === 2 && task.retryDelayMs === 2_000)).toBe(true);
  });
});

describe("earthquakes", () => {
  test("gets through the flaky source, and counts each quake once", async () => {
    const finished = await run(earthquakes);
    expect(finished.state).toBe("success");
    expect(finished.of("fetch").tryCount).toBe(2);
    expect(resultOf<unknown[]>(finished, "fetch")).toHaveLength(1_707);
    const valid = resultOf<{ quakes: unknown[]; rejected: { reason: string }[] }>(finished, "validate");
    expect(valid.quakes).toHaveLength(1_679);
    expect(valid.rejected).toHaveLength(28);
    expect(new Set(valid.rejected.map(({ reason }) => reason))).toEqual(
      new Set(["it was no earthquake but: explosion", "it was no earthquake but: quarry blast"]),
    );
    expect(resultOf<unknown[]>(finished, "deduplicate")).toHaveLength(1_668);
    expect(resultOf<unknown[]>(finished, "magnitude_histogram")).toEqual(
      [44, 659, 530, 219, 88, 89, 34, 5].map((count, index) => ({ from: index - 1, to: index, count })),
    );
    expect(resultOf<unknown[]>(finished, "strongest")[0]).toEqual({
      at: "2018-02-06T15:50:42.400Z",
      magnitude: 6.4,
      place: "22km NNE of Hualian, Taiwan",
    });
  });

  test("leaves weak quakes out of the histogram when asked to", async () => {
    const finished = await run(earthquakes, { minMagnitude: 5, flakyTries: 0 });
    expect(finished.of("fetch").tryCount).toBe(1);
    expect(resultOf(finished, "magnitude_histogram")).toEqual([
      { from: 5, to: 6, count: 34 },
      { from: 6, to: 7, count: 5 },
    ]);
  });

  test("fails, and what follows with it, when the source never answers", async () => {
    const finished = await run(earthquakes, { flakyTries: 4 });
    expect(finished.state).toBe("failed");
    expect(finished.of("fetch")).toMatchObject({ state: "failed", tryCount: 4 });
    expect(finished.of("strongest").state).toBe("upstream_failed");
  });
});

describe("flight_delays", () => {
  test("looks at the flights side by side and brings the results together", async () => {
    const finished = await run(flightDelays);
    expect(resultOf<unknown[]>(finished, "read_flights")).toHaveLength(10_000);
    expect(resultOf(finished, "airports.dfw")).toEqual({
      name: "DFW",
      flightCount: 555,
      meanDelayMin: 10.2,
      lateShare: 0.24,
    });
    expect(resultOf(finished, "bring_together")).toEqual({
      airports: [
        { name: "ORD", flightCount: 553, meanDelayMin: 7.4, lateShare: 0.231 },
        { name: "ATL", flightCount: 419, meanDelayMin: 7.4, lateShare: 0.196 },
        { name: "LAX", flightCount: 393, meanDelayMin: 8.9, lateShare: 0.272 },
        { name: "DFW", flightCount: 555, meanDelayMin: 10.2, lateShare: 0.24 },
      ],
      worstHour: { name: "22:00", flightCount: 230, meanDelayMin: 25.8, lateShare: 0.37 },
      worstDay: { name: "Friday", flightCount: 1_523, meanDelayMin: 12.4, lateShare: 0.271 },
      distances: [
        { name: "up to 500 miles", flightCount: 4_650, meanDelayMin: 7.9, lateShare: 0.207 },
        { name: "up to 1,000 miles", flightCount: 3_041, meanDelayMin: 8.3, lateShare: 0.221 },
        { name: "farther", flightCount: 2_309, meanDelayMin: 6.9, lateShare: 0.243 },
      ],
    });
  });

  test("has a group whose seven tasks wait for one and are waited for by one", () => {
    const { tasks, groups } = flightDelays.spec;
    expect(groups.map(({ groupId }) => groupId)).toEqual(["airports", "patterns"]);
    const grouped = tasks.filter((task) => task.groupId !== null);
    expect(grouped).toHaveLength(7);
    expect(grouped.every((task) => task.upstream.join() === "read_flights")).toBe(true);
    expect(tasks.at(-1)?.upstream).toEqual(grouped.map((task) => task.taskId));
  });
});

describe("slow_steps", () => {
  test("logs each year as it goes, and compares what its walks pushed", async () => {
    const finished = await run(slowSteps, { pauseMs: 0 });
    expect(resultOf(finished, "compare")).toEqual({
      yearCount: 144,
      warmest: {
        "walk.until_1920": { year: 1900, anomalyC: -0.08 },
        "walk.until_1970": { year: 1944, anomalyC: 0.2 },
        "walk.until_today": { year: 2023, anomalyC: 1.17 },
      },
    });
    expect(finished.of("walk.until_1970").log).toHaveLength(50);
  });

  test("stops at once when it is cancelled", async () => {
    const reason = new Error("cancelled");
    const cancelled = await runDag(slowSteps, {
      origin: data.origin,
      conf: { pauseMs: 5_000 },
      signalFor: (taskId) => (taskId === "walk.until_1920" ? AbortSignal.abort(reason) : new AbortController().signal),
      only: ["read_temperatures", "walk.until_1920"],
    });
    expect(cancelled.of("walk.until_1920")).toMatchObject({ state: "failed", error: reason });
  });
});

describe("hello_cron", () => {
  test("greets with the minute of its run, and waits to be unpaused", async () => {
    const finished = await runDag(helloCron, { logicalAt: new Date("2026-03-04T05:06:00Z") });
    expect(resultOf(finished, "hello")).toEqual({ greeting: "Hello at 05:06" });
    expect(finished.of("hello").log[0]?.message).toBe("Hello, it is 05:06 UTC");
    expect(helloCron.spec).toMatchObject({
      isPausedUponCreation: true,
      schedule: { type: "cron", expression: "* * * * *", timezone: "UTC", dataInterval: false },
    });
  });
});

describe("retries_and_failure", () => {
  test("shows each way that a task can end", async () => {
    const finished = await run(retriesAndFailure);
    expect(finished.state).toBe("failed");
    const ends = [...finished.tasks].map(([id, { state, tryCount }]) => [id, state, tryCount]);
    expect(Object.fromEntries(ends.map(([id, ...rest]) => [id, rest]))).toEqual({
      start: ["success", 1],
      third_time_lucky: ["success", 3],
      always_fails: ["failed", 2],
      never_reached: ["upstream_failed", 0],
      gives_up: ["failed", 1],
      nothing_to_do: ["skipped", 1],
      skipped_too: ["skipped", 0],
      clean_up: ["success", 1],
      report: ["upstream_failed", 0],
    });
  });
});
