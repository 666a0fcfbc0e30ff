import type { Invariant } from "../../watch/invariant.ts";

const PATIENCE_MS = 10 * 60_000;

export const backlogIsTold: Invariant = {
  id: "O6",
  says: "with a catalog that answers, nothing waits for longer than minutes to be told",
  watch(world, claim) {
    let quietAt: number | null = null;
    return {
      onCommit({ dagId, now, dag }) {
        if (world.faults.isOn || dag.after === null) return;
        quietAt ??= world.clockwork.now;
        if (world.clockwork.now - quietAt < PATIENCE_MS) return;
        const [oldest] = world.host(dagId).sql.exec("SELECT min(body ->> 'at') AS at, count(*) AS count FROM event");
        if (oldest?.["at"] == null) return;
        const ageMs = now - Number(oldest["at"]);
        claim(
          ageMs <= PATIENCE_MS + 5 * 60_000,
          () => `${dagId}: ${oldest["count"]} audit events wait, one for ${ageMs} ms`,
        );
      },
      onRest() {
        for (const [dagId, host] of world.hosts) {
          const { instance } = host;
          claim(
            instance === null || !instance.flush.hasRows(),
            () => `${dagId} has rows that the catalog was never told`,
          );
        }
      },
    };
  },
};
