/** Two runs of one DAG side by side: what differs in their tasks and in what they were given. */
import type { RunTask, RunTasks } from "../../../catalog/sql/run-tasks.ts";
import type { TaskInstanceState } from "../../../engine/states.ts";
import { canonicalJson, type Json } from "../../../lib/json.ts";
import { aggregateState } from "../../states.ts";

export interface ComparedTask {
  readonly taskId: string;
  /** Null where the run has no such task. */
  readonly states: readonly [TaskInstanceState | null, TaskInstanceState | null];
  readonly durations: readonly [number | null, number | null];
  /** How much longer it took in the first; null where one of them has no end. */
  readonly deltaMs: number | null;
}

/** Those whose state differs first, then those that changed most. */
export function compareTasks(a: RunTasks | undefined, b: RunTasks | undefined, now: number): readonly ComparedTask[] {
  const ids = new Set<string>([...(a?.tasks.keys() ?? []), ...(b?.tasks.keys() ?? [])]);
  const rows = [...ids].map((taskId): ComparedTask => {
    const both = [find(a, taskId), find(b, taskId)] as const;
    const durations = [durationOf(both[0], now), durationOf(both[1], now)] as const;
    const deltaMs = durations[0] === null || durations[1] === null ? null : durations[0] - durations[1];
    return { taskId, states: [stateOf(both[0]), stateOf(both[1])], durations, deltaMs };
  });
  const rank = ({ states }: ComparedTask) => (states[0] === states[1] ? 1 : 0);
  return rows.sort(
    (x, y) =>
      rank(x) - rank(y) || Math.abs(y.deltaMs ?? 0) - Math.abs(x.deltaMs ?? 0) || (x.taskId < y.taskId ? -1 : 1),
  );
}

function find(run: RunTasks | undefined, taskId: string): RunTask | undefined {
  return (run?.tasks as ReadonlyMap<string, RunTask> | undefined)?.get(taskId);
}

function stateOf(task: RunTask | undefined): TaskInstanceState | null {
  return aggregateState(task?.counts.map(({ state }) => state) ?? []);
}

function durationOf(task: RunTask | undefined, now: number): number | null {
  if (task?.startAt == null) return null;
  const isRunning = task.counts.some(({ state }) => state === "running");
  return Math.max(0, (isRunning ? now : (task.endAt ?? task.startAt)) - task.startAt);
}

export interface ComparedField {
  readonly name: string;
  /** Null where it is not given. */
  readonly values: readonly [string | null, string | null];
}

const MAX_FIELDS = 200;
const MAX_VALUE = 300;

/** The fields of two confs that differ, by name; what is no object is one field. */
export function compareConfs(a: Json, b: Json): readonly ComparedField[] {
  const [left, right] = [fieldsOf(a), fieldsOf(b)];
  const names = [...new Set([...left.keys(), ...right.keys()])].sort();
  return names
    .map((name): ComparedField => ({ name, values: [left.get(name) ?? null, right.get(name) ?? null] }))
    .filter(({ values }) => values[0] !== values[1])
    .slice(0, MAX_FIELDS);
}

function fieldsOf(conf: Json): ReadonlyMap<string, string> {
  const text = (value: Json) => {
    const json = canonicalJson(value);
    return json.length > MAX_VALUE ? `${json.slice(0, MAX_VALUE)}…` : json;
  };
  if (typeof conf !== "object" || conf === null || Array.isArray(conf)) return new Map([["(whole)", text(conf)]]);
  return new Map(Object.entries(conf).map(([name, value]) => [name, text(value as Json)]));
}
