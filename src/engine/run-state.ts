/**
 * One live DAG run in memory. Its task instances are columns of typed arrays (under 64 bytes each), because a run may have
 * 100,000 of them; a task's instances lie side by side from `first[task]` on. What rules ask of upstream tasks is kept as
 * counts that each change of state updates, so that no rule ever walks the run.
 *
 * The user's values (conf, results, errors) are not here: the engine decides without them.
 */
import type { RunId } from "../dag/ids.ts";
import type { Heap } from "../lib/heap.ts";
import type { Ready } from "./dag-state.ts";
import type { Graph, GraphTask } from "./graph.ts";
import {
  type DagRunState,
  type DagRunType,
  FINISHED_COUNT,
  FIRST_FINISHED,
  NONE,
  QUEUED,
  REMOVED,
  RESTARTING,
  RUNNING,
  SUCCESS,
  TASK_INSTANCE_STATES,
} from "./states.ts";

/** Bits of `flags`. */
export const FLAG_CHANGED = 1; // Differs from the object's row.
export const FLAG_UNFLUSHED = 2; // Differs from the catalog's row.
export const FLAG_SOLO = 4; // To be granted alone, after several grants of one invocation were lost together.
export const FLAG_ALIVE = 8; // The grant has shown a sign of life.
export const FLAG_WAITING = 16; // Has its one entry among the ready or the parked.
export const FLAG_VALUE = 32; // Succeeded with a result, so that a mapped consumer counts it.
export const FLAG_PENDING = 64; // Its own rule is to be asked again in the present event.
export const FLAG_IN_LINE = 128; // Ready, behind another instance of its task that has the entry for both.

/** In `isPending`: the task's ready instances are to be asked again as well as those without a state. */
export const RECONSIDER = 2;

/** Which run of which backfill a run is: `sortOrdinal` counts from 1, in the order in which they start. */
export interface RunOfBackfill {
  readonly id: number;
  readonly sortOrdinal: number;
}

/** What is known of a run from its row. */
export interface RunRecord {
  readonly seq: number;
  readonly runId: RunId;
  readonly runType: DagRunType;
  readonly state: DagRunState;
  readonly logicalAt: number | null;
  readonly runAfterAt: number;
  readonly queuedAt: number;
  readonly startAt: number | null;
  readonly endAt: number | null;
  readonly clearNumber: number;
  readonly reason: string | null;
  readonly backfill: RunOfBackfill | null;
}

/** Key, among a run's lengths, of the one that a task's instances were fitted to since; no task id holds a space. */
export function fittedKey(taskId: string): string {
  return `${taskId} fitted`;
}

function grown<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Airflow gives a task no instance in runs outside its own dates, backfills apart. */
function isOutside({ spec }: GraphTask, run: RunRecord): boolean {
  if (run.logicalAt === null || run.runType === "backfill") return false;
  return (spec.startAt ?? run.logicalAt) > run.logicalAt || (spec.endAt ?? run.logicalAt) < run.logicalAt;
}

export class RunState {
  readonly seq: number;
  readonly runId: RunId;
  /** A finished run may become one of a backfill that re-processes it. */
  runType: DagRunType;
  backfill: RunOfBackfill | null;
  readonly logicalAt: number | null;
  readonly runAfterAt: number;
  readonly graph: Graph;
  state: DagRunState;
  queuedAt: number;
  startAt: number | null;
  endAt: number | null;
  clearNumber: number;
  reason: string | null;
  /** The run's own row differs from the object's, or from the catalog's. */
  isChanged = false;
  isUnflushed = false;

  /** Places of a task's instances: `first[task]` … `first[task] + count[task] - 1`. */
  readonly first: Int32Array;
  readonly count: Int32Array;
  length: number;
  task: Int32Array;
  mapIndex: Int32Array;
  stateOf: Uint8Array;
  flags: Uint8Array;
  reasonOf: Uint8Array;
  resends: Uint8Array;
  losses: Uint8Array;
  tryNumber: Uint16Array;
  maxTries: Uint16Array;
  /** Place in `LANES` of the lane that the try was last queued in. */
  laneOf: Uint8Array;
  holder: Uint32Array;
  token: Float64Array;
  /** Next instant at which the state wants attention: retry, re-send, end of lease; 0 when none. */
  dueAt: Float64Array;
  queuedAtOf: Float64Array;
  startAtOf: Float64Array;
  endAtOf: Float64Array;

