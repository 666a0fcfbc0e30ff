import type { Invariant } from "../../watch/invariant.ts";

export const runsAreUnique: Invariant = {
  id: "N3",
  says: "run ids and logical dates are there once per DAG",
  watch(_world, claim) {
    return {
      onCommit({ dagId, truth, runs }) {
        if (!runs.some(({ before, after }) => before === null && after !== null)) return;
        const ids = new Set<string>();
        const dates = new Set<number>();
        for (const { runId, logicalAt } of truth.runs.values()) {
          claim(!ids.has(runId), () => `${dagId} has two runs ${runId}`);
          ids.add(runId);
          if (logicalAt === null) continue;
          claim(!dates.has(logicalAt), () => `${dagId} has two runs for ${new Date(logicalAt).toISOString()}`);
          dates.add(logicalAt);
        }
      },
    };
  },
};
