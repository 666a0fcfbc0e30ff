/** The rows of the grid: tasks under their groups, in the order of the graph, with one state per run. */
import type { DagSpec, GroupSpec } from "../../../dag/spec.ts";
import type { TaskInstanceState } from "../../../engine/states.ts";
import { aggregateState } from "../../states.ts";

export interface GridRowData {
  readonly key: string;
  readonly label: string;
  /** Null for a group. */
  readonly taskId: string | null;
  readonly depth: number;
  readonly states: readonly (TaskInstanceState | null)[];
}

export type CellStates = (taskId: string) => readonly (TaskInstanceState | null)[];

export function gridRows(spec: Pick<DagSpec, "tasks" | "groups">, statesOf: CellStates): readonly GridRowData[] {
  const groups = new Map(spec.groups.map((group) => [group.groupId, group]));
  const rows: GridRowData[] = [];
  const placed = new Set<string>();
  for (const task of spec.tasks) {
    if (task.groupId === null) rows.push(taskRow(task.taskId, 0, statesOf));
    else {
      // A group stands where its first task stands, with all of its members below it.
      const root = rootOf(task.groupId, groups);
      if (placed.has(root)) continue;
      placed.add(root);
      addGroup(root, 0, { spec, groups, statesOf, rows });
    }
  }
  return rows;
}

interface Building {
  readonly spec: Pick<DagSpec, "tasks" | "groups">;
  readonly groups: ReadonlyMap<string, GroupSpec>;
  readonly statesOf: CellStates;
  readonly rows: GridRowData[];
}

/** Groups nest in a tree that `dag()` has checked; the bound is for a spec of another release. */
const MAX_DEPTH = 20;

function addGroup(
  groupId: string,
  depth: number,
  building: Building,
): readonly (readonly (TaskInstanceState | null)[])[] {
  const { spec, groups, statesOf, rows } = building;
  if (depth > MAX_DEPTH) return [];
  const place = rows.length;
  const members: (readonly (TaskInstanceState | null)[])[] = [];
  rows.push({ key: `group ${groupId}`, label: groups.get(groupId)?.label ?? groupId, taskId: null, depth, states: [] });
  for (const task of spec.tasks) {
    if (task.groupId !== groupId) continue;
    const row = taskRow(task.taskId, depth + 1, statesOf);
    members.push(row.states);
    rows.push(row);
  }
  for (const inner of groups.values()) {
    if (inner.parentId === groupId) members.push(...addGroup(inner.groupId, depth + 1, building));
  }
  const head = rows[place];
  const width = members[0]?.length ?? 0;
  const states = Array.from({ length: width }, (_, column) =>
    aggregateState(members.map((member) => member[column] ?? null)),
  );
  if (head !== undefined) rows[place] = { ...head, states };
  return members;
}

function taskRow(taskId: string, depth: number, statesOf: CellStates): GridRowData {
  return { key: `task ${taskId}`, label: taskId.split(".").at(-1) ?? taskId, taskId, depth, states: statesOf(taskId) };
}

function rootOf(groupId: string, groups: ReadonlyMap<string, GroupSpec>): string {
  let current = groupId;
  for (let depth = 0; depth <= MAX_DEPTH; depth += 1) {
    const parent = groups.get(current)?.parentId ?? null;
    if (parent === null) return current;
    current = parent;
  }
  return current;
}
