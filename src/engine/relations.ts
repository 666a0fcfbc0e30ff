/**
 * What the rules of mapping, setup and teardown ask of a DAG's shape, computed once per version: which mapped groups a task
 * is in, whose results tell how many instances it has, which setups it stands under.
 */
import type { DagSpec, MapSource, MapSpec } from "../dag/spec.ts";

export interface Relations {
  /** The mapped groups around the task, outermost first, as places in the spec's list of groups. */
  readonly mapGroups: readonly number[];
  /** Tasks whose results tell how many instances the task has, by its own mapping or by its groups'. */
  readonly mapSources: readonly number[];
  /** Upstream tasks of which an instance asks only those of its own index, since one mapped group holds both. */
  readonly indexed: readonly number[];
  /** Direct upstream tasks that are setups. */
  readonly setups: readonly number[];
  /** Setups further up that the task stands under: it never runs unless they succeeded, whatever its trigger rule. */
  readonly scope: readonly number[];
  /** Direct upstream tasks that decide whether the task goes on. */
  readonly deciders: readonly number[];
  /** Instances of the task may be judged differently, since what they look at goes by their index. */
  readonly isJudgedEach: boolean;
}

export interface Edges {
  readonly upstream: readonly (readonly number[])[];
  readonly downstream: readonly (readonly number[])[];
}

export function relationsOf(spec: DagSpec, edges: Edges, indexOf: ReadonlyMap<string, number>): readonly Relations[] {
  const groupAt = new Map(spec.groups.map((group, index) => [group.groupId, index]));
  const mapGroups = spec.tasks.map((task) => mapGroupsOf(spec, groupAt, task.groupId));
  const hasSetups = spec.tasks.some((task) => task.isSetup === true);
  return spec.tasks.map((task, index) => {
    const own = mapGroups[index] ?? [];
    const upstream = edges.upstream[index] ?? [];
    const maps = own.map((group) => spec.groups[group]?.mapped).concat(task.mapped);
    const sources = maps.flatMap((map) => (map === undefined ? [] : sourceTasks(map)));
    const isIndexed = (place: number) => own.length > 0 && own[0] === mapGroups[place]?.[0];
    const isMapped = (place: number) => spec.tasks[place]?.mapped !== undefined || (mapGroups[place] ?? []).length > 0;
    const indexed = upstream.filter(isIndexed);
    const scope = hasSetups && task.isTeardown !== true ? scopeOf(spec, edges, index) : [];
    const deciders = upstream.filter((place) => spec.tasks[place]?.decision !== undefined);
    return {
      mapGroups: own,
      mapSources: [...new Set(sources)].flatMap((id) => indexOf.get(id) ?? []),
      indexed,
      setups: upstream.filter((place) => spec.tasks[place]?.isSetup === true),
      scope,
      deciders,
      isJudgedEach: indexed.length > 0 || scope.some(isIndexed) || deciders.some(isMapped),
    };
  });
}

function mapGroupsOf(spec: DagSpec, groupAt: ReadonlyMap<string, number>, groupId: string | null): number[] {
  const found: number[] = [];
  for (let id = groupId; id !== null; ) {
    const at = groupAt.get(id);
    const group = at === undefined ? undefined : spec.groups[at];
    if (at !== undefined && group?.mapped !== undefined) found.unshift(at);
    id = group?.parentId ?? null;
  }
  return found;
}

function sourceTasks(map: MapSpec): string[] {
  const sources = map.type === "each" ? [map.source] : map.inputs.map((input) => input.source);
  return sources.flatMap(tasksOf);
}

function tasksOf(source: MapSource): string[] {
  if (source.type === "xcom") return [source.taskId];
  return source.type === "literal" ? [] : source.sources.flatMap(tasksOf);
}

/** Setups above that have no teardown, or a teardown below the task; those directly above are the trigger rule's. */
function scopeOf(spec: DagSpec, edges: Edges, task: number): readonly number[] {
  const below = reach(edges.downstream, task);
  const direct = edges.upstream[task] ?? [];
  return [...reach(edges.upstream, task)].filter((place) => {
    if (spec.tasks[place]?.isSetup !== true || direct.includes(place)) return false;
    const teardowns = (edges.downstream[place] ?? []).filter((next) => spec.tasks[next]?.isTeardown === true);
    return teardowns.length === 0 || teardowns.some((teardown) => below.has(teardown));
  });
}

export function reach(edges: readonly (readonly number[])[], from: number): ReadonlySet<number> {
  const found = new Set<number>();
  const open = [...(edges[from] ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(edges[next] ?? []));
  }
  return found;
}
