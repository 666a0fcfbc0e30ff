import type { Invariant } from "../../watch/invariant.ts";
import { isFinished } from "../../watch/truth.ts";

export const finishedHoldsNothing: Invariant = {
  id: "N2",
  says: "a finished run has no task instance that is under way or due, deadlocks apart",
  watch(_world, claim) {
    return {
      onCommit({ dagId, truth, runs, instances }) {
        const touched = new Set([...runs, ...instances].flatMap(({ after }) => (after === null ? [] : [after.seq])));
        for (const seq of touched) {
          const run = truth.runs.get(seq);
          if (run === undefined || (run.state !== "success" && run.state !== "failed")) continue;
          const mayBeOpen = run.reason === "all_tasks_deadlocked" || run.reason === "cleared";
          const open = truth.ofRun(seq).find(({ state }) => !isFinished(state) && !(mayBeOpen && state === "none"));
          claim(open === undefined, () => `${dagId} ${run.runId} is ${run.state}, and ${open?.key} is ${open?.state}`);
          claim((run.endAt === null) === false, () => `${dagId} ${run.runId} has no end`);
        }
      },
    };
  },
};
