import type { DagState } from "../dag-state.ts";
import type { Lane } from "../graph.ts";
import type { RunState } from "../run-state.ts";
import type { Reason } from "../states.ts";

/** One condition for a ready task instance to start. */
export interface StartRule {
  /** Number of the rule in SPEC.md. */
  readonly id: string;
  readonly reason: Reason;
  /**
   * What it holds back when it fails: all that is behind in the lane, the other instances of the run, those of the same
   * task over all runs or within the run, or, where slots are shared with other DAGs, this instance alone.
   */
  readonly scope: "lane" | "run" | "task" | "run_task" | "slots";
  /** Does not hold back a try that is handed straight to an executor. */
  readonly isForMessages?: boolean;
  isMet(state: DagState, run: RunState, lane: Lane, place: number): boolean;
  /** For the user, when it is not met. */
  tell(state: DagState, run: RunState, lane: Lane, place: number): string;
}
