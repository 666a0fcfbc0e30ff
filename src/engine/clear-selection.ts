/**
 * Which task instances a clear or a mark reaches, from the ones that the user named (Airflow's `partial_subset`). Work
 * never runs without its setups and leaves no teardown behind: whoever clears a task clears the setups whose scope it lies
 * in, and their teardowns. Pure; what the result does to a run is decided elsewhere.
 */
import type { Graph } from "./graph.ts";
import type { RunState } from "./run-state.ts";

export interface Direction {
  readonly upstream: boolean;
  readonly downstream: boolean;
}

/** A task by its place in the graph; `mapIndex` null means all of its instances. */
export interface Named {
  readonly task: number;
  readonly mapIndex: number | null;
}

/** The tasks, their relatives in the direction asked for, and the setups and teardowns that come along; in order. */
export function selectTasks(graph: Graph, named: readonly number[], direction: Direction): readonly number[] {
  const selected = new Set(named);
  const scopes = new Scopes(graph);
  if (direction.downstream) {
    for (const below of reach(graph, named, "downstream")) {
      selected.add(below);
      if (kindOf(graph, below) === "work") scopes.addOf(below, selected);
    }
  }
  if (direction.upstream) {
    for (const above of reach(graph, named, "upstream")) {
      selected.add(above);
      if (kindOf(graph, above) === "setup") addTeardowns(graph, above, selected);
    }
  }
  for (const task of named) {
    const kind = kindOf(graph, task);
    if (kind === "work" && !direction.upstream) scopes.addOf(task, selected);
    if (kind === "setup" && !direction.downstream) addTeardowns(graph, task, selected);
  }
  return [...selected].sort((a, b) => a - b);
}

/**
 * The places of all task instances that the names reach in a run, in order. A name with an index reaches, within the mapped
 * group it shares with a relative, only the instances of its own index (§4.4 of Airflow's rules), and all of others.
 */
export function selectPlaces(run: RunState, named: readonly Named[], direction: Direction): readonly number[] {
  const { graph } = run;
  const places = new Set<number>();
  const whole = named.filter(({ mapIndex }) => mapIndex === null).map(({ task }) => task);
  for (const task of selectTasks(graph, whole, direction)) addWhole(run, task, places);
  const byTask = new Map<number, number[]>();
  for (const { task, mapIndex } of named) {
    if (mapIndex === null) continue;
    const place = run.find(graph.tasks[task]?.spec.taskId ?? "", mapIndex);
    if (place < 0 || places.has(place)) continue;
    const known = byTask.get(task);
    if (known === undefined) byTask.set(task, [place]);
    else known.push(place);
  }
  for (const [task, ofTask] of byTask) {
    // The same relatives for every index of a task: the graph is walked once.
    const relatives = selectTasks(graph, [task], direction).filter((relative) => relative !== task);
    for (const place of ofTask) places.add(place);
    for (const relative of relatives) addRelevant(run, ofTask, relative, places);
  }
  return [...places].sort((a, b) => a - b);
}

function addRelevant(run: RunState, ofTask: readonly number[], relative: number, places: Set<number>): void {
  for (const place of ofTask) {
    const relevant = relevantTo(run, place, relative);
    if (relevant === null) {
      addWhole(run, relative, places);
      return;
    }
    for (const other of relevant) places.add(other);
  }
}

function addWhole(run: RunState, task: number, places: Set<number>): void {
  const first = run.first[task] ?? 0;
  const end = first + (run.count[task] ?? 0);
  for (let place = first; place < end; place += 1) places.add(place);
}

function kindOf(graph: Graph, task: number): "setup" | "teardown" | "work" {
  const spec = graph.tasks[task]?.spec;
  return spec?.isSetup === true ? "setup" : spec?.isTeardown === true ? "teardown" : "work";
}

/** All tasks on the way from the given ones, without themselves. */
function reach(graph: Graph, from: Iterable<number>, way: "upstream" | "downstream"): Set<number> {
  const reached = new Set<number>();
  const waiting = [...from];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const other of graph.tasks[next]?.[way] ?? []) {
      if (reached.has(other)) continue;
      reached.add(other);
      waiting.push(other);
    }
  }
  return reached;
}

