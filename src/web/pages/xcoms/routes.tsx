import { z } from "zod";
import { platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readTogether } from "../../../catalog/port.ts";
import { recent, TASK_RUN_SPAN } from "../../../catalog/sql/recent.ts";
import { misreadBounds, rangeOf } from "../../bounds.ts";
import { chipsOf, furtherOf, xcomCursorOf } from "../../browse.ts";
import { cursorQuery, cursorText } from "../../cursor.ts";
import { NO_FACTS, pageFactsOf, toDefaultView } from "../../page-facts.ts";
import { paths, withQuery } from "../../paths.ts";
import { ptagOf } from "../../ptag.ts";
import { clockOf, respond, shellOf } from "../../respond.tsx";
import { XCOMS_REGION, XComsPage, XComsResults } from "./xcoms-page.tsx";

export const xcomRoutes = new Routes("page");

const ROWS_PER_PAGE = 50;
const text = z.string().max(250).catch("");
const listQuery = z.object({ q: text, dag: text, from: text, to: text, after: cursorQuery });

xcomRoutes.get(paths.xcoms, { permission: "xcom.read", query: listQuery }, async (c, { query }) => {
  const { after: cursor, ...shown } = query;
  const after = xcomCursorOf(cursor);
  const { zone } = clockOf(c);
  const misread = misreadBounds(query, zone);
  const filter = {
    allowedDagIds: allowedDagIds(principalOf(c)),
    dagId: query.dag || undefined,
    search: query.q,
    runAfter: rangeOf(query, zone),
  };
  const [rows, [floor = null], [facts = NO_FACTS]] = await readTogether(platformOf(c).catalog, [
    recent.xcoms(filter, { limit: ROWS_PER_PAGE + 1, after }),
    recent.floor(filter, after, TASK_RUN_SPAN),
    pageFactsOf(c, paths.xcoms),
  ]);
  const begin = toDefaultView(c, paths.xcoms, facts);
  if (begin !== null) return begin;
  const entries = rows.slice(0, ROWS_PER_PAGE);
  const last = rows.length > ROWS_PER_PAGE ? entries.at(-1) : undefined;
  const href = (parts: readonly (string | number)[]) =>
    `${paths.xcoms}${withQuery({ ...shown, after: cursorText(parts) })}`;
  const address = `${paths.xcoms}${withQuery({ ...shown, after: cursor })}`;
  const results = {
    region: XCOMS_REGION,
    path: paths.xcoms,
    address,
    isEmpty: entries.length === 0,
    isActive: false,
    chips: chipsOf(paths.xcoms, shown, { q: "Search", dag: "DAG", from: "From", to: "To" }, misread),
    misread,
    firstHref: after === null ? null : `${paths.xcoms}${withQuery(shown)}`,
    nextHref:
      last === undefined ? null : href([last.runAfterAt, last.dagId, last.runId, last.taskId, last.mapIndex, last.key]),
    further: last === undefined ? furtherOf(floor, (at) => href([at, "", "", "", -1, ""])) : null,
  };
  const ptag = ptagOf(entries, results);
  const data = { query: shown, entries, results: { ...results, ptag } };
  return respond(c, {
    ptag,
    address,
    page: () => <XComsPage shell={shellOf(c, facts.importErrorCount)} data={data} views={facts.savedViews} />,
    parts: { [XCOMS_REGION]: () => <XComsResults data={data} /> },
  });
});
