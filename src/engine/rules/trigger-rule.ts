/**
 * The 13 trigger rules, as a function of how many upstream task instances there are and how they ended
 * (Airflow's truth table). `stateByRule` is what the rule makes of the task without running it, and is asked first;
 * `isRuleMet` says whether it may run.
 */
import type { TriggerRule } from "../../dag/spec.ts";
import { never } from "../../lib/never.ts";
import { NONE, REMOVED, SKIPPED, UPSTREAM_FAILED } from "../states.ts";

export interface UpstreamCounts {
  /** Upstream task instances in all; an unexpanded mapped one counts once. */
  readonly total: number;
  readonly success: number;
  readonly skipped: number;
  readonly failed: number;
  readonly upstreamFailed: number;
  readonly removed: number;
  /** Setup tasks among them, for `all_done_setup_success`. */
  readonly setups: number;
  readonly setupSuccess: number;
  readonly setupSkipped: number;
  /** -1 for an unmapped task instance. */
  readonly mapIndex: number;
  /** Of the removed ones, those that mapped tasks lost when they shrank; nobody waits for them. */
  readonly shrunk?: number;
}

/** The state code that the rule writes at once, or `NONE` when it writes none. */
export function stateByRule(rule: TriggerRule, up: UpstreamCounts): number {
  const failures = up.failed + up.upstreamFailed;
  const done = up.success + up.skipped + failures + up.removed;
  const isDone = done >= up.total;
  switch (rule) {
    case "all_success":
      if (failures > 0) return UPSTREAM_FAILED;
      if (up.skipped > 0) return SKIPPED;
      if (up.mapIndex >= 0 && up.removed > 0 && up.success > 0 && up.mapIndex >= up.success) return REMOVED;
      return NONE;
    case "all_failed":
      return up.success > 0 || up.skipped > 0 ? SKIPPED : NONE;
    case "all_done":
    case "always":
      return NONE;
    case "all_done_min_one_success":
      if (up.skipped > 0) return SKIPPED;
      return up.success === 0 && failures + up.removed >= up.total - up.skipped ? UPSTREAM_FAILED : NONE;
    case "all_done_setup_success":
      if (!isDone || up.setups === 0) return NONE;
      if (up.setupSkipped >= up.setups) return SKIPPED;
      return up.setupSuccess === 0 ? UPSTREAM_FAILED : NONE;
    case "all_skipped":
      return up.success > 0 || failures > 0 ? SKIPPED : NONE;
    case "one_success":
      if (!isDone) return NONE;
      if (done === up.skipped) return SKIPPED;
      return up.success === 0 ? UPSTREAM_FAILED : NONE;
    case "one_failed":
      return isDone && failures === 0 ? SKIPPED : NONE;
    case "one_done":
      return isDone && up.failed === 0 && up.success === 0 ? SKIPPED : NONE;
    case "none_failed":
      return failures > 0 ? UPSTREAM_FAILED : NONE;
    case "none_failed_min_one_success":
      if (failures > 0) return UPSTREAM_FAILED;
      if (up.skipped > 0 && up.skipped + irrelevantCount(up) === up.total) return SKIPPED;
      // Whose upstreams were all removed would else wait for a success that cannot come.
      return up.removed > 0 && irrelevantCount(up) === up.total ? UPSTREAM_FAILED : NONE;
    case "none_skipped":
      return up.skipped > 0 ? SKIPPED : NONE;
    default:
      return never(rule);
  }
}

/** A mapped instance waits for nothing that was removed, an unmapped one for nothing that a mapped task lost. */
function irrelevantCount(up: UpstreamCounts): number {
  return up.mapIndex >= 0 ? up.removed : (up.shrunk ?? 0);
}

/** Whether the task may run. A state that `stateByRule` writes comes before it. */
export function isRuleMet(rule: TriggerRule, up: UpstreamCounts): boolean {
  const failures = up.failed + up.upstreamFailed;
  const isDone = up.success + up.skipped + failures + up.removed >= up.total;
  const removed = irrelevantCount(up);
  switch (rule) {
    case "all_success":
      return up.total - up.success - removed <= 0;
    case "all_failed":
      return up.total - failures - removed <= 0;
    case "all_done":
      return isDone;
    case "all_done_min_one_success":
      return up.skipped === 0 && isDone && up.success >= 1;
    case "all_done_setup_success":
      return isDone && (up.setups === 0 || up.setupSuccess >= 1);
    case "all_skipped":
      return up.skipped + removed === up.total;
    case "one_success":
      return up.success >= 1;
    case "one_failed":
      return failures >= 1;
    case "one_done":
      return up.success + up.failed >= 1;
    case "none_failed":
      return up.total - up.success - up.skipped - removed <= 0;
    case "none_failed_min_one_success":
      return up.total - up.success - up.skipped - removed <= 0 && up.success >= 1;
    case "none_skipped":
      return isDone && up.skipped === 0;
    case "always":
      return true;
    default:
      return never(rule);
  }
}
