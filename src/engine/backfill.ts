/**
 * Runs of a backfill are counted apart from the DAG's own: they have a limit of their own, and start after all others. The
 * shell keeps the rows of backfills, and makes and cancels their runs; here is what decides which run starts, and when a
 * backfill is done.
 */
import type { DagState } from "./dag-state.ts";
import { MAX_LIVE_INSTANCE_COUNT, MAX_STARTS_PER_EVENT } from "./defaults.ts";
import { waitsForQueuedRun } from "./past.ts";
import type { RunState } from "./run-state.ts";
import type { Step } from "./step.ts";

export interface RunCounts {
  runningRunCount: number;
  queuedRunCount: number;
}

/** What the shell tells of a backfill; a later word replaces an earlier one. */
export interface BackfillFacts {
  readonly id: number;
  readonly maxActiveRuns: number;
  /** None of its runs starts: the user paused it, or it is being cancelled. */
  readonly isHeld: boolean;
  /** Its runs are still being made or cancelled. */
  readonly isUnderWay: boolean;
  readonly isCompleted: boolean;
  readonly queuedRunCount: number;
}

export interface Backfill extends RunCounts {
  readonly id: number;
  maxActiveRuns: number;
  isHeld: boolean;
  isUnderWay: boolean;
  isCompleted: boolean;
}

/** Queued runs to start: the DAG's own (null), or those of one backfill. */
export interface RunStart {
  readonly backfillId: number | null;
  readonly count: number;
}

export function setBackfill(state: DagState, facts: BackfillFacts): void {
  const { runningRunCount } = state.backfills.get(facts.id) ?? { runningRunCount: 0 };
  state.backfills.set(facts.id, { ...facts, runningRunCount });
}

/** The counts that a run is part of. */
export function countsOf(state: DagState, { backfill }: RunState): RunCounts {
  if (backfill === null) return state;
  const known = state.backfills.get(backfill.id);
  if (known === undefined) throw new Error(`Assertion failed: backfill ${backfill.id} of a run is not known`);
  return known;
}

/** Runs that are running or queued, of the DAG and of all its backfills. */
export function liveCounts(state: DagState): Readonly<RunCounts> {
  let { runningRunCount, queuedRunCount } = state;
  for (const backfill of state.backfills.values()) {
    runningRunCount += backfill.runningRunCount;
    queuedRunCount += backfill.queuedRunCount;
  }
  return { runningRunCount, queuedRunCount };
}

/**
 * Which queued runs start now; null when none does. A backfill comes when none of the DAG's own runs can start, so that
 * making up for the past never delays the present.
 */
export function nextStart(state: DagState, now: number): RunStart | null {
  const { graph } = state;
  if (graph === null || state.isPaused) return null;
  const room = roomInMemory(state, graph.tasks.length);
  const isDue = state.nextQueuedAt === null || state.nextQueuedAt <= now;
  const own = isDue ? startCount(state, null, graph.spec.maxActiveRuns, room) : 0;
  if (own > 0) return { backfillId: null, count: own };
  for (const backfill of state.backfills.values()) {
    const count = backfill.isHeld ? 0 : startCount(state, backfill, backfill.maxActiveRuns, room);
    if (count > 0) return { backfillId: backfill.id, count };
  }
  return null;
}

function startCount(state: DagState, backfill: Backfill | null, maxActiveRuns: number, room: number): number {
  const { queuedRunCount } = backfill ?? state;
  if (queuedRunCount === 0) return 0;
  const free = maxActiveRuns - activeRunCount(state, backfill);
  return Math.max(0, Math.min(free, room, queuedRunCount, MAX_STARTS_PER_EVENT));
}

/**
 * Running runs as `maxActiveRuns` counts them. One that can only wait for a queued run gives way to it: else that one, which
 * the user cleared, would wait for its place, and whoever has the place would wait for it.
 */
export function activeRunCount(state: DagState, backfill: Backfill | null): number {
  let count = (backfill ?? state).runningRunCount;
  for (const run of state.runs.values()) {
    if ((run.backfill?.id ?? null) === (backfill?.id ?? null) && waitsForQueuedRun(run)) count -= 1;
  }
  return count;
}

function roomInMemory(state: DagState, taskCount: number): number {
  const room = Math.floor((MAX_LIVE_INSTANCE_COUNT - state.liveInstanceCount) / Math.max(1, taskCount));
  // A run larger than the memory limit still starts when nothing else is live.
  return liveCounts(state).runningRunCount === 0 ? Math.max(1, room) : room;
}

/** A backfill without live runs is done; a run of it that is cleared later runs under its limit, but does not reopen it. */
export function completeBackfills(step: Step): void {
  for (const backfill of step.state.backfills.values()) {
    if (backfill.isCompleted || backfill.isUnderWay) continue;
    if (backfill.runningRunCount + backfill.queuedRunCount > 0) continue;
    backfill.isCompleted = true;
    backfill.isHeld = false;
    step.completedBackfills.push(backfill.id);
  }
}
