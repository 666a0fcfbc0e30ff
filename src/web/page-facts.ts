import { type AppContext, principalOf } from "../auth/context.ts";
import { allowedDagIds } from "../auth/permissions.ts";
import { type PageFacts, pageFacts } from "../catalog/sql/page-facts.ts";
import { cameFrom, wantsPart } from "./request.ts";

/** What a list page shows beside its list, as one statement of its batch. `page` is the path that views are saved under. */
export function pageFactsOf(c: AppContext, page: string) {
  const principal = principalOf(c);
  return pageFacts({ allowedDagIds: allowedDagIds(principal), userId: principal.userId, page });
}

/**
 * The page as it begins for this reader: a redirect, so that the address says what is shown. Null for an address that says so
 * already, and for a reader who is on the page and has just taken the filters off.
 */
export function toDefaultView(c: AppContext, page: string, { savedViews }: PageFacts): Response | null {
  const query = savedViews.find(({ isDefault }) => isDefault)?.query ?? "";
  if (query === "" || wantsPart(c) || new URL(c.req.url).search !== "") return null;
  if (cameFrom(c, "").split("?")[0] === page) return null;
  c.header("Cache-Control", "private, no-store");
  return c.redirect(`${page}?${query}`, 303);
}

export const NO_FACTS = { importErrorCount: 0, savedViews: [] } as const;
