import { describe, expect, it } from "vitest";
import type { ScheduleSpec } from "../../src/dag/spec.ts";
import { explain } from "../../src/engine/explain.ts";
import { datesBetween } from "../../src/engine/timetable/dates-between.ts";
import { makeTimetable } from "../../src/engine/timetable/make-timetable.ts";
import { graphOf, spec, World } from "../fixtures/engine-world.ts";

const DAY_MS = 86_400_000;
const running = (world: World) =>
  [...world.state.runs.values()].filter(({ state }) => state === "running").map(({ runId }) => runId);

describe("a backfill", () => {
  it("[BF1] starts its runs in their order, as many at once as it allows, whatever the DAG allows", () => {
    const world = new World(spec({ tasks: graphOf("a"), maxActiveRuns: 1 }));
    world.backfill(7, { runs: 4, maxActiveRuns: 2 });
    expect(running(world)).toEqual(["backfill7__1", "backfill7__2"]);
    world.trigger("own");
    expect(running(world)).toEqual(["backfill7__1", "backfill7__2", "own"]);
    world.claim("a", { run: "backfill7__2" });
    world.report("a", { type: "success" }, { run: "backfill7__2" });
    expect(running(world)).toEqual(["backfill7__1", "own", "backfill7__3"]);
  });

  it("[BF2] comes after the DAG's own queued runs, and never takes their room", () => {
    const world = new World(spec({ tasks: graphOf("a"), maxActiveRuns: 1 }));
    world.apply({ type: "set_paused", isPaused: true });
    world.backfill(7, { runs: 2, maxActiveRuns: 1 });
    world.trigger("own1");
    world.trigger("own2");
    world.apply({ type: "set_paused", isPaused: false });
    expect(world.steps.flatMap(({ start }) => (start === null ? [] : [start]))).toEqual([
      { backfillId: null, count: 1 },
      { backfillId: 7, count: 1 },
    ]);
    expect(running(world)).toEqual(["own1", "backfill7__1"]);
  });

  it("[BF1] starts nothing while it is paused, nor while the DAG is, and explain says which", () => {
    const world = new World(spec({ tasks: graphOf("a") }));
    world.backfill(7, { runs: 3, maxActiveRuns: 1, isHeld: true });
    const run = world.read("backfill7__1");
    expect(running(world)).toEqual([]);
    expect(explain(world.state, run, 0, world.now)[0]).toEqual({
      rule: "BF1",
      reason: "The run is queued: backfill 7 is paused",
    });
    world.backfill(7, { maxActiveRuns: 1 });
    expect(running(world)).toEqual(["backfill7__1"]);
    expect(explain(world.state, world.read("backfill7__2"), 0, world.now)[0]?.reason).toContain("1 of at most 1");
  });

  it("[BF3] is completed once none of its runs is live, and a run of it that is cleared later keeps its limit", () => {
    const world = new World(spec({ tasks: graphOf("a") }));
    world.backfill(7, { runs: 2, maxActiveRuns: 1 });
    const completions = () => world.steps.flatMap(({ completedBackfills }) => completedBackfills);
    world.succeed("a", { run: "backfill7__1" });
    expect(completions()).toEqual([]);
    world.succeed("a", { run: "backfill7__2" });
    expect(completions()).toEqual([7]);
    world.clear(["a"], "backfill7__1");
    world.clear(["a"], "backfill7__2");
    expect(running(world)).toEqual(["backfill7__1"]);
    expect(world.state.backfills.get(7)).toMatchObject({ isCompleted: true, runningRunCount: 1, queuedRunCount: 1 });
    expect(world.state.runningRunCount + world.state.queuedRunCount).toBe(0);
    expect(completions()).toEqual([7]);
  });

  it("[BF3] without a run is completed at once, but not while its runs are being made", () => {
    const world = new World();
    const facts = { id: 7, maxActiveRuns: 1, isHeld: false, isCompleted: false, queuedRunCount: 0 };
    const made = world.apply({ type: "set_backfill", backfill: { ...facts, isUnderWay: true } });
    expect(made.completedBackfills).toEqual([]);
    expect(world.apply({ type: "set_backfill", backfill: { ...facts, isUnderWay: false } }).completedBackfills).toEqual(
      [7],
    );
  });

  it("[BF4] takes a finished run over: it is queued as one of the backfill, and no scheduled one any more", () => {
    const world = new World(spec({ tasks: graphOf("a") }));
    world.trigger("old", { runType: "scheduled", logicalAt: world.now });
    world.fail("a");
    const facts = { id: 7, maxActiveRuns: 1, isHeld: true, isCompleted: false, queuedRunCount: 0 };
    world.apply({ type: "set_backfill", backfill: { ...facts, isUnderWay: true } });
    const run = world.run("old");
    world.apply({ type: "clear", run, places: [0], backfill: { id: 7, sortOrdinal: 3 } });
    expect([run.state, run.runType, run.backfill]).toEqual(["queued", "backfill", { id: 7, sortOrdinal: 3 }]);
    expect([world.state.queuedRunCount, world.state.queuedScheduledCount]).toEqual([0, 0]);
    expect(world.state.backfills.get(7)?.queuedRunCount).toBe(1);
  });

  it("[BF5] begins a series of its own: its first run looks at nothing before it, the others do", () => {
    const world = new World(spec({ tasks: graphOf("a", { a: { dependsOnPast: true } }) }));
    world.trigger("before", { logicalAt: world.now - 100 * DAY_MS });
    world.fail("a");
    world.backfill(7, { runs: 2, maxActiveRuns: 2 });
    expect([world.stateOf("a", "backfill7__1"), world.stateOf("a", "backfill7__2")]).toEqual(["queued", "none"]);
    world.claim("a", { run: "backfill7__1" });
    world.report("a", { type: "success" }, { run: "backfill7__1" });
    expect(world.stateOf("a", "backfill7__2")).toBe("queued");
  });

  it("[BF1] counts the same after a start of the object", () => {
    const world = new World(spec({ tasks: graphOf("a"), maxActiveRuns: 1 }));
    world.backfill(7, { runs: 4, maxActiveRuns: 2 });
    world.restart();
    expect(world.state.backfills.get(7)).toMatchObject({ runningRunCount: 2, queuedRunCount: 2 });
    expect(world.state.runningRunCount).toBe(0);
  });
});

