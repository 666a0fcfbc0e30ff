import type { Invariant } from "../../watch/invariant.ts";

export const backfillsAreBounded: Invariant = {
  id: "P3",
  says: "no run of a backfill starts while as many of it are running as it allows",
  watch(world, claim) {
    return {
      onCommit({ dagId, runs }) {
        const isStart = ({ before, after }: (typeof runs)[number]) =>
          after?.runType === "backfill" && after.state === "running" && before?.state !== "running";
        if (!runs.some(isStart)) return;
        const rows = world.host(dagId).sql.exec(
          `SELECT b.id, b.max_active_runs, count(*) AS count FROM dag_run AS r JOIN backfill AS b ON b.id = r.backfill_id
             WHERE r.state = 'running' GROUP BY b.id`,
        );
        for (const row of rows) {
          const isKept = Number(row["count"]) <= Number(row["max_active_runs"]);
          claim(
            isKept,
            () => `${dagId}: ${row["count"]} runs of backfill ${row["id"]} of at most ${row["max_active_runs"]}`,
          );
        }
      },
    };
  },
};
