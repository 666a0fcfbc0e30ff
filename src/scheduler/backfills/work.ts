/**
 * The long work of backfills: making their runs, and cancelling those that are queued. It goes part by part, each one
 * transaction, so that no call holds the object up; how far it came is in the row, and the alarm goes on with it when the
 * object was lost in the middle.
 */
import type { ScheduledRun } from "../../engine/timetable/timetable.ts";
import type { ReprocessBehavior } from "../../platform.ts";
import { type Committed, commitEvent, isoSeconds } from "../commit.ts";
import type { Loaded } from "../load.ts";
import type { StateRow } from "../ports.ts";
import { relinkPreviousRuns } from "../previous-run.ts";
import { failQueuedRuns, insertRuns, type NewRun, takeRun } from "../runs.ts";
import type { SchedulerObject } from "../scheduler-object.ts";
import { allPlaces } from "../selection.ts";
import { datesOf, type Outcome, outcomesOf } from "./dates.ts";
import { type BackfillWork, factsOf, findBackfill, unfinishedWork, updateBackfill } from "./rows.ts";

const DATES_PER_PART = 500;
/** Runs that are run again come into memory: a part ends with the one that takes it over this many task instances. */
const INSTANCES_PER_PART = 20_000;

export class BackfillWorker {
  readonly #scheduler: SchedulerObject;
  #running: Promise<void> | null = null;
  /** Dates of the backfill whose runs are being made. */
  #dates: { readonly id: number; readonly list: readonly ScheduledRun[] } | null = null;

  constructor(scheduler: SchedulerObject) {
    this.#scheduler = scheduler;
  }

  /** Goes on after a start of the object, for nobody who waits: the next alarm tries again what fails. */
  async resume(): Promise<void> {
    const { ports } = this.#scheduler;
    try {
      await this.run();
    } catch (error) {
      ports.log("error", "a part of a backfill failed", { dagId: ports.dagId, error: String(error) });
    }
  }

