import type { Projection } from "../../../../src/catalog/projection.ts";
import { projectionStatements } from "../../../../src/catalog/projection.ts";
import type { Invariant } from "../../watch/invariant.ts";

const KEPT = 30;
const TABLES = [
  "live_dag_run",
  "live_task_instance",
  "live_task_instance_history",
  "live_xcom",
  "live_dag_version",
  "event_log",
  "live_callback",
];

export const flushesRepeat: Invariant = {
  id: "O5",
  says: "writing flushes to the catalog again, in any order, changes nothing",
  watch(world, claim) {
    const kept: Projection[] = [];
    return {
      onProject(_dagId, projection) {
        if (kept.length === KEPT) kept.splice(world.seed % KEPT, 1);
        kept.push(projection);
      },
      onRest() {
        const { database } = world.catalog;
        const dump = () =>
          JSON.stringify(TABLES.map((table) => database.prepare(`SELECT * FROM ${table} ORDER BY 1, 2, 3`).all()));
        const before = dump();
        for (const projection of [...kept].reverse()) {
          for (const { sql, params } of projectionStatements({ ...projection, jobs: [] }, world.clockwork.now)) {
            database.prepare(sql).all(...params);
          }
        }
        const after = dump();
        const at = [...before].findIndex((char, index) => char !== after[index]);
        claim(
          after === before,
          () =>
            `old flushes came again, and ${before.slice(at - 200, at + 60)} became ${after.slice(at - 60, at + 60)}`,
        );
      },
    };
  },
};
