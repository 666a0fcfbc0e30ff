import { z } from "zod";
import { platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readTogether } from "../../../catalog/port.ts";
import { jobs } from "../../../catalog/sql/jobs.ts";
import { chipsOf } from "../../browse.ts";
import { NO_FACTS, pageFactsOf, toDefaultView } from "../../page-facts.ts";
import { paths, withQuery } from "../../paths.ts";
import { ptagOf } from "../../ptag.ts";
import { respond, shellOf } from "../../respond.tsx";
import { JOB_STATES, JOB_TYPES, JOBS_REGION, JobsPage, JobsResults } from "./jobs-page.tsx";

export const jobRoutes = new Routes("page");

const JOBS_PER_PAGE = 100;
const listQuery = z.object({
  q: z.string().trim().max(250).catch(""),
  state: z.enum(["", ...JOB_STATES]).catch(""),
  type: z.enum(["", ...JOB_TYPES]).catch(""),
  offset: z.coerce.number().int().min(0).max(100_000).catch(0),
});

jobRoutes.get(paths.jobs, { permission: "job.read", query: listQuery }, async (c, { query }) => {
  const { offset, ...shown } = query;
  const filter = {
    allowedDagIds: allowedDagIds(principalOf(c)),
    search: query.q,
    states: query.state === "" ? undefined : [query.state],
    jobTypes: query.type === "" ? undefined : [query.type],
  };
  const [found, [facts = NO_FACTS]] = await readTogether(platformOf(c).catalog, [
    jobs.list(filter, { limit: JOBS_PER_PAGE + 1, offset }),
    pageFactsOf(c, paths.jobs),
  ]);
  const begin = toDefaultView(c, paths.jobs, facts);
  if (begin !== null) return begin;
  const rows = found.slice(0, JOBS_PER_PAGE);
  const hrefAt = (at: number) => `${paths.jobs}${withQuery({ ...shown, offset: at === 0 ? null : at })}`;
  const results = {
    region: JOBS_REGION,
    path: paths.jobs,
    address: hrefAt(offset),
    isEmpty: rows.length === 0,
    isActive: false,
    chips: chipsOf(paths.jobs, shown, { q: "DAG", state: "State", type: "Type" }),
    firstHref: offset === 0 ? null : hrefAt(0),
    nextHref: found.length > JOBS_PER_PAGE ? hrefAt(offset + JOBS_PER_PAGE) : null,
    further: null,
  };
  const ptag = ptagOf(rows, results);
  const data = { query: shown, jobs: rows, results: { ...results, ptag } };
  return respond(c, {
    ptag,
    address: results.address,
    page: () => <JobsPage shell={shellOf(c, facts.importErrorCount)} data={data} views={facts.savedViews} />,
    parts: { [JOBS_REGION]: () => <JobsResults data={data} /> },
  });
});
