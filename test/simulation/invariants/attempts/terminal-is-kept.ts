import type { Invariant } from "../../watch/invariant.ts";
import { clearedRuns, isUserVerb } from "../../watch/tries.ts";
import { isFinished } from "../../watch/truth.ts";

export const terminalIsKept: Invariant = {
  id: "S6",
  says: "a finished task instance is changed by a clear or a mark alone, and clearing a finished run counts the clear",
  watch(_world, claim) {
    return {
      onCommit(commit) {
        const { dagId, instances, runs, cause } = commit;
        const cleared = clearedRuns(commit);
        for (const { before, after } of instances) {
          if (before === null || after === null || !isFinished(before.state)) continue;
          // A mapped task that shrinks and grows takes instances away and brings them back.
          if (before.state === "removed" || after.state === "removed") continue;
          const isKept = before.state === after.state && before.token === after.token;
          claim(
            isKept || isUserVerb(cause) || cleared.has(after.seq),
            () => `${dagId} ${after.key}: ${before.state} became ${after.state} by ${cause.method}`,
          );
        }
        for (const { before, after } of runs) {
          if (before === null || after === null) continue;
          const isReopened =
            (before.state === "success" || before.state === "failed") &&
            (after.state === "queued" || after.state === "running");
          if (isReopened) {
            claim(
              cleared.has(after.seq),
              () =>
                `${dagId} ${after.runId} goes on after ${before.state}, cleared ${after.clearNumber} times, by ${cause.method}`,
            );
          }
        }
      },
    };
  },
};
