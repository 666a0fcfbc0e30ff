/** What a user does to a backfill: make one, look at what it would do, pause it, cancel it. */
import { validateParams } from "../../dag/params.ts";
import type { ScheduleSpec } from "../../dag/spec.ts";
import { MAX_BACKFILL_DATES } from "../../engine/defaults.ts";
import type { Graph } from "../../engine/graph.ts";
import { looksAtPast } from "../../engine/past.ts";
import type { ScheduledRun } from "../../engine/timetable/timetable.ts";
import type {
  Actor,
  BackfillDate,
  BackfillRequest,
  BackfillView,
  SchedulerRefusal,
  SchedulerReply,
} from "../../platform.ts";
import { commitEvent, writeEvent } from "../commit.ts";
import type { StateRow } from "../ports.ts";
import { dagNotFound, refuse } from "../refusals.ts";
import type { SchedulerObject } from "../scheduler-object.ts";
import { datesOf, outcomesOf } from "./dates.ts";
import { backfillView, factsOf, findBackfill, insertBackfill, openBackfill, updateBackfill } from "./rows.ts";

/** Fits into a number that JSON keeps whole until the year 2109. */
const IDS_PER_MS = 2_048;

export async function createBackfill(
  scheduler: SchedulerObject,
  request: BackfillRequest,
): Promise<SchedulerReply<{ backfill: BackfillView }>> {
  const checked = check(scheduler, request);
  if (!checked.ok) return checked;
  const { sql, ids } = scheduler.ports;
  const open = openBackfill(sql);
  if (open !== null) {
    const message = `The DAG has the active backfill ${open["id"]}: wait until it is completed, or cancel it`;
    return refuse("conflict", message, "dag_id");
  }
  if ([...scheduler.leavingRunIds].some((runId) => runId.startsWith("backfill__"))) {
    return refuse("conflict", "Runs of an earlier backfill are being deleted: try again in a moment");
  }
  const id = scheduler.now() * IDS_PER_MS + (Number.parseInt(ids.random(2), 16) % IDS_PER_MS);
  scheduler.transact((loaded, now) => {
    const { fromAt, toAt, isReverse, reprocess, maxActiveRuns } = request;
    const conf = JSON.stringify(request.conf);
    const { versionNumber } = checked.graph;
    const backfill = { id, versionNumber, fromAt, toAt, isReverse, reprocess, maxActiveRuns, conf };
    insertBackfill(sql, loaded, { ...backfill, createdBy: request.actor.name }, now);
    audit(scheduler, "create_backfill", id, request.actor);
    return commitBackfill(scheduler, id, now);
  });
  await scheduler.backfills.run();
  return { ok: true, backfill: viewOf(scheduler, id) };
}

export function previewBackfill(
  scheduler: SchedulerObject,
  request: BackfillRequest,
): SchedulerReply<{ dates: readonly BackfillDate[] }> {
  const checked = check(scheduler, request);
  if (!checked.ok) return checked;
  const outcomes = outcomesOf(scheduler.ports.sql, checked.dates, request.reprocess);
  const dates = checked.dates.map(({ logicalAt }, at) => {
    const outcome = outcomes[at];
    const isAgain = outcome?.type === "reprocess";
    return { logicalAt, skipped: outcome?.type === "skip" ? outcome.reason : null, isAgain };
  });
  return { ok: true, dates };
}

type Checked = { readonly ok: true; readonly graph: Graph; readonly dates: readonly ScheduledRun[] };

