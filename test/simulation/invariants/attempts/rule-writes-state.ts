import { ruleSays } from "../../oracles/trigger-rules.ts";
import { statesBefore } from "../../oracles/upstream.ts";
import type { Claim, Invariant } from "../../watch/invariant.ts";
import type { DagTruth, RunRow } from "../../watch/truth.ts";
import type { World } from "../../world/world.ts";

export const ruleWritesState: Invariant = {
  id: "S9",
  says: "a rule writes skipped or upstream_failed when it can be met no more, and only then, by a second reading of the rules",
  watch(world, claim) {
    return {
      onCommit({ dagId, truth, instances, runs }) {
        for (const { after } of runs) {
          if (after?.reason === "all_tasks_deadlocked") claimDeadlock(world, dagId, truth, after, claim);
        }
        for (const { before, after } of instances) {
          if (after === null || after.reason !== "trigger_rule" || before?.state === after.state) continue;
          if (after.state !== "skipped" && after.state !== "upstream_failed") continue;
          const run = truth.runs.get(after.seq);
          const task = run === undefined ? null : truth.taskOf(run, after.taskId);
          const given =
            run === undefined || task === null ? null : statesBefore(world, dagId, truth, run, task, after.mapIndex);
          if (task === null || given === null) continue;
          const says = ruleSays(task.triggerRule, given.states, given.setups);
          claim(
            says === after.state,
            () =>
              `${dagId} ${after.key}: ${task.triggerRule} wrote ${after.state} after ${given.states.join(", ")}; expected ${says}`,
          );
        }
      },
    };
  },
};

/** A run that cannot go on has nothing left that a rule would have ended. */
function claimDeadlock(world: World, dagId: string, truth: DagTruth, run: RunRow, claim: Claim): void {
  for (const task of truth.specOf(run.versionNumber)?.tasks ?? []) {
    if (truth.ofRun(run.seq).some(({ taskId }) => taskId === task.taskId)) continue;
    const given = statesBefore(world, dagId, truth, run, task, -1);
    if (given === null || given.states.length === 0) continue;
    const says = ruleSays(task.triggerRule, given.states, given.setups);
    claim(
      says === "wait" || says === "run",
      () => `${dagId} ${run.runId}: ${task.taskId} has no state after ${given.states.join(", ")}; expected ${says}`,
    );
  }
}
