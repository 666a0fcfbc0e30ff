/**
 * All that the engine knows of one DAG. It is a cache of the object's rows: built by `newDagState` and the load events,
 * changed by `advance` alone, and thrown away whole when a commit fails.
 */
import type { DagId } from "../dag/ids.ts";
import { Heap } from "../lib/heap.ts";
import { RowQueue } from "../lib/row-queue.ts";
import type { Backfill } from "./backfill.ts";
import { type EngineSettings, MIN_TIMER_SWEEP } from "./defaults.ts";
import type { Graph, Lane } from "./graph.ts";
import type { RunState } from "./run-state.ts";
import { newSlots, type Slots } from "./slots-state.ts";
import type { ScheduledRun, Timetable } from "./timetable/timetable.ts";
import type { LoadedWaiting } from "./told-waiting.ts";

/** An instant at which something of a run is due; `place` -1 is the run itself. Stale entries are skipped when they come up. */
export interface Timer {
  readonly at: number;
  readonly run: RunState;
  readonly place: number;
}

/** A task whose rule has to be asked again. */
export interface Pending {
  readonly run: RunState;
  readonly task: number;
  /** One instance of a mapped task; -1 for all of the task. */
  readonly place: number;
}

/** A task instance that may start as soon as the limits allow. */
export interface Ready {
  readonly weight: number;
  readonly run: RunState;
  readonly place: number;
}

/** One invocation of an executor and the grants that it holds, by token. Exists only while it holds some. */
export interface Holder {
  readonly id: number;
  readonly invocation: string;
  readonly grants: Map<number, { readonly run: RunState; readonly place: number }>;
}

/** Latest claims of a lane, oldest token first: a claim of one message holds back the re-sending of all sent after it. */
export interface LaneClaims {
  readonly entries: { readonly token: number; at: number }[];
}

export interface LaneState {
  readonly ready: Heap<Ready>;
  /** Messages sent and not yet claimed. */
  unclaimedCount: number;
  readonly claims: LaneClaims;
}

/** How far the schedule has come. `lastEndAt` is null before the first run. */
export interface Cursor {
  lastStartAt: number | null;
  lastEndAt: number | null;
  /** Since when the present schedule holds: no run is made for an instant before it once it was edited. */
  sinceAt: number | null;
}

/** Active instances of a task with a limit of its own, and those that wait for one of them to end. */
export interface TaskLimit {
  activeCount: number;
  readonly parked: Heap<Ready>;
}

export interface DagState {
  readonly dagId: DagId;
  readonly settings: EngineSettings;
  /** The source of row versions and tokens: grows by one per event and per grant, and never restarts. */
  sequence: number;
  graph: Graph | null;
  timetable: Timetable | null;
  isPaused: boolean;
  /** The DAG left the bundle: live runs go on, nothing new is scheduled. */
  isRetired: boolean;
  hasImportError: boolean;
  readonly cursor: Cursor;
  /** The first interval beyond the cursor; undefined when it must be computed again. */
  next: ScheduledRun | null | undefined;
  /** Runs in memory, by their number: the running ones, and those that still have to be flushed. */
  readonly runs: Map<number, RunState>;
  readonly runsById: Map<string, RunState>;
  /** Runs of no backfill; each backfill counts its own. */
  runningRunCount: number;
  queuedRunCount: number;
  /** Those of them that a schedule made. */
  queuedScheduledCount: number;
  /** Backfills that are not completed, and those of runs that are or were in memory, by id. */
  readonly backfills: Map<number, Backfill>;
  /** Earliest `runAfterAt` of the queued runs that wait for their time; null when none does. */
  nextQueuedAt: number | null;
  liveInstanceCount: number;
  readonly lanes: Readonly<Record<Lane, LaneState>>;
  /** Queued and running tries of the `sequential` executor. */
  sequentialCount: number;
  readonly timers: RowQueue<Timer>;
  /** Size of `timers` from which the stale entries are swept out. */
  sweepTimersAt: number;
  /**
   * Upstream tasks come out before their downstream, so that a task sees all that one event did to its upstreams at once.
   * Empty between events, except after a start of the object: the first event then judges what was loaded.
   */
  readonly pending: Heap<Pending>;
  readonly holders: Map<string, Holder>;
  readonly holderById: Map<number, Holder>;
  lastHolderId: number;
  /** Earliest instant at which a callback or a deadline wants attention; the shell keeps their rows, and this. */
  nextCallbackAt: number | null;
  /** Numbers of the runs that failed since the last success, by their ends; kept while the DAG limits them. */
  failedRuns: readonly number[];
  /** Last duration of tasks that took long enough to matter, by task id. */
  readonly lastDurations: Map<string, number>;
  /** Pools and the deployment's limit, which other DAGs share. */
  readonly slots: Slots;
  /** Limits of tasks, by task id or by run and task id, while anything is active or waits. */
  readonly taskLimits: Map<string, TaskLimit>;
  readonly freedTaskLimits: Set<string>;
  /** Null once the first event is over, or when the catalog was told of nothing that waits. */
  loadedWaiting: LoadedWaiting | null;
}

