import { activeCountOf, boundPerDagrun } from "../task-limits.ts";
import type { StartRule } from "./start-rule.ts";

/** Active instances of one task within a run stay within `maxActiveTisPerDagrun`. */
export const respectMaxActiveTisPerDagrun: StartRule = {
  id: "L8",
  reason: "max_active_tis_per_dagrun",
  scope: "run_task",
  isMet: (state, run, _lane, place) => {
    const bound = boundPerDagrun(run, place);
    return bound === null || activeCountOf(state, bound.key) < bound.limit;
  },
  tell: (state, run, _lane, place) => {
    const { taskId, maxActiveTisPerDagrun } = run.taskAt(place).spec;
    const count = activeCountOf(state, boundPerDagrun(run, place)?.key ?? "");
    return `${count} of at most ${maxActiveTisPerDagrun} instances of "${taskId}" are active in this run (maxActiveTisPerDagrun)`;
  },
};
