import { platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readTogether } from "../../../catalog/port.ts";
import { importErrors } from "../../../catalog/sql/import-errors.ts";
import { jobs } from "../../../catalog/sql/jobs.ts";
import { paths } from "../../paths.ts";
import { respond, shellOf } from "../../respond.tsx";
import { JobsPage } from "./jobs-page.tsx";

export const jobRoutes = new Routes("page");

const MAX_SHOWN = 200;

jobRoutes.get(paths.jobs, { permission: "job.read" }, async (c) => {
  const filter = { allowedDagIds: allowedDagIds(principalOf(c)) };
  const [rows, [importErrorCount = 0]] = await readTogether(platformOf(c).catalog, [
    jobs.list(filter, { limit: MAX_SHOWN, offset: 0 }),
    importErrors.count(filter),
  ]);
  return respond(c, {
    ptag: null,
    page: () => <JobsPage shell={shellOf(c, importErrorCount)} jobs={rows} />,
    parts: {},
  });
});
