import type { ReportRequest } from "../../../../src/executor/protocol.ts";
import type { Commit, Invariant } from "../../watch/invariant.ts";
import { isUserVerb } from "../../watch/tries.ts";
import type { InstanceRow } from "../../watch/truth.ts";

/** How a try ends without anybody's report. */
const BY_SCHEDULER: ReadonlySet<string> = new Set([
  ...["heartbeat_lost", "queue_timeout", "execution_timeout", "cancelled", "marked", "dagrun_timeout", "fail_fast"],
  ...["cleared", "nothing_to_map"],
]);

/** Looks at causes: a state that is right by accident, from the report of an older try, looks the same as a right one. */
export const resultsComeFromHolders: Invariant = {
  id: "S4",
  says: "a result changes a task instance only when the present token brought it, from the invocation that holds it",
  watch(_world, claim) {
    return {
      onCommit(commit) {
        if (isUserVerb(commit.cause)) return;
        for (const { before, after } of commit.instances) {
          if (before === null || after === null || before.state === after.state) continue;
          if (after.state === "success") {
            claim(
              isReported(commit, before, "success"),
              () => `${commit.dagId} ${after.key}: success without its report, by ${commit.cause.method}`,
            );
          } else if (before.state === "running" && after.reason === "skip_raised") {
            claim(
              isReported(commit, before, "skipped"),
              () => `${commit.dagId} ${after.key}: skipped without its report`,
            );
          } else if (
            before.state === "running" &&
            (after.state === "failed" || after.state === "up_for_retry") &&
            !BY_SCHEDULER.has(after.reason)
          ) {
            claim(
              isReported(commit, before, "failed"),
              () => `${commit.dagId} ${after.key}: ${after.reason} without its report`,
            );
          }
        }
      },
    };
  },
};

function isReported({ cause, truth }: Commit, before: InstanceRow, type: string): boolean {
  if (cause.method !== "report" || before.state !== "running") return false;
  const request = cause.args[0] as ReportRequest;
  if (request.invocation !== before.invocation) return false;
  const runId = truth.runs.get(before.seq)?.runId;
  return request.reports.some(
    (report) =>
      report.token === before.token &&
      report.runId === runId &&
      report.taskId === before.taskId &&
      report.mapIndex === before.mapIndex &&
      report.outcome.type === type,
  );
}
