import type { SlotMessage } from "../../../../src/engine/limits/messages.ts";
import type { StateRow } from "../../../../src/scheduler/ports.ts";
import type { Invariant } from "../../watch/invariant.ts";

export const poolsAreNotOver: Invariant = {
  id: "P1",
  says: "at a grant the slots in use do not exceed the pool, nor the tries the limit of the deployment",
  watch(world, claim) {
    let granted = new Set<string>();
    /** What DAGs said that they hold already: nobody grants that. */
    const said = new Set<string>();
    return {
      onServed({ method, args }) {
        if (method !== "exchange") return;
        const { dagId, held } = args[0] as SlotMessage;
        for (const { ticket } of held ?? []) said.add(`${dagId}/${ticket}`);
      },
      onLimits() {
        const { sql } = world.limits;
        if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'slot'").length === 0) return;
        const rows = sql.exec("SELECT dag_id, ticket, pool, slots FROM slot WHERE granted_at IS NOT NULL");
        const now = new Set(rows.map((row) => `${row["dag_id"]}/${row["ticket"]}`));
        for (const pool of sql.exec("SELECT name, slots FROM pool WHERE slots >= 0")) {
          if (slotsIn(rows, pool["name"]) > Number(pool["slots"]))
            world.observer.marks.hit("pool shrunk below its use");
        }
        const fresh = rows.filter(
          (row) => !granted.has(`${row["dag_id"]}/${row["ticket"]}`) && !said.has(`${row["dag_id"]}/${row["ticket"]}`),
        );
        granted = now;
        if (fresh.length === 0) return;
        for (const pool of sql.exec("SELECT name, slots FROM pool WHERE slots >= 0")) {
          if (!fresh.some((row) => row["pool"] === pool["name"])) continue;
          const used = slotsIn(rows, pool["name"]);
          claim(
            used <= Number(pool["slots"]),
            () => `pool ${pool["name"]}: ${used} of ${pool["slots"]} slots are granted`,
          );
          if (used === Number(pool["slots"])) world.observer.marks.hit("pool full, then freed");
        }
        const [deployment] = sql.exec("SELECT parallelism FROM deployment");
        const limit = deployment?.["parallelism"];
        if (limit != null)
          claim(rows.length <= Number(limit), () => `${rows.length} tries have slots, of at most ${limit}`);
      },
    };
  },
};

function slotsIn(rows: readonly StateRow[], pool: StateRow[string] | undefined): number {
  return rows.reduce((sum, row) => sum + (row["pool"] === pool ? Number(row["slots"]) : 0), 0);
}