function teardownsOf(graph: Graph, setup: number): readonly number[] {
  return (graph.tasks[setup]?.downstream ?? []).filter((task) => kindOf(graph, task) === "teardown");
}

function addTeardowns(graph: Graph, setup: number, selected: Set<number>): void {
  for (const teardown of teardownsOf(graph, setup)) selected.add(teardown);
}

/**
 * The setups in whose scope a task lies: those above it that have no teardown of their own, or one below the task. Made
 * from the setups, of which there are few, and not from each task of a large selection.
 */
class Scopes {
  private readonly graph: Graph;
  private scopes: readonly { readonly setup: number; readonly members: ReadonlySet<number> }[] | null = null;

  constructor(graph: Graph) {
    this.graph = graph;
  }

  addOf(task: number, selected: Set<number>): void {
    const { graph } = this;
    this.scopes ??= graph.tasks
      .filter(({ index }) => kindOf(graph, index) === "setup")
      .map(({ index }) => ({ setup: index, members: this.membersOf(index) }));
    for (const { setup, members } of this.scopes) {
      if (!members.has(task)) continue;
      selected.add(setup);
      for (const teardown of teardownsOf(graph, setup)) if (teardown !== task) selected.add(teardown);
    }
  }

  private membersOf(setup: number): ReadonlySet<number> {
    const below = reach(this.graph, [setup], "downstream");
    const teardowns = teardownsOf(this.graph, setup);
    if (teardowns.length === 0) return below;
    const above = reach(this.graph, teardowns, "upstream");
    return new Set([...below].filter((task) => above.has(task)));
  }
}

/**
 * The places of a relative that belong to one instance of a task: those of the same index of the innermost mapped group that
 * both are in. Null when they share none, and every place is meant.
 */
function relevantTo(run: RunState, place: number, relative: number): readonly number[] | null {
  const { graph } = run;
  const task = run.task[place] ?? 0;
  const shared = groupsOf(graph, task).find((groupId) => groupsOf(graph, relative).includes(groupId));
  const size = shared === undefined ? 0 : sizeOfGroup(run, shared);
  const count = run.count[task] ?? 0;
  if (shared === undefined || size === 0 || count === 0) return null;
  const groupIndex = Math.floor(((run.mapIndex[place] ?? 0) * size) / count);
  const each = isFurtherMapped(graph, relative, shared) ? Math.floor((run.count[relative] ?? 0) / size) : 1;
  const first = run.first[relative] ?? 0;
  const end = first + (run.count[relative] ?? 0);
  const places: number[] = [];
  for (let other = first; other < end; other += 1) {
    const index = run.mapIndex[other] ?? -1;
    if (index < 0 || (index >= groupIndex * each && index < (groupIndex + 1) * each)) places.push(other);
  }
  return places;
}

/** The mapped groups that a task is in, the innermost first. */
function groupsOf(graph: Graph, task: number): readonly string[] {
  const mapped: string[] = [];
  let groupId = graph.tasks[task]?.spec.groupId ?? null;
  while (groupId !== null) {
    const group = graph.spec.groups.find((one) => one.groupId === groupId);
    if (group?.mapped !== undefined) mapped.push(group.groupId);
    groupId = group?.parentId ?? null;
  }
  return mapped;
}

function isFurtherMapped(graph: Graph, task: number, groupId: string): boolean {
  return graph.tasks[task]?.spec.mapped !== undefined || groupsOf(graph, task)[0] !== groupId;
}

/** Instances of a mapped group, as a task directly in it has them. */
function sizeOfGroup(run: RunState, groupId: string): number {
  const member = run.graph.tasks.find(
    ({ index }) => groupsOf(run.graph, index)[0] === groupId && !isFurtherMapped(run.graph, index, groupId),
  );
  const first = member === undefined ? -1 : (run.first[member.index] ?? 0);
  return member === undefined || (run.mapIndex[first] ?? -1) < 0 ? 0 : (run.count[member.index] ?? 0);
}
