import { z } from "zod";
import { notFound, platformOf, principalOf } from "../../auth/context.ts";
import { allowedDagIds } from "../../auth/permissions.ts";
import { Routes } from "../../auth/routes.ts";
import { readOne, readTogether } from "../../catalog/port.ts";
import { type ImportErrorView, importErrors } from "../../catalog/sql/import-errors.ts";
import { numberParam } from "../params.ts";
import { isoInstant, pageQuery, searchOf } from "../shapes/fields.ts";

export const importErrorRoutes = new Routes("api");
const tag = "Import Error";

const importErrorShape = z.object({
  import_error_id: z.number().int(),
  timestamp: z.iso.datetime(),
  filename: z.string(),
  bundle_name: z.string().nullable(),
  stack_trace: z.string(),
});

function importErrorJson(error: ImportErrorView): z.input<typeof importErrorShape> {
  return {
    import_error_id: error.importErrorId,
    timestamp: isoInstant(error.at),
    filename: error.filePath,
    bundle_name: "dags",
    stack_trace: error.stacktrace,
  };
}

importErrorRoutes.get(
  "/api/v2/importErrors",
  {
    permission: "import_error.read",
    tag,
    summary: "List the files of DAGs that could not be imported",
    query: z.strictObject({ ...pageQuery, filename_pattern: z.string().max(1_000).optional() }),
    responses: { 200: z.object({ import_errors: z.array(importErrorShape), total_entries: z.number().int() }) },
  },
  async (c, { query }) => {
    const filter = { allowedDagIds: allowedDagIds(principalOf(c)), search: searchOf(query.filename_pattern) };
    const queries = [importErrors.list(filter, query), importErrors.count(filter)] as const;
    const [rows, [count]] = await readTogether(platformOf(c).catalog, queries);
    return c.json({ import_errors: rows.map(importErrorJson), total_entries: count ?? 0 });
  },
);

importErrorRoutes.get(
  "/api/v2/importErrors/:import_error_id",
  { permission: "import_error.read", tag, summary: "Get an import error", responses: { 200: importErrorShape } },
  async (c) => {
    const query = importErrors.get(numberParam(c, "import_error_id"), allowedDagIds(principalOf(c)));
    const error = await readOne(platformOf(c).catalog, query);
    if (error === null) throw notFound(c);
    return c.json(importErrorJson(error));
  },
);
