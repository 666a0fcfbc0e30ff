/** How each state is shown: its words, its icon, and the order in which attention goes to it. */
import type { DagRunState, TaskInstanceState } from "../engine/states.ts";
import type { IconName } from "./parts/icon-names.ts";

export type ShownState = TaskInstanceState | DagRunState;

export const STATE_ICONS: Readonly<Record<ShownState, IconName>> = {
  success: "check",
  running: "loader",
  failed: "x",
  upstream_failed: "arrow-up-from-line",
  up_for_retry: "rotate-ccw",
  up_for_reschedule: "timer",
  deferred: "hourglass",
  restarting: "refresh-cw",
  queued: "clock",
  scheduled: "calendar",
  skipped: "skip-forward",
  none: "circle-dashed",
  removed: "circle-dashed",
};

/** Airflow's order: a group shows the first state that one of its members has. */
const URGENCY: readonly TaskInstanceState[] = [
  "failed",
  "upstream_failed",
  "up_for_retry",
  "up_for_reschedule",
  "queued",
  "scheduled",
  "deferred",
  "running",
  "restarting",
  "none",
  "success",
  "skipped",
  "removed",
];

export function stateLabel(state: ShownState): string {
  return state === "none" ? "no status" : state.replaceAll("_", " ");
}

/** A title's sign, for tabs of a browser, where there is no colour: `✕ failed`. */
export function stateSign(state: ShownState): string {
  const signs: Partial<Record<ShownState, string>> = { success: "✓", failed: "✕", running: "●", upstream_failed: "▲" };
  return `${signs[state] ?? "○"} ${stateLabel(state)}`;
}

/** Looked up, not searched: a grid of 5,000 tasks compares 125,000 states. */
const ranks: Readonly<Record<string, number>> = Object.fromEntries(URGENCY.map((state, rank) => [state, rank]));

export function byUrgency(a: TaskInstanceState, b: TaskInstanceState): number {
  return (ranks[a] ?? URGENCY.length) - (ranks[b] ?? URGENCY.length);
}

/** Null when none of the members exists yet. */
export function aggregateState(states: readonly (TaskInstanceState | null)[]): TaskInstanceState | null {
  let worst: TaskInstanceState | null = null;
  for (const state of states) {
    if (state !== null && (worst === null || byUrgency(state, worst) < 0)) worst = state;
  }
  return worst;
}

/** Whether a state will still change by itself, so that a page should ask often. */
export function isLiveState(state: ShownState): boolean {
  return !["success", "failed", "skipped", "upstream_failed", "removed"].includes(state);
}
