/**
 * Deletes all that the tries of a run, or of all runs of a DAG (null), left in the object store: log chunks and large
 * values. May be repeated.
 */
import type { DagId, RunId } from "../dag/ids.ts";
import type { ObjectStore } from "../platform.ts";
import { dagLogPrefix, runLogPrefix } from "./log-lines.ts";
import { dagXComPrefix, runXComPrefix } from "./xcom-writer.ts";

const PAGE = 1_000;

export async function deleteRunObjects(
  objects: ObjectStore,
  { dagId, runId }: { readonly dagId: DagId; readonly runId: RunId | null },
): Promise<void> {
  const prefixes =
    runId === null
      ? [dagLogPrefix(dagId), dagXComPrefix(dagId)]
      : [runLogPrefix({ dagId, runId }), runXComPrefix({ dagId, runId })];
  for (const prefix of prefixes) {
    for (;;) {
      // Always the first page: a cursor would point into what has just been deleted.
      const { keys, cursor } = await objects.list(prefix, { limit: PAGE });
      if (keys.length > 0) await objects.delete(keys);
      if (cursor === null) break;
    }
  }
}
