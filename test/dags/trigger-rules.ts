/** What a trigger rule says once all upstream tasks are done: enough to run an example one task after the other. */
import type { TriggerRule } from "updraft";

export type EndState = "success" | "failed" | "skipped" | "upstream_failed";

/** The state that the rule writes, or `null` when the task may run. */
export function stateByRule(
  rule: TriggerRule,
  states: readonly EndState[],
  setups: readonly EndState[],
): EndState | null {
  if (states.length === 0) return null;
  const hasFailed = states.some((state) => state === "failed" || state === "upstream_failed");
  const hasSkipped = states.includes("skipped");
  const hasSucceeded = states.includes("success");
  switch (rule) {
    case "all_success":
      return hasFailed ? "upstream_failed" : hasSkipped ? "skipped" : null;
    case "all_done":
    case "always":
      return null;
    case "one_failed":
      return hasFailed ? null : "skipped";
    case "none_failed":
      return hasFailed ? "upstream_failed" : null;
    case "none_failed_min_one_success":
      return hasFailed ? "upstream_failed" : hasSucceeded ? null : "skipped";
    case "all_done_setup_success":
      if (setups.length === 0 || setups.includes("success")) return null;
      return setups.every((state) => state === "skipped") ? "skipped" : "upstream_failed";
    default:
      throw new Error(`The test runner does not know the trigger rule ${rule}`);
  }
}
