/**
 * The items of an instance: of what its task is mapped over, and of the mapped group around the task. The graph of a run is that
 * of its version, the functions are those deployed: where the two do not fit, the try says so instead of running without items.
 */
import type { DagHooks, MapValues, TaskHooks } from "../dag/hooks.ts";
import { mapInputs, type ReadSource } from "./map-inputs.ts";
import type { Grant } from "./protocol.ts";
import { XComError } from "./xcom-error.ts";

interface Instance {
  readonly hooks: TaskHooks;
  readonly groups: DagHooks["groups"] | undefined;
  readonly grant: Grant;
}

export function isMapped(hooks: TaskHooks | undefined): hooks is TaskHooks {
  return hooks?.map !== undefined || hooks?.groupInputs !== undefined;
}

/** Throws what a change of an item threw, `Skip` included. */
export async function instanceItems(
  { hooks, groups, grant }: Instance,
  read: ReadSource,
): Promise<Readonly<Record<string, unknown>>> {
  const index = grant.mapped?.index ?? grant.mapIndex;
  if (index < 0) {
    throw new XComError(
      "version_missing",
      `Cannot run "${grant.taskId}": the deployed file maps it over a list, and in the version of this run it is one task. Start a new run`,
    );
  }
  const { map, groupInputs = {} } = hooks;
  const items: Record<string, unknown> = map === undefined ? {} : { ...(await itemsOf(map, index, read)) };
  // A task stands in one mapped group at most, and may take several of its inputs.
  const byGroup = new Map<string, Readonly<Record<string, unknown>>>();
  for (const [parameter, { groupId, name }] of Object.entries(groupInputs)) {
    const groupMap = groups?.[groupId]?.map;
    if (groupMap !== undefined && !byGroup.has(groupId)) byGroup.set(groupId, await itemsOf(groupMap, index, read));
    items[parameter] = byGroup.get(groupId)?.[name];
  }
  return items;
}

async function itemsOf(map: MapValues, index: number, read: ReadSource): Promise<Readonly<Record<string, unknown>>> {
  const inputs = await mapInputs(map, index, read);
  if (inputs.type === "skip") throw inputs.error;
  return inputs.values;
}
