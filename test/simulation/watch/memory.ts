/** What an instance of a scheduler holds in memory now; null when it has thrown it away, or there is no instance. */
import type { Loaded } from "../../../src/scheduler/load.ts";
import type { World } from "../world/world.ts";

export function memoryOf(world: World, dagId: string): Loaded | null {
  const instance = world.hosts.get(dagId)?.instance ?? null;
  // Asking for it the usual way would load it.
  return (instance as unknown as { readonly cache: Loaded | null } | null)?.cache ?? null;
}
