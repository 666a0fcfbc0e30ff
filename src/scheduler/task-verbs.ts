/**
 * What a user does to task instances: clear them, mark them, forget them. Over many runs a verb goes part by part,
 * each one transaction with its audit, so that no call holds the object up; a part that is done stays done.
 */

import type { Event } from "../engine/event.ts";
import { type Mark, unlike } from "../engine/mark-instances.ts";
import type { RunState } from "../engine/run-state.ts";
import { QUEUED, RESTARTING, RUNNING } from "../engine/states.ts";
import {
  type Actor,
  type ClearOptions,
  MAX_LISTED_INSTANCES,
  type Reached,
  type SchedulerRefusal,
  type SchedulerReply,
  type SelectionOptions,
  type TaskInstanceView,
  type TaskSelection,
} from "../platform.ts";
import { moveToLatestVersion } from "./change-version.ts";
import { type Committed, commitEvent } from "./commit.ts";
import { viewsOf } from "./instance-page.ts";
import type { Loaded } from "./load.ts";
import { writeNotes } from "./notes.ts";
import type { StateRow } from "./ports.ts";
import { findLoadedRun } from "./reader.ts";
import { noteProblem, refuse, runNotFound } from "./refusals.ts";
import { letGo, takeRun } from "./runs.ts";
import type { SchedulerObject } from "./scheduler-object.ts";
import { allPlaces, placesBehind, placesOf, type RunsOf, runsOf } from "./selection.ts";

/** A part ends with the run that takes it over this many task instances. */
const INSTANCES_PER_PART = 20_000;
const AUDITED_TASKS = 50;

/** What a verb does to one run: the event, if anything is to change, and the places that it is about. */
type Verb = (
  run: RunState,
  places: readonly number[],
) => {
  readonly event: Event | null;
  readonly places: readonly number[];
};

export function clearTaskInstances(
  scheduler: SchedulerObject,
  selection: TaskSelection,
  options: ClearOptions,
  actor: Actor,
): Promise<SchedulerReply<Reached>> {
  const isRunKept = !options.resetDagRuns;
  if (options.onLatestVersion === true) {
    const refusal = moveToLatestVersion(scheduler, selection.runId, options.dryRun, actor);
    if (refusal !== null) return Promise.resolve(refusal);
  }
  return overRuns(scheduler, selection, options, { actor, audit: "clear" }, (run, places) => ({
    event: places.length === 0 ? null : { type: "clear", run, places, isRunKept },
    places,
  }));
}

export function markTaskInstances(
  scheduler: SchedulerObject,
  selection: TaskSelection,
  state: Mark,
  options: SelectionOptions,
  actor: Actor,
): Promise<SchedulerReply<Reached>> {
  return overRuns(scheduler, selection, options, { actor, audit: `mark_task_${state}` }, (run, reached) => {
    const places = unlike(run, reached, state);
    const cleared = placesBehind(run, selection, reached);
    return { event: places.length === 0 ? null : { type: "mark_instances", run, places, state, cleared }, places };
  });
}

/** Airflow's "queued" of a run: all that it did starts afresh. */
export function clearWholeRun(scheduler: SchedulerObject, runId: string, actor: Actor): void {
  scheduler.transact((loaded, now) => {
    const run = takeRun(scheduler.ports.sql, loaded, runId, now);
    if (run === null) return { steps: [], wakeAt: null };
    const places = allPlaces(run);
    const extra = auditOf(run, places);
    return commitEvent(scheduler.ports, loaded, { type: "clear", run, places }, now, {
      audit: { event: "clear", actor, run, extra },
    });
  });
}

interface Audit {
  readonly actor: Actor;
  readonly audit: string;
}

async function overRuns(
  scheduler: SchedulerObject,
  selection: TaskSelection,
  options: SelectionOptions,
  audit: Audit,
  verb: Verb,
): Promise<SchedulerReply<Reached>> {
  const problem = noteProblem(options.note);
  if (problem !== null) return problem;
  const found = runsOf(scheduler, selection);
  if (!found.ok) return found;
  const reached: { total: number; readonly instances: TaskInstanceView[] } = { total: 0, instances: [] };
  let unknown: string | null = null;
  for (let seq: number | null = 0; seq !== null && unknown === null; ) {
    if (seq > 0) await scheduler.breathe();
    const part: Part = { scheduler, selection, options, audit, verb, runs: found.runs, reached };
    ({ seq, unknown } = options.dryRun ? tryPart(part, seq) : applyPart(part, seq));
  }
  if (unknown !== null) {
    const message = `The run "${selection.runId}" has no ${unknown} in its version of the DAG`;
    return refuse("not_found", message, "task_ids");
  }
  return { ok: true, ...reached };
}

interface Part {
  readonly scheduler: SchedulerObject;
  readonly selection: TaskSelection;
  readonly options: SelectionOptions;
  readonly audit: Audit;
  readonly verb: Verb;
  readonly runs: RunsOf;
  readonly reached: { total: number; readonly instances: TaskInstanceView[] };
}

/** Where a part ended: the number of its last run, or null after the last part. */
interface PartEnd {
  readonly seq: number | null;
  readonly unknown: string | null;
}

/** Reads alone, and keeps no run in memory for it. */
function tryPart(part: Part, after: number): PartEnd {
  const loaded = part.scheduler.loaded();
  return eachRun(part, after, (row) => {
    const run = findLoadedRun(part.scheduler.ports.sql, loaded, String(row["run_id"]));
    if (run === null) return { size: 0, unknown: null };
    const selected = placesOf(run, part.selection);
    list(part, loaded, run, part.verb(run, selected.places).places);
    return { size: run.length, unknown: selected.unknown };
  });
}

