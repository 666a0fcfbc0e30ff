/**
 * What a ready task instance still has to pass before it starts, in order. The first that fails is the reason its row
 * shows; `explain` asks them all.
 */

import type { DagState } from "../dag-state.ts";
import type { Lane } from "../graph.ts";
import type { RunState } from "../run-state.ts";
import { keepDagUnpaused } from "./keep-dag-unpaused.ts";
import { knowPool } from "./know-pool.ts";
import { respectMaxActiveTasks } from "./respect-max-active-tasks.ts";
import { respectMaxActiveTisPerDag } from "./respect-max-active-tis-per-dag.ts";
import { respectMaxActiveTisPerDagrun } from "./respect-max-active-tis-per-dagrun.ts";
import { respectParallelism } from "./respect-parallelism.ts";
import { respectPoolSlots } from "./respect-pool-slots.ts";
import { respectQueueBacklog } from "./respect-queue-backlog.ts";
import { runSequentialTriesAlone } from "./run-sequential-tries-alone.ts";
import type { StartRule } from "./start-rule.ts";

export const START_POLICY: readonly StartRule[] = [
  keepDagUnpaused,
  respectMaxActiveTasks,
  runSequentialTriesAlone,
  respectQueueBacklog,
  respectMaxActiveTisPerDag,
  respectMaxActiveTisPerDagrun,
  // Last, so that slots are asked for only when nothing else stands in the way.
  knowPool,
  respectPoolSlots,
  respectParallelism,
];

export interface Start {
  readonly run: RunState;
  readonly place: number;
  readonly lane: Lane;
  readonly isHandedOver: boolean;
}

export function firstStartBlocker(state: DagState, { run, place, lane, isHandedOver }: Start): StartRule | null {
  for (const rule of START_POLICY) {
    if (isHandedOver && rule.isForMessages === true) continue;
    if (!rule.isMet(state, run, lane, place)) return rule;
  }
  return null;
}
