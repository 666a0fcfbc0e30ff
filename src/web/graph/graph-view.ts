/**
 * What of a DAG its graph shows: all of it while that can be read, the groups closed when they are many, and around one
 * task when even that is too much. A drawing of thousands of boxes helps nobody, and hangs the browsers that try.
 */
import type { DagSpec, GroupSpec, TaskSpec } from "../../dag/spec.ts";

/** More boxes than this are never drawn at once. */
export const MAX_DRAWN = 240;
export const DEPTHS = [1, 2, 3, 5] as const;

export type GraphSpec = Pick<DagSpec, "tasks" | "groups">;

export interface GraphChoice {
  /** A task to show the surroundings of. */
  readonly focus: string | null;
  /** How many steps around it. */
  readonly depth: number;
  /** Whether groups begin open; null leaves it to their number. */
  readonly areOpen: boolean | null;
  /** Groups that are not as they begin. */
  readonly flipped: readonly string[];
}

export interface GraphView {
  readonly focus: string | null;
  readonly areOpen: boolean;
  readonly isOpen: (groupId: string) => boolean;
  /** Null for all tasks. */
  readonly shown: ReadonlySet<string> | null;
}

export const FIRST_LOOK: GraphChoice = { focus: null, depth: 2, areOpen: null, flipped: [] };

/** `likely` is what to show the surroundings of when nothing was chosen and all would be too much. */
export function viewOf(spec: GraphSpec, choice: GraphChoice, likely: string | null = null): GraphView {
  const flipped = new Set(choice.flipped);
  const areOpen = choice.areOpen ?? (choice.focus !== null || spec.tasks.length <= MAX_DRAWN);
  const isOpen = (groupId: string) => areOpen !== flipped.has(groupId);
  const known = new Set<string>(spec.tasks.map(({ taskId }) => taskId));
  const isTooMuch = choice.focus === null && drawnCount(spec, isOpen) > MAX_DRAWN;
  const focus = choice.focus ?? (isTooMuch ? likely : null) ?? (isTooMuch ? (spec.tasks[0]?.taskId ?? null) : null);
  if (focus === null || !known.has(focus)) return { focus: null, areOpen, isOpen, shown: null };
  return { focus, areOpen, isOpen, shown: around(spec, focus, choice.depth) };
}

/** Whether this is what is laid out once per version, and stored. */
export function isFirstLook({ focus, areOpen, flipped }: GraphChoice): boolean {
  return focus === null && areOpen === null && flipped.length === 0;
}

export function groupsById(spec: GraphSpec): ReadonlyMap<string, GroupSpec> {
  return new Map(spec.groups.map((group) => [group.groupId, group]));
}

/** From the outermost to the innermost. The bound is for a spec of another release: `dag()` refuses circles. */
export function groupPath(groupId: string | null, groups: ReadonlyMap<string, GroupSpec>): readonly string[] {
  const path: string[] = [];
  for (let current = groupId; current !== null && path.length < 20; current = groups.get(current)?.parentId ?? null) {
    path.unshift(current);
  }
  return path;
}

function drawnCount(spec: GraphSpec, isOpen: (groupId: string) => boolean): number {
  const groups = groupsById(spec);
  const drawn = new Set<string>();
  for (const task of spec.tasks) {
    const closed = groupPath(task.groupId, groups).find((groupId) => !isOpen(groupId));
    drawn.add(closed === undefined ? `task ${task.taskId}` : `group ${closed}`);
  }
  return drawn.size;
}

export interface Neighbours {
  readonly byId: ReadonlyMap<string, TaskSpec>;
  /** By task: those that come right after it. */
  readonly behind: ReadonlyMap<string, readonly string[]>;
}

/** Versions are kept between requests, so this is made once for each. */
const known = new WeakMap<readonly TaskSpec[], Neighbours>();

export function neighboursIn({ tasks }: Pick<GraphSpec, "tasks">): Neighbours {
  const found = known.get(tasks);
  if (found !== undefined) return found;
  const behind = new Map<string, string[]>();
  for (const task of tasks) {
    for (const id of task.upstream) {
      const list = behind.get(id);
      if (list === undefined) behind.set(id, [task.taskId]);
      else list.push(task.taskId);
    }
  }
  const neighbours = { byId: new Map<string, TaskSpec>(tasks.map((task) => [task.taskId, task])), behind };
  known.set(tasks, neighbours);
  return neighbours;
}

/** The tasks within so many steps, nearest first, as many as can be drawn. */
function around(spec: GraphSpec, focus: string, depth: number): ReadonlySet<string> {
  const { byId, behind } = neighboursIn(spec);
  const shown = new Set([focus]);
  for (const stepsOf of [(id: string) => byId.get(id)?.upstream ?? [], (id: string) => behind.get(id) ?? []]) {
    // Half of the room for each direction, so that many tasks before do not hide all that come after.
    let room = MAX_DRAWN / 2;
    let edge: readonly string[] = [focus];
    for (let step = 0; step < depth && room > 0; step += 1) {
      const next = [...new Set(edge.flatMap(stepsOf))].filter((id) => !shown.has(id)).slice(0, room);
      room -= next.length;
      for (const id of next) shown.add(id);
      edge = next;
    }
  }
  return shown;
}
