import { stateName } from "../../../../src/engine/states.ts";
import type { Invariant } from "../../watch/invariant.ts";
import { memoryOf } from "../../watch/memory.ts";
import { isActive } from "../../watch/truth.ts";

export const waitingHoldsNothing: Invariant = {
  id: "P5",
  says: "what waits holds no slot: not for a retry, not for its turn, not when it has ended",
  watch(world, claim) {
    return {
      onCommit({ dagId }) {
        const memory = memoryOf(world, dagId);
        for (const [ticket, { run, place }] of memory?.state.slots.held ?? []) {
          const state = stateName(run.stateOf[place] ?? 0);
          claim(
            isActive(state),
            () =>
              `${dagId}: ticket ${ticket} is held by ${run.runId}/${run.taskAt(place).spec.taskId}, which is ${state}`,
          );
        }
      },
    };
  },
};
