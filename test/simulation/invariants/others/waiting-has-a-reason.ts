import { explain } from "../../../../src/engine/explain.ts";
import { SCHEDULED } from "../../../../src/engine/states.ts";
import type { Invariant } from "../../watch/invariant.ts";
import { memoryOf } from "../../watch/memory.ts";

export const waitingHasAReason: Invariant = {
  id: "E1",
  says: "whatever is ready and does not start has a reason to tell",
  watch(world, claim) {
    return {
      onCommit({ dagId, now }) {
        const host = world.host(dagId);
        const state = memoryOf(world, dagId)?.state;
        // What is left over for the next wake-up waits for that alone.
        if (state === undefined || (host.alarmAt !== null && host.alarmAt <= now + 10)) return;
        for (const run of state.runs.values()) {
          if (run.state !== "running" || (run.stateCounts[SCHEDULED] ?? 0) === 0) continue;
          for (let place = 0; place < run.length; place += 1) {
            if (run.stateOf[place] !== SCHEDULED) continue;
            const reasons = explain(state, run, place, now);
            claim(
              reasons.length > 0,
              () =>
                `${dagId} ${run.runId} ${run.taskAt(place).spec.taskId}[${run.mapIndex[place]}] is ready, and nothing holds it`,
            );
          }
        }
      },
    };
  },
};
