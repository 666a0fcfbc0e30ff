import { type AppContext, principalOf } from "../auth/context.ts";
import { allowedDagIds } from "../auth/permissions.ts";
import { pageFacts } from "../catalog/sql/page-facts.ts";

/** What a list page shows beside its list, as one statement of its batch. `page` is the path that views are saved under. */
export function pageFactsOf(c: AppContext, page: string) {
  const principal = principalOf(c);
  return pageFacts({ allowedDagIds: allowedDagIds(principal), userId: principal.userId, page });
}

export const NO_FACTS = { importErrorCount: 0, savedViews: [] } as const;
