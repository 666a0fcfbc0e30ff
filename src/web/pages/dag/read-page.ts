/** One batch of statements and one call per page of a DAG. */
import { type AppContext, notFound, platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { type Query, readTogether } from "../../../catalog/port.ts";
import type { DagProjection } from "../../../catalog/projection.ts";
import { withLiveDag } from "../../../catalog/read-through.ts";
import { dagPages, type VersionChoice } from "../../../catalog/sql/dag-pages.ts";
import type { DagVersionView } from "../../../catalog/sql/dag-versions.ts";
import { dagIdOf } from "../../request.ts";

type Rows<Queries extends readonly Query<unknown>[]> = {
  readonly [Index in keyof Queries]: readonly (Queries[Index] extends Query<infer T> ? T : never)[];
};

export interface DagPageRead<Queries extends readonly Query<unknown>[]> {
  readonly dag: DagProjection;
  /** Null until the scheduler's first flush. */
  readonly version: DagVersionView | null;
  readonly importErrorCount: number;
  /** Of each of the page's own queries, in order. */
  readonly rows: Rows<Queries>;
}

/** Answers 404 for a DAG that is not there. At most two queries beside the head: three statements are the budget. */
export async function readDagPage<const Queries extends readonly Query<unknown>[]>(
  c: AppContext,
  version: VersionChoice,
  queries: Queries,
): Promise<DagPageRead<Queries>> {
  const platform = platformOf(c);
  const dagId = dagIdOf(c);
  const head = dagPages.head({ dagId, version, allowedDagIds: allowedDagIds(principalOf(c)) });
  const batch = readTogether(platform.catalog, [head, ...queries]);
  const dag = await withLiveDag(
    platform,
    dagId,
    batch.then(([[first]]) => first?.dag ?? null),
  );
  if (dag === null) throw notFound(c);
  const [[first], ...rows] = await batch;
  return {
    dag,
    version: first?.version ?? null,
    importErrorCount: first?.importErrorCount ?? 0,
    // The tuple's type is lost where the head is taken off it.
    rows: rows as unknown as Rows<Queries>,
  };
}
