import type { Invariant } from "../../watch/invariant.ts";
import { startsTry } from "../../watch/tries.ts";

export const stoppedStartsNothing: Invariant = {
  id: "S10",
  says: "nothing starts in a paused DAG, or in a run that was cancelled, its teardowns apart",
  watch(_world, claim) {
    return {
      onCommit({ dagId, dag, truth, instances, cause }) {
        // Unpaused, it may start, fail and pause itself within one event.
        const isPaused = cause.method !== "setPaused" && dag.before?.isPaused === true && dag.after?.isPaused === true;
        for (const change of instances) {
          const { after } = change;
          if (after === null || !startsTry(change)) continue;
          claim(!isPaused, () => `${dagId} ${after.key} starts while the DAG is paused`);
          const run = truth.runs.get(after.seq);
          const isTeardown = run !== undefined && truth.taskOf(run, after.taskId)?.isTeardown === true;
          claim(isTeardown || run?.reason !== "cancelled", () => `${dagId} ${after.key} starts in a cancelled run`);
          claim(run?.state === "running", () => `${dagId} ${after.key} starts in a run that is ${run?.state}`);
        }
      },
    };
  },
};
