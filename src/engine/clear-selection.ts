/**
 * Which task instances a clear or a mark reaches, from the ones that the user named (Airflow's `partial_subset`). Work
 * never runs without its setups and leaves no teardown behind: whoever clears a task clears the setups whose scope it lies
 * in, and their teardowns. Pure; what the result does to a run is decided elsewhere.
 */
import type { Graph } from "./graph.ts";
import { forEachRelevant, relatedRange } from "./relevance.ts";
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
  for (const [task, ofTask] of indexedPlaces(run, named)) {
    for (const place of ofTask) places.add(place);
    // The same relatives for every index of a task: the graph is walked once.
    for (const relative of selectTasks(graph, [task], direction)) {
      if (relative !== task) addRelevant(run, ofTask, relative, places);
    }
  }
  return inOrder(run, places);
}

/** The places that were named by an index, by their task. */
function indexedPlaces(run: RunState, named: readonly Named[]): ReadonlyMap<number, readonly number[]> {
  const byTask = new Map<number, number[]>();
  for (const { task, mapIndex } of named) {
    const place = mapIndex === null ? -1 : run.findAt(task, mapIndex);
    if (place < 0) continue;
    const known = byTask.get(task);
    if (known === undefined) byTask.set(task, [place]);
    else known.push(place);
  }
  return byTask;
}

function addRelevant(run: RunState, ofTask: readonly number[], relative: number, places: Set<number>): void {
  const [first] = ofTask;
  const other = run.graph.tasks[relative];
  if (first === undefined || other === undefined) return;
  // Whether all are meant does not depend on the index: then one look is enough for all of them.
  const isWhole = relatedRange(run, run.taskAt(first), run.mapIndex[first] ?? -1, other) === null;
  for (const place of isWhole ? [first] : ofTask) forEachRelevant(run, place, relative, (found) => places.add(found));
}

/** In the order of the graph, and of the index within a task. */
function inOrder(run: RunState, places: ReadonlySet<number>): readonly number[] {
  const ordered: number[] = [];
  for (const { index } of run.graph.tasks) {
    run.forEachPlace(index, (place) => {
      if (places.has(place)) ordered.push(place);
    });
  }
  return ordered;
}

function addWhole(run: RunState, task: number, places: Set<number>): void {
  run.forEachPlace(task, (place) => places.add(place));
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
