import { givesWay } from "../../watch/gives-way.ts";
import type { Invariant } from "../../watch/invariant.ts";

export const backfillsAreBounded: Invariant = {
  id: "P3",
  says: "no run of a backfill starts while as many of it are running as it allows",
  watch(world, claim) {
    return {
      onCommit({ dagId, truth, runs }) {
        const isStart = ({ before, after }: (typeof runs)[number]) =>
          after?.runType === "backfill" && after.state === "running" && before?.state !== "running";
        if (!runs.some(isStart)) return;
        const rows = world.host(dagId).sql.exec(
          `SELECT r.seq, b.id, b.max_active_runs FROM dag_run AS r JOIN backfill AS b ON b.id = r.backfill_id
             WHERE r.state = 'running'`,
        );
        const counts = new Map<unknown, number>();
        for (const row of rows) {
          const run = truth.runs.get(Number(row["seq"]));
          if (run !== undefined && !givesWay(truth, run)) counts.set(row["id"], (counts.get(row["id"]) ?? 0) + 1);
        }
        for (const row of rows) {
          const count = counts.get(row["id"]) ?? 0;
          claim(
            count <= Number(row["max_active_runs"]),
            () => `${dagId}: ${count} runs of backfill ${row["id"]} of at most ${row["max_active_runs"]}`,
          );
        }
      },
    };
  },
};
