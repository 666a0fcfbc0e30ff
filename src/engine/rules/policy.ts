/**
 * What a ready task instance still has to pass before it starts, in order. The first that fails is the reason its row
 * shows; `explain` asks them all.
 */

import type { DagState } from "../dag-state.ts";
import type { Lane } from "../graph.ts";
import type { RunState } from "../run-state.ts";
import { keepDagUnpaused } from "./keep-dag-unpaused.ts";
import { respectMaxActiveTasks } from "./respect-max-active-tasks.ts";
import { respectQueueBacklog } from "./respect-queue-backlog.ts";
import { runSequentialTriesAlone } from "./run-sequential-tries-alone.ts";
import type { StartRule } from "./start-rule.ts";

export const START_POLICY: readonly StartRule[] = [
  keepDagUnpaused,
  respectMaxActiveTasks,
  runSequentialTriesAlone,
  respectQueueBacklog,
];

export function firstStartBlocker(state: DagState, run: RunState, lane: Lane, isHandedOver: boolean): StartRule | null {
  for (const rule of START_POLICY) {
    if (isHandedOver && rule.isForMessages === true) continue;
    if (!rule.isMet(state, run, lane)) return rule;
  }
  return null;
}
