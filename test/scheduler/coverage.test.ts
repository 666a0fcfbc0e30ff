import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DagSpec, ScheduleSpec } from "../../src/dag/spec.ts";
import { courseBounds } from "../../src/engine/course-bounds.ts";
import { makeTimetable } from "../../src/engine/timetable/make-timetable.ts";
import type { Interval } from "../../src/engine/timetable/timetable.ts";
import type { Coverage } from "../../src/platform.ts";
import {
  type CoveringRun,
  type CoveringSkip,
  checkCoverage,
  proveCoverage,
  readRuns,
  readSkips,
} from "../../src/scheduler/coverage.ts";
import { spec } from "../fixtures/engine-dag.ts";
import { SchedulerWorld, tester } from "../fixtures/scheduler-world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 0, 1);

const cron = (expression: string, dataInterval = false): ScheduleSpec => ({
  type: "cron",
  expression,
  timezone: "Europe/Zurich",
  dataInterval,
});
const every = (ms: number, dataInterval = false): ScheduleSpec => ({ type: "every", ms, months: 0, dataInterval });

const schedules: readonly ScheduleSpec[] = [
  cron("*/10 * * * *"),
  cron("0 * * * *", true),
  cron("7,38 */2 * * *"),
  { type: "crons", expressions: ["0 * * * *", "*/25 * * * *"], timezone: "UTC" },
  every(17 * MINUTE),
  every(40 * MINUTE, true),
  { type: "events", at: [1, 2, 3, 5, 8, 13, 21, 34, 55].map((count) => START + count * 37 * MINUTE) },
  { type: "once" },
  { type: "continuous" },
  { type: "manual" },
];

type Policy = Pick<DagSpec, "catchup" | "maxActiveRuns"> &
  Partial<Pick<DagSpec, "catchupPolicy" | "overlap" | "jitterMs">>;
const policies: readonly Policy[] = [
  { catchup: false, maxActiveRuns: 1 },
  { catchup: false, maxActiveRuns: 3, jitterMs: 20 * MINUTE },
  { catchup: true, maxActiveRuns: 2 },
  { catchup: true, maxActiveRuns: 16, jitterMs: 5 * MINUTE },
  { catchup: true, maxActiveRuns: 2, catchupPolicy: { latestOnly: true } },
  { catchup: true, maxActiveRuns: 3, catchupPolicy: { windowMs: 90 * MINUTE } },
  { catchup: false, maxActiveRuns: 16, overlap: "skip" },
  { catchup: true, maxActiveRuns: 2, catchupPolicy: { latestOnly: true }, overlap: "skip", jitterMs: MINUTE },
];

type Action =
  | { readonly type: "wait" | "down"; readonly ms: number }
  | { readonly type: "pause" | "unpause" | "work" | "finish" | "evict" | "trigger" | "retire" }
  | { readonly type: "edit"; readonly schedule: number }
  | { readonly type: "tune"; readonly policy: number };

const duration = fc.oneof(
  fc.integer({ min: 1, max: 90 * MINUTE }),
  fc.integer({ min: 1, max: 7 * HOUR }),
  fc.constantFrom(10 * MINUTE, HOUR, 17 * MINUTE),
);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant("wait" as const), ms: duration }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("down" as const), ms: duration }) },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constantFrom("pause", "unpause", "unpause", "work", "finish", "finish", "evict", "trigger", "retire"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("edit" as const), schedule: fc.nat(schedules.length - 1) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("tune" as const), policy: fc.nat(policies.length - 1) }) },
);

/** One DAG through a history, held against the course of each of its schedules, one after the other. */
class History {
  readonly world = new SchedulerWorld({ now: START });
  readonly startAt: number | null;
  spec: DagSpec;
  private policy: Policy | undefined;
  /** Where the present schedule began. */
  private last: Interval | null = null;
  private skipCount = 0;
  private held: string[] = [];

  constructor(options: { schedule: number; policy: number; startAt: number | null }) {
    this.startAt = options.startAt;
    this.policy = policies[options.policy];
    this.spec = this.specOf(schedules[options.schedule] ?? { type: "manual" });
  }

