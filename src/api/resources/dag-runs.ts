import { z } from "zod";
import { type AppContext, actorOf, notFound, platformOf, principalOf } from "../../auth/context.ts";
import { fieldError } from "../../auth/http-error.ts";
import { allowedDagIds } from "../../auth/permissions.ts";
import { Routes } from "../../auth/routes.ts";
import { sha256 } from "../../auth/secret.ts";
import { readTogether } from "../../catalog/port.ts";
import { readDag, readDagRun } from "../../catalog/read-through.ts";
import { type DagRunOrder, dagRuns } from "../../catalog/sql/dag-runs.ts";
import { isRunId } from "../../dag/ids.ts";
import { DAG_RUN_STATES, DAG_RUN_TYPES } from "../../engine/states.ts";
import { canonicalJson, type Json } from "../../lib/json.ts";
import { accepted } from "../accepted.ts";
import { dagIdOrAll, dagIdParam, runIdParam } from "../params.ts";
import { dagRunJson, dagRunShape } from "../shapes/dag-run.ts";
import {
  instantInput,
  listQuery,
  noteInput,
  orderOf,
  orderQuery,
  pageQuery,
  rangeOf,
  rangeQuery,
  searchOf,
  updateMaskQuery,
} from "../shapes/fields.ts";

export const dagRunRoutes = new Routes("api");
const tag = "DagRun";

export const dagRunOrders = {
  id: "run_after_at",
  run_after: "run_after_at",
  dag_run_id: "run_id",
  run_id: "run_id",
  logical_date: "logical_at",
  start_date: "start_at",
  end_date: "end_at",
  state: "state",
  run_type: "run_type",
} as const satisfies Record<string, DagRunOrder>;

const listOfRuns = z.strictObject({
  ...pageQuery,
  order_by: orderQuery(dagRunOrders, "id"),
  state: listQuery(z.enum(DAG_RUN_STATES)),
  run_type: listQuery(z.enum(DAG_RUN_TYPES)),
  run_id_pattern: z.string().max(250).optional(),
  dag_version: z.coerce.number().int().optional(),
  ...rangeQuery("run_after"),
  ...rangeQuery("logical_date"),
  ...rangeQuery("start_date"),
  ...rangeQuery("end_date"),
});

const triggerInput = z.strictObject({
  dag_run_id: z.string().nullish(),
  logical_date: instantInput.nullish(),
  data_interval_start: instantInput.nullish(),
  data_interval_end: instantInput.nullish(),
  run_after: instantInput.nullish(),
  conf: z.record(z.string(), z.json()).nullish(),
  note: noteInput.optional(),
});

dagRunRoutes.get(
  "/api/v2/dags/:dag_id/dagRuns",
  {
    permission: "run.read",
    tag,
    summary: "List the runs of a DAG; `~` stands for all DAGs",
    query: listOfRuns,
    responses: { 200: z.object({ dag_runs: z.array(dagRunShape), total_entries: z.number().int() }) },
  },
  async (c, { query }) => {
    const platform = platformOf(c);
    const dagId = dagIdOrAll(c);
    const filter = {
      allowedDagIds: allowedDagIds(principalOf(c)),
      dagId: dagId ?? undefined,
      states: query.state,
      runTypes: query.run_type,
      search: searchOf(query.run_id_pattern),
      versionNumber: query.dag_version,
      runAfter: rangeOf("run_after", query),
      logical: rangeOf("logical_date", query),
      start: rangeOf("start_date", query),
      end: rangeOf("end_date", query),
    };
    const page = { limit: query.limit, offset: query.offset, ...orderOf(dagRunOrders, query.order_by) };
    const [rows, [count]] = await readTogether(platform.catalog, [dagRuns.list(filter, page), dagRuns.count(filter)]);
    // An empty list of a DAG that does not exist is a 404; only an empty one is worth the question.
    if (dagId !== null && !count && (await readDag(platform, dagId)) === null) throw notFound(c);
    return c.json({ dag_runs: rows.map(dagRunJson), total_entries: count ?? 0 });
  },
);