  /** Until nothing is left to do. A failed part is left to the alarm, and told to whoever waits. */
  run(): Promise<void> {
    this.#running ??= this.#work().finally(() => {
      this.#running = null;
      this.#dates = null;
    });
    return this.#running;
  }

  async #work(): Promise<void> {
    while (this.#scheduler.isDefined() && this.#scheduler.loaded().state.backfills.size > 0) {
      const [row] = unfinishedWork(this.#scheduler.ports.sql);
      if (row === undefined) return;
      const isHeavy = this.#part(Number(row["id"]));
      // The others have their turn; runs that are in memory for the catalog's sake leave it.
      if (isHeavy) await this.#scheduler.breathe();
      else await this.#scheduler.ports.sleep(0);
    }
  }

  /** One transaction. True when it took runs into memory. */
  #part(id: number): boolean {
    let tookRuns = false;
    this.#scheduler.transact((loaded, now) => {
      const { sql } = this.#scheduler.ports;
      const row = findBackfill(sql, id);
      if (row === null || row["work"] === null) return { steps: [], wakeAt: null };
      const done = row["work"] === "create" ? this.#create(loaded, row, now) : this.#cancel(loaded, row, now);
      tookRuns = done.steps.length > 0;
      const change: { work?: BackfillWork | null; doneCount?: number } = { doneCount: done.doneCount };
      if (done.isDone) change.work = null;
      updateBackfill(sql, loaded, id, change, now);
      const after = findBackfill(sql, id);
      if (after === null) throw new Error(`Assertion failed: backfill ${id} has no row`);
      const last = commitEvent(
        this.#scheduler.ports,
        loaded,
        { type: "set_backfill", backfill: factsOf(sql, after) },
        now,
        {},
      );
      const callbackSends = [...done.callbackSends, ...(last.callbackSends ?? [])];
      return { steps: [...done.steps, ...last.steps], wakeAt: last.wakeAt, callbackSends };
    });
    return tookRuns;
  }

  #create(loaded: Loaded, row: StateRow, now: number): Part {
    const { sql } = this.#scheduler.ports;
    const id = Number(row["id"]);
    const dates = this.#datesOf(loaded, row);
    // Old runs are cleared before the new ones have their rows: none starts before all of the part stand in line.
    const known = loaded.state.backfills.get(id);
    if (known !== undefined) known.isHeld = true;
    const first = Number(row["done_count"]);
    const next = dates.slice(first, first + DATES_PER_PART);
    const outcomes = outcomesOf(sql, next, String(row["reprocess"]) as ReprocessBehavior);
    const part = emptyPart(first);
    const newRuns: NewRun[] = [];
    const skips: string[] = [];
    let instanceCount = 0;
    for (const [at, date] of next.entries()) {
      const outcome: Outcome = outcomes[at] ?? { type: "create" };
      part.doneCount += 1;
      const sortOrdinal = part.doneCount;
      if (outcome.type === "create") newRuns.push(newRun(row, date, sortOrdinal, now));
      else if (outcome.type === "skip") skips.push(JSON.stringify([id, sortOrdinal, date.logicalAt, outcome.reason]));
      else instanceCount += this.#reprocess(loaded, row, outcome.row, { part, sortOrdinal, now });
      if (instanceCount >= INSTANCES_PER_PART) break;
    }
    insertRuns(sql, loaded, newRuns);
    sql.exec(
      `INSERT INTO backfill_skip (backfill_id, sort_ordinal, logical_at, reason)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?1)`,
      `[${skips.join(",")}]`,
    );
    relinkPreviousRuns(sql, loaded, now);
    part.isDone = part.doneCount >= dates.length;
    return part;
  }

  /** The run keeps its id and its history, and starts afresh as one of the backfill. Returns its size. */
  #reprocess(
    loaded: Loaded,
    row: StateRow,
    runRow: StateRow,
    { part, sortOrdinal, now }: { readonly part: Part; readonly sortOrdinal: number; readonly now: number },
  ): number {
    const { ports } = this.#scheduler;
    const id = Number(row["id"]);
    const conf = String(row["conf"]);
    ports.sql.exec(
      `UPDATE dag_run SET run_type = 'backfill', backfill_id = ?2, sort_ordinal = ?3,
         conf = CASE WHEN ?4 = '{}' THEN conf ELSE ?4 END WHERE seq = ?1`,
      Number(runRow["seq"]),
      id,
      sortOrdinal,
      conf,
    );
    const run = takeRun(ports.sql, loaded, String(runRow["run_id"]), now);
    if (run === null) return 0;
    const clear = { type: "clear", run, places: allPlaces(run), backfill: { id, sortOrdinal } } as const;
    const { steps, callbackSends } = commitEvent(ports, loaded, clear, now, {});
    part.steps.push(...steps);
    part.callbackSends.push(...(callbackSends ?? []));
    return run.length;
  }

  #datesOf(loaded: Loaded, row: StateRow): readonly ScheduledRun[] {
    const id = Number(row["id"]);
    if (this.#dates?.id === id) return this.#dates.list;
    const range = { fromAt: Number(row["from_at"]), toAt: Number(row["to_at"]), isReverse: row["is_reverse"] === 1 };
    const list =
      datesOf(this.#scheduler.ports, loaded, range, Number(row["version_number"]), Number(row["created_at"])) ?? [];
    this.#dates = { id, list };
    return list;
  }

  #cancel(loaded: Loaded, row: StateRow, now: number): Part {
    const { ports } = this.#scheduler;
    const rows = ports.sql.exec(
      `SELECT seq, run_id, EXISTS (SELECT 1 FROM task_instance WHERE run_seq = dag_run.seq) AS has_rows
       FROM dag_run WHERE state = 'queued' AND backfill_id = ? ORDER BY sort_ordinal LIMIT ?`,
      Number(row["id"]),
      DATES_PER_PART,
    );
    const part = emptyPart(Number(row["done_count"]));
    part.isDone = rows.length < DATES_PER_PART;
    const resting: number[] = [];
    for (const queued of rows) {
      const seq = Number(queued["seq"]);
      // One that was cleared has task instances, which end with it.
      const isKnown = loaded.state.runs.has(seq) || queued["has_rows"] === 1;
      const run = isKnown ? takeRun(ports.sql, loaded, String(queued["run_id"]), now) : null;
      if (run === null) resting.push(seq);
      else part.steps.push(...commitEvent(ports, loaded, { type: "mark_run", run, state: "failed" }, now, {}).steps);
    }
    if (resting.length > 0) failQueuedRuns(ports.sql, loaded, resting, "cancelled", now);
    return part;
  }
}

interface Part {
  doneCount: number;
  isDone: boolean;
  readonly steps: Committed["steps"][number][];
  readonly callbackSends: NonNullable<Committed["callbackSends"]>[number][];
}

function emptyPart(doneCount: number): Part {
  return { doneCount, isDone: false, steps: [], callbackSends: [] };
}

function newRun(row: StateRow, date: ScheduledRun, sortOrdinal: number, now: number): NewRun {
  return {
    runId: `backfill__${isoSeconds(date.logicalAt)}`,
    runType: "backfill",
    logicalAt: date.logicalAt,
    dataIntervalStartAt: date.dataIntervalStartAt,
    dataIntervalEndAt: date.dataIntervalEndAt,
    runAfterAt: date.runAfterAt,
    queuedAt: now,
    conf: String(row["conf"]),
    note: null,
    triggeredBy: String(row["created_by"]),
    idempotencyKey: null,
    bodyHash: null,
    backfill: { id: Number(row["id"]), sortOrdinal },
  };
}
