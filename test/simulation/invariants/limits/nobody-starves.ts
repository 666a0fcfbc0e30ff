import type { SlotMessage } from "../../../../src/engine/limits/messages.ts";
import type { Invariant } from "../../watch/invariant.ts";

/** `MAX_OVERTAKES` of the limits, and a few for each DAG: of several that are overdue the one that waits longest goes first. */
const MOST_OVERTAKES = 20;
const MOST_OVERTAKES_PER_DAG = 4;

export const nobodyStarves: Invariant = {
  id: "F1",
  says: "of requests of equal weight for a pool, none waits while another DAG is served for ever",
  watch(world, claim) {
    let granted = new Set<string>();
    const overtakes = new Map<string, number>();
    /** What DAGs said that they hold already: nobody granted that. A start of a DAG's object numbers it anew. */
    const said = new Set<string>();
    let life = 0;
    return {
      onServed({ method, args }) {
        if (method !== "exchange") return;
        const { dagId, held } = args[0] as SlotMessage;
        for (const { ticket } of held ?? []) said.add(`${dagId}/${ticket}`);
      },
      onLimits() {
        const { sql, lifeCount } = world.limits;
        // A start of the object forgets how often each was overtaken; the earlier request still comes first.
        if (lifeCount !== life) overtakes.clear();
        life = lifeCount;
        if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'slot'").length === 0) return;
        const rows = sql.exec("SELECT dag_id, ticket, pool, slots, weight, granted_at FROM slot");
        const key = (row: (typeof rows)[number]) => `${row["dag_id"]}/${row["ticket"]}`;
        const fresh = rows.filter((row) => row["granted_at"] !== null && !granted.has(key(row)) && !said.has(key(row)));
        granted = new Set(rows.filter((row) => row["granted_at"] !== null).map(key));
        const queues = new Map<string, number>();
        for (const row of rows) {
          if (row["granted_at"] !== null) continue;
          const queue = `${row["dag_id"]}/${row["pool"]}/${row["slots"]}`;
          queues.set(queue, Math.max(queues.get(queue) ?? 0, Number(row["weight"])));
        }
        for (const queue of [...overtakes.keys()]) if (!queues.has(queue)) overtakes.delete(queue);
        const dagCount = new Set(rows.map((row) => row["dag_id"])).size;
        for (const [queue, weight] of queues) {
          const [dagId, pool, slots] = queue.split("/");
          const rivals = fresh.filter((row) => row["pool"] === pool && String(row["slots"]) === slots);
          // Its own line goes by weight: that a heavier one of it was served was its turn.
          const isServed = rivals.some((row) => row["dag_id"] === dagId);
          const overtaking = rivals.filter((row) => Number(row["weight"]) <= weight).length;
          if (overtaking === 0 && !isServed) continue;
          const count = isServed ? 0 : (overtakes.get(queue) ?? 0) + overtaking;
          overtakes.set(queue, count);
          claim(
            count <= MOST_OVERTAKES + MOST_OVERTAKES_PER_DAG * dagCount,
            () => `${queue} was overtaken ${count} times by others of its weight`,
          );
        }
      },
    };
  },
};
