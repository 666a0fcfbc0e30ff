/**
 * Reads columns of a row into the types of views. A column of the wrong kind is our own mistake (the tables are STRICT),
 * so it fails loudly and names the column.
 */
import type { DagId, RunId, TaskId } from "../dag/ids.ts";
import type { DagRunState, DagRunType, TaskInstanceState } from "../engine/states.ts";
import { assert } from "../lib/assert.ts";
import type { Row } from "./port.ts";

export function text(row: Row, column: string): string {
  const value = row[column];
  assert(typeof value === "string", `column "${column}" must hold text, got ${describe(value)}`);
  return value;
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  assert(typeof value === "number", `column "${column}" must hold a number, got ${describe(value)}`);
  return value;
}

export function integerOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : integer(row, column);
}

export function flag(row: Row, column: string): boolean {
  return integer(row, column) === 1;
}

// The casts below trust the catalog: its ids were branded before they were written, its states are held by CHECKs.

export function dagId(row: Row): DagId {
  return text(row, "dag_id") as DagId;
}

export function dagIdOrNull(row: Row): DagId | null {
  return textOrNull(row, "dag_id") as DagId | null;
}

export function runId(row: Row): RunId {
  return text(row, "run_id") as RunId;
}

export function taskId(row: Row): TaskId {
  return text(row, "task_id") as TaskId;
}

export function runState(row: Row): DagRunState {
  return text(row, "state") as DagRunState;
}

export function runType(row: Row): DagRunType {
  return text(row, "run_type") as DagRunType;
}

export function taskState(row: Row): TaskInstanceState {
  return text(row, "state") as TaskInstanceState;
}

function describe(value: unknown): string {
  return value === undefined ? "nothing" : value === null ? "null" : typeof value;
}
