import type { DagState } from "../dag-state.ts";
import type { Lane } from "../graph.ts";
import type { RunState } from "../run-state.ts";
import type { Reason } from "../states.ts";

/** One condition for a ready task instance to start. */
export interface StartRule {
  /** Number of the rule in SPEC.md. */
  readonly id: string;
  readonly reason: Reason;
  /** What it holds back when it fails: the other instances of the run, or all that is behind in the lane. */
  readonly scope: "run" | "lane";
  /** Does not hold back a try that is handed straight to an executor. */
  readonly isForMessages?: boolean;
  isMet(state: DagState, run: RunState, lane: Lane): boolean;
  /** For the user, when it is not met. */
  tell(state: DagState, run: RunState, lane: Lane): string;
}
