import type { StartRule } from "./start-rule.ts";

/** A paused DAG starts nothing new; what runs goes on. */
export const keepDagUnpaused: StartRule = {
  id: "L1",
  reason: "dag_paused",
  scope: "lane",
  isMet: (state) => !state.isPaused,
  tell: (state) => `DAG "${state.dagId}" is paused: unpause it to let its tasks start`,
};
