/**
 * A run goes over to the latest version of its DAG, when the user clears it that way. It is put right in the version that it
 * leaves, pinned to the other one, and read anew from its rows, with everything else of the DAG: as after any start of the
 * object. A dry run changes nothing, and tells of the version that the run has.
 */
import { unmappedTask } from "../engine/change-version.ts";
import type { Actor, SchedulerRefusal } from "../platform.ts";
import { moveDeadlines } from "./callbacks/deadlines.ts";
import { commitEvent } from "./commit.ts";
import { refuse, runNotFound } from "./refusals.ts";
import { letGo, takeRun } from "./runs.ts";
import type { SchedulerObject } from "./scheduler-object.ts";

/** Null when the run has the latest version now, or would have it. */
export function moveToLatestVersion(
  scheduler: SchedulerObject,
  runId: string | null,
  isDryRun: boolean,
  actor: Actor,
): SchedulerRefusal | null {
  const { ports } = scheduler;
  if (runId === null) return refuse("invalid", "Name the run that is to have the latest version", "dag_run_id");
  let refusal: SchedulerRefusal | null = runNotFound(ports.dagId, runId);
  let isMoved = false;
  scheduler.transact((loaded, now) => {
    const nothing = { steps: [], wakeAt: null };
    const { graph } = loaded.state;
    const wasInMemory = loaded.state.runsById.has(runId);
    const run = takeRun(ports.sql, loaded, runId, now);
    if (run === null || graph === null) return nothing;
    const unmapped = unmappedTask(run, graph);
    refusal = unmapped === null ? null : refuse("conflict", unmappedMessage(unmapped));
    if (refusal !== null || isDryRun || run.graph.versionNumber === graph.versionNumber) {
      letGo(loaded, run, { wasInMemory });
      return nothing;
    }
    isMoved = true;
    const extra = { from: run.graph.versionNumber, to: graph.versionNumber };
    const committed = commitEvent(ports, loaded, { type: "change_version", run, graph }, now, {
      audit: { event: "change_version", actor, run, extra },
    });
    moveDeadlines(ports.sql, run, graph);
    ports.sql.exec(
      "UPDATE dag_run SET version_number = ?, version = ?, is_settled = 0 WHERE seq = ?",
      graph.versionNumber,
      loaded.state.sequence,
      run.seq,
    );
    // Whatever the other version makes ready or ends is found at the next event, be that only the alarm's.
    return { ...committed, wakeAt: now };
  });
  if (isMoved) scheduler.forget();
  return refusal;
}

function unmappedMessage(taskId: string): string {
  return `The run has several instances of "${taskId}", and the latest version has one: trigger a new run for it`;
}
