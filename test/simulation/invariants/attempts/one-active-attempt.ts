import type { Invariant } from "../../watch/invariant.ts";
import { startsTry } from "../../watch/tries.ts";

export const oneActiveAttempt: Invariant = {
  id: "S2",
  says: "a task instance has one attempt under way, and it is the newest",
  watch(world, claim) {
    return {
      onCommit({ dagId, instances }) {
        for (const change of instances) {
          const { after } = change;
          if (after === null || !startsTry(change)) continue;
          const [row] = world
            .host(dagId)
            .sql.exec(
              "SELECT max(try_number) AS last FROM task_instance_history WHERE run_seq = ? AND task_id = ? AND map_index = ?",
              after.seq,
              after.taskId,
              after.mapIndex,
            );
          const last = Number(row?.["last"] ?? 0);
          claim(
            after.tryNumber > last,
            () => `${dagId} ${after.key}: try ${after.tryNumber} goes out after try ${last} had ended`,
          );
        }
      },
    };
  },
};
