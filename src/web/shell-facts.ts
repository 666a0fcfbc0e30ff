import { type AppContext, platformOf, principalOf } from "../auth/context.ts";
import { allowedDagIds } from "../auth/permissions.ts";
import { readOne } from "../catalog/port.ts";
import { importErrors } from "../catalog/sql/import-errors.ts";

/** The number beside "Import errors", for pages whose own batch does not bring it. */
export async function importErrorCountOf(c: AppContext): Promise<number> {
  const query = importErrors.count({ allowedDagIds: allowedDagIds(principalOf(c)) });
  return (await readOne(platformOf(c).catalog, query)) ?? 0;
}
