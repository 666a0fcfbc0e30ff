import { type AppContext, platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { readTogether } from "../../../catalog/port.ts";
import { dagVersions } from "../../../catalog/sql/dag-versions.ts";
import { importErrors } from "../../../catalog/sql/import-errors.ts";
import type { DagRunView } from "../../../platform.ts";

/** The version that the run is pinned to, with what the build made of it, and the shell's number: one batch. */
export async function readVersion(c: AppContext, run: Pick<DagRunView, "dagId" | "versionNumber">) {
  const [[version], [importErrorCount = 0]] = await readTogether(platformOf(c).catalog, [
    dagVersions.get(run.dagId, run.versionNumber),
    importErrors.count({ allowedDagIds: allowedDagIds(principalOf(c)) }),
  ]);
  return { version: version ?? null, importErrorCount };
}
