/**
 * Delivers callbacks: a row, a message, a claim, a report, as with tries, but beside them. What is due of them is looked up
 * when their time has come, and nothing of it is kept in memory but that instant. Nothing here changes a run or a try.
 */
import { whenCallbackIsDue } from "../../engine/callbacks.ts";
import { MAX_CALLBACKS_PER_EVENT } from "../../engine/defaults.ts";
import type { Event } from "../../engine/event.ts";
import type { Step } from "../../engine/step.ts";
import { type CallbackMessage, PROTOCOL_VERSION } from "../../executor/protocol.ts";
import type { Loaded } from "../load.ts";
import type { SchedulerPorts, StateRow, StateSql } from "../ports.ts";
import { followDeadlines, type MissedDeadline, missDeadlines } from "./deadlines.ts";
import { changeCallback, insertCallback, liveCallback, readNextCallbackAt } from "./rows.ts";

export interface CallbackSend {
  readonly isLocal: boolean;
  readonly message: CallbackMessage;
}

/** What a step means for callbacks and deadlines; belongs to its transaction. */
export function keepCallbacks(sql: StateSql, loaded: Loaded, event: Event, step: Step): void {
  followDeadlines(sql, loaded, event, step);
  for (const { run, cause, order, isLocal } of step.callbacks) {
    insertCallback(sql, loaded, step.now, { seq: run.seq, cause, order, isLocal });
  }
}

export interface DueCallbacks {
  readonly sends: readonly CallbackSend[];
  readonly missed: readonly MissedDeadline[];
}

const NOTHING_DUE: DueCallbacks = { sends: [], missed: [] };

/** Handles what is due, up to a limit; what is left is due at once. */
export function deliverDue(ports: SchedulerPorts, loaded: Loaded, now: number): DueCallbacks {
  const { state } = loaded;
  if (state.nextCallbackAt === null || state.nextCallbackAt > now) return NOTHING_DUE;
  const { sql } = ports;
  const missed = missDeadlines(ports, loaded, now);
  const rows = sql.exec(
    `SELECT c.*, r.run_id FROM callback AS c JOIN dag_run AS r ON r.seq = c.run_seq
     WHERE c.due_at <= ? ORDER BY c.due_at, c.id LIMIT ?`,
    now,
    MAX_CALLBACKS_PER_EVENT,
  );
  const sends: CallbackSend[] = [];
  for (const row of rows) {
    const id = Number(row["id"]);
    const change = whenCallbackIsDue(liveCallback(row), now, state.settings);
    changeCallback(sql, loaded, id, change, now);
    if (change.type === "send") sends.push({ isLocal: row["is_local"] === 1, message: messageOf(ports, row) });
  }
  state.nextCallbackAt = readNextCallbackAt(sql);
  return { sends, missed };
}

function messageOf(ports: SchedulerPorts, row: StateRow): CallbackMessage {
  return {
    v: PROTOCOL_VERSION,
    type: "callback",
    dagId: ports.dagId,
    runId: String(row["run_id"]) as CallbackMessage["runId"],
    callbackId: Number(row["id"]),
    token: Number(row["token"]),
  };
}
