import { SCHEDULED } from "../states.ts";
import type { StartRule } from "./start-rule.ts";

/** A task whose pool nobody made waits until somebody does. */
export const knowPool: StartRule = {
  id: "L9",
  reason: "unknown_pool",
  scope: "slots",
  isMet: ({ slots }, run, _lane, place) =>
    run.stateOf[place] !== SCHEDULED || slots.pools.has(run.taskAt(place).spec.pool),
  tell: (_state, run, _lane, place) =>
    `There is no pool "${run.taskAt(place).spec.pool}": create it, or name another one in the DAG file`,
};