  /** Instances per state code. */
  readonly stateCounts = new Int32Array(TASK_INSTANCE_STATES.length);
  /** Per task, its upstream instances in each finished state: `tallies[task * 5 + code - FIRST_FINISHED]`. */
  readonly tallies: Int32Array;
  /** Per task, how many upstream instances there are in all. */
  readonly upstreamCount: Int32Array;
  /** Per task, its own instances in each finished state, laid out like `tallies`. */
  readonly ownTallies: Int32Array;
  /** Per task, its own instances that have no state yet, and those that succeeded with a result. */
  readonly openCount: Int32Array;
  readonly valueCount: Int32Array;
  /** Per mapped task, the length that its instances were last fitted to: those beyond it are removed. */
  readonly fittedLength: Int32Array;
  /** Per task, the place that has the entry for its line of ready instances (-1 for none), and how many stand behind it. */
  readonly firstInLine: Int32Array;
  readonly lineLength: Int32Array;
  /** Places changed since the last commit, and since the last flush. */
  changed: number[] = [];
  unflushed: number[] = [];
  /** Ready task instances that wait for the run's own limit, by place of their lane; made when first needed. */
  readonly parked: (Heap<Ready> | undefined)[] = [];
  /** Tasks whose rule has to be asked again in the present event. */
  readonly isPending: Uint8Array;
  /** Further places of tasks that grew when they ran again, each with the index of its first. */
  private readonly further = new Map<number, { readonly index: number; readonly first: number; count: number }[]>();
  /** Lengths of results that are mapped over, by task id or `task id#variant`, and other than first ones (`fittedKey`). */
  readonly lengths = new Map<string, number>();
  /** By place of a task instance that decided: the tasks that it skipped. */
  readonly decisions = new Map<number, ReadonlySet<number>>();
  /** The run before this one, for tasks that depend on the past; kept in memory as long as this one is live. */
  previous: RunState | null = null;
  /** Live runs that look at this one. */
  readonly followers = new Set<RunState>();
  /** Running tries whose lease had ended by their row when the object started, and of which nothing was heard since. */
  readonly silent = new Set<number>();
  /** Running tries that were given one more lease for that; their rows say so. */
  readonly doubted = new Set<number>();
  /** Tasks without an instance in the previous run that had one in an earlier run. */
  earlierTasks: ReadonlySet<string> = new Set();

  constructor(record: RunRecord, graph: Graph) {
    this.seq = record.seq;
    this.runId = record.runId;
    this.runType = record.runType;
    this.backfill = record.backfill;
    this.logicalAt = record.logicalAt;
    this.runAfterAt = record.runAfterAt;
    this.graph = graph;
    this.state = record.state;
    this.queuedAt = record.queuedAt;
    this.startAt = record.startAt;
    this.endAt = record.endAt;
    this.clearNumber = record.clearNumber;
    this.reason = record.reason;
    const count = graph.tasks.length;
    this.first = new Int32Array(count);
    this.count = new Int32Array(count).fill(1);
    this.length = count;
    this.task = new Int32Array(count);
    this.mapIndex = new Int32Array(count).fill(-1);
    this.stateOf = new Uint8Array(count);
    this.flags = new Uint8Array(count);
    this.reasonOf = new Uint8Array(count);
    this.resends = new Uint8Array(count);
    this.losses = new Uint8Array(count);
    this.tryNumber = new Uint16Array(count);
    this.maxTries = new Uint16Array(count);
    this.laneOf = new Uint8Array(count);
    this.holder = new Uint32Array(count);
    this.token = new Float64Array(count);
    this.dueAt = new Float64Array(count);
    this.queuedAtOf = new Float64Array(count);
    this.startAtOf = new Float64Array(count);
    this.endAtOf = new Float64Array(count);
    this.tallies = new Int32Array(count * FINISHED_COUNT);
    this.upstreamCount = new Int32Array(count);
    this.ownTallies = new Int32Array(count * FINISHED_COUNT);
    this.openCount = new Int32Array(count).fill(1);
    // Asked of mapped tasks alone.
    const mappable = graph.tasks.some((task) => task.isMapped) ? count : 0;
    this.valueCount = new Int32Array(mappable);
    this.fittedLength = new Int32Array(mappable);
    this.firstInLine = new Int32Array(mappable).fill(-1);
    this.lineLength = new Int32Array(mappable);
    this.isPending = new Uint8Array(count);
    this.stateCounts[NONE] = count;
    for (const task of graph.tasks) {
      this.first[task.index] = task.index;
      this.task[task.index] = task.index;
      this.maxTries[task.index] = task.spec.retries;
      this.upstreamCount[task.index] = task.upstream.length - task.indexed.length;
    }
    for (const task of graph.tasks) if (isOutside(task, record)) this.leaveOut(task);
  }