  private specOf(schedule: ScheduleSpec): DagSpec {
    const startAt = schedule.type === "continuous" ? (this.startAt ?? START) : this.startAt;
    return spec({ schedule, startAt, ...this.policy, catchup: this.policy?.catchup === true && startAt !== null });
  }

  async sync(): Promise<void> {
    await this.world.sync(this.spec);
  }

  async act(action: Action): Promise<void> {
    const { world } = this;
    switch (action.type) {
      case "wait":
        return world.pass(action.ms);
      case "down":
        world.now += action.ms;
        world.restart();
        return world.scheduler.wake();
      case "pause":
      case "unpause":
        await this.settled(world.scheduler.setPaused(action.type === "pause", tester));
        return;
      case "work":
        this.held.push(...(await world.claim(`i${this.held.length}`)).grants.map(({ runId }) => runId));
        return;
      case "finish":
        await world.drain();
        for (const runId of this.held.splice(0)) {
          await this.settled(world.scheduler.markRun(runId, "success", tester));
        }
        return;
      case "evict":
        return world.restart();
      case "trigger":
        await world.trigger();
        return;
      case "retire":
        await this.settled(world.scheduler.retire());
        await world.pass(HOUR);
        return this.sync();
      case "edit":
        return this.edit(this.specOf(schedules[action.schedule] ?? { type: "manual" }));
      case "tune":
        this.policy = policies[action.policy];
        this.spec = this.specOf(this.spec.schedule);
        return this.sync();
    }
  }

  private async settled(work: Promise<unknown>): Promise<void> {
    await this.world.pass(1_100);
    await work;
  }

  private async edit(next: DagSpec): Promise<void> {
    const isChanged = JSON.stringify(next.schedule) !== JSON.stringify(this.spec.schedule);
    const { cursor } = this.world.scheduler.loaded().state;
    const { lastStartAt: startAt, lastEndAt: endAt, sinceAt } = cursor;
    const runs = readRuns(this.world.sql);
    const editedAt = this.world.scheduler.now();
    const before = this.spec;
    this.spec = next;
    await this.sync();
    // Of a schedule that nothing came of, the new one takes the place.
    if (!isChanged || endAt === null) return;
    const skips = this.newSkips().filter((skip) => skip.fromAt <= editedAt);
    this.expectCovered(before, sinceAt, editedAt, runs, skips);
    this.last = startAt === null || endAt === null ? null : { startAt, endAt };
    this.skipCount =
      this.world.sql.exec("SELECT seq FROM skipped_interval").length - this.newSkips().length + skips.length;
  }

  private newSkips(): CoveringSkip[] {
    return readSkips(this.world.sql)
      .sort((a, b) => a.fromAt - b.fromAt)
      .slice(this.skipCount);
  }

  private expectCovered(
    dag: DagSpec,
    sinceAt: number | null,
    untilAt: number,
    runs: readonly CoveringRun[],
    skips: readonly CoveringSkip[],
  ): Coverage {
    const coverage = checkCoverage(
      { ...courseBounds(dag, sinceAt), timetable: makeTimetable(dag.schedule), last: this.last, untilAt },
      runs,
      skips,
    );
    expect([coverage.gaps, coverage.doubles, coverage.isComplete]).toEqual([[], [], true]);
    return coverage;
  }

  /** Everything that is due gets its turn, and then nothing is missing. */
  async close(): Promise<Coverage> {
    const { world } = this;
    await this.act({ type: "unpause" });
    await this.act({ type: "finish" });
    for (let round = 0; round < 2_000; round += 1) {
      await world.scheduler.wake();
      if ((await world.drain()) === 0 && (await world.scheduler.dag())?.queuedRunCount === 0) break;
    }
    const early =
      "SELECT run_id FROM dag_run WHERE run_type = 'scheduled' AND queued_at < run_after_at AND clear_number = 0";
    expect(world.sql.exec(early)).toEqual([]);
    const { state } = world.scheduler.loaded();
    const proof = proveCoverage(world.sql, state, world.now);
    expect([proof?.gaps, proof?.doubles, proof?.isComplete]).toEqual([[], [], true]);
    const untilAt = world.scheduler.now() - (this.spec.jitterMs ?? 0);
    return this.expectCovered(this.spec, state.cursor.sinceAt, untilAt, readRuns(world.sql), this.newSkips());
  }
}

