import type { Invariant } from "../../watch/invariant.ts";
import { memoryOf } from "../../watch/memory.ts";
import { isActive } from "../../watch/truth.ts";

/** Of one event, however many rows it changes and be it the first, which makes the tables; and for each run that it may look at. */
const MOST_STATEMENTS = 100;
const MOST_STATEMENTS_PER_RUN = 8;

export const memoryIsBounded: Invariant = {
  id: "M1",
  says: "memory holds what is live and not told yet, nothing that is over, and an event takes few statements",
  watch(world, claim) {
    return {
      onCommit({ dagId, truth, statementCount, runs, cause }) {
        const runCount = truth.runs.size + runs.length;
        claim(
          statementCount <= MOST_STATEMENTS + MOST_STATEMENTS_PER_RUN * runCount,
          () => `${dagId}: ${statementCount} statements in one event (${cause.method}) over ${runCount} runs`,
        );
        const state = memoryOf(world, dagId)?.state;
        if (state === undefined) return;
        let grants = 0;
        for (const { grants: held } of state.holders.values()) grants += held.size;
        const active = [...truth.instances.values()].filter(
          ({ state: name }) => isActive(name) && name !== "queued",
        ).length;
        claim(grants <= active, () => `${dagId}: ${grants} grants are held for ${active} running tries`);
        let length = 0;
        for (const run of state.runs.values()) length += run.length;
        claim(
          state.liveInstanceCount === length,
          () => `${dagId}: ${state.liveInstanceCount} instances are counted, ${length} are there`,
        );
        claim(
          state.timers.size <= 10_000 + 4 * length,
          () => `${dagId}: ${state.timers.size} due times for ${length} instances`,
        );
      },
      onRest() {
        for (const dagId of world.hosts.keys()) {
          const state = memoryOf(world, dagId)?.state;
          if (state === undefined) continue;
          claim(state.runs.size === 0, () => `${dagId}: ${state.runs.size} runs are still in memory`);
          claim(
            state.holders.size === 0 && state.taskLimits.size === 0,
            () => `${dagId}: ${state.holders.size} holders and ${state.taskLimits.size} limits are left`,
          );
          for (const [name, lane] of Object.entries(state.lanes)) {
            claim(
              lane.unclaimedCount === 0,
              () => `${dagId}: ${lane.unclaimedCount} messages of ${name} are counted as unclaimed`,
            );
          }
          claim(state.sequentialCount === 0, () => `${dagId}: ${state.sequentialCount} sequential tries are counted`);
        }
      },
    };
  },
};
