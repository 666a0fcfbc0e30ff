import type { Invariant } from "../../watch/invariant.ts";

/** What ended as somebody decided, or by the clock of the run, says nothing about rules. */
const DECIDED: ReadonlySet<string> = new Set(["not_followed", "marked", "cancelled", "dagrun_timeout", "cleared"]);

export const teardownRuns: Invariant = {
  id: "S13",
  says: "a teardown ran exactly when its setup succeeded, whatever became of the tasks between",
  watch(_world, claim) {
    return {
      onCommit({ dagId, truth, runs }) {
        for (const { before, after } of runs) {
          const isEnd =
            after !== null &&
            before !== null &&
            before.state === "running" &&
            (after.state === "success" || after.state === "failed");
          if (!isEnd || after.reason === "timed_out" || after.reason === "all_tasks_deadlocked") continue;
          // Cleared in part, or marked, it has states that do not belong together.
          if (after.clearNumber > 0) continue;
          const tasks = truth.specOf(after.versionNumber)?.tasks ?? [];
          for (const task of tasks) {
            if (task.isTeardown !== true) continue;
            const own = truth.instance(after.seq, task.taskId, -1);
            const setups = tasks.filter(({ taskId, isSetup }) => isSetup === true && task.upstream.includes(taskId));
            const made = setups.map(({ taskId }) => truth.instance(after.seq, taskId, -1));
            if (own === undefined || [own, ...made].some((row) => row === undefined || DECIDED.has(row.reason)))
              continue;
            const isNeeded = made.some((row) => row?.state === "success");
            const hasRun = own.state === "success" || own.state === "failed" || own.reason === "skip_raised";
            claim(
              hasRun === isNeeded,
              () =>
                `${dagId} ${after.runId}: teardown ${own.state} (${own.reason}) after setups ${made.map((row) => row?.state).join(", ")}`,
            );
          }
        }
      },
    };
  },
};
