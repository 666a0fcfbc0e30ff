/** The filters of the list of all runs, for the list and for what is done with all that match. */
import { z } from "zod";
import type { AllowedDagIds } from "../../../catalog/filter.ts";
import type { RecentRunFilter } from "../../../catalog/sql/recent.ts";
import { DAG_RUN_STATES, DAG_RUN_TYPES } from "../../../engine/states.ts";
import { rangeOf } from "../../bounds.ts";

const text = z.string().max(250).catch("");
export const runFilterShape = {
  q: text,
  dag: text,
  /** Part of the id of the run alone; the list of one DAG's runs searches by it. */
  run: text,
  state: z.enum(["", ...DAG_RUN_STATES]).catch(""),
  type: z.enum(["", ...DAG_RUN_TYPES]).catch(""),
  version: z
    .string()
    .regex(/^[1-9]\d{0,8}$/)
    .catch(""),
  from: text,
  to: text,
};
export type AllRunsQuery = z.output<z.ZodObject<typeof runFilterShape>>;

export function runFilterOf(query: AllRunsQuery, allowedDagIds: AllowedDagIds, zone: string): RecentRunFilter {
  return {
    allowedDagIds,
    dagId: query.dag || undefined,
    run: query.run,
    versionNumber: query.version === "" ? undefined : Number(query.version),
    states: query.state === "" ? undefined : [query.state],
    runTypes: query.type === "" ? undefined : [query.type],
    search: query.q,
    runAfter: rangeOf(query, zone),
  };
}
