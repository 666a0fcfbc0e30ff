import type { ReportRequest } from "../../../../src/executor/protocol.ts";
import type { Commit, Invariant } from "../../watch/invariant.ts";
import { isUserVerb, startsTry } from "../../watch/tries.ts";
import type { InstanceRow } from "../../watch/truth.ts";

const DAY_MS = 86_400_000;

export const retriesWait: Invariant = {
  id: "R1",
  says: "a retry waits as long as its policy says: from the base to just under twice that, grown per try, or what the task named",
  watch(world, claim) {
    return {
      onCommit(commit) {
        const { dagId, instances } = commit;
        for (const change of instances) {
          const { before, after } = change;
          if (after?.state === "up_for_retry" && before?.state !== "up_for_retry") {
            const [least, most] = delayOf(commit, before, after);
            const delayMs = after.dueAt - after.endAt;
            claim(
              delayMs >= least && delayMs <= most,
              () =>
                `${dagId} ${after.key} waits ${delayMs} ms after try ${after.tryNumber}, expected ${least} to ${most}`,
            );
          }
          if (
            before?.state === "up_for_retry" &&
            !isUserVerb(commit.cause) &&
            after !== null &&
            startsTry(change) &&
            world.faults.rates.clock_jumps_per_minute === 0
          ) {
            claim(
              after.queuedAt >= before.dueAt,
              () => `${dagId} ${after.key} went out ${before.dueAt - after.queuedAt} ms before its time`,
            );
          }
        }
      },
    };
  },
};

function delayOf(
  { cause, truth }: Commit,
  before: InstanceRow | null,
  after: InstanceRow,
): readonly [least: number, most: number] {
  const run = truth.runs.get(after.seq);
  const task = run === undefined ? null : truth.taskOf(run, after.taskId);
  if (task === null) return [0, Number.POSITIVE_INFINITY];
  if (cause.method === "report") {
    const report = (cause.args[0] as ReportRequest).reports.find(({ token }) => token === before?.token);
    if (report?.outcome.type === "failed" && report.outcome.retry.type === "after") {
      return [report.outcome.retry.ms, report.outcome.retry.ms];
    }
  }
  const factor = task.retryExponentialBackoff;
  if (factor <= 1) return [task.retryDelayMs, task.retryDelayMs];
  const baseMs = Math.max(1_000, Math.ceil((task.retryDelayMs / 1_000) * factor ** (after.tryNumber - 1)) * 1_000);
  return [Math.min(baseMs, DAY_MS), Math.min(2 * baseMs, DAY_MS)];
}
