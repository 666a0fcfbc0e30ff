/** The filters of the list of all task instances, for the list and for what is done with all that match. */
import { z } from "zod";
import type { AllowedDagIds } from "../../../catalog/filter.ts";
import type { RecentTaskInstanceFilter } from "../../../catalog/sql/recent.ts";
import { TASK_INSTANCE_STATES } from "../../../engine/states.ts";
import { rangeOf } from "../../bounds.ts";

const text = z.string().max(250).catch("");
export const taskInstanceFilterShape = {
  q: text,
  dag: text,
  /** Part of the id of the run. */
  run: text,
  state: z.enum(["", ...TASK_INSTANCE_STATES]).catch(""),
  pool: text,
  from: text,
  to: text,
};
export type AllTaskInstancesQuery = z.output<z.ZodObject<typeof taskInstanceFilterShape>>;

export function taskInstanceFilterOf(
  query: AllTaskInstancesQuery,
  allowedDagIds: AllowedDagIds,
  zone: string,
): RecentTaskInstanceFilter {
  return {
    allowedDagIds,
    dagId: query.dag || undefined,
    run: query.run,
    states: query.state === "" ? undefined : [query.state],
    pool: query.pool || undefined,
    search: query.q,
    runAfter: rangeOf(query, zone),
  };
}
