import type { Invariant } from "../../watch/invariant.ts";

export const effectsHaveCauses: Invariant = {
  id: "O1",
  says: "nothing leaves an object before the rows that ordered it are committed",
  watch(world, claim) {
    return {
      onSend(dagId, messages) {
        const { sql } = world.host(dagId);
        claim(!sql.db.isTransaction, () => `${dagId} sends within its transaction`);
        if (sql.db.isTransaction) return;
        for (const message of messages) {
          if (!("taskId" in message)) continue;
          const { runId, taskId, mapIndex, token } = message;
          const [row] = sql.exec(
            `SELECT t.token FROM task_instance AS t JOIN dag_run AS r ON r.seq = t.run_seq
             WHERE r.run_id = ? AND t.task_id = ? AND t.map_index = ?`,
            runId,
            taskId,
            mapIndex,
          );
          const isOrdered = row === undefined ? false : Number(row["token"]) >= token || Number(row["token"]) === 0;
          const isGone = sql.exec("SELECT 1 FROM dag_run WHERE run_id = ?", runId).length === 0;
          claim(
            isOrdered || isGone,
            () => `${dagId} sends ${taskId} under token ${token}; its row has ${row?.["token"]}`,
          );
        }
      },
    };
  },
};
