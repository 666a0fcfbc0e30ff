import type { TriggerRequest } from "../../../../src/platform.ts";
import type { Invariant } from "../../watch/invariant.ts";

export const unansweredIsOnce: Invariant = {
  id: "A3",
  says: "a trigger without an answer left no run or one, however often it was sent with its key",
  watch(_world, claim) {
    const asked = new Set<string>();
    return {
      onUser({ dagId, verb, args, reply }) {
        if (verb !== "trigger" || reply !== null) return;
        const { idempotencyKey } = args[0] as TriggerRequest;
        if (idempotencyKey !== null) asked.add(`${dagId}/${idempotencyKey}`);
      },
      onCommit({ dagId, runs, truth }) {
        for (const { before, after } of runs) {
          if (before !== null || after === null || after.idempotencyKey === null) continue;
          const same = [...truth.runs.values()].filter(({ idempotencyKey }) => idempotencyKey === after.idempotencyKey);
          const isUnanswered = asked.has(`${dagId}/${after.idempotencyKey}`);
          claim(
            same.length === 1,
            () => `${dagId}: key ${after.idempotencyKey} made ${same.length} runs${isUnanswered ? ", unanswered" : ""}`,
          );
        }
      },
    };
  },
};
