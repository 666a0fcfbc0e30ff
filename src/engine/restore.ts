/**
 * Rebuilds a run in memory from its rows. The object keeps a row only of task instances that were ever queued or finished;
 * the others are as the graph makes them, and `scheduled` follows again from the rules.
 */
import { type DagState, holderNamed } from "./dag-state.ts";
import { type Graph, type GraphTask, LANES } from "./graph.ts";
import { FLAG_ALIVE, FLAG_SOLO, FLAG_VALUE, fittedKey, type RunRecord, RunState } from "./run-state.ts";
import {
  FINISHED_COUNT,
  FIRST_FINISHED,
  NONE,
  QUEUED,
  RESTARTING,
  RUNNING,
  reasonCode,
  stateCode,
  type TaskInstanceState,
} from "./states.ts";

/** Re-sends of a queued try, and whether a running one is doubted, stand above the flags in their column. */
const RESENDS_FACTOR = 256;

/** What a row keeps of the flags. That a grant has shown a sign of life is not worth a write. */
export function rowFlags(run: RunState, place: number): number {
  const code = run.stateOf[place] ?? NONE;
  const above = code === QUEUED ? (run.resends[place] ?? 0) : run.doubted.has(place) ? 1 : 0;
  return ((run.flags[place] ?? 0) & (FLAG_SOLO | FLAG_VALUE)) + above * RESENDS_FACTOR;
}

export interface InstanceRecord {
  readonly taskId: string;
  readonly mapIndex: number;
  readonly state: TaskInstanceState;
  readonly reason: string;
  readonly tryNumber: number;
  readonly maxTries: number;
  readonly token: number;
  readonly lane: string;
  readonly losses: number;
  readonly flags: number;
  /** Who holds the grant of a running try. */
  readonly invocation: string;
  readonly dueAt: number;
  readonly queuedAt: number;
  readonly startAt: number;
  readonly endAt: number;
}

/**
 * Gives the running tries of a restored run back to the invocations that hold them, so that their repeats, heartbeats and
 * reports are known after a start of the object.
 */
export function restoreHolders(state: DagState, run: RunState, instances: Iterable<InstanceRecord>): void {
  for (const record of instances) {
    if (record.state !== "running" && record.state !== "restarting") continue;
    const place = run.find(record.taskId, record.mapIndex);
    if (place < 0) continue;
    const holder = holderNamed(state, record.invocation);
    run.holder[place] = holder.id;
    holder.grants.set(record.token, { run, place });
  }
}

/** What a run's rows keep of mapping and branching. */
export interface ShapeRecord {
  readonly lengths: readonly { readonly key: string; readonly length: number }[];
  /** In the order in which they came about: a task may have been expanded and then have grown. */
  readonly expansions: readonly { readonly taskId: string; readonly length: number }[];
  readonly decisions: readonly {
    readonly taskId: string;
    readonly mapIndex: number;
    readonly skipped: readonly string[];
  }[];
}

const noShape: ShapeRecord = { lengths: [], expansions: [], decisions: [] };

/** Rows of tasks that the graph does not have are left out. */
export function restoreRun(
  record: RunRecord,
  graph: Graph,
  instances: readonly InstanceRecord[],
  shape: ShapeRecord = noShape,
): RunState {
  const run = new RunState(record, graph);
  const summaries = new Set(instances.flatMap(({ taskId, mapIndex }) => (mapIndex === -1 ? taskId : [])));
  restoreShape(run, shape, summaries);
  for (const instance of instances) restoreInstance(run, instance);
  for (const task of graph.tasks) if (task.isMapped && !run.isUnexpanded(task)) restoreLength(run, task);
  return run;
}

/** A task that shrank keeps its places: those at its end are removed, but for what the user marked. */
function restoreLength(run: RunState, { index, spec }: GraphTask): void {
  run.fittedLength[index] = run.lengths.get(fittedKey(spec.taskId)) ?? run.instanceCount(index);
}

function restoreShape(run: RunState, shape: ShapeRecord, summaries: ReadonlySet<string>): void {
  for (const { key, length } of shape.lengths) run.lengths.set(key, length);
  for (const { taskId, length } of shape.expansions) {
    const task = run.graph.tasks[run.graph.indexOf.get(taskId) ?? -1];
    if (task === undefined) continue;
    if (run.isUnexpanded(task)) run.expand(task, length, summaries.has(taskId));
    else run.grow(task, length);
  }
  for (const { taskId, mapIndex, skipped } of shape.decisions) {
    const place = run.find(taskId, mapIndex);
    if (place >= 0) run.decisions.set(place, new Set(skipped.flatMap((id) => run.graph.indexOf.get(id) ?? [])));
  }
}

function restoreInstance(run: RunState, record: InstanceRecord): void {
  const place = run.placeOfRow(record.taskId, record.mapIndex);
  if (place < 0) return;
  const code = Math.max(NONE, stateCode(record.state));
  run.stateOf[place] = code;
  run.reasonOf[place] = record.reason === "" ? 0 : reasonCode(record.reason);
  run.tryNumber[place] = record.tryNumber;
  run.maxTries[place] = record.maxTries;
  run.token[place] = record.token;
  run.laneOf[place] = Math.max(0, LANES.indexOf(record.lane as (typeof LANES)[number]));
  run.losses[place] = record.losses;
  // What differs from a row is not for the row to say.
  run.flags[place] = record.flags & (FLAG_SOLO | FLAG_ALIVE | FLAG_VALUE);
  const above = Math.floor(record.flags / RESENDS_FACTOR);
  if (code === QUEUED) run.resends[place] = above;
  if ((code === RUNNING || code === RESTARTING) && above > 0) run.doubted.add(place);
  run.queuedAtOf[place] = record.queuedAt;
  run.startAtOf[place] = record.startAt;
  run.endAtOf[place] = record.endAt;
  // It is told once more, and counts for nothing.
  if (run.isGone(place)) return;
  run.countChange(place, NONE, code);
  run.dueAt[place] = code >= FIRST_FINISHED ? 0 : record.dueAt;
  if (code < FIRST_FINISHED) return;
  for (const task of run.taskAt(place).countedDownstream) {
    const at = task * FINISHED_COUNT + code - FIRST_FINISHED;
    run.tallies[at] = (run.tallies[at] ?? 0) + 1;
  }
}
