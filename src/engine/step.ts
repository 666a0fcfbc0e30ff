/**
 * What one event did: the changes to write in one transaction, and the effects to perform after it. `advance` fills it;
 * the scheduler's shell carries it out.
 */
import type { Grant, Refusal, ReportReply } from "../executor/protocol.ts";
import type { RunStart } from "./backfill.ts";
import type { CallbackCause } from "./callbacks.ts";
import type { DagState } from "./dag-state.ts";
import type { Lane } from "./graph.ts";
import { FLAG_PENDING, RECONSIDER, type RunState } from "./run-state.ts";
import { type Reason, SCHEDULED, type TaskInstanceState } from "./states.ts";
import type { ScheduledRun } from "./timetable/timetable.ts";

export interface Place {
  readonly run: RunState;
  readonly place: number;
}

/** A try that ended while its task instance goes on: kept as history before the row is used again. */
export interface ClosedTry extends Place {
  readonly tryNumber: number;
  readonly state: TaskInstanceState;
  readonly reason: Reason;
  readonly token: number;
  readonly queuedAt: number;
  readonly startAt: number;
  readonly endAt: number;
}

/** Due intervals that got no run on purpose. */
export interface SkippedRange {
  readonly fromAt: number;
  readonly toAt: number;
  /** Null when there were too many to count one by one. */
  readonly count: number | null;
  readonly reason: "catchup_off" | "catchup_latest" | "catchup_window" | "overlap" | "schedule_changed";
}

export interface StepEvent extends Partial<Place> {
  readonly event: string;
  readonly run?: RunState;
  readonly detail: string | null;
}

export type GrantedPlace = Place & Pick<Grant, "token">;

export type Verdict = ReportReply["verdicts"][number];

export interface Step {
  readonly state: DagState;
  readonly now: number;
  /** Runs of which something changed. */
  readonly touched: Set<RunState>;
  readonly newRuns: ScheduledRun[];
  readonly skips: SkippedRange[];
  isCursorChanged: boolean;
  isDagChanged: boolean;
  /** Something waits for its first try, and the catalog does not know what holds it. */
  isWaitingNew: boolean;
  /** The queued runs that the shell is to load and hand in with a `start_runs` event; null when none may start. */
  start: RunStart | null;
  /** Ids of the backfills of which nothing is live any more. */
  readonly completedBackfills: number[];
  readonly sends: (Place & { readonly lane: Lane })[];
  readonly closedTries: ClosedTry[];
  readonly events: StepEvent[];
  /** Facts of a run that its rows must keep: how long results were, how many instances tasks have, what was decided. */
  readonly lengths: { readonly run: RunState; readonly key: string; readonly length: number }[];
  readonly expansions: { readonly run: RunState; readonly task: number; readonly length: number }[];
  readonly decisions: (Place & { readonly skipped: readonly string[] })[];
  /** What nobody else will tell the author of. */
  readonly callbacks: CallbackCause[];
  /** Runs that ended, or whose end was decided anew. */
  readonly endedRuns: RunState[];
  /** Runs that a clear gave another `queuedAt`. */
  readonly requeuedRuns: RunState[];
  readonly grants: GrantedPlace[];
  readonly refusals: Refusal[];
  readonly verdicts: Verdict[];
  /** Tokens that their executor must stop. */
  readonly cancels: number[];
  /** When the object must be awake again; null when nothing will be due by itself. */
  wakeAt: number | null;
}

export function newStep(state: DagState, now: number): Step {
  return {
    state,
    now,
    touched: new Set(),
    newRuns: [],
    skips: [],
    isCursorChanged: false,
    isDagChanged: false,
    isWaitingNew: false,
    start: null,
    completedBackfills: [],
    sends: [],
    closedTries: [],
    events: [],
    lengths: [],
    expansions: [],
    decisions: [],
    callbacks: [],
    endedRuns: [],
    requeuedRuns: [],
    grants: [],
    refusals: [],
    verdicts: [],
    cancels: [],
    wakeAt: null,
  };
}

/** Asks a task's rule again before the event is over; asking twice is asking once. */
export function evaluateLater(step: Step, run: RunState, task: number): void {
  if (run.isPending[task] !== 0) return;
  run.isPending[task] = 1;
  step.state.pending.push({ run, task, place: -1 });
}

/** The same, and of its instances that are ready whether they still may run: something that let them is taken back. */
export function reconsiderLater(step: Step, run: RunState, task: number): void {
  evaluateLater(step, run, task);
  if ((run.stateCounts[SCHEDULED] ?? 0) > 0) run.isPending[task] = RECONSIDER;
}

/** The same for one instance of a mapped task. */
export function evaluatePlaceLater(step: Step, run: RunState, place: number): void {
  if (run.hasFlag(place, FLAG_PENDING)) return;
  run.setFlag(place, FLAG_PENDING);
  step.state.pending.push({ run, task: run.task[place] ?? 0, place });
}
