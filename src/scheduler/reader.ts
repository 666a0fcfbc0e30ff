/** Answers from the object's own rows and memory. Reading changes nothing, and a finished run is not kept in memory. */
import type { DagState } from "../engine/dag-state.ts";
import type { Event, ReportedOutcome } from "../engine/event.ts";
import type { RunState } from "../engine/run-state.ts";
import { RUNNING } from "../engine/states.ts";
import {
  INSTANCE_NAME_CHARS,
  type ReportRequest,
  type TaskInstanceKey,
  type TryOutcome,
  type TryReport,
  type XComValue,
} from "../executor/protocol.ts";
import type { DagRunView, TaskInstanceView } from "../platform.ts";
import type { CommitInput } from "./commit.ts";
import { type Loaded, readRun, runWith } from "./load.ts";
import type { StateRow, StateSql } from "./ports.ts";
import { type Payload, xcomValue } from "./rows.ts";
import { findRun } from "./runs.ts";
import { dagRunView, extrasOf, taskInstanceView } from "./views.ts";

export function run(sql: StateSql, loaded: Loaded, runId: string): DagRunView | null {
  const row = findRun(sql, runId);
  return row === null ? null : dagRunView(loaded.state.dagId, row, Number(row["version"]));
}

/** The run in memory, or built from its rows for this answer alone. */
export function findLoadedRun(sql: StateSql, loaded: Loaded, runId: string): RunState | null {
  const live = loaded.state.runsById.get(runId);
  if (live !== undefined) return live;
  const row = findRun(sql, runId);
  return row === null ? null : readRun(sql, loaded, row);
}

export function taskInstance(
  sql: StateSql,
  loaded: Loaded,
  key: { readonly runId: string; readonly taskId: string; readonly mapIndex: number },
): TaskInstanceView | null {
  const live = loaded.state.runsById.get(key.runId);
  const runRow = live === undefined ? findRun(sql, key.runId) : null;
  const seq = live?.seq ?? Number(runRow?.["seq"] ?? -1);
  const [row] = sql.exec(
    "SELECT * FROM task_instance WHERE run_seq = ? AND task_id = ? AND map_index = ?",
    seq,
    key.taskId,
    key.mapIndex,
  );
  // All rows of a run with 5,000 tasks take 30 ms to read, and its own is enough.
  const isOwnEnough = runRow !== null && row !== undefined;
  const found = isOwnEnough ? runWith(sql, loaded, runRow, [row]) : findLoadedRun(sql, loaded, key.runId);
  const place = found?.find(key.taskId, key.mapIndex) ?? -1;
  return found === null || place < 0 ? null : viewOf(loaded.state, found, place, row);
}

function viewOf(state: DagState, found: RunState, place: number, row: StateRow | undefined): TaskInstanceView {
  return taskInstanceView(state.dagId, found, place, extrasOf(row), Number(row?.["version"] ?? 0));
}

export function readXComs(
  sql: StateSql,
  items: readonly { readonly key: TaskInstanceKey; readonly name: string }[],
): (XComValue | null)[] {
  return items.map(({ key, name }) => {
    if (name === "return_value") return returnValue(sql, key);
    const [row] = sql.exec(
      `SELECT x.json, x.ref FROM xcom AS x JOIN dag_run AS r ON r.seq = x.run_seq
       WHERE r.run_id = ? AND x.task_id = ? AND x.map_index = ? AND x.key = ?`,
      key.runId,
      key.taskId,
      key.mapIndex,
      name,
    );
    return xcomValue(row?.["json"], row?.["ref"]);
  });
}

function returnValue(sql: StateSql, key: TaskInstanceKey): XComValue | null {
  const [row] = sql.exec(
    `SELECT t.return_json, t.return_ref FROM task_instance AS t JOIN dag_run AS r ON r.seq = t.run_seq
     WHERE r.run_id = ? AND t.task_id = ? AND t.map_index = ? AND t.state = 'success'`,
    key.runId,
    key.taskId,
    key.mapIndex,
  );
  return xcomValue(row?.["return_json"], row?.["return_ref"]);
}

