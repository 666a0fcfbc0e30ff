import { cronTicks } from "../../oracles/cron-ticks.ts";
import type { Invariant } from "../../watch/invariant.ts";
import type { DagTruth, RunRow } from "../../watch/truth.ts";
import type { World } from "../../world/world.ts";

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
          match(world, dagId, truth, claim);
        }
      },
    };
  },
};

function match(
  world: World,
  dagId: string,
  truth: DagTruth,
  claim: (isTrue: boolean, tell: () => string) => void,
): void {
  const { dag } = truth;
  const spec = dag === null ? null : truth.specOf(dag.versionNumber);
  if (dag === null || spec?.schedule.type !== "cron" || dag.lastEndAt === null) return;
  const { expression, timezone } = spec.schedule;
  const scheduled = [...truth.runs.values()].filter(({ runType }) => runType === "scheduled");
  const first = Math.min(...scheduled.map(dueAt), ...truth.skips.map(({ fromAt }) => fromAt));
  const until = dag.lastEndAt;
  if (!Number.isFinite(first)) return;
  const ticks = cronTicks(expression, timezone, first - 1, until);
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
    const logicalAt = spec.schedule.type === "cron" && spec.schedule.dataInterval ? ticks[index - 1] : tick;
    const isCovered =
      runs.length + skips.length === 1 || (runs.length + skips.length === 0 && manual.has(logicalAt ?? null));
    claim(
      isCovered,
      () =>
        `${dagId}: ${new Date(tick).toISOString()} (${expression} ${timezone}) has ${runs.length} runs and ${skips.length} skips`,
    );
  });
  for (const [at, runs] of byDue)
    claim(
      false,
      () =>
        `${dagId}: run ${runs[0]?.runId} stands for ${new Date(at).toISOString()}, which was not due by ${expression} ${timezone}`,
    );
  void world;
}

function dueAt(run: RunRow): number {
  return run.intervalEndAt ?? run.logicalAt ?? run.runAfterAt;
}
