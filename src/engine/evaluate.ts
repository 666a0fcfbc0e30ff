/**
 * Asks the rules of the tasks whose upstreams changed, until nothing more follows: a cascade of skips or of upstream
 * failures runs to its end within the event that caused it. A task's rule is asked once for all its instances, unless a
 * mapped group ties each of them to upstream instances of its own index.
 */

import type { TriggerRule } from "../dag/spec.ts";
import { isSkippedByDecision } from "./decision.ts";
import { LONG_DURATION_MS } from "./defaults.ts";
import { expandLiteral, expandTask, fitInstances, stateBySources } from "./expansion.ts";
import { type GraphTask, LANES } from "./graph.ts";
import { lengthOf } from "./map-length.ts";
import { isPastMet } from "./past.ts";
import { standInLine } from "./ready-line.ts";
import { forEachRelevant } from "./relevance.ts";
import { isRuleMet, stateByRule, type UpstreamCounts } from "./rules/trigger-rule.ts";
import { FLAG_PENDING, FLAG_WAITING, RECONSIDER, type RunState } from "./run-state.ts";
import { setupCounts, stateBySetups } from "./setup.ts";
import {
  FAILED,
  FINISHED_COUNT,
  FIRST_FINISHED,
  NONE,
  REMOVED,
  type Reason,
  SCHEDULED,
  SKIPPED,
  SUCCESS,
  UPSTREAM_FAILED,
} from "./states.ts";
import type { Step } from "./step.ts";
import { setState } from "./transition.ts";

export function evaluatePending(step: Step): void {
  const { pending } = step.state;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { run, task: index, place } = next;
    const isReconsidered = place < 0 && run.isPending[index] === RECONSIDER;
    if (place < 0) run.isPending[index] = 0;
    else run.clearFlag(place, FLAG_PENDING);
    const task = run.graph.tasks[index];
    if (run.state !== "running" || task === undefined) continue;
    // Also when nothing changes: after a start of the object the run may turn out to have ended.
    step.touched.add(run);
    if (isReconsidered) run.forEachPlace(index, (at) => reconsider(step, run, at));
    if (place >= 0) evaluatePlace(step, run, place);
    else evaluateTask(step, run, task);
  }
}

function evaluateTask(step: Step, run: RunState, task: GraphTask): void {
  if (task.isMapped) {
    if (run.isUnexpanded(task)) expandLiteral(step, run, task);
    if (run.isUnexpanded(task)) evaluateSummary(step, run, task);
    else fitInstances(step, run, task);
    if (run.isUnexpanded(task)) return;
  }
  if (run.openCount[task.index] === 0) return;
  // Else all instances ask the same upstreams, so that one answer is enough; only what was removed goes by the index.
  const isEach =
    task.isJudgedEach ||
    (run.tallies[task.index * FINISHED_COUNT + REMOVED - FIRST_FINISHED] ?? 0) > 0 ||
    task.scope.some((setup) => run.tally(setup, REMOVED) > 0);
  let verdict: Verdict | null = null;
  run.somePlace(task.index, (place) => {
    if (run.stateOf[place] !== NONE) return false;
    if (verdict === null || isEach) verdict = judge(run, task, place);
    apply(step, run, place, verdict, task.isMapped);
    return verdict.code === NONE && !isEach;
  });
}

function evaluatePlace(step: Step, run: RunState, place: number): void {
  reconsider(step, run, place);
  if (run.stateOf[place] !== NONE || run.isGone(place)) return;
  const task = run.taskAt(place);
  if (run.isUnexpanded(task)) evaluateTask(step, run, task);
  else apply(step, run, place, judge(run, task, place));
}

/**
 * What was ready and may not run any more, since an upstream task was cleared or marked meanwhile, waits again or ends. The
 * object keeps no row of `scheduled`: after a start of it the same would follow from the others.
 */
function reconsider(step: Step, run: RunState, place: number): void {
  if (run.stateOf[place] !== SCHEDULED) return;
  const verdict = judge(run, run.taskAt(place), place);
  if (verdict.code === SCHEDULED) return;
  // Its try has not begun.
  run.tryNumber[place] = (run.tryNumber[place] ?? 1) - 1;
  setState(step, run, place, verdict.code, verdict.reason);
}

/** The delay before the next try is over. */
export function retry(step: Step, run: RunState, place: number): void {
  const verdict = judge(run, run.taskAt(place), place);
  run.dueAt[place] = 0;
  if (verdict.code === SCHEDULED) makeReady(step, run, place);
  else setState(step, run, place, verdict.code, verdict.reason);
}

