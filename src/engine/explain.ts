/**
 * Why is it not running? Asks the same rules that decide, all of them, and changes nothing. An empty list means that the
 * task instance is running, has finished, or will start with the next event.
 */

import { TRIGGER_RULES } from "../dag/spec.ts";
import { activeRunCount } from "./backfill.ts";
import type { DagState } from "./dag-state.ts";
import { MAX_RESEND_COUNT } from "./defaults.ts";
import { upstreamCounts } from "./evaluate.ts";
import { LANES } from "./graph.ts";
import { lengthOf } from "./map-length.ts";
import { isPastMet } from "./past.ts";
import { forEachRelevant } from "./relevance.ts";
import { START_POLICY } from "./rules/policy.ts";
import { isRuleMet } from "./rules/trigger-rule.ts";
import type { RunState } from "./run-state.ts";
import { stateBySetups } from "./setup.ts";
import { FIRST_FINISHED, NONE, QUEUED, REASONS, type Reason, RUNNING, stateName, UP_FOR_RETRY } from "./states.ts";

export interface Blocker {
  /** Number of the rule in SPEC.md. */
  readonly rule: string;
  readonly reason: string;
}

export function explain(state: DagState, run: RunState, place: number, now: number): Blocker[] {
  const code = run.stateOf[place] ?? NONE;
  if (code >= FIRST_FINISHED || code === RUNNING) return [];
  const blockers: Blocker[] = [];
  explainRun(state, run, now, blockers);
  if (code === QUEUED) {
    blockers.push({ rule: "Q1", reason: tellMessage(run, place, now) });
    return blockers;
  }
  if (code === UP_FOR_RETRY) {
    const leftMs = (run.dueAt[place] ?? now) - now;
    const ending = ENDINGS[REASONS[run.reasonOf[place] ?? 0] ?? ""] ?? "failed";
    blockers.push({
      rule: "R1",
      reason: `Try ${run.tryNumber[place]} ${ending}; the next begins in ${seconds(leftMs)}`,
    });
  }
  explainTriggerRule(run, place, blockers);
  explainOthers(run, place, blockers);
  const lane = LANES[run.laneOf[place] ?? 0] ?? "tasks";
  for (const rule of START_POLICY) {
    if (rule.isMet(state, run, lane, place)) continue;
    blockers.push({ rule: rule.id, reason: rule.tell(state, run, lane, place) });
  }
  return blockers;
}

/** How a try ended that nobody reported. */
const ENDINGS: Readonly<Partial<Record<Reason, string>>> = {
  heartbeat_lost: "failed, because its executor gave no sign of life any more",
  queue_timeout: "failed, because nobody claimed it",
  execution_timeout: "failed, because it took longer than its execution timeout",
};

function tellMessage(run: RunState, place: number, now: number): string {
  const since = `${seconds(now - (run.queuedAtOf[place] ?? now))} ago`;
  const resends = run.resends[place] ?? 0;
  const isReplaced = REASONS[run.reasonOf[place] ?? 0] === "heartbeat_lost";
  const sent = isReplaced
    ? "Its executor gave no sign of life; its message was sent anew"
    : `Its message was sent ${since}`;
  const again = resends === 0 ? "" : `, again ${resends} of ${MAX_RESEND_COUNT} times,`;
  return `${sent}${again} and waits for a consumer to claim it`;
}

function explainRun(state: DagState, run: RunState, now: number, blockers: Blocker[]): void {
  if (run.state === "running") return;
  if (run.state !== "queued") {
    blockers.push({ rule: "D4", reason: `The run has finished as ${run.state}` });
  } else if (run.runAfterAt > now) {
    blockers.push({ rule: "D1", reason: `The run is queued: its time comes in ${seconds(run.runAfterAt - now)}` });
  } else if (run.backfill !== null) {
    blockers.push({ rule: "BF1", reason: `The run is queued: ${tellBackfill(state, run.backfill.id)}` });
  } else {
    blockers.push(tellQueue(state));
  }
}

function tellQueue(state: DagState): Blocker {
  const { dagId, graph, isPaused } = state;
  if (isPaused) return { rule: "D2", reason: `The run is queued: DAG "${dagId}" is paused` };
  const limit = graph?.spec.maxActiveRuns ?? 0;
  const activeCount = activeRunCount(state, null);
  if (activeCount < limit) {
    return {
      rule: "D3",
      reason: "The run is queued: memory has no room for its task instances before others have ended",
    };
  }
  const reason = `The run is queued: ${activeCount} of at most ${limit} runs of this DAG are running (maxActiveRuns)`;
  return { rule: "D2", reason };
}

function tellBackfill(state: DagState, id: number): string {
  if (state.isPaused) return `DAG "${state.dagId}" is paused`;
  const backfill = state.backfills.get(id);
  if (backfill?.isHeld === true) return `backfill ${id} is paused`;
  const activeCount = backfill === undefined ? 0 : activeRunCount(state, backfill);
  const limit = `${activeCount} of at most ${backfill?.maxActiveRuns ?? 0} of its runs are running`;
  return `${limit} for backfill ${id}, and the DAG's other runs start first`;
}

function explainTriggerRule(run: RunState, place: number, blockers: Blocker[]): void {
  const task = run.taskAt(place);
  if (task.upstream.length === 0) return;
  const rule = task.spec.triggerRule;
  const counts = upstreamCounts(run, place);
  if (counts.total === 0 || isRuleMet(rule, counts)) return;
  blockers.push({
    rule: `TR${TRIGGER_RULES.indexOf(rule) + 1}`,
    reason: `Trigger rule ${rule} waits for upstream ${openTasks(run, place, task.upstream)}`,
  });
}

/** Mapping, setups, and the run before. */
function explainOthers(run: RunState, place: number, blockers: Blocker[]): void {
  const task = run.taskAt(place);
  if (run.isUnexpanded(task) && lengthOf(run, task) === null) {
    const sources = openTasks(run, place, task.mapSources);
    blockers.push({ rule: "M2", reason: `How many instances it has is not known before ${sources || "its sources"}` });
  }
  if (stateBySetups(run, place) === null) {
    blockers.push({
      rule: "U1",
      reason: `It stands under setups that are not done: ${openTasks(run, place, task.scope)}`,
    });
  }
  if (!isPastMet(run, task)) {
    const reason = `It depends on the past: "${task.spec.taskId}" is not done in the run "${run.previous?.runId}"`;
    blockers.push({ rule: "DP1", reason });
  }
}

/** The tasks of the list that have an unfinished instance which matters to this one, with its state. */
function openTasks(run: RunState, place: number, tasks: readonly number[]): string {
  const open = tasks.flatMap((index) => {
    const codes: number[] = [];
    forEachRelevant(run, place, index, (at) => {
      if ((run.stateOf[at] ?? NONE) < FIRST_FINISHED && codes.length === 0) codes.push(run.stateOf[at] ?? NONE);
    });
    return codes.map((code) => `"${run.graph.tasks[index]?.spec.taskId}" (${stateName(code)})`);
  });
  const more = open.length > 5 ? ` and ${open.length - 5} more` : "";
  return open.slice(0, 5).join(", ") + more;
}

function seconds(ms: number): string {
  return `${Math.max(0, Math.round(ms / 1_000))} s`;
}
