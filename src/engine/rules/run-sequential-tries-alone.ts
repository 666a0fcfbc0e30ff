import type { StartRule } from "./start-rule.ts";

/** The sequential executor has one try of the DAG at a time. */
export const runSequentialTriesAlone: StartRule = {
  id: "L3",
  reason: "sequential_executor",
  scope: "lane",
  isMet: (state, _run, lane) => lane !== "sequential" || state.sequentialCount === 0,
  tell: () => "The sequential executor runs one task of this DAG at a time, and another has its turn",
};