/** A mapped task that does not know its instances: gets them, ends without any, or waits. */
function evaluateSummary(step: Step, run: RunState, task: GraphTask): void {
  const summary = run.first[task.index] ?? 0;
  if (run.stateOf[summary] !== NONE) return;
  const verdict = judge(run, task, summary);
  if (verdict.code !== SCHEDULED) {
    apply(step, run, summary, verdict);
    return;
  }
  const length = lengthOf(run, task);
  if (length !== null) expandTask(step, run, task, length);
  // Tasks of a mapped group need not follow its sources themselves, and then wait for them here.
  else if (task.mapSources.every((source) => run.isTaskFinished(source))) {
    setState(step, run, summary, UPSTREAM_FAILED, "source_unusable");
  }
}

/** `SCHEDULED` when the instance may run, a finished state that it gets at once, or `NONE` to wait. */
export interface Verdict {
  readonly code: number;
  readonly reason: Reason;
}

const mayRun: Verdict = { code: SCHEDULED, reason: "" };
const waits: Verdict = { code: NONE, reason: "" };

function apply(step: Step, run: RunState, place: number, verdict: Verdict, isOneOfMany = false): void {
  if (verdict.code === SCHEDULED) makeReady(step, run, place, isOneOfMany);
  else if (verdict.code !== NONE) setState(step, run, place, verdict.code, verdict.reason);
}

/** All dependencies of an instance: what it is mapped over, setups, trigger rule, decisions, the run before. */
export function judge(run: RunState, task: GraphTask, place: number): Verdict {
  const verdict = judgeRules(run, task, place);
  const isHeldBack = verdict.code === SCHEDULED || isSkipThatWaits(task, verdict);
  return isHeldBack && !isPastMet(run, task) ? waits : verdict;
}

function isSkipThatWaits({ spec }: GraphTask, { code }: Verdict): boolean {
  return code === SKIPPED && spec.waitForPastDependsBeforeSkipping === true;
}

function judgeRules(run: RunState, task: GraphTask, place: number): Verdict {
  const mapIndex = run.mapIndex[place] ?? -1;
  if (task.isGone) return { code: REMOVED, reason: "not_in_version" };
  const fitted = run.fittedLength[task.index] ?? 0;
  // Cleared after the task shrank.
  if (mapIndex >= 0 && mapIndex >= Math.abs(fitted)) return { code: REMOVED, reason: "nothing_to_map" };
  const bySources = stateBySources(run, task);
  if (bySources !== NONE) return bySources === null ? waits : { code: bySources, reason: "source_unusable" };
  if (mapIndex >= 0 && fitted < 0) return verdictOfUnknown(run, task);
  const bySetups = stateBySetups(run, place);
  if (bySetups !== null && bySetups !== NONE) return { code: bySetups, reason: "setup" };
  const byRule = ruleVerdict(run, place);
  if (byRule !== UPSTREAM_FAILED && isSkippedByDecision(run, place)) return { code: SKIPPED, reason: "not_followed" };
  if (byRule === NONE || (byRule === SCHEDULED && bySetups === null)) return waits;
  return byRule === SCHEDULED ? mayRun : { code: byRule, reason: "trigger_rule" };
}

/** Its task got another mapping, whose length is not known. */
function verdictOfUnknown(run: RunState, task: GraphTask): Verdict {
  const isOver = task.mapSources.every((source) => run.isTaskFinished(source));
  return isOver ? { code: UPSTREAM_FAILED, reason: "source_unusable" } : waits;
}

/** What a task instance's rule makes of it now: `SCHEDULED` when it may run, a finished state, or `NONE` to wait. */
export function ruleVerdict(run: RunState, place: number): number {
  const task = run.taskAt(place);
  if (task.upstream.length === 0) return SCHEDULED;
  const counts = upstreamCounts(run, place);
  if (counts.total === 0) return SCHEDULED;
  if (task.indexed.length > 0 && counts.mapIndex < 0) return summaryVerdict(run, task, counts);
  const written = stateByRule(task.spec.triggerRule, counts);
  // Not before the last upstream has finished: until then it is not certain which indexes remain.
  if (written === REMOVED && !isDone(counts)) return NONE;
  if (written !== NONE) return written;
  return isRuleMet(task.spec.triggerRule, counts) ? SCHEDULED : NONE;
}

/**
 * Of what stands for all instances of a task in a mapped group: it ends only if that holds whatever becomes of the instances
 * within, and has its own, each of which is judged by itself, as soon as those outside the group let one go on.
 */
