import { ruleSays } from "../../oracles/trigger-rules.ts";
import { statesBefore } from "../../oracles/upstream.ts";
import type { Invariant } from "../../watch/invariant.ts";
import { startsTry } from "../../watch/tries.ts";

/** Asked of each try at the moment it goes out: what was ready is judged anew when something changes before it (T11). */
export const ruleLetsItRun: Invariant = {
  id: "S8",
  says: "a try goes out only while the trigger rule lets it, by a second reading of the rules",
  watch(world, claim) {
    return {
      onCommit({ dagId, truth, instances }) {
        for (const change of instances) {
          const { after } = change;
          const run = after === null ? undefined : truth.runs.get(after.seq);
          if (after === null || run === undefined || !startsTry(change)) continue;
          const task = truth.taskOf(run, after.taskId);
          const before = task === null ? null : statesBefore(world, dagId, truth, run, task, after.mapIndex);
          if (task === null || before === null) continue;
          const says = ruleSays(task.triggerRule, before.states, before.setups);
          claim(says === "run", () => `${dagId} ${after.key}: ${task.triggerRule} after ${before.states.join(", ")}`);
        }
      },
    };
  },
};
