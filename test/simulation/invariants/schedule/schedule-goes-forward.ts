import type { Invariant } from "../../watch/invariant.ts";

export const scheduleGoesForward: Invariant = {
  id: "C4",
  says: "scheduled runs follow each other in time, also where clocks are changed, and none is made before it is due",
  watch(world, claim) {
    return {
      onCommit({ dagId, dag, runs, now }) {
        const made = runs.flatMap(({ before, after }) =>
          before === null && after?.runType === "scheduled" ? [after] : [],
        );
        made.sort((a, b) => a.seq - b.seq);
        let last = dag.before?.lastEndAt ?? null;
        for (const run of made) {
          const endAt = run.intervalEndAt ?? run.logicalAt ?? 0;
          claim(last === null || endAt > last, () => `${dagId} ${run.runId} ends at ${endAt}, after ${last}`);
          claim((run.intervalStartAt ?? 0) <= endAt, () => `${dagId} ${run.runId} ends before it begins`);
          const isDue = run.runAfterAt <= now || world.faults.rates.clock_jumps_per_minute > 0;
          claim(isDue, () => `${dagId} ${run.runId} was made ${run.runAfterAt - now} ms before it was due`);
          last = endAt;
        }
      },
    };
  },
};
