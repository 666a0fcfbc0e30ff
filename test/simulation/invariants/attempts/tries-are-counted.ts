import type { Invariant } from "../../watch/invariant.ts";
import { isUserVerb } from "../../watch/tries.ts";
import { isActive } from "../../watch/truth.ts";

export const triesAreCounted: Invariant = {
  id: "S7",
  says: "a try number grows by one, when a try begins, and never above the retries",
  watch(_world, claim) {
    return {
      onCommit({ dagId, instances, cause }) {
        for (const { before, after } of instances) {
          if (after === null || cause.method === "deleteTaskInstance") continue;
          const grown = after.tryNumber - (before?.tryNumber ?? 0);
          // What was ready had its number, and no row yet; cleared, it takes the next.
          const most = isUserVerb(cause) ? 2 : 1;
          // What is ready and is judged anew gives its number back.
          const least = before?.state === "scheduled" ? -1 : 0;
          claim(
            grown >= least && grown <= most,
            () => `${dagId} ${after.key}: try ${before?.tryNumber ?? 0} became ${after.tryNumber}`,
          );
          claim(
            after.tryNumber <= after.maxTries + 1,
            () => `${dagId} ${after.key}: try ${after.tryNumber} of ${after.maxTries + 1}`,
          );
          if (grown === 0 && before !== null && isActive(before.state) && isActive(after.state)) {
            // Handing the same try out again costs none.
            claim(
              after.maxTries >= before.maxTries || cause.method === "clearTaskInstances",
              () => `${dagId} ${after.key}: its retries went from ${before.maxTries} to ${after.maxTries}`,
            );
          }
          const isRetry =
            before !== null && (before.state === "up_for_retry" || before.state === "none") && isActive(after.state);
          if (isRetry)
            claim(
              grown >= 1 && grown <= most,
              () => `${dagId} ${after.key}: went from ${before.state} to ${after.state} within try ${after.tryNumber}`,
            );
        }
      },
    };
  },
};
