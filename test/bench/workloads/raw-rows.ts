import { round } from "../measure.ts";
import type { DeployedWorkload } from "../workload.ts";

const ROWS = 100_000;

/** RAW: rows that an object and D1 take, a thousand with each statement. The other raw limits stand beside their workloads. */
export const rawRows: DeployedWorkload = {
  name: "RAW",
  system: "workerd",
  title: "100,000 bare rows into an object",
  deployment: "plain",
  measure: async ({ raw }) => {
    const object = await raw.rows("rows", ROWS);
    const catalog = await raw.rows("d1", ROWS);
    const notes = `${round(object, 0)} rows/s into an object's SQLite, ${round(catalog, 0)} into D1`;
    return { n: ROWS, ms: (ROWS * 1_000) / object, notes };
  },
};
