import type { LimitsView, SlotMessage } from "../../../../src/engine/limits/messages.ts";
import type { StateRow } from "../../../../src/scheduler/ports.ts";
import type { Invariant } from "../../watch/invariant.ts";
import { startsTry } from "../../watch/tries.ts";

export const bothSidesAgree: Invariant = {
  id: "P4",
  says: "whatever starts in a limited pool has its slots with the limits, and at rest both sides count the same",
  watch(world, claim) {
    const newest = new Map<string, number>();
    const held = new Map<string, readonly StateRow[]>();
    const rowsOf = (dagId: string): readonly StateRow[] => {
      const { sql } = world.limits;
      if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'slot'").length === 0) return [];
      return sql.exec("SELECT * FROM slot WHERE dag_id = ? ORDER BY ticket", dagId);
    };
    return {
      onServed({ method, args }) {
        if (method === "forget") newest.delete(String(args[0]));
        if (method === "subscribe") {
          const [dagId, since] = args as [string, number | null];
          if (since === null || since > (newest.get(dagId) ?? -1)) return;
          const now = new Set(rowsOf(dagId).map(({ ticket }) => ticket));
          const lost = held.get(dagId)?.find(({ ticket }) => !now.has(ticket));
          claim(lost === undefined, () => `${dagId} says again that it is there and loses ${JSON.stringify(lost)}`);
        }
        if (method !== "exchange") return;
        const { dagId, sequence } = args[0] as SlotMessage;
        const last = newest.get(dagId) ?? 0;
        const now = rowsOf(dagId);
        claim(
          sequence >= last || JSON.stringify(held.get(dagId)) === JSON.stringify(now),
          () => `the limits took the message ${sequence} of ${dagId} after ${last}`,
        );
        newest.set(dagId, Math.max(last, sequence));
        held.set(dagId, now);
      },
      onLimits() {
        for (const dagId of newest.keys()) held.set(dagId, rowsOf(dagId));
      },
      onCommit({ dagId, truth, instances }) {
        const started = instances.filter(startsTry);
        if (started.length === 0) return;
        const { sql } = world.host(dagId);
        const [row] = sql.exec("SELECT view FROM shared_limits WHERE id = 1");
        if (row === undefined) return;
        const view = JSON.parse(String(row["view"])) as LimitsView;
        for (const { after } of started) {
          const run = after === null ? undefined : truth.runs.get(after.seq);
          const task = after === null || run === undefined ? null : truth.taskOf(run, after.taskId);
          if (after === null || run === undefined || task === null) continue;
          const pool = view.pools.find(({ name }) => name === task.pool);
          const isLimited = view.parallelism !== null || (pool !== undefined && pool.slots >= 0);
          claim(pool !== undefined, () => `${dagId} ${after.key} starts in pool ${task.pool}, which does not exist`);
          if (!isLimited) continue;
          const held = world.limits.sql.exec(
            `SELECT 1 FROM slot WHERE dag_id = ? AND run_id = ? AND task_id = ? AND map_index = ? AND granted_at IS NOT NULL`,
            dagId,
            run.runId,
            after.taskId,
            after.mapIndex,
          );
          claim(held.length > 0, () => `${dagId} ${after.key} starts in pool ${task.pool} without slots`);
        }
      },
      onRest() {
        if (world.limits.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'slot'").length === 0) return;
        const rows = world.limits.sql.exec("SELECT dag_id, run_id, task_id FROM slot");
        claim(rows.length === 0, () => `at rest ${JSON.stringify(rows[0])} still has slots or asks for them`);
      },
    };
  },
};
