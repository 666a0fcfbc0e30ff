import type { Invariant } from "../../watch/invariant.ts";

/** Only what nothing else holds back: limits whose DAGs have all said what they hold, and nothing that saves for a larger task. */
export const freeSlotsAreGiven: Invariant = {
  id: "P6",
  says: "slots that are free go to whoever asks for so many, at once",
  watch(world, claim) {
    return {
      onLimits() {
        const { sql } = world.limits;
        if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'slot'").length === 0) return;
        const waiting = sql.exec("SELECT dag_id, ticket, pool, slots FROM slot WHERE granted_at IS NULL");
        if (waiting.length === 0) return;
        const [deployment] = sql.exec("SELECT parallelism FROM deployment");
        if (deployment?.["parallelism"] != null) return;
        const [answered] = sql.exec("SELECT min(answered_version) AS version FROM dag");
        for (const pool of sql.exec("SELECT * FROM pool WHERE slots >= 0")) {
          if (Number(pool["since_version"]) > Number(answered?.["version"])) continue;
          const own = waiting.filter((row) => row["pool"] === pool["name"]);
          if (own.some((row) => Number(row["slots"]) > 1)) continue;
          const [used] = sql.exec(
            "SELECT coalesce(sum(slots), 0) AS slots FROM slot WHERE pool = ? AND granted_at IS NOT NULL",
            pool["name"] ?? "",
          );
          const open = Number(pool["slots"]) - Number(used?.["slots"]);
          claim(
            own.length === 0 || open <= 0,
            () => `pool ${pool["name"]} has ${open} free slots, and ${own.length} wait for one`,
          );
        }
      },
    };
  },
};