export function xcomEntries(
  sql: StateSql,
  key: { readonly runId: string; readonly taskId: string; readonly mapIndex: number },
): { key: string; value: XComValue; at: number }[] {
  const runRow = findRun(sql, key.runId);
  if (runRow === null) return [];
  const params = [Number(runRow["seq"]), key.taskId, key.mapIndex];
  const rows = sql.exec(
    `SELECT 'return_value' AS key, return_json AS json, return_ref AS ref, end_at AS at FROM task_instance
       WHERE run_seq = ?1 AND task_id = ?2 AND map_index = ?3 AND state = 'success'
     UNION ALL
     SELECT key, json, ref, at FROM xcom WHERE run_seq = ?1 AND task_id = ?2 AND map_index = ?3`,
    ...params,
  );
  return rows.flatMap((row) => {
    const value = xcomValue(row["json"], row["ref"]);
    return value === null ? [] : { key: String(row["key"]), value, at: Number(row["at"]) };
  });
}

/** A report as the engine sees it, without values, and what it brought, by token. */
export function reportEvent(state: DagState, request: ReportRequest): [Event, CommitInput] {
  const payloads = new Map<number, Payload>();
  const reported: { run: RunState; place: number; payload: Payload }[] = [];
  for (const report of request.reports) {
    const found = state.runsById.get(report.runId);
    const place = found?.find(report.taskId, report.mapIndex) ?? -1;
    // Only the try that holds the grant may leave anything; the engine refuses the others.
    if (found === undefined || place < 0 || found.stateOf[place] !== RUNNING) continue;
    if (found.token[place] !== report.token || payloads.has(report.token)) continue;
    if (!isHeld(state, request.invocation, report.token)) continue;
    const payload = payloadOf(report);
    payloads.set(report.token, payload);
    if (payload.xcoms.length > 0) reported.push({ run: found, place, payload });
  }
  const event: Event = {
    type: "report",
    invocation: request.invocation,
    channel: request.channel,
    reports: request.reports.map(({ runId, taskId, mapIndex, token, outcome }) => ({
      runId,
      taskId,
      mapIndex,
      token,
      outcome: withoutValues(outcome),
    })),
    capacity: request.capacity,
    wallLeftMs: request.wallLeftMs,
    hop: request.hop,
  };
  return [event, { payloads, reported, bundleOf: bundleOf(request) }];
}

/** The bundle is recorded with the tries that an event gives to the invocation which caused it. */
export function bundleOf(request: {
  readonly invocation: string;
  readonly bundleId: string;
}): (invocation: string) => string | null {
  return (invocation) => (invocation === request.invocation ? request.bundleId : null);
}

function isHeld(state: DagState, invocation: string, token: number): boolean {
  return state.holders.get(invocation)?.grants.has(token) === true;
}

function payloadOf({ outcome, xcoms, logChunkCount, instanceName }: TryReport): Payload {
  return {
    returnValue: outcome.type === "success" ? outcome.returnValue : null,
    error: outcome.type === "failed" ? outcome.error : null,
    xcoms: outcome.type === "success" ? xcoms : [],
    logChunkCount,
    // An empty one names nothing, and a cut between the halves of a character would not be text.
    instanceName: instanceName?.slice(0, INSTANCE_NAME_CHARS).toWellFormed() || null,
  };
}

function withoutValues(outcome: TryOutcome): ReportedOutcome {
  if (outcome.type === "skipped") return { type: "skipped" };
  if (outcome.type === "success") {
    const { lengths, decision } = outcome;
    return {
      type: "success",
      hasValue: outcome.returnValue !== null,
      ...(lengths === undefined ? {} : { lengths }),
      ...(decision === undefined ? {} : { decision }),
    };
  }
  return { type: "failed", retry: outcome.retry, reason: outcome.reason };
}
