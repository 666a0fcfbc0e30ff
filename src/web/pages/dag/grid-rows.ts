/** The rows of the grid: tasks under their groups, in the order of the graph, with one state per run. */
import type { GridRun } from "../../../catalog/sql/grid.ts";
import type { DagSpec, GroupSpec, TaskSpec } from "../../../dag/spec.ts";
import type { TaskInstanceState } from "../../../engine/states.ts";
import { byUrgency } from "../../states.ts";

export interface GridRowData {
  readonly key: string;
  readonly label: string;
  /** Null for a group. */
  readonly taskId: string | null;
  readonly groupId: string | null;
  readonly isOpen: boolean;
  readonly depth: number;
  readonly states: readonly (TaskInstanceState | null)[];
  /** How many instances each cell stands for; absent where none of them is of many. */
  readonly counts?: readonly number[];
}

/** The tasks whose cells a row shows: itself, or what its group holds. */
export interface GridRowPlan extends Pick<GridRowData, "key" | "label" | "taskId" | "groupId" | "isOpen" | "depth"> {
  readonly members: readonly string[];
}

export interface GridCellData {
  readonly state: TaskInstanceState;
  readonly count: number;
}

/** What is asked of the catalog for the rows in sight. */
export interface GridSight {
  readonly taskIds: readonly string[];
  /** Of closed groups whose tasks are those with this beginning, and no others. */
  readonly prefixes: readonly string[];
}

export type CellsOf = (taskId: string) => readonly (GridCellData | null)[];

/** Groups nest in a tree that `dag()` has checked; the bound is for a spec of another release. */
const MAX_DEPTH = 20;

export function tasksCalled({ tasks }: Pick<DagSpec, "tasks">, part: string): readonly TaskSpec[] {
  const wanted = part.toLowerCase();
  return wanted === "" ? tasks : tasks.filter(({ taskId }) => taskId.toLowerCase().includes(wanted));
}

/** Those that are so in one of the runs; a mapped task is what its most urgent instance is. */
export function tasksInState(
  tasks: readonly TaskSpec[],
  runs: readonly GridRun[],
  wanted: TaskInstanceState,
): readonly TaskSpec[] {
  return tasks.filter(({ taskId }) => runs.some(({ cells }) => cells?.get(taskId)?.state === wanted));
}

/** Which rows there are, before anything is known of the runs. */
export function planRows(
  spec: Pick<DagSpec, "tasks" | "groups">,
  isOpen: (groupId: string) => boolean = () => true,
): readonly GridRowPlan[] {
  const groups = new Map(spec.groups.map((group) => [group.groupId, group]));
  const tasksIn = new Map<string, TaskSpec[]>();
  const groupsIn = new Map<string, GroupSpec[]>();
  for (const task of spec.tasks) if (task.groupId !== null) push(tasksIn, task.groupId, task);
  for (const group of spec.groups) if (group.parentId !== null) push(groupsIn, group.parentId, group);
  const membersOf = (groupId: string, depth = 0): readonly string[] => [
    ...(tasksIn.get(groupId) ?? []).map(({ taskId }) => taskId as string),
    ...(depth > MAX_DEPTH ? [] : (groupsIn.get(groupId) ?? [])).flatMap((inner) => membersOf(inner.groupId, depth + 1)),
  ];
  const rows: GridRowPlan[] = [];
  const addGroup = (groupId: string, depth: number): void => {
    if (depth > MAX_DEPTH) return;
    const open = isOpen(groupId);
    const label = groups.get(groupId)?.label ?? groupId;
    const members = membersOf(groupId);
    rows.push({ key: `group ${groupId}`, label, taskId: null, groupId, isOpen: open, depth, members });
    if (!open) return;
    for (const task of tasksIn.get(groupId) ?? []) rows.push(taskRow(task, depth + 1));
    for (const inner of groupsIn.get(groupId) ?? []) addGroup(inner.groupId, depth + 1);
  };
  const placed = new Set<string>();
  for (const task of spec.tasks) {
    if (task.groupId === null) rows.push(taskRow(task, 0));
    else {
      // A group stands where its first task stands, with all of its members below it.
      const root = rootOf(task.groupId, groups);
      if (!placed.has(root)) addGroup(root, 0);
      placed.add(root);
    }
  }
  return rows;
}

/** A closed group is asked for as a whole where ids allow it: one state per run instead of one per task and run. */
export function sightOf(spec: Pick<DagSpec, "tasks">, rows: readonly GridRowPlan[]): GridSight {
  const taskIds: string[] = [];
  const prefixes: string[] = [];
  const sizes = sizesOfPrefixes(spec);
  for (const row of rows) {
    const prefix = prefixOf(row);
    const isWhole = prefix !== null && sizes.get(prefix) === row.members.length;
    if (isWhole && row.members.every((id) => id.startsWith(prefix))) prefixes.push(prefix);
    // The rows of an open group show its tasks, and it shows the worst of them.
    else taskIds.push(...row.members);
  }
  return { taskIds: [...new Set(taskIds)], prefixes };
}

export function prefixOf(row: GridRowPlan): string | null {
  return row.groupId === null || row.isOpen ? null : `${row.groupId}.`;
}

/** How many tasks begin with each part of an id that ends in a dot. */
function sizesOfPrefixes({ tasks }: Pick<DagSpec, "tasks">): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { taskId } of tasks) {
    for (let dot = taskId.indexOf("."); dot >= 0; dot = taskId.indexOf(".", dot + 1)) {
      const prefix = taskId.slice(0, dot + 1);
      sizes.set(prefix, (sizes.get(prefix) ?? 0) + 1);
    }
  }
  return sizes;
}

/** `worst` is what is known of a group as a whole. */
export function fillRow(
  plan: GridRowPlan,
  cellsOf: CellsOf,
  worst: readonly (TaskInstanceState | null)[] | null = null,
): GridRowData {
  const { members, ...row } = plan;
  if (worst !== null) return { ...row, states: worst };
  if (plan.taskId === null) return { ...row, states: worstStates(members, cellsOf) };
  const own = cellsOf(plan.taskId);
  const states = own.map((cell) => cell?.state ?? null);
  return own.some((cell) => (cell?.count ?? 0) > 1)
    ? { ...row, states, counts: own.map((cell) => cell?.count ?? 0) }
    : { ...row, states };
}

/** Per run, the most urgent of the members' states. */
function worstStates(members: readonly string[], cellsOf: CellsOf): readonly (TaskInstanceState | null)[] {
  const worst: (TaskInstanceState | null)[] = [];
  for (const id of members) {
    for (const [column, cell] of cellsOf(id).entries()) {
      const state = cell?.state ?? null;
      const before = worst[column] ?? null;
      worst[column] = state !== null && (before === null || byUrgency(state, before) < 0) ? state : before;
    }
  }
  return worst;
}

function taskRow(task: TaskSpec, depth: number): GridRowPlan {
  const label = task.taskId.split(".").at(-1) ?? task.taskId;
  const { taskId } = task;
  return { key: `task ${taskId}`, label, taskId, groupId: null, isOpen: true, depth, members: [taskId] };
}

function push<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
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