describe("the dates of a range", () => {
  const at = (text: string) => Date.parse(text);
  const dates = (schedule: ScheduleSpec, from: string, to: string, now = "2030-01-01T00:00Z", limit = 100) =>
    datesBetween(makeTimetable(schedule, null), { fromAt: at(from), toAt: at(to) }, at(now), limit)?.map(
      ({ logicalAt }) => new Date(logicalAt).toISOString(),
    );
  const daily = { type: "cron", expression: "0 0 * * *", timezone: "UTC", dataInterval: true } as const;

  it("[BF6] has every logical date of the range, both ends included, on the schedule's own course", () => {
    expect(dates(daily, "2021-01-03", "2021-01-05")).toEqual([
      "2021-01-03T00:00:00.000Z",
      "2021-01-04T00:00:00.000Z",
      "2021-01-05T00:00:00.000Z",
    ]);
    expect(dates(daily, "2021-01-03T05:00Z", "2021-01-04T23:00Z")).toEqual(["2021-01-04T00:00:00.000Z"]);
    const trigger = { ...daily, dataInterval: false } as const;
    expect(dates(trigger, "2021-01-03", "2021-01-04")).toHaveLength(2);
    // A run about the day before its tick: the last logical date has its tick a day after the range.
    const about = { ...trigger, intervalMs: DAY_MS } as const;
    expect(dates(about, "2021-01-03", "2021-01-04")).toEqual(["2021-01-03T00:00:00.000Z", "2021-01-04T00:00:00.000Z"]);
    expect(
      dates({ type: "every", ms: 3_600_000, months: 0, dataInterval: true }, "2021-01-03", "2021-01-03T02:00Z"),
    ).toEqual(["2021-01-03T00:00:00.000Z", "2021-01-03T01:00:00.000Z", "2021-01-03T02:00:00.000Z"]);
  });

  it("[BF6] leaves out what has not ended, and refuses more than its limit", () => {
    expect(dates(daily, "2021-01-03", "2021-01-09", "2021-01-05T12:00Z")).toHaveLength(2);
    expect(dates(daily, "2021-01-01", "2021-12-31", "2030-01-01T00:00Z", 10)).toBeUndefined();
  });
});
