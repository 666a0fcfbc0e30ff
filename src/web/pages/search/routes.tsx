import { z } from "zod";
import { platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readTogether } from "../../../catalog/port.ts";
import { dags } from "../../../catalog/sql/dags.ts";
import { importErrors } from "../../../catalog/sql/import-errors.ts";
import { recent } from "../../../catalog/sql/recent.ts";
import { Page } from "../../layout/page.tsx";
import { ActionDialog } from "../../parts/action-form.tsx";
import { paths } from "../../paths.ts";
import { respond, shellOf } from "../../respond.tsx";
import { SEARCH_RESULTS, SearchForm, SearchResults } from "./search-page.tsx";

export const searchRoutes = new Routes("page");

const MAX_HITS = 6;

searchRoutes.get(
  paths.search,
  { permission: "dag.read", query: z.object({ q: z.string().max(250).catch("") }) },
  async (c, { query }) => {
    const allowed = { allowedDagIds: allowedDagIds(principalOf(c)) };
    const q = query.q.trim();
    // "trigger weather" looks for the DAG as well as for the action.
    const search = q.replace(/^(trigger|pause|resume|backfill|failed)\s+/i, "");
    const [found, runs, [importErrorCount = 0]] = await readTogether(platformOf(c).catalog, [
      dags.list({ ...allowed, search }, { limit: MAX_HITS, offset: 0 }),
      recent.runs({ ...allowed, search }, { limit: MAX_HITS, after: null }),
      importErrors.count(allowed),
    ]);
    const data = { q, dags: found, runs };
    const page = () => (
      <Page shell={shellOf(c, importErrorCount)} title="Search" nav={null} crumbs={[{ label: "Search", href: null }]}>
        <h1 class="visually-hidden">Search</h1>
        <div class="sheet">
          <SearchForm data={data} />
        </div>
      </Page>
    );
    return respond(c, {
      ptag: null,
      page,
      parts: {
        [SEARCH_RESULTS]: () => <SearchResults data={data} />,
        dialog: () => (
          <ActionDialog title="Search and commands">
            <SearchForm data={data} />
          </ActionDialog>
        ),
      },
    });
  },
);