function applyPart(part: Part, after: number): PartEnd {
  let end: PartEnd = { seq: null, unknown: null };
  part.scheduler.transact((loaded, now) => {
    const steps: Committed["steps"][number][] = [];
    let wakeAt: number | null = null;
    end = eachRun(part, after, (row) => {
      const wasInMemory = loaded.state.runsById.has(String(row["run_id"]));
      const run = takeRun(part.scheduler.ports.sql, loaded, String(row["run_id"]), now);
      if (run === null) return { size: 0, unknown: null };
      const selected = placesOf(run, part.selection);
      const isRefused = selected.unknown !== null && part.runs.isOne;
      const committed = isRefused ? null : applyTo(part, loaded, run, selected.places, now);
      if (committed === null) letGo(loaded, run, { wasInMemory });
      else {
        steps.push(...committed.steps);
        wakeAt = committed.wakeAt;
      }
      return { size: run.length, unknown: selected.unknown };
    });
    return { steps, wakeAt };
  });
  return end;
}

function eachRun(
  { runs }: Part,
  after: number,
  act: (row: StateRow) => { readonly size: number; readonly unknown: string | null },
): PartEnd {
  let seq: number | null = null;
  let size = 0;
  for (const row of runs.after(after)) {
    const done = act(row);
    if (done.unknown !== null && runs.isOne) return { seq: null, unknown: done.unknown };
    seq = Number(row["seq"]);
    size += done.size;
    if (size >= INSTANCES_PER_PART) break;
  }
  return { seq, unknown: null };
}

function applyTo(part: Part, loaded: Loaded, run: RunState, reached: readonly number[], now: number): Committed | null {
  const { scheduler, audit, options } = part;
  const { event, places } = part.verb(run, reached);
  if (event === null) return null;
  const { actor, audit: name } = audit;
  const input = { audit: { event: name, actor, run, extra: auditOf(run, places) } };
  const committed = commitEvent(scheduler.ports, loaded, event, now, input);
  if (options.note !== undefined) writeNotes(scheduler, loaded, run, places, options.note);
  list(part, loaded, run, places);
  return committed;
}

function list({ scheduler, reached }: Part, loaded: Loaded, run: RunState, places: readonly number[]): void {
  reached.total += places.length;
  const room = MAX_LISTED_INSTANCES - reached.instances.length;
  if (room > 0) reached.instances.push(...viewsOf(scheduler.ports.sql, loaded, run, places.slice(0, room)));
}

function auditOf(run: RunState, places: readonly number[]): object {
  const tasks = new Set<string>();
  for (const place of places) {
    tasks.add(run.taskAt(place).spec.taskId);
    if (tasks.size === AUDITED_TASKS) break;
  }
  return { tasks: [...tasks], count: places.length };
}

/** As if it had never been: no tries, no results, no note. Its logs go with their run. */
export function deleteTaskInstance(
  scheduler: SchedulerObject,
  key: { readonly runId: string; readonly taskId: string; readonly mapIndex: number },
  actor: Actor,
): SchedulerReply<object> {
  const { ports } = scheduler;
  let refusal: SchedulerRefusal | null = runNotFound(ports.dagId, key.runId);
  scheduler.transact((loaded, now) => {
    const wasInMemory = loaded.state.runsById.has(key.runId);
    const run = takeRun(ports.sql, loaded, key.runId, now);
    if (run === null) return { steps: [], wakeAt: null };
    const place = run.find(key.taskId, key.mapIndex);
    refusal = deletionProblem(run, place, key);
    if (refusal !== null) {
      letGo(loaded, run, { wasInMemory });
      return { steps: [], wakeAt: null };
    }
    // Also of one without a state, which the event leaves as it is; what never had a try may have no row.
    if ((run.tryNumber[place] ?? 0) > 0) run.markChanged(place);
    // Without a token there is no try to keep as history.
    run.tryNumber[place] = 0;
    run.token[place] = 0;
    const own = "WHERE run_seq = ?1 AND task_id = ?2 AND map_index = ?3";
    ports.sql.exec(`DELETE FROM task_instance_history ${own}`, run.seq, key.taskId, key.mapIndex);
    // The rows stay, empty, for the catalog to learn of it.
    loaded.state.sequence += 1;
    ports.sql.exec(
      `UPDATE xcom SET json = NULL, ref = NULL, version = ?4 ${own}`,
      run.seq,
      key.taskId,
      key.mapIndex,
      loaded.state.sequence,
    );
    loaded.unflushedXComs.add(run.seq);
    const audit = { event: "delete_task_instance", actor, run, extra: auditOf(run, [place]) };
    const event = { type: "clear", run, places: [place], isRunKept: true } as const;
    const committed = commitEvent(ports, loaded, event, now, { audit });
    writeNotes(scheduler, loaded, run, [place], null);
    return committed;
  });
  return refusal ?? { ok: true };
}

function deletionProblem(
  run: RunState,
  place: number,
  { taskId, mapIndex }: { readonly taskId: string; readonly mapIndex: number },
): SchedulerRefusal | null {
  // What its version does not have stays as removed.
  if (place < 0 || run.taskAt(place).isGone)
    return refuse("not_found", `The run "${run.runId}" has no task instance "${taskId}" [${mapIndex}]`);
  const code = run.stateOf[place];
  if (code !== QUEUED && code !== RUNNING && code !== RESTARTING) return null;
  return refuse("conflict", `A try of "${taskId}" is under way: mark it first, then delete it`);
}