dagRunRoutes.post(
  "/api/v2/dags/:dag_id/dagRuns",
  {
    permission: "run.trigger",
    tag,
    summary: "Trigger a run. With an Idempotency-Key header, the same request again answers with the same run",
    body: triggerInput,
    responses: { 200: dagRunShape, 409: { description: "The run id, logical date or key is taken" } },
  },
  async (c, { body }) => {
    const runId = body.dag_run_id ?? null;
    if (runId !== null && !isRunId(runId)) {
      throw fieldError(["body", "dag_run_id"], "Use 1 to 250 letters, digits and . _ - ~ : +");
    }
    const idempotencyKey = idempotencyKeyOf(c);
    const dataInterval = dataIntervalOf(body);
    const reply = await platformOf(c)
      .schedulers.get(dagIdParam(c))
      .trigger({
        runId,
        logicalAt: body.logical_date ?? null,
        ...(dataInterval !== null && { dataInterval }),
        ...(body.run_after != null && { runAfterAt: body.run_after }),
        conf: body.conf ?? {},
        note: body.note ?? null,
        idempotencyKey,
        bodyHash: idempotencyKey === null ? null : await sha256(canonicalJson(body as Json)),
        actor: actorOf(c),
      });
    return c.json(dagRunJson(accepted(c, reply).run));
  },
);

/** Both ends, or none. */
function dataIntervalOf(body: z.output<typeof triggerInput>) {
  const [startAt, endAt] = [body.data_interval_start ?? null, body.data_interval_end ?? null];
  if (startAt !== null && endAt !== null) return { startAt, endAt };
  if (startAt === null && endAt === null) return null;
  const missing = startAt === null ? "data_interval_start" : "data_interval_end";
  throw fieldError(["body", missing], "Give both ends of the data interval, or none");
}

dagRunRoutes.get(
  "/api/v2/dags/:dag_id/dagRuns/:dag_run_id",
  { permission: "run.read", tag, summary: "Get a run", responses: { 200: dagRunShape } },
  async (c) => {
    const run = await readDagRun(platformOf(c), dagIdParam(c), runIdParam(c));
    if (run === null) throw notFound(c);
    return c.json(dagRunJson(run));
  },
);

dagRunRoutes.patch(
  "/api/v2/dags/:dag_id/dagRuns/:dag_run_id",
  {
    permission: "run.edit",
    tag,
    summary: "Mark a run, or set its note. `failed` cancels a live run: running tries are told to stop",
    query: z.strictObject({ update_mask: updateMaskQuery(["state", "note"]) }),
    body: z.strictObject({ state: z.enum(["queued", "success", "failed"]).nullish(), note: noteInput.optional() }),
    responses: { 200: dagRunShape },
  },
  async (c, { query, body }) => {
    const isAsked = (field: "state" | "note") => query.update_mask === undefined || query.update_mask.includes(field);
    const runId = runIdParam(c);
    const scheduler = platformOf(c).schedulers.get(dagIdParam(c));
    if (body.state && isAsked("state")) accepted(c, await scheduler.markRun(runId, body.state, actorOf(c)));
    if (body.note !== undefined && isAsked("note")) {
      accepted(c, await scheduler.setRunNote(runId, body.note, actorOf(c)));
    }
    const run = await scheduler.run(runId);
    if (run === null) throw notFound(c);
    return c.json(dagRunJson(run));
  },
);

dagRunRoutes.delete(
  "/api/v2/dags/:dag_id/dagRuns/:dag_run_id",
  {
    permission: "run.delete",
    tag,
    summary: "Delete a run with its logs and results",
    responses: { 204: { description: "Deleted" }, 409: { description: "The run is live" } },
  },
  async (c) => {
    accepted(c, await platformOf(c).schedulers.get(dagIdParam(c)).deleteRun(runIdParam(c), actorOf(c)));
    return c.body(null, 204);
  },
);

function idempotencyKeyOf(c: AppContext): string | null {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return null;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw fieldError(["header", "Idempotency-Key"], "Use 1 to 255 visible ASCII characters");
}