describe("coverage", () => {
  test("through pauses, downtime, evictions, edits and limits each due interval has one run or one skip", async () => {
    const seen = { runs: 0, skips: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          schedule: fc.nat(schedules.length - 1),
          policy: fc.nat(policies.length - 1),
          startAt: fc.constantFrom(null, START, START - 5 * HOUR - 3, START + 3 * HOUR),
        }),
        fc.array(action, { maxLength: 25 }),
        async (options, actions) => {
          const history = new History(options);
          await history.sync();
          for (const one of actions) await history.act(one);
          const coverage = await history.close();
          seen.runs += coverage.runCount;
          seen.skips += coverage.skippedCount;
        },
      ),
      { numRuns: 100 },
    );
    expect(seen.runs).toBeGreaterThan(100);
    expect(seen.skips).toBeGreaterThan(100);
  }, 60_000);

  describe("tells", () => {
    const timetable = makeTimetable({ ...cron("0 * * * *"), timezone: "UTC" } as ScheduleSpec);
    const question = { timetable, earliestAt: START, latestAt: null, last: null, untilAt: START + 4 * HOUR };
    const run = (hour: number, options: Partial<CoveringRun> = {}): CoveringRun => {
      const at = START + hour * HOUR;
      return { runId: `r${hour}`, isScheduled: true, logicalAt: at, startAt: at, endAt: at, ...options };
    };
    const skip = (from: number, to: number): CoveringSkip => ({
      fromAt: START + from * HOUR,
      toAt: START + to * HOUR,
      reason: "catchup_off",
    });
    const told = (runs: readonly CoveringRun[], skips: readonly CoveringSkip[]) => {
      const { gaps, doubles } = checkCoverage(question, runs, skips);
      const hours = (findings: Coverage["gaps"]) =>
        findings.map(({ at, problem }) => `${(at - START) / HOUR}: ${problem}`);
      return [hours(gaps), hours(doubles)];
    };

    test("nothing where each has its run or its skip, or a manual run with its logical date", () => {
      expect(told([run(0), run(3), run(4, { isScheduled: false })], [skip(1, 2)])).toEqual([[], []]);
    });

    test("what has neither", () => {
      expect(told([run(0), run(4)], [skip(2, 2)])).toEqual([
        ["1: neither a run nor a skip", "3: neither a run nor a skip"],
        [],
      ]);
    });

    test("what has two, and what stands for nothing", () => {
      const runs = [run(0), run(1), run(1.5), run(4)];
      expect(told(runs, [skip(1, 2), skip(2, 3)])).toEqual([
        [],
        ['1: run "r1" and a skip', "2: 2 skips", '1.5: run "r1.5" stands for no interval of the schedule'],
      ]);
    });

    test("that it is not complete when there is too much", () => {
      const { isComplete, gaps } = checkCoverage({ ...question, untilAt: START + 1_000_000 * HOUR }, [], []);
      expect([isComplete, gaps.length]).toEqual([false, 100]);
    });
  });

  test("a schedule that was edited when all of it had been skipped goes on from there", async () => {
    const history = new History({ schedule: 7, policy: 5, startAt: START - 5 * HOUR });
    await history.sync();
    await history.act({ type: "edit", schedule: 4 });
    await history.act({ type: "down", ms: HOUR });
    expect(await history.close()).toMatchObject({ runCount: 3, skippedCount: 0 });
  });

  test("the proof of a DAG tells a run that was deleted", async () => {
    const world = new SchedulerWorld({ now: START });
    await world.sync(spec({ schedule: every(HOUR), startAt: START }));
    for (let hour = 0; hour < 3; hour += 1) {
      await world.drain();
      await world.pass(HOUR);
    }
    await world.drain();
    expect(await world.scheduler.coverage()).toMatchObject({ walkedCount: 3, gaps: [], doubles: [], isComplete: true });
    const reply = world.scheduler.deleteRun("scheduled__2026-01-01T01:00:00+00:00", tester);
    await world.pass(1_100);
    await reply;
    const proof = await world.scheduler.coverage();
    expect(proof?.gaps).toEqual([{ at: START + HOUR, problem: "neither a run nor a skip" }]);
  });
});
