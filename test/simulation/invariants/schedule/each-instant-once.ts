import type { ScheduleSpec } from "../../../../src/dag/spec.ts";
import { cronTicks } from "../../oracles/cron-ticks.ts";
import type { Invariant } from "../../watch/invariant.ts";
import type { DagTruth, RunRow } from "../../watch/truth.ts";

/**
 * Chronos matching: every due instant has a run of its own, or lies in one recorded skip, and no run stands for an instant
 * that was not due. For DAGs whose schedule nobody edited and whose runs nobody deleted; the others are proven by the walk of
 * `scheduler.coverage()`, which is apart from the code that makes runs.
 */
export const eachInstantOnce: Invariant = {
  id: "C1",
  says: "each due instant has exactly one run, or lies in exactly one recorded skip",
  watch(world, claim) {
    const edited = new Set<string>();
    const versions = new Map<string, string>();
    return {
      onCommit({ dagId, runs, truth, dag }) {
        if (dag.after === null || runs.some(({ before, after }) => before !== null && after === null))
          edited.add(dagId);
        const schedule = JSON.stringify(truth.dag === null ? null : truth.specOf(truth.dag.versionNumber)?.schedule);
        if (versions.has(dagId) && versions.get(dagId) !== schedule) edited.add(dagId);
        versions.set(dagId, schedule);
      },
      onRest() {
        for (const [dagId, truth] of world.observer.truths) {
          if (edited.has(dagId) || truth.dag === null) continue;
          match(dagId, truth, claim);
        }
      },
    };
  },
};

function match(dagId: string, truth: DagTruth, claim: (isTrue: boolean, tell: () => string) => void): void {
  const { dag } = truth;
  const spec = dag === null ? null : truth.specOf(dag.versionNumber);
  if (dag === null || spec === null || dag.lastEndAt === null) return;
  const { schedule } = spec;
  const scheduled = [...truth.runs.values()].filter(({ runType }) => runType === "scheduled");
  const first = Math.min(...scheduled.map(dueAt), ...truth.skips.map(({ fromAt }) => fromAt));
  const until = dag.lastEndAt;
  if (!Number.isFinite(first)) return;
  const ticks = ticksOf(schedule, first - 1, until);
  if (ticks === null) return;
  const byDue = new Map<number, RunRow[]>();
  for (const run of scheduled) byDue.set(dueAt(run), [...(byDue.get(dueAt(run)) ?? []), run]);
  const manual = new Set(
    [...truth.runs.values()].filter(({ runType }) => runType !== "scheduled").map(({ logicalAt }) => logicalAt),
  );
  ticks.forEach((tick, index) => {
    const runs = byDue.get(tick) ?? [];
    byDue.delete(tick);
    const skips = truth.skips.filter(({ fromAt, toAt }) => fromAt <= tick && tick <= toAt);
    // A run of a user or of a backfill with the logical date of an interval covers it.
    const logicalAt = schedule.type === "cron" && schedule.dataInterval ? ticks[index - 1] : tick;
    const isCovered =
      runs.length + skips.length === 1 || (runs.length + skips.length === 0 && manual.has(logicalAt ?? null));
    claim(
      isCovered,
      () =>
        `${dagId}: ${new Date(tick).toISOString()} (${JSON.stringify(schedule)}) has ${runs.length} runs and ${skips.length} skips`,
    );
  });
  for (const [at, runs] of byDue)
    claim(
      false,
      () =>
        `${dagId}: run ${runs[0]?.runId} stands for ${new Date(at).toISOString()}, which was not due by ${JSON.stringify(schedule)}`,
    );
}

/** When a schedule is due by a way of its own; null where there is none but the schedule's. */
function ticksOf(schedule: ScheduleSpec, afterAt: number, untilAt: number): readonly number[] | null {
  switch (schedule.type) {
    case "cron":
      return cronTicks(schedule.expression, schedule.timezone, afterAt, untilAt);
    case "crons": {
      const all = schedule.expressions.flatMap((each) => cronTicks(each, schedule.timezone, afterAt, untilAt));
      return [...new Set(all)].sort((a, b) => a - b);
    }
    case "events":
      return schedule.at.filter((at) => at > afterAt && at <= untilAt);
    default:
      return null;
  }
}

function dueAt(run: RunRow): number {
  return run.intervalEndAt ?? run.logicalAt ?? run.runAfterAt;
}
