import { z } from "zod";
import { notFound, platformOf } from "../../auth/context.ts";
import { Routes } from "../../auth/routes.ts";
import { readOne, readTogether } from "../../catalog/port.ts";
import { dagVersions } from "../../catalog/sql/dag-versions.ts";
import { dagIdParam, numberParam } from "../params.ts";
import { dagVersionJson, dagVersionShape } from "../shapes/dag.ts";
import { pageQuery } from "../shapes/fields.ts";

export const dagVersionRoutes = new Routes("api");
const tag = "DagVersion";

dagVersionRoutes.get(
  "/api/v2/dags/:dag_id/dagVersions",
  {
    permission: "dag.read",
    tag,
    summary: "List the versions of a DAG, newest first",
    query: z.strictObject(pageQuery),
    responses: { 200: z.object({ dag_versions: z.array(dagVersionShape), total_entries: z.number().int() }) },
  },
  async (c, { query }) => {
    const dagId = dagIdParam(c);
    const queries = [dagVersions.list(dagId, query), dagVersions.count(dagId)] as const;
    const [rows, [count]] = await readTogether(platformOf(c).catalog, queries);
    // A DAG comes with its first version.
    if (!count) throw notFound(c);
    return c.json({ dag_versions: rows.map(dagVersionJson), total_entries: count });
  },
);

dagVersionRoutes.get(
  "/api/v2/dags/:dag_id/dagVersions/:version_number",
  { permission: "dag.read", tag, summary: "Get a version of a DAG", responses: { 200: dagVersionShape } },
  async (c) => {
    const version = await readOne(
      platformOf(c).catalog,
      dagVersions.get(dagIdParam(c), numberParam(c, "version_number")),
    );
    if (version === null) throw notFound(c);
    return c.json(dagVersionJson(version));
  },
);

dagVersionRoutes.get(
  "/api/v2/dagSources/:dag_id",
  {
    permission: "code.read",
    tag: "DagSource",
    summary:
      "Get the source of a DAG, of its latest version unless another is asked for; as text with Accept: text/plain",
    query: z.strictObject({ version_number: z.coerce.number().int().optional() }),
    responses: {
      200: z.object({
        content: z.string(),
        dag_id: z.string(),
        dag_display_name: z.string(),
        version_number: z.number().int(),
      }),
    },
  },
  async (c, { query }) => {
    const dagId = dagIdParam(c);
    const wanted = query.version_number;
    const version = await readOne(
      platformOf(c).catalog,
      wanted === undefined ? dagVersions.latest(dagId) : dagVersions.get(dagId, wanted),
    );
    if (version === null) throw notFound(c);
    if (c.req.header("accept")?.startsWith("text/plain")) return c.text(version.source);
    return c.json({
      content: version.source,
      dag_id: dagId,
      dag_display_name: dagId,
      version_number: version.versionNumber,
    });
  },
);
