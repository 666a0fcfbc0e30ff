/** Deletes all that the tries of a run left in the object store: log chunks and large values. May be repeated. */
import type { DagId, RunId } from "../dag/ids.ts";
import type { ObjectStore } from "../platform.ts";
import { runLogPrefix } from "./log-lines.ts";
import { runXComPrefix } from "./xcom-writer.ts";

const PAGE = 1_000;

export async function deleteRunObjects(
  objects: ObjectStore,
  run: { readonly dagId: DagId; readonly runId: RunId },
): Promise<void> {
  for (const prefix of [runLogPrefix(run), runXComPrefix(run)]) {
    for (;;) {
      // Always the first page: a cursor would point into what has just been deleted.
      const { keys, cursor } = await objects.list(prefix, { limit: PAGE });
      if (keys.length > 0) await objects.delete(keys);
      if (cursor === null) break;
    }
  }
}
