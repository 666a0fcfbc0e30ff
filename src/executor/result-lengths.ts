/**
 * The lengths of a result that other tasks are mapped over: all that the engine learns of it. They are taken from the value as its
 * readers will see it, after the journey through JSON. What cannot be mapped over fails its own try, where its author looks.
 */
import { itemsIn } from "../dag/graph/map-steps.ts";
import type { TaskHooks } from "../dag/hooks.ts";
import type { ResultLengths } from "./protocol.ts";
import { XComError } from "./xcom-error.ts";

/** `undefined` when nobody is mapped over the result. Throws `XComError`. */
export function resultLengths(hooks: TaskHooks | undefined, returned: unknown): ResultLengths | undefined {
  const { mappedOver, variants = {} } = hooks ?? {};
  if (mappedOver === undefined) return undefined;
  const needsValue = !Array.isArray(returned) || Object.keys(variants).length > 0;
  const value: unknown = needsValue && returned !== undefined ? JSON.parse(JSON.stringify(returned)) : returned;
  const items = itemsIn(value);
  if (items === null) {
    const found = value === undefined ? "nothing" : value === null ? "null" : `a ${typeof value}`;
    throw new XComError(
      "xcom_not_mappable",
      `Cannot map over the result: expected a list or an object, the task returned ${found}`,
    );
  }
  if (mappedOver.own !== null) checkLength("the result has", items.length, mappedOver.own);
  const lengths: Record<string, number> = {};
  for (const [name, count] of Object.entries(variants)) {
    lengths[name] = countFiltered(count, value);
    checkLength("a filter leaves", lengths[name], mappedOver.variants[name] ?? Number.POSITIVE_INFINITY);
  }
  return { own: items.length, ...(Object.keys(lengths).length === 0 ? {} : { variants: lengths }) };
}

function checkLength(what: string, length: number, limit: number): void {
  if (length <= limit) return;
  throw new XComError(
    "map_too_long",
    `Cannot map over the result: ${what} ${length} items, and maxMapLength is ${limit}; set it higher at the mapped task, or return less`,
  );
}

/** The filter is of the task that is mapped, but it decides how many instances that one has, so it fails this try. */
function countFiltered(count: (value: unknown) => number, value: unknown): number {
  try {
    return count(value);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new XComError("xcom_not_mappable", `Cannot map over the result: a filter of it threw: ${message}`, {
      cause: error,
    });
  }
}
