/**
 * Rebuilds a run in memory from its rows. The object keeps a row only of task instances that were ever queued or finished;
 * the others are as the graph makes them, and `scheduled` follows again from the rules.
 */
import { type DagState, holderNamed } from "./dag-state.ts";
import { type Graph, LANES } from "./graph.ts";
import { FLAG_ALIVE, FLAG_SOLO, type RunRecord, RunState } from "./run-state.ts";
import {
  FINISHED_COUNT,
  FIRST_FINISHED,
  NONE,
  QUEUED,
  reasonCode,
  stateCode,
  type TaskInstanceState,
} from "./states.ts";

/** Re-sends of a queued try stand above the flags in their column. */
export const RESENDS_FACTOR = 256;

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

/** Rows of tasks that the graph does not have are left out. */
export function restoreRun(record: RunRecord, graph: Graph, instances: Iterable<InstanceRecord>): RunState {
  const run = new RunState(record, graph);
  for (const instance of instances) restoreInstance(run, instance);
  return run;
}

function restoreInstance(run: RunState, record: InstanceRecord): void {
  const place = run.find(record.taskId, record.mapIndex);
  if (place < 0) return;
  const code = Math.max(NONE, stateCode(record.state));
  run.stateOf[place] = code;
  run.stateCounts[NONE] = (run.stateCounts[NONE] ?? 0) - 1;
  run.stateCounts[code] = (run.stateCounts[code] ?? 0) + 1;
  run.reasonOf[place] = record.reason === "" ? 0 : reasonCode(record.reason);
  run.tryNumber[place] = record.tryNumber;
  run.maxTries[place] = record.maxTries;
  run.token[place] = record.token;
  run.laneOf[place] = Math.max(0, LANES.indexOf(record.lane as (typeof LANES)[number]));
  run.losses[place] = record.losses;
  // What differs from a row is not for the row to say.
  run.flags[place] = record.flags & (FLAG_SOLO | FLAG_ALIVE);
  if (code === QUEUED) run.resends[place] = Math.floor(record.flags / RESENDS_FACTOR);
  run.dueAt[place] = code >= FIRST_FINISHED ? 0 : record.dueAt;
  run.queuedAtOf[place] = record.queuedAt;
  run.startAtOf[place] = record.startAt;
  run.endAtOf[place] = record.endAt;
  if (code < FIRST_FINISHED) return;
  for (const task of run.taskAt(place).downstream) {
    const at = task * FINISHED_COUNT + code - FIRST_FINISHED;
    run.tallies[at] = (run.tallies[at] ?? 0) + 1;
  }
}
