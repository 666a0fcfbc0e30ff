import type { Invariant } from "../../watch/invariant.ts";

export const runsEnd: Invariant = {
  id: "L3",
  says: "once faults stop, every run comes to its end, and memory forgets it",
  watch(world, claim) {
    return {
      onRest() {
        for (const [dagId, truth] of world.observer.truths) {
          const live = [...truth.runs.values()].find(({ state }) => state === "queued" || state === "running");
          claim(
            live === undefined,
            () =>
              `${dagId} ${live?.runId} is still ${live?.state}: ${
                live === undefined
                  ? ""
                  : truth
                      .ofRun(live.seq)
                      .map((row) => `${row.taskId}[${row.mapIndex}]=${row.state}`)
                      .join(" ")
              }; paused ${truth.dag?.isPaused}`,
          );
          const callbacks =
            truth.dag === null
              ? []
              : world.host(dagId).sql.exec("SELECT cause, state, due_at FROM callback WHERE due_at IS NOT NULL");
          claim(callbacks.length === 0, () => `${dagId}: callback ${JSON.stringify(callbacks[0])} was never delivered`);
        }
      },
    };
  },
};