  /** A task outside its own dates has no instance in this run, and its downstream tasks do not wait for it. */
  private leaveOut(task: GraphTask): void {
    this.count[task.index] = 0;
    this.openCount[task.index] = 0;
    this.stateCounts[NONE] = (this.stateCounts[NONE] ?? 0) - 1;
    for (const next of task.countedDownstream) this.upstreamCount[next] = (this.upstreamCount[next] ?? 0) - 1;
  }

  /** Whether a mapped task does not know its instances yet: one place stands for all of them. */
  isUnexpanded(task: GraphTask): boolean {
    return task.isMapped && this.count[task.index] === 1 && this.mapIndex[this.first[task.index] ?? 0] === -1;
  }

  /** Visits the places of a task's instances in order of their index. */
  forEachPlace(task: number, visit: (place: number) => void): void {
    const first = this.first[task] ?? 0;
    const end = first + (this.count[task] ?? 0);
    for (let place = first; place < end; place += 1) visit(place);
    for (const block of this.further.get(task) ?? []) {
      for (let place = block.first; place < block.first + block.count; place += 1) visit(place);
    }
  }

  /** In the same order, up to the first that passes the test. */
  somePlace(task: number, test: (place: number) => boolean): boolean {
    const first = this.first[task] ?? 0;
    const end = first + (this.count[task] ?? 0);
    for (let place = first; place < end; place += 1) if (test(place)) return true;
    for (const block of this.further.get(task) ?? []) {
      for (let place = block.first; place < block.first + block.count; place += 1) if (test(place)) return true;
    }
    return false;
  }

  /** How many instances a task has, those that were removed included. */
  instanceCount(task: number): number {
    let count = this.count[task] ?? 0;
    for (const block of this.further.get(task) ?? []) count += block.count;
    return count;
  }

  /** How many instances of a task are in a finished state. */
  tally(task: number, code: number): number {
    return this.ownTallies[task * FINISHED_COUNT + code - FIRST_FINISHED] ?? 0;
  }

  /** All instances of a task have finished. */
  isTaskFinished(task: number): boolean {
    let finished = 0;
    for (let at = task * FINISHED_COUNT; at < (task + 1) * FINISHED_COUNT; at += 1)
      finished += this.ownTallies[at] ?? 0;
    return finished === this.instanceCount(task);
  }