function check(scheduler: SchedulerObject, request: BackfillRequest): Checked | SchedulerRefusal {
  const { ports } = scheduler;
  const loaded = scheduler.loaded();
  const { graph, isRetired } = loaded.state;
  if (graph === null) return dagNotFound(ports.dagId);
  if (isRetired) {
    return refuse("conflict", `The DAG "${ports.dagId}" is not in the bundle any more: deploy its file again`);
  }
  const refusal = problemOf(graph, request, scheduler.now());
  if (refusal !== null) return refusal;
  const dates = datesOf(ports, loaded, request, graph.versionNumber, scheduler.now());
  if (dates === null) {
    const message = `The range has more than ${MAX_BACKFILL_DATES} dates: make several backfills, one after the other`;
    return refuse("invalid", message, "to_date");
  }
  if (dates.length === 0) {
    return refuse("invalid", "No interval of the schedule lies in the range and has ended", "from_date");
  }
  return { ok: true, graph, dates };
}

function problemOf({ spec, tasks }: Graph, request: BackfillRequest, now: number): SchedulerRefusal | null {
  if (!isPeriodic(spec.schedule)) {
    return refuse("invalid", `The DAG "${spec.dagId}" has no schedule that repeats, so there is nothing to backfill`);
  }
  if (request.fromAt > request.toAt) return refuse("invalid", "from_date is after to_date: swap them", "from_date");
  if (request.fromAt > now) return refuse("invalid", "The whole range lies in the future", "from_date");
  if (tasks.some(looksAtPast)) {
    if (request.isReverse) {
      return refuse("invalid", "A task depends on the past: it cannot run backwards", "run_backwards");
    }
    if (request.reprocess === "none") {
      const message = 'A task depends on the past, so no run may be left out: use "failed" or "completed"';
      return refuse("invalid", message, "reprocess_behavior");
    }
  }
  const checked = validateParams(spec.params, request.conf);
  if (checked.ok) return null;
  const [first] = checked.errors;
  return refuse("invalid", first?.message ?? "conf does not fit the DAG's params", first?.field ?? "dag_run_conf");
}

function isPeriodic({ type }: ScheduleSpec): boolean {
  return type !== "manual" && type !== "once" && type !== "continuous";
}

export async function changeBackfill(
  scheduler: SchedulerObject,
  id: number,
  change: "pause" | "unpause" | "cancel",
  actor: Actor,
): Promise<SchedulerReply<{ backfill: BackfillView }>> {
  const { sql, dagId } = scheduler.ports;
  const row = findBackfill(sql, id);
  if (row === null) return refuse("not_found", `The DAG "${dagId}" has no backfill ${id}`);
  if (row["completed_at"] !== null) return refuse("conflict", `The backfill ${id} is completed already`);
  const isPaused = change === "pause";
  if (change !== "cancel" && row["is_paused"] === Number(isPaused))
    return { ok: true, backfill: viewOf(scheduler, id) };
  scheduler.transact((loaded, now) => {
    const wanted = change === "cancel" ? ({ work: "cancel", completedAt: now } as const) : { isPaused };
    updateBackfill(sql, loaded, id, wanted, now);
    audit(scheduler, `${change}_backfill`, id, actor);
    return commitBackfill(scheduler, id, now);
  });
  await scheduler.backfills.run();
  return { ok: true, backfill: viewOf(scheduler, id) };
}

/** Tells the engine what the row says. */
function commitBackfill(scheduler: SchedulerObject, id: number, now: number) {
  const { ports } = scheduler;
  const backfill = factsOf(ports.sql, rowOf(scheduler, id));
  return commitEvent(ports, scheduler.loaded(), { type: "set_backfill", backfill }, now, {});
}

function audit(scheduler: SchedulerObject, event: string, id: number, actor: Actor): void {
  const extra = JSON.stringify({ backfill_id: id });
  writeEvent(scheduler.ports, scheduler.loaded(), { event, actor: actor.name, runId: null, extra });
}

function viewOf(scheduler: SchedulerObject, id: number): BackfillView {
  const row = rowOf(scheduler, id);
  return backfillView(scheduler.ports.dagId, row, Number(row["version"]));
}

function rowOf(scheduler: SchedulerObject, id: number): StateRow {
  const row = findBackfill(scheduler.ports.sql, id);
  if (row === null) throw new Error(`Assertion failed: backfill ${id} has no row`);
  return row;
}
