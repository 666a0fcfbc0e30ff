import { ruleSays } from "../../oracles/trigger-rules.ts";
import { statesBefore } from "../../oracles/upstream.ts";
import type { Invariant } from "../../watch/invariant.ts";

export const ruleWritesState: Invariant = {
  id: "S9",
  says: "a rule writes skipped or upstream_failed only when it can be met no more, by a second reading of the rules",
  watch(world, claim) {
    return {
      onCommit({ dagId, truth, instances }) {
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