  /** Keeps the counts of states true when the instance at a place goes from one to another. */
  countChange(place: number, before: number, code: number): void {
    const task = this.task[place] ?? 0;
    this.stateCounts[before] = (this.stateCounts[before] ?? 0) - 1;
    this.stateCounts[code] = (this.stateCounts[code] ?? 0) + 1;
    if (before === NONE) this.openCount[task] = (this.openCount[task] ?? 0) - 1;
    if (code === NONE) this.openCount[task] = (this.openCount[task] ?? 0) + 1;
    const base = task * FINISHED_COUNT - FIRST_FINISHED;
    if (before >= FIRST_FINISHED) this.ownTallies[base + before] = (this.ownTallies[base + before] ?? 0) - 1;
    if (code >= FIRST_FINISHED) this.ownTallies[base + code] = (this.ownTallies[base + code] ?? 0) + 1;
    if (!this.hasFlag(place, FLAG_VALUE)) return;
    if (before === SUCCESS) this.valueCount[task] = (this.valueCount[task] ?? 0) - 1;
    if (code === SUCCESS) this.valueCount[task] = (this.valueCount[task] ?? 0) + 1;
  }

  /**
   * The one place of an unexpanded task, which must be without a state, becomes `length` instances, side by side. Returns
   * how many places that adds. `keepsPlace`: its row is known, and is given back to the place that it had.
   */
  expand(task: GraphTask, length: number, keepsPlace = false): number {
    const summary = this.first[task.index] ?? 0;
    this.fittedLength[task.index] = length;
    // Only what got a state by itself has a row. It is removed from there, too.
    const hasRow = this.reasonOf[summary] !== 0;
    if (length === 1 && !hasRow && !keepsPlace) {
      this.mapIndex[summary] = 0;
      return 0;
    }
    const first = this.addPlaces(task, 0, length);
    this.first[task.index] = first;
    this.count[task.index] = length;
    if (hasRow) {
      this.stateOf[summary] = REMOVED;
      this.markChanged(summary);
    }
    this.stateCounts[NONE] = (this.stateCounts[NONE] ?? 0) - 1;
    this.openCount[task.index] = (this.openCount[task.index] ?? 0) - 1;
    this.addUpstream(task, -1);
    // The summary keeps its place, though it stands for nothing any more.
    return length;
  }

  /** More instances for a task that has some. Returns how many. */
  grow(task: GraphTask, length: number): number {
    const index = this.instanceCount(task.index);
    if (length <= index) return 0;
    const first = this.addPlaces(task, index, length - index);
    const blocks = this.further.get(task.index) ?? [];
    blocks.push({ index, first, count: length - index });
    this.further.set(task.index, blocks);
    return length - index;
  }

  private addPlaces(task: GraphTask, index: number, count: number): number {
    const first = this.length;
    this.length += count;
    // Little more than is needed: it happens once per mapped task, and memory is what there is least of.
    if (this.length > this.task.length) this.reserve(Math.max(this.length, Math.ceil(this.task.length * 1.125)));
    for (let offset = 0; offset < count; offset += 1) {
      this.task[first + offset] = task.index;
      this.mapIndex[first + offset] = index + offset;
      this.maxTries[first + offset] = task.spec.retries;
    }
    this.stateCounts[NONE] = (this.stateCounts[NONE] ?? 0) + count;
    this.openCount[task.index] = (this.openCount[task.index] ?? 0) + count;
    this.addUpstream(task, count);
    return first;
  }

  private addUpstream(task: GraphTask, count: number): void {
    for (const next of task.countedDownstream) this.upstreamCount[next] = (this.upstreamCount[next] ?? 0) + count;
  }

  private reserve(size: number): void {
    this.task = grown(this.task, new Int32Array(size));
    this.mapIndex = grown(this.mapIndex, new Int32Array(size));
    this.stateOf = grown(this.stateOf, new Uint8Array(size));
    this.flags = grown(this.flags, new Uint8Array(size));
    this.reasonOf = grown(this.reasonOf, new Uint8Array(size));
    this.resends = grown(this.resends, new Uint8Array(size));
    this.losses = grown(this.losses, new Uint8Array(size));
    this.tryNumber = grown(this.tryNumber, new Uint16Array(size));
    this.maxTries = grown(this.maxTries, new Uint16Array(size));
    this.laneOf = grown(this.laneOf, new Uint8Array(size));
    this.holder = grown(this.holder, new Uint32Array(size));
    this.token = grown(this.token, new Float64Array(size));
    this.dueAt = grown(this.dueAt, new Float64Array(size));
    this.queuedAtOf = grown(this.queuedAtOf, new Float64Array(size));
    this.startAtOf = grown(this.startAtOf, new Float64Array(size));
    this.endAtOf = grown(this.endAtOf, new Float64Array(size));
  }

