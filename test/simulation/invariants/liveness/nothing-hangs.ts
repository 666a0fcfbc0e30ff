import type { Invariant } from "../../watch/invariant.ts";
import { isActive } from "../../watch/truth.ts";

export const nothingHangs: Invariant = {
  id: "L2",
  says: "at rest no task instance is queued or running",
  watch(world, claim) {
    return {
      onRest() {
        for (const [dagId, truth] of world.observer.truths) {
          const hanging = [...truth.instances.values()].find(({ state }) => isActive(state));
          claim(
            hanging === undefined,
            () => `${dagId} ${hanging?.key} is ${hanging?.state} in try ${hanging?.tryNumber}`,
          );
        }
      },
    };
  },
};
