/** What users write down about task instances: kept in the row, and told to the catalog like any change of it. */
import type { RunState } from "../engine/run-state.ts";
import { isFinishedRunState, NONE, RESTARTING, RUNNING, reasonCode } from "../engine/states.ts";
import type { Actor, SchedulerReply } from "../platform.ts";
import { commitEvent, writeEvent } from "./commit.ts";
import { writeInstances } from "./instance-rows.ts";
import type { Loaded } from "./load.ts";
import { noteProblem, refuse, runNotFound } from "./refusals.ts";
import { execMany } from "./rows.ts";
import { findRun, letGo, takeRun } from "./runs.ts";
import type { SchedulerObject } from "./scheduler-object.ts";

export function setTaskInstanceNote(
  scheduler: SchedulerObject,
  key: { readonly runId: string; readonly taskId: string; readonly mapIndex: number },
  note: string | null,
  actor: Actor,
): SchedulerReply<object> {
  const { ports } = scheduler;
  const problem = noteProblem(note);
  if (problem !== null) return problem;
  if (findRun(ports.sql, key.runId) === null) return runNotFound(ports.dagId, key.runId);
  let isFound = false;
  scheduler.transact((loaded, now) => {
    const wasInMemory = loaded.state.runsById.has(key.runId);
    const run = takeRun(ports.sql, loaded, key.runId, now);
    const place = run?.find(key.taskId, key.mapIndex) ?? -1;
    if (run === null || place < 0) {
      if (run !== null) letGo(loaded, run, { wasInMemory });
      return { steps: [], wakeAt: null };
    }
    isFound = true;
    writeNotes(scheduler, loaded, run, [place], note);
    const { taskId, mapIndex } = key;
    writeEvent(ports, loaded, {
      event: "note",
      actor: actor.name,
      runId: run.runId,
      taskId,
      mapIndex,
      tryNumber: run.tryNumber[place] ?? 0,
      extra: null,
    });
    return commitEvent(ports, loaded, { type: "tick" }, now, {});
  });
  return isFound ? { ok: true } : refuse("not_found", `The run "${key.runId}" has no task instance "${key.taskId}"`);
}

/** Task instances that never had a row get one for it. */
export function writeNotes(
  scheduler: SchedulerObject,
  loaded: Loaded,
  run: RunState,
  places: readonly number[],
  note: string | null,
): void {
  const { sql } = scheduler.ports;
  const { state } = loaded;
  state.sequence += 1;
  const known = new Set(
    sql
      .exec("SELECT task_id, map_index FROM task_instance WHERE run_seq = ?", run.seq)
      .map((row) => `${row["task_id"]} ${row["map_index"]}`),
  );
  const keys = places.map((place) => ({ place, taskId: run.taskAt(place).spec.taskId, mapIndex: run.mapIndex[place] }));
  for (const { place, taskId, mapIndex } of keys) {
    if (known.has(`${taskId} ${mapIndex}`)) {
      run.markUnflushed(place);
      continue;
    }
    // A row with a reason: by that the expansion of a mapped task knows that what stands for its instances has one.
    if (run.stateOf[place] === NONE && run.reasonOf[place] === 0) run.reasonOf[place] = reasonCode("trigger_rule");
    run.markChanged(place);
  }
  writeInstances(sql, [run], state.sequence, {
    payloads: new Map(),
    invocationOf: (_run, place) => {
      const isHeld = run.stateOf[place] === RUNNING || run.stateOf[place] === RESTARTING;
      return isHeld ? (state.holderById.get(run.holder[place] ?? 0)?.invocation ?? null) : null;
    },
    bundleOf: () => null,
  });
  execMany(
    sql,
    `UPDATE task_instance SET note = ?2, version = ?3
     WHERE run_seq = ?4 AND (task_id, map_index) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?1))`,
    keys.map(({ taskId, mapIndex }) => JSON.stringify([taskId, mapIndex])),
    note,
    state.sequence,
    run.seq,
  );
  // Not settled, so that a start of the object before the flush does not forget it.
  if (isFinishedRunState(run.state)) sql.exec("UPDATE dag_run SET is_settled = 0 WHERE seq = ?", run.seq);
  loaded.unflushedRuns.add(run);
}