  /** Place of a task instance, or -1 when the run has none with that key. */
  find(taskId: string, mapIndex: number): number {
    const task = this.graph.indexOf.get(taskId);
    if (task === undefined) return -1;
    return this.findAt(task, mapIndex);
  }

  /** As `find`, and also the place of what stood for the instances of a task before it had them. */
  placeOfRow(taskId: string, mapIndex: number): number {
    const place = this.find(taskId, mapIndex);
    const task = this.graph.indexOf.get(taskId);
    if (place >= 0 || mapIndex !== -1 || task === undefined) return place;
    return this.first[task] === task ? -1 : task;
  }

  findAt(task: number, mapIndex: number): number {
    const offset = Math.max(mapIndex, 0);
    if (offset < (this.count[task] ?? 0)) {
      const place = (this.first[task] ?? 0) + offset;
      return this.mapIndex[place] === mapIndex ? place : -1;
    }
    for (const block of this.further.get(task) ?? []) {
      if (offset < block.index + block.count) return block.first + offset - block.index;
    }
    return -1;
  }

  /** A place that stands for nothing any more: the summary of a task that was expanded, or a task outside its dates. */
  isGone(place: number): boolean {
    const task = this.task[place] ?? 0;
    return this.mapIndex[place] === -1 && (this.first[task] !== place || this.count[task] === 0);
  }

  /** Task instances that hold a slot of the run's `max_active_tasks`. */
  get activeCount(): number {
    const { stateCounts } = this;
    return (stateCounts[QUEUED] ?? 0) + (stateCounts[RUNNING] ?? 0) + (stateCounts[RESTARTING] ?? 0);
  }

  get unfinishedCount(): number {
    let count = 0;
    for (let code = 0; code < FIRST_FINISHED; code += 1) count += this.stateCounts[code] ?? 0;
    return count;
  }

  /** When the run times out, counted from the start of its present life (it may have been cleared); 0 when never. */
  get timeoutAt(): number {
    const timeoutMs = this.graph.spec.dagRunTimeoutMs;
    return timeoutMs === null || this.startAt === null ? 0 : this.startAt + timeoutMs;
  }

  /** Notes that a row differs, once, for the next commit and the next flush. */
  markChanged(place: number): void {
    const flags = this.flags[place] ?? 0;
    if ((flags & FLAG_CHANGED) === 0) this.changed.push(place);
    if ((flags & FLAG_UNFLUSHED) === 0) this.unflushed.push(place);
    this.flags[place] = flags | FLAG_CHANGED | FLAG_UNFLUSHED;
  }

  /** For the catalog alone: the object keeps no row of what can be derived at load. */
  markUnflushed(place: number): void {
    const flags = this.flags[place] ?? 0;
    if ((flags & FLAG_UNFLUSHED) === 0) this.unflushed.push(place);
    this.flags[place] = flags | FLAG_UNFLUSHED;
  }

  markRunChanged(): void {
    this.isChanged = true;
    this.isUnflushed = true;
  }

  setFlag(place: number, flag: number): void {
    this.flags[place] = (this.flags[place] ?? 0) | flag;
  }

  clearFlag(place: number, flag: number): void {
    this.flags[place] = (this.flags[place] ?? 0) & ~flag;
  }

  hasFlag(place: number, flag: number): boolean {
    return ((this.flags[place] ?? 0) & flag) !== 0;
  }

  taskAt(place: number): GraphTask {
    const task = this.graph.tasks[this.task[place] ?? -1];
    // Not by `assert`, whose message would be made at each call: this is asked several times per transition.
    if (task === undefined) throw new Error(`Assertion failed: run "${this.runId}" has no task at place ${place}`);
    return task;
  }
}
