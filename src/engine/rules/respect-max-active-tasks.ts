import type { StartRule } from "./start-rule.ts";

/** Queued and running task instances of one run stay within `maxActiveTasks`. */
export const respectMaxActiveTasks: StartRule = {
  id: "L2",
  reason: "max_active_tasks",
  scope: "run",
  isMet: (_state, run) => run.graph.spec.maxActiveTasks === null || run.activeCount < run.graph.spec.maxActiveTasks,
  tell: (_state, run) =>
    `The run has ${run.activeCount} active task instances of at most ${run.graph.spec.maxActiveTasks} (maxActiveTasks)`,
};
