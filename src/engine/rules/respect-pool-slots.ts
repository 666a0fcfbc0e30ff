import { holdsSlots, isLimitedPool } from "../slots.ts";
import { SCHEDULED } from "../states.ts";
import type { StartRule } from "./start-rule.ts";

/** A task of a pool with a limit starts with slots that the `Limits` object gave it. */
export const respectPoolSlots: StartRule = {
  id: "L10",
  reason: "pool_slots",
  scope: "slots",
  isMet: ({ slots }, run, _lane, place) => {
    const { pool } = run.taskAt(place).spec;
    if (run.stateOf[place] !== SCHEDULED || !slots.pools.has(pool) || !isLimitedPool(slots, pool)) return true;
    return holdsSlots(slots, run, place);
  },
  tell: ({ slots }, run, _lane, place) => {
    const { pool, poolSlots } = run.taskAt(place).spec;
    const size = slots.pools.get(pool)?.slots ?? 0;
    return `It waits for ${poolSlots === 1 ? "a slot" : `${poolSlots} slots`} of pool "${pool}", which has ${size}`;
  },
};
