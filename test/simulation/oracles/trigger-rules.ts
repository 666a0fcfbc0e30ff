/**
 * The trigger rules a second time, as tables over the states before a task, written from Airflow's documentation and not
 * from `src/engine/rules`: what a rule needs to let a task run, and what makes it write a state instead.
 */
import type { TriggerRule } from "../../../src/dag/spec.ts";

type State = string;

const FAILED: readonly State[] = ["failed", "upstream_failed"];
const DONE: readonly State[] = ["success", "skipped", "failed", "upstream_failed"];

const every = (states: readonly State[], allowed: readonly State[]) => states.every((state) => allowed.includes(state));
const some = (states: readonly State[], wanted: readonly State[]) => states.some((state) => wanted.includes(state));
const done = (states: readonly State[]) => every(states, DONE);

/** When the task may run. */
const MAY_RUN: Readonly<Record<TriggerRule, (states: readonly State[], setups: readonly State[]) => boolean>> = {
  all_success: (states) => every(states, ["success"]),
  all_failed: (states) => every(states, FAILED),
  all_done: done,
  all_done_min_one_success: (states) => done(states) && !some(states, ["skipped"]) && some(states, ["success"]),
  all_done_setup_success: (states, setups) => done(states) && (setups.length === 0 || some(setups, ["success"])),
  all_skipped: (states) => every(states, ["skipped"]),
  one_success: (states) => some(states, ["success"]),
  one_failed: (states) => some(states, FAILED),
  one_done: (states) => some(states, ["success", "failed"]),
  none_failed: (states) => every(states, ["success", "skipped"]),
  none_failed_min_one_success: (states) => every(states, ["success", "skipped"]) && some(states, ["success"]),
  none_skipped: (states) => done(states) && !some(states, ["skipped"]),
  always: () => true,
};

type Verdict = "skipped" | "upstream_failed" | null;

/** What the rule writes without running the task. */
const WRITES: Readonly<Record<TriggerRule, (states: readonly State[], setups: readonly State[]) => Verdict>> = {
  all_success: (states) => (some(states, FAILED) ? "upstream_failed" : some(states, ["skipped"]) ? "skipped" : null),
  all_failed: (states) => (some(states, ["success", "skipped"]) ? "skipped" : null),
  all_done: () => null,
  all_done_min_one_success: (states) => {
    if (some(states, ["skipped"])) return "skipped";
    return done(states) && !some(states, ["success"]) ? "upstream_failed" : null;
  },
  all_done_setup_success: (states, setups) => {
    if (!done(states) || setups.length === 0) return null;
    if (every(setups, ["skipped"])) return "skipped";
    return some(setups, ["success"]) ? null : "upstream_failed";
  },
  all_skipped: (states) => (some(states, ["success", ...FAILED]) ? "skipped" : null),
  one_success: (states) => {
    if (!done(states) || some(states, ["success"])) return null;
    return every(states, ["skipped"]) ? "skipped" : "upstream_failed";
  },
  one_failed: (states) => (done(states) && !some(states, FAILED) ? "skipped" : null),
  one_done: (states) => (done(states) && !some(states, ["success", "failed"]) ? "skipped" : null),
  none_failed: (states) => (some(states, FAILED) ? "upstream_failed" : null),
  none_failed_min_one_success: (states) => {
    if (some(states, FAILED)) return "upstream_failed";
    return every(states, ["skipped"]) ? "skipped" : null;
  },
  none_skipped: (states) => (some(states, ["skipped"]) ? "skipped" : null),
  always: () => null,
};

/** `run`, a state that the rule writes, or `wait`. */
export function ruleSays(
  rule: TriggerRule,
  states: readonly State[],
  setups: readonly State[],
): "run" | "wait" | "skipped" | "upstream_failed" {
  if (states.length === 0) return "run";
  const written = WRITES[rule](states, setups);
  if (written !== null) return written;
  return MAY_RUN[rule](states, setups) ? "run" : "wait";
}