function summaryVerdict(run: RunState, { spec, indexed }: GraphTask, outside: UpstreamCounts): number {
  const known = { ...outside };
  for (const upstream of indexed) {
    // What has instances by now may still become anything.
    const place = run.findAt(upstream, -1);
    add(known, place < 0 ? NONE : (run.stateOf[place] ?? NONE));
  }
  const written = stateByRule(spec.triggerRule, known);
  if (written !== NONE) return written;
  const mayGoOn = WAITS_FOR_ONE.has(spec.triggerRule) || isRuleMet(spec.triggerRule, outside) || isDone(outside);
  return mayGoOn ? SCHEDULED : NONE;
}

const WAITS_FOR_ONE: ReadonlySet<TriggerRule> = new Set(["one_success", "one_failed", "one_done"]);

function isDone(counts: UpstreamCounts): boolean {
  const { total, success, skipped, failed, upstreamFailed, removed } = counts;
  return success + skipped + failed + upstreamFailed + removed >= total;
}

export function upstreamCounts(run: RunState, place: number): UpstreamCounts {
  const task = run.taskAt(place);
  const base = task.index * FINISHED_COUNT - FIRST_FINISHED;
  const { tallies } = run;
  const counts = {
    total: run.upstreamCount[task.index] ?? 0,
    success: tallies[base + SUCCESS] ?? 0,
    skipped: tallies[base + SKIPPED] ?? 0,
    failed: tallies[base + FAILED] ?? 0,
    upstreamFailed: tallies[base + UPSTREAM_FAILED] ?? 0,
    removed: tallies[base + REMOVED] ?? 0,
    mapIndex: run.mapIndex[place] ?? -1,
  };
  // The summary of a mapped task waits for what is outside its group; its instances ask the rest, each for itself.
  if (task.indexed.length > 0 && counts.mapIndex >= 0) {
    for (const upstream of task.indexed)
      forEachRelevant(run, place, upstream, (at) => add(counts, run.stateOf[at] ?? NONE));
  }
  const setups = task.setups.length > 0 ? setupCounts(run, place) : noSetups;
  return { ...counts, ...setups, shrunk: counts.removed === 0 ? 0 : shrunkCount(run, task) };
}

/** Instances that mapped upstream tasks lost when they shrank. */
function shrunkCount(run: RunState, task: GraphTask): number {
  let count = 0;
  for (const upstream of task.upstream) {
    if (run.graph.tasks[upstream]?.isMapped === true) count += run.tally(upstream, REMOVED);
  }
  return count;
}

const noSetups = { setups: 0, setupSuccess: 0, setupSkipped: 0 };

interface Tally {
  total: number;
  success: number;
  skipped: number;
  failed: number;
  upstreamFailed: number;
  removed: number;
}

function add(counts: Tally, code: number): void {
  counts.total += 1;
  if (code === SUCCESS) counts.success += 1;
  else if (code === SKIPPED) counts.skipped += 1;
  else if (code === FAILED) counts.failed += 1;
  else if (code === UPSTREAM_FAILED) counts.upstreamFailed += 1;
  else if (code === REMOVED) counts.removed += 1;
}

/** A new try begins: it waits in its lane for the limits. */
function makeReady(step: Step, run: RunState, place: number, isOneOfMany = false): void {
  run.tryNumber[place] = (run.tryNumber[place] ?? 0) + 1;
  run.losses[place] = 0;
  run.dueAt[place] = 0;
  setState(step, run, place, SCHEDULED, "");
  enterLane(step, run, place, isOneOfMany);
}

/** Instances of a mapped task that become ready one after the other, in order, need no entries of their own. */
export function enterLane(step: Step, run: RunState, place: number, isOneOfMany = false): void {
  // Cleared while it waited: a second entry would take the turn of another.
  if (run.hasFlag(place, FLAG_WAITING)) return;
  run.setFlag(place, FLAG_WAITING);
  const task = run.taskAt(place);
  let lane = task.lane;
  if (lane === "tasks" && task.spec.queue === null && step.state.lastDurations.size > 0) {
    if ((step.state.lastDurations.get(task.spec.taskId) ?? 0) > LONG_DURATION_MS) lane = "tasks-long";
  }
  run.laneOf[place] = LANES.indexOf(lane);
  if (isOneOfMany && standInLine(run, place)) return;
  step.state.lanes[lane].ready.push({ weight: task.weight, run, place });
}
