/** How many instances a mapping makes, as far as the lengths of its sources are known. */
import type { MapSource, MapSpec } from "../dag/spec.ts";
import type { GraphTask } from "./graph.ts";
import type { RunState } from "./run-state.ts";

/** Instances of a task by its own mapping and its groups'; null while a length is not known. */
export function lengthOf(run: RunState, task: GraphTask): number | null {
  let length = 1;
  for (const group of task.mapGroups) {
    const part = groupLength(run, group);
    if (part === null) return null;
    length *= part;
  }
  if (task.spec.mapped === undefined) return length;
  const own = mapLength(run, task.spec.mapped);
  return own === null ? null : length * own;
}

/** Elements of a mapped group; null while not known. */
export function groupLength(run: RunState, group: number): number | null {
  const map = run.graph.spec.groups[group]?.mapped;
  return map === undefined ? 1 : mapLength(run, map);
}

export function mapLength(run: RunState, map: MapSpec): number | null {
  if (map.type === "each") return sourceLength(run, map.source);
  let product = 1;
  for (const input of map.inputs) {
    const length = sourceLength(run, input.source);
    if (length === null) return null;
    product *= length;
  }
  return product;
}

function sourceLength(run: RunState, source: MapSource): number | null {
  switch (source.type) {
    case "literal":
      return source.length;
    case "xcom":
      return resultLength(run, source.taskId, source.variant);
    case "concat":
    case "zip": {
      const lengths = source.sources.map((part) => sourceLength(run, part));
      const known = lengths.filter((length) => length !== null);
      if (known.length < lengths.length) return null;
      if (source.type === "concat") return known.reduce((sum, length) => sum + length, 0);
      return source.isFilled === true ? Math.max(0, ...known) : Math.min(...known);
    }
  }
}

/** Of an unmapped task, the length that its try reported; of a mapped one, how many instances have a result. */
function resultLength(run: RunState, taskId: string, variant: string | undefined): number | null {
  const index = run.graph.indexOf.get(taskId);
  const task = index === undefined ? undefined : run.graph.tasks[index];
  if (task === undefined) return null;
  if (!task.isMapped) return run.lengths.get(variant === undefined ? taskId : `${taskId}#${variant}`) ?? null;
  if (run.isUnexpanded(task) || !run.isTaskFinished(task.index)) return null;
  return run.valueCount[task.index] ?? 0;
}
