import type { Invariant } from "../../watch/invariant.ts";

export const runsAreUnique: Invariant = {
  id: "N3",
  says: "run ids and logical dates are there once per DAG, and no run gets the number of one that was deleted",
  watch(_world, claim) {
    const lastNumber = new Map<string, number>();
    return {
      onCommit({ dagId, truth, dag, runs }) {
        // A DAG that was deleted and comes back begins anew.
        if (dag.before === null || dag.after === null) lastNumber.delete(dagId);
        for (const { before, after } of runs) {
          if (before !== null || after === null) continue;
          const last = lastNumber.get(dagId) ?? 0;
          claim(after.seq > last, () => `${dagId} ${after.runId} has the number ${after.seq} after ${last}`);
        }
        lastNumber.set(dagId, Math.max(lastNumber.get(dagId) ?? 0, ...runs.map(({ after }) => after?.seq ?? 0)));
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
