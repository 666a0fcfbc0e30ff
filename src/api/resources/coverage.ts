import { z } from "zod";
import { notFound, platformOf } from "../../auth/context.ts";
import { Routes } from "../../auth/routes.ts";
import { dagIdParam } from "../params.ts";
import { isoInstant } from "../shapes/fields.ts";

export const coverageRoutes = new Routes("api");

const finding = z.object({ at: z.iso.datetime(), problem: z.string() });
const skip = z.object({
  from_date: z.iso.datetime(),
  to_date: z.iso.datetime(),
  count: z.number().int().nullable(),
  reason: z.string(),
});
const coverageShape = z.object({
  intervals: z.number().int(),
  runs: z.number().int(),
  skipped: z.number().int(),
  gaps: z.array(finding),
  doubles: z.array(finding),
  is_complete: z.boolean(),
  skips: z.array(skip),
  schedule_problem: z.string().nullable(),
});

/** Beyond Airflow, which cannot tell whether its scheduler forgot an interval. */
coverageRoutes.get(
  "/api/v2/dags/:dag_id/coverage",
  {
    permission: "run.read",
    tag: "DAG",
    summary: "Prove that each due interval of the schedule has exactly one run or lies in one recorded skip",
    responses: { 200: coverageShape },
  },
  async (c) => {
    const found = await platformOf(c).schedulers.get(dagIdParam(c)).coverage();
    if (found === null) throw notFound(c);
    const findings = (list: typeof found.gaps) => list.map(({ at, problem }) => ({ at: isoInstant(at), problem }));
    return c.json({
      intervals: found.walkedCount,
      runs: found.runCount,
      skipped: found.skippedCount,
      gaps: findings(found.gaps),
      doubles: findings(found.doubles),
      is_complete: found.isComplete,
      skips: found.skips.map(({ fromAt, toAt, count, reason }) => ({
        from_date: isoInstant(fromAt),
        to_date: isoInstant(toAt),
        count,
        reason,
      })),
      schedule_problem: found.scheduleProblem,
    });
  },
);
