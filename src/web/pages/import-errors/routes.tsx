import { z } from "zod";
import { platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readTogether } from "../../../catalog/port.ts";
import { importErrors } from "../../../catalog/sql/import-errors.ts";
import { chipsOf } from "../../browse.ts";
import { NO_FACTS, pageFactsOf, toDefaultView } from "../../page-facts.ts";
import { paths, withQuery } from "../../paths.ts";
import { ptagOf } from "../../ptag.ts";
import { respond, shellOf } from "../../respond.tsx";
import { IMPORT_ERRORS_REGION, ImportErrorList, ImportErrorsPage } from "./import-errors-page.tsx";

export const importErrorRoutes = new Routes("page");

const ERRORS_PER_PAGE = 50;
const listQuery = z.object({
  q: z.string().trim().max(250).catch(""),
  offset: z.coerce.number().int().min(0).max(100_000).catch(0),
});

importErrorRoutes.get(
  paths.importErrors,
  { permission: "import_error.read", query: listQuery },
  async (c, { query }) => {
    const { q, offset } = query;
    const filter = { allowedDagIds: allowedDagIds(principalOf(c)), search: q };
    const [found, [facts = NO_FACTS]] = await readTogether(platformOf(c).catalog, [
      importErrors.list(filter, { limit: ERRORS_PER_PAGE + 1, offset }),
      pageFactsOf(c, paths.importErrors),
    ]);
    const begin = toDefaultView(c, paths.importErrors, facts);
    if (begin !== null) return begin;
    const errors = found.slice(0, ERRORS_PER_PAGE);
    const hrefAt = (at: number) => `${paths.importErrors}${withQuery({ q, offset: at === 0 ? null : at })}`;
    const results = {
      region: IMPORT_ERRORS_REGION,
      path: paths.importErrors,
      address: hrefAt(offset),
      isEmpty: errors.length === 0,
      isActive: errors.length > 0,
      chips: chipsOf(paths.importErrors, { q }, { q: "File" }),
      firstHref: offset === 0 ? null : hrefAt(0),
      nextHref: found.length > ERRORS_PER_PAGE ? hrefAt(offset + ERRORS_PER_PAGE) : null,
      further: null,
    };
    const ptag = ptagOf(errors, results);
    const data = { q, errors, results: { ...results, ptag } };
    return respond(c, {
      ptag,
      address: results.address,
      page: () => <ImportErrorsPage shell={shellOf(c, facts.importErrorCount)} data={data} views={facts.savedViews} />,
      parts: { [IMPORT_ERRORS_REGION]: () => <ImportErrorList data={data} /> },
    });
  },
);
