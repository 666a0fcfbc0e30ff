import type { Invariant } from "../../watch/invariant.ts";

export const editsHoldFromThen: Invariant = {
  id: "C5",
  says: "an edited schedule makes no run for what lies before the edit",
  watch(_world, claim) {
    const schedules = new Map<string, string>();
    const editedAt = new Map<string, number>();
    return {
      onCommit({ dagId, dag, runs, truth, now }) {
        if (dag.after === null) {
          schedules.delete(dagId);
          editedAt.delete(dagId);
          return;
        }
        const schedule = JSON.stringify(truth.specOf(dag.after.versionNumber)?.schedule);
        const before = schedules.get(dagId);
        if (before !== undefined && before !== schedule) {
          if (dag.before?.lastEndAt === null) editedAt.delete(dagId);
          // The clock of the object may be ahead of this look by a step back.
          else editedAt.set(dagId, Math.min(now, dag.after.sinceAt ?? now));
        }
        schedules.set(dagId, schedule);
        const since = editedAt.get(dagId);
        if (since === undefined) return;
        for (const { before: was, after } of runs) {
          if (was !== null || after?.runType !== "scheduled") continue;
          claim(
            (after.intervalEndAt ?? 0) >= since,
            () => `${dagId} ${after.runId} stands for what was before the edit at ${since}`,
          );
        }
      },
    };
  },
};
