/** How many instances a task or group has: from its spec alone and the lengths of results, as the engine counts. */
import type { DagDefinition } from "updraft";
import { itemsIn } from "../../src/dag/graph/map-steps.ts";
import type { MapSource, MapSpec } from "../../src/dag/spec.ts";

/** A result, or the results of a mapped task. */
export type ResultOf = (taskId: string) => { readonly value: unknown } | { readonly values: readonly unknown[] };

export function instanceCount(definition: DagDefinition, mapped: MapSpec, resultOf: ResultOf): number {
  const lengthOf = (source: MapSource): number => {
    switch (source.type) {
      case "literal":
        return source.length;
      case "xcom":
        return xcomLength(definition, source, resultOf);
      case "zip": {
        const lengths = source.sources.map(lengthOf);
        return source.isFilled === true ? Math.max(...lengths) : Math.min(...lengths);
      }
      case "concat":
        return source.sources.map(lengthOf).reduce((sum, length) => sum + length, 0);
    }
  };
  if (mapped.type === "each") return lengthOf(mapped.source);
  return mapped.inputs.reduce((product, { source }) => product * lengthOf(source), 1);
}

function xcomLength(
  definition: DagDefinition,
  { taskId, variant }: Extract<MapSource, { type: "xcom" }>,
  resultOf: ResultOf,
): number {
  const result = resultOf(taskId);
  if ("values" in result) return result.values.length;
  if (variant === undefined) return itemsIn(result.value)?.length ?? 0;
  const count = definition.hooks.tasks[taskId]?.variants?.[variant];
  if (count === undefined) throw new Error(`There is no variant "${variant}" of "${taskId}"`);
  return count(result.value);
}
