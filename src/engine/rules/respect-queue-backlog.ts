import { MAX_UNCLAIMED_COUNT } from "../defaults.ts";
import type { StartRule } from "./start-rule.ts";

/** Not more messages of one DAG wait in a queue than its consumers can be told of in good time. */
export const respectQueueBacklog: StartRule = {
  id: "L4",
  reason: "queue_backlog",
  scope: "lane",
  isForMessages: true,
  isMet: (state, _run, lane) => state.lanes[lane].unclaimedCount < MAX_UNCLAIMED_COUNT,
  tell: (state, _run, lane) =>
    `${state.lanes[lane].unclaimedCount} messages of this DAG already wait in "${lane}" to be claimed`,
};