function newLane(): LaneState {
  return { ready: new Heap(isMoreUrgent), unclaimedCount: 0, claims: { entries: [] } };
}

/**
 * Airflow's order of the critical section: weight, then logical date. Then the task's place in the DAG and the map index, not
 * the place in memory, which depends on when a task was expanded and is another after a start of the object.
 */
export function isMoreUrgent(a: Ready, b: Ready): boolean {
  if (a.weight !== b.weight) return a.weight > b.weight;
  if (a.run !== b.run) {
    const aAt = a.run.logicalAt ?? a.run.runAfterAt;
    const bAt = b.run.logicalAt ?? b.run.runAfterAt;
    return aAt !== bAt ? aAt < bAt : a.run.seq < b.run.seq;
  }
  const { task, mapIndex } = a.run;
  const order = (task[a.place] ?? 0) - (task[b.place] ?? 0);
  return order !== 0 ? order < 0 : (mapIndex[a.place] ?? 0) < (mapIndex[b.place] ?? 0);
}

export function newDagState(dagId: DagId, sequence: number, settings: EngineSettings): DagState {
  return {
    dagId,
    settings,
    sequence,
    graph: null,
    timetable: null,
    isPaused: false,
    isRetired: false,
    hasImportError: false,
    cursor: { lastStartAt: null, lastEndAt: null, sinceAt: null },
    next: undefined,
    runs: new Map(),
    runsById: new Map(),
    runningRunCount: 0,
    queuedRunCount: 0,
    queuedScheduledCount: 0,
    backfills: new Map(),
    nextQueuedAt: null,
    liveInstanceCount: 0,
    lanes: { tasks: newLane(), "tasks-long": newLane(), local: newLane(), sequential: newLane() },
    sequentialCount: 0,
    timers: new RowQueue((a, b) => a.at < b.at),
    sweepTimersAt: MIN_TIMER_SWEEP,
    pending: new Heap((a, b) => (a.run === b.run ? a.task < b.task : a.run.seq < b.run.seq)),
    holders: new Map(),
    holderById: new Map(),
    lastHolderId: 0,
    nextCallbackAt: null,
    failedRuns: [],
    lastDurations: new Map(),
    slots: newSlots(),
    taskLimits: new Map(),
    freedTaskLimits: new Set(),
    loadedWaiting: null,
  };
}

/** The holder of an invocation's grants, made when it is new. */
export function holderNamed(state: DagState, invocation: string): Holder {
  const known = state.holders.get(invocation);
  if (known !== undefined) return known;
  state.lastHolderId += 1;
  const holder: Holder = { id: state.lastHolderId, invocation, grants: new Map() };
  state.holders.set(invocation, holder);
  state.holderById.set(holder.id, holder);
  return holder;
}

/** An invocation that holds nothing is not remembered. */
export function forgetIdleHolder(state: DagState, holder: Holder): void {
  if (holder.grants.size > 0) return;
  state.holders.delete(holder.invocation);
  state.holderById.delete(holder.id);
}
