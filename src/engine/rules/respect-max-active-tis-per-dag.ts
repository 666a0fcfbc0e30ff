import { activeCountOf, boundPerDag } from "../task-limits.ts";
import type { StartRule } from "./start-rule.ts";

/** Active instances of one task over all runs of the DAG stay within `maxActiveTisPerDag`. */
export const respectMaxActiveTisPerDag: StartRule = {
  id: "L7",
  reason: "max_active_tis_per_dag",
  scope: "task",
  isMet: (state, run, _lane, place) => {
    const bound = boundPerDag(run, place);
    return bound === null || activeCountOf(state, bound.key) < bound.limit;
  },
  tell: (state, run, _lane, place) => {
    const { taskId, maxActiveTisPerDag } = run.taskAt(place).spec;
    const count = activeCountOf(state, taskId);
    return `${count} of at most ${maxActiveTisPerDag} instances of "${taskId}" are active over all runs (maxActiveTisPerDag)`;
  },
};
