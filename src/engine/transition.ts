/**
 * The one place where a task instance changes state. It keeps every count that rules rely on true (states per run,
 * upstream tallies, unclaimed messages, holders), and asks the downstream tasks' rules again when a finished state is
 * entered or left. Nothing else assigns `stateOf`.
 */
import { forgetIdleHolder } from "./dag-state.ts";
import { type GraphTask, LANES } from "./graph.ts";
import { isTaskDone, looksAtPast } from "./past.ts";
import { relatedRange } from "./relevance.ts";
import type { RunState } from "./run-state.ts";
import { noteSlots } from "./slots.ts";
import {
  FINISHED_COUNT,
  FIRST_FINISHED,
  NONE,
  QUEUED,
  RESTARTING,
  type Reason,
  RUNNING,
  reasonCode,
  SCHEDULED,
} from "./states.ts";
import { evaluateLater, evaluatePlaceLater, reconsiderLater, type Step } from "./step.ts";
import { countActive, isCounted } from "./task-limits.ts";

export function setState(step: Step, run: RunState, place: number, code: number, reason: Reason): void {
  const before = run.stateOf[place] ?? NONE;
  run.reasonOf[place] = reasonCode(reason);
  step.touched.add(run);
  if (before !== code) {
    run.stateOf[place] = code;
    run.countChange(place, before, code);
    leave(step, run, place, before, code);
    noteSlots(step.state, run, place, code);
    if (isCounted(before) !== isCounted(code)) countActive(step.state, run, place, isCounted(code) ? 1 : -1);
    if (before >= FIRST_FINISHED || code >= FIRST_FINISHED) tellDownstream(step, run, place, before, code);
    if (code >= FIRST_FINISHED) {
      run.dueAt[place] = 0;
      // A finished run that is marked may have begun by a clock that has stepped back since.
      run.endAtOf[place] = Math.max(step.now, run.startAtOf[place] ?? 0);
    }
  }
  // `scheduled` follows from the other rows, so that it costs none of its own.
  if (code !== SCHEDULED) run.markChanged(place);
}

/** Gives back what the state left behind held. */
function leave(step: Step, run: RunState, place: number, before: number, code: number): void {
  if (before !== QUEUED && before !== RUNNING && before !== RESTARTING) return;
  const { state } = step;
  const lane = LANES[run.laneOf[place] ?? 0] ?? "tasks";
  if (before === QUEUED) state.lanes[lane].unclaimedCount -= 1;
  const holdsSequential = code === QUEUED || code === RUNNING || code === RESTARTING;
  if (lane === "sequential" && !holdsSequential) state.sequentialCount -= 1;
  if (before !== QUEUED && code !== RUNNING && code !== RESTARTING) releaseHolder(step, run, place);
}

function releaseHolder(step: Step, run: RunState, place: number): void {
  const { state } = step;
  run.silent.delete(place);
  run.doubted.delete(place);
  const holder = state.holderById.get(run.holder[place] ?? 0);
  run.holder[place] = 0;
  if (holder === undefined) return;
  holder.grants.delete(run.token[place] ?? 0);
  forgetIdleHolder(state, holder);
}

function tellDownstream(step: Step, run: RunState, place: number, before: number, code: number): void {
  const own = run.taskAt(place);
  for (const task of own.countedDownstream) {
    const base = task * FINISHED_COUNT - FIRST_FINISHED;
    if (before >= FIRST_FINISHED) {
      run.tallies[base + before] = (run.tallies[base + before] ?? 0) - 1;
      reconsiderLater(step, run, task);
    }
    if (code < FIRST_FINISHED) continue;
    run.tallies[base + code] = (run.tallies[base + code] ?? 0) + 1;
    if (isNews(run.tallies, task, code, run.upstreamCount[task] ?? 0)) evaluateLater(step, run, task);
  }
  for (const task of own.indexedDownstream) tellIndexed(step, run, place, task);
  if (before >= FIRST_FINISHED) tellTakenBack(step, run, own);
  const isTaskNews = code >= FIRST_FINISHED && isNews(run.ownTallies, own.index, code, run.instanceCount(own.index));
  if (!isTaskNews) return;
  for (const task of own.scopeWatchers) evaluateLater(step, run, task);
  if (run.mapIndex[place] === -1 || run.isTaskFinished(own.index)) {
    for (const task of own.feeds) reconsiderLater(step, run, task);
  }
  if (run.followers.size > 0 && isTaskDone(run, own.index)) tellFollowers(step, run, own);
}

/**
 * Rules only ask which finished states there are, and whether all have finished: of 100,000 successes the first and the last
 * say something new. Leaving a finished state never lets anything run, and may hold back what is ready.
 */
function isNews(tallies: Int32Array, task: number, code: number, total: number): boolean {
  const base = task * FINISHED_COUNT;
  if (tallies[base + code - FIRST_FINISHED] === 1) return true;
  let finished = 0;
  for (let at = base; at < base + FINISHED_COUNT; at += 1) finished += tallies[at] ?? 0;
  return finished >= total;
}

/** What was ready because of it may have to wait again. */
function tellTakenBack(step: Step, run: RunState, own: GraphTask): void {
  for (const task of own.scopeWatchers) reconsiderLater(step, run, task);
  for (const task of own.feeds) reconsiderLater(step, run, task);
  tellFollowers(step, run, own);
}

/** In a mapped group, only the instances of the same index have news. */
function tellIndexed(step: Step, run: RunState, place: number, task: number): void {
  const own = run.taskAt(place);
  const other = run.graph.tasks[task];
  const range = other === undefined ? null : relatedRange(run, own, run.mapIndex[place] ?? -1, other);
  if (range === null) {
    reconsiderLater(step, run, task);
    return;
  }
  for (let index = range.from; index < range.to; index += 1) {
    const at = run.findAt(task, index);
    if (at >= 0) evaluatePlaceLater(step, run, at);
  }
}

/** Runs whose tasks wait for this one's: for the same task, and for tasks directly before it. */
function tellFollowers(step: Step, run: RunState, own: GraphTask): void {
  for (const follower of run.followers) {
    const ids = [own, ...own.upstream.map((index) => run.graph.tasks[index])];
    for (const task of ids) {
      const index = task === undefined ? undefined : follower.graph.indexOf.get(task.spec.taskId);
      const waiting = index === undefined ? undefined : follower.graph.tasks[index];
      if (waiting !== undefined && looksAtPast(waiting)) reconsiderLater(step, follower, waiting.index);
    }
  }
}
